// Autograd's flags and a tensor's part in it.
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>

#include <stdexcept>

#include "seam.h"

namespace {

// The undefined tensor is one object of the whole process, which must not get a gradient.
const at::Tensor &defined(const at::Tensor *x) {
  if (!x->defined()) throw std::invalid_argument("the tensor is undefined");
  return *x;
}

}  // namespace

// torch.is_grad_enabled(): one flag of the thread, nothing that throws.
extern "C" bool atencion_grad_is_enabled() noexcept { return at::GradMode::is_enabled(); }

extern "C" bool atencion_inference_mode_is_enabled() noexcept { return c10::InferenceMode::is_enabled(); }

extern "C" char *atencion_inference_mode(void **guard) noexcept {
  return seam::guarded([&] { *guard = new c10::InferenceMode(true); });
}

extern "C" void atencion_inference_mode_end(void *guard) noexcept { delete static_cast<c10::InferenceMode *>(guard); }

// x.grad = None
extern "C" char *atencion_clear_grad(const at::Tensor *x) noexcept {
  return seam::guarded([&] { defined(x).mutable_grad().reset(); });
}

// x.grad = gradient
extern "C" char *atencion_set_grad(const at::Tensor *x, const at::Tensor *gradient) noexcept {
  return seam::guarded([&] { defined(x).mutable_grad() = *gradient; });
}

extern "C" char *atencion_is_leaf(const at::Tensor *x, bool *out) noexcept {
  return seam::guarded([&] { *out = defined(x).is_leaf(); });
}

// Python's `a is b`: one TensorImpl.
extern "C" bool atencion_is_same(const at::Tensor *a, const at::Tensor *b) noexcept { return a->is_same(*b); }
