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
    const auto options = at::TensorOptions().dtype(static_cast<at::ScalarType>(kind));
    auto maker = at::for_blob(data, at::IntArrayRef(sizes, dim));
    *out = new at::Tensor(maker.context(owner, release).options(options).make_tensor());
  });
}

// The owner of the memory below a tensor that was made above with this `release`, or null for any other tensor.
extern "C" char *atencion_owner(void **owner, const at::Tensor *tensor, void (*release)(void *)) noexcept {
  return seam::guarded([&] {
    const at::DataPtr &data = tensor->storage().data_ptr();
    *owner = data.get_deleter() == release ? data.get_context() : nullptr;
  });
}
