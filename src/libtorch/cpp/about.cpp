// What libtorch says of itself and tch does not pass on. The two functions are declared here rather than included:
// ATen's headers take half a minute to compile.
#include <dlfcn.h>
#include <torch/version.h>

#include <string>

#include "seam.h"

namespace at {
std::string show_config();
std::string get_cpu_capability();
}  // namespace at

extern "C" char *atencion_show_config(const char **out) noexcept {
  return seam::guarded([&] {
    static const std::string text = at::show_config();
    *out = text.c_str();
  });
}

extern "C" char *atencion_cpu_capability(const char **out) noexcept {
  return seam::guarded([&] {
    static const std::string text = at::get_cpu_capability();
    *out = text.c_str();
  });
}

// The release whose headers this was compiled with.
extern "C" const char *atencion_built_for() noexcept { return TORCH_VERSION; }

// The file from which libtorch_cpu was loaded.
extern "C" const char *atencion_libtorch_file() noexcept {
  Dl_info found;
  const void *inside = reinterpret_cast<const void *>(&at::show_config);
  return dladdr(inside, &found) && found.dli_fname ? found.dli_fname : "";
}

// Whether that library is part of this process. Nothing is loaded by asking.
extern "C" bool atencion_is_loaded(const char *library) noexcept {
  void *handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
  if (handle) dlclose(handle);
  return handle != nullptr;
}
