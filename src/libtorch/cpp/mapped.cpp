// A tensor over memory that somebody else holds, such as a mapped file.
#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>

#include <memory>

#include "seam.h"

// `release(owner)` is called exactly once: when the last tensor that shares the storage is gone, on whatever thread that
// is, or before this returns with an error.
extern "C" char *atencion_tensor_over(at::Tensor **out, void *data, const int64_t *sizes, size_t dim, int kind,
                                      void *owner, void (*release)(void *)) noexcept {
  return seam::guarded([&] {
    std::shared_ptr<void> held(owner, release);
    const auto options = at::TensorOptions().dtype(static_cast<at::ScalarType>(kind));
    *out = new at::Tensor(
        at::from_blob(data, at::IntArrayRef(sizes, dim), [held](void *) mutable { held.reset(); }, options));
  });
}
