// What libtorch says of itself and tch does not pass on. The two functions are declared here rather than included:
// ATen's headers take half a minute to compile.
#include <dlfcn.h>
#include <torch/version.h>

#include <string>

namespace at {
std::string show_config();
std::string get_cpu_capability();
}  // namespace at

extern "C" {

const char *atencion_show_config() {
  static const std::string text = at::show_config();
  return text.c_str();
}

const char *atencion_cpu_capability() {
  static const std::string text = at::get_cpu_capability();
  return text.c_str();
}

// The release whose headers this was compiled with.
const char *atencion_built_for() { return TORCH_VERSION; }

// The file from which libtorch_cpu was loaded.
const char *atencion_libtorch_file() {
  Dl_info found;
  const void *inside = reinterpret_cast<const void *>(&at::show_config);
  return dladdr(inside, &found) && found.dli_fname ? found.dli_fname : "";
}

// Whether that library is part of this process. Nothing is loaded by asking.
bool atencion_is_loaded(const char *library) {
  void *handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
  if (handle) dlclose(handle);
  return handle != nullptr;
}
}
