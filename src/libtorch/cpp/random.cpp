// The state of a device's default generator, as torch.get_rng_state and torch.cuda.get_rng_state give it.
#include <ATen/Context.h>
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <mutex>

#include "seam.h"

namespace {

// The handle is copied; both mean the one generator. It throws for a device that this libtorch or machine lacks.
at::Generator default_generator(int device_type, int index) {
  const auto type = static_cast<c10::DeviceType>(device_type);
  const auto number = static_cast<c10::DeviceIndex>(type == c10::DeviceType::CPU ? -1 : index);
  return at::globalContext().defaultGenerator(c10::Device(type, number));
}

}  // namespace

extern "C" char *atencion_rng_state(at::Tensor **out, int device_type, int index) noexcept {
  return seam::guarded([&] {
    at::Generator generator = default_generator(device_type, index);
    const std::lock_guard<std::mutex> lock(generator.mutex());
    *out = new at::Tensor(generator.get_state());
  });
}

// libtorch itself checks that the tensor is a state: kind, length, and what it says.
extern "C" char *atencion_set_rng_state(const at::Tensor *state, int device_type, int index) noexcept {
  return seam::guarded([&] {
    at::Generator generator = default_generator(device_type, index);
    const std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_state(*state);
  });
}

extern "C" char *atencion_initial_seed(uint64_t *out, int device_type, int index) noexcept {
  return seam::guarded([&] { *out = default_generator(device_type, index).current_seed(); });
}
