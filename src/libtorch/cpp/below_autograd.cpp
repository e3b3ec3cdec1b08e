// A guard that tch lacks: operators called while it lives go straight to their kernels, past autograd's layer, which
// costs a quarter of a microsecond each. C++ has it as at::AutoDispatchBelowADInplaceOrView, for a block.
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

#include "seam.h"

using BelowAutograd = c10::impl::ExcludeDispatchKeyGuard;

// A new guard, or null where somebody may want derivatives, backward or forward: then autograd has to see the calls.
extern "C" char *atencion_below_autograd(const at::TensorBase *const *tensors, size_t count, void **guard) noexcept {
  return seam::guarded([&] {
    *guard = nullptr;
    for (size_t i = 0; i < count; i++) {
      const at::TensorBase &tensor = *tensors[i];
      if (at::GradMode::is_enabled() && tensor.requires_grad()) return;
      if (tensor.unsafeGetTensorImpl()->_fw_grad(0, tensor).defined()) return;
    }
    *guard = new BelowAutograd(c10::autograd_dispatch_keyset_with_ADInplaceOrView);
  });
}

extern "C" void atencion_below_autograd_end(void *guard) noexcept { delete static_cast<BelowAutograd *>(guard); }
