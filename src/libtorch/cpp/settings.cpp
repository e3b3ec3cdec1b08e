// What holds for the whole process: deterministic algorithms, oneDNN and threads.
#include <ATen/Context.h>

#include "seam.h"

namespace at {
void set_num_threads(int);
int get_num_threads();
void set_num_interop_threads(int);
size_t get_num_interop_threads();
}  // namespace at

extern "C" char *atencion_use_deterministic_algorithms(bool mode, bool warn_only) noexcept {
  return seam::guarded([&] { at::globalContext().setDeterministicAlgorithms(mode, warn_only); });
}

extern "C" char *atencion_deterministic_algorithms(bool *mode, bool *warn_only) noexcept {
  return seam::guarded([&] {
    *mode = at::globalContext().deterministicAlgorithms();
    *warn_only = at::globalContext().deterministicAlgorithmsWarnOnly();
  });
}

extern "C" bool atencion_mkldnn_is_enabled() noexcept { return at::globalContext().userEnabledMkldnn(); }

extern "C" void atencion_set_mkldnn_enabled(bool enabled) noexcept { at::globalContext().setUserEnabledMkldnn(enabled); }

extern "C" char *atencion_num_threads(int *intra, int *inter) noexcept {
  return seam::guarded([&] {
    *intra = at::get_num_threads();
    *inter = static_cast<int>(at::get_num_interop_threads());
  });
}

extern "C" char *atencion_set_num_threads(int number) noexcept {
  return seam::guarded([&] { at::set_num_threads(number); });
}

extern "C" char *atencion_set_num_interop_threads(int number) noexcept {
  return seam::guarded([&] { at::set_num_interop_threads(number); });
}
