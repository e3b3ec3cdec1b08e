// Operators with the keyword arguments that tch leaves out. The `_ops` headers are a tenth of `ATen/ops/add.h`.
#include <ATen/core/Tensor.h>
#include <ATen/ops/add_ops.h>
#include <ATen/ops/addcdiv_ops.h>
#include <ATen/ops/addcmul_ops.h>
#include <c10/core/Scalar.h>

#include "seam.h"

// Through a handle of its own: an operator in place returns the tensor that it was given.
extern "C" char *atencion_add(at::Tensor **out, const at::Tensor *x, const at::Tensor *other, double alpha) noexcept {
  return seam::guarded([&] { *out = new at::Tensor(at::_ops::add_Tensor::call(*x, *other, alpha)); });
}

extern "C" char *atencion_add_(const at::Tensor *x, const at::Tensor *other, double alpha) noexcept {
  return seam::guarded([&] {
    at::Tensor self = *x;
    at::_ops::add__Tensor::call(self, *other, alpha);
  });
}

extern "C" char *atencion_addcmul_(const at::Tensor *x, const at::Tensor *a, const at::Tensor *b,
                                   double value) noexcept {
  return seam::guarded([&] {
    at::Tensor self = *x;
    at::_ops::addcmul_::call(self, *a, *b, value);
  });
}

extern "C" char *atencion_addcdiv_(const at::Tensor *x, const at::Tensor *a, const at::Tensor *b,
                                   double value) noexcept {
  return seam::guarded([&] {
    at::Tensor self = *x;
    at::_ops::addcdiv_::call(self, *a, *b, value);
  });
}
