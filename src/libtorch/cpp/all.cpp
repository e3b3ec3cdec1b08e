// The seam as one unit: ATen's headers take seconds, and are read once here instead of once a file.
#include "about.cpp"
#include "autocast.cpp"
#include "autograd.cpp"
#include "below_autograd.cpp"
#include "mapped.cpp"
#include "operators.cpp"
#include "random.cpp"
#include "settings.cpp"
