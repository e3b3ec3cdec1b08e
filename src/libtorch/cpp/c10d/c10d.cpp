// torch.distributed as one unit: c10d's headers take longer than all others together.
#include "group.cpp"
#include "reducer.cpp"
#include "store.cpp"
