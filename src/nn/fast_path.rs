//! When torch takes its fused inference kernels, and this crate with it.
//!
//! In evaluation, without gradients, `nn.MultiheadAttention` and `nn.TransformerEncoderLayer` hand the whole
//! computation to one C++ kernel (`torch._native_multi_head_attention`, `torch._transformer_encoder_layer_fwd`). Its
//! numbers differ from the step-by-step path's in the last bits, so to be equal to PyTorch the same kernel must be
//! called under the same conditions. One condition cannot be seen through tch without a warning from libtorch at every
//! call: torch leaves the fast path under autocast. There, use [`set_fastpath_enabled`].

use std::sync::atomic::{AtomicBool, Ordering};

use tch::{Device, Tensor};

static ENABLED: AtomicBool = AtomicBool::new(true);

/// Whether the fused inference kernels may be used: `torch.backends.mha.get_fastpath_enabled()`.
pub fn get_fastpath_enabled() -> bool {
    ENABLED.load(Ordering::Relaxed)
}

/// Allows or forbids the fused inference kernels, in the whole process:
/// `torch.backends.mha.set_fastpath_enabled(value)`.
pub fn set_fastpath_enabled(value: bool) {
    ENABLED.store(value, Ordering::Relaxed);
}

/// Whether the tensors are where the kernels are, and none of them wants a gradient now.
pub(crate) fn tensors_allow(tensors: &[&Tensor]) -> bool {
    let known_device = |tensor: &&Tensor| matches!(tensor.device(), Device::Cpu | Device::Cuda(_));
    tensors.iter().all(known_device)
        && !(grad_is_enabled() && tensors.iter().any(|tensor| tensor.requires_grad()))
}

/// `torch.is_grad_enabled()`, which tch does not offer.
pub(crate) fn grad_is_enabled() -> bool {
    // SAFETY: both calls set a thread-local flag and return its former value; they take no pointers.
    unsafe {
        let enabled = torch_sys::at_grad_set_enabled(0);
        torch_sys::at_grad_set_enabled(enabled);
        enabled != 0
    }
}

/// Python's `a is b`: the very same tensor, not an equal one.
pub(crate) fn is_same(a: &Tensor, b: &Tensor) -> bool {
    // SAFETY: as_ptr points to a live C++ at::Tensor, which is one intrusive pointer to its TensorImpl; two handles
    // with the same TensorImpl are one tensor, and in Python one object. The pointers are compared, not followed.
    std::ptr::eq(a, b)
        || unsafe { a.as_ptr().cast::<*const u8>().read() == b.as_ptr().cast::<*const u8>().read() }
}
