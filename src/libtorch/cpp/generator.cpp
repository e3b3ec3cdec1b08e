// A CPU generator of one's own: torch.Generator.
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/random_ops.h>
#include <ATen/ops/randperm_ops.h>

#include <mutex>

#include "seam.h"

namespace at::detail {
// ATen/CPUGeneratorImpl.h, which would bring the generator's own class.
TORCH_API Generator createCPUGenerator(uint64_t seed);
}  // namespace at::detail

extern "C" char *atencion_generator(at::Generator **out, uint64_t seed) noexcept {
  return seam::guarded([&] { *out = new at::Generator(at::detail::createCPUGenerator(seed)); });
}

extern "C" void atencion_generator_free(at::Generator *generator) noexcept { delete generator; }

extern "C" char *atencion_generator_state(at::Tensor **out, at::Generator *generator) noexcept {
  return seam::guarded([&] {
    const std::lock_guard<std::mutex> lock(generator->mutex());
    *out = new at::Tensor(generator->get_state());
  });
}

extern "C" char *atencion_generator_set_state(at::Generator *generator, const at::Tensor *state) noexcept {
  return seam::guarded([&] {
    const std::lock_guard<std::mutex> lock(generator->mutex());
    generator->set_state(*state);
  });
}

extern "C" char *atencion_generator_randperm(at::Tensor **out, at::Generator *generator, int64_t n) noexcept {
  return seam::guarded([&] {
    *out = new at::Tensor(at::_ops::randperm_generator::call(n, *generator, c10::kLong, std::nullopt, std::nullopt,
                                                              std::nullopt));
  });
}

extern "C" char *atencion_generator_random_(const at::Tensor *x, at::Generator *generator) noexcept {
  return seam::guarded([&] {
    at::Tensor self = *x;
    at::_ops::random_::call(self, *generator);
  });
}
