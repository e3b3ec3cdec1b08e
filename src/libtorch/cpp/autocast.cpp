// The switches under torch.autocast. Declared here rather than included: ATen/autocast_mode.h takes all of ATen along.
#include <c10/core/DeviceType.h>
#include <c10/core/ScalarType.h>

#include "seam.h"

namespace at::autocast {
bool is_autocast_enabled(at::DeviceType device_type);
void set_autocast_enabled(at::DeviceType device_type, bool enabled);
at::ScalarType get_autocast_dtype(at::DeviceType device_type);
void set_autocast_dtype(at::DeviceType device_type, at::ScalarType dtype);
void clear_cache();
int increment_nesting();
int decrement_nesting();
bool is_autocast_cache_enabled();
void set_autocast_cache_enabled(bool enabled);
}  // namespace at::autocast

// What was set before `atencion_autocast_enter`; `AutocastBefore` in autocast.rs has the same fields.
struct AutocastBefore {
  int device_type;
  int dtype;
  bool enabled;
  bool cache_enabled;
};

extern "C" char *atencion_is_autocast_enabled(int device_type, bool *out) noexcept {
  return seam::guarded(
      [&] { *out = at::autocast::is_autocast_enabled(static_cast<at::DeviceType>(device_type)); });
}

extern "C" char *atencion_autocast_dtype(int device_type, int *out) noexcept {
  return seam::guarded([&] {
    *out = static_cast<int>(at::autocast::get_autocast_dtype(static_cast<at::DeviceType>(device_type)));
  });
}

// torch.autocast.__enter__, in its order. `cache_enabled` below 0: as it is.
extern "C" char *atencion_autocast_enter(int device_type, int dtype, bool enabled, int cache_enabled,
                                         AutocastBefore *before) noexcept {
  return seam::guarded([&] {
    const auto device = static_cast<at::DeviceType>(device_type);
    const auto former = static_cast<int>(at::autocast::get_autocast_dtype(device));
    *before = {device_type, former, at::autocast::is_autocast_enabled(device),
               at::autocast::is_autocast_cache_enabled()};
    at::autocast::set_autocast_enabled(device, enabled);
    at::autocast::set_autocast_dtype(device, static_cast<at::ScalarType>(dtype));
    at::autocast::increment_nesting();
    at::autocast::set_autocast_cache_enabled(cache_enabled < 0 ? before->cache_enabled : cache_enabled > 0);
  });
}

// torch.autocast.__exit__: the outermost drops the cached casts.
extern "C" char *atencion_autocast_exit(const AutocastBefore *before) noexcept {
  return seam::guarded([&] {
    const auto device = static_cast<at::DeviceType>(before->device_type);
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(device, before->enabled);
    at::autocast::set_autocast_dtype(device, static_cast<at::ScalarType>(before->dtype));
    at::autocast::set_autocast_cache_enabled(before->cache_enabled);
  });
}

extern "C" char *atencion_clear_autocast_cache() noexcept {
  return seam::guarded([] { at::autocast::clear_cache(); });
}
