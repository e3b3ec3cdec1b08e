//! When torch takes its fused inference kernels, and this crate with it.
//!
//! In evaluation, without gradients, `nn.MultiheadAttention` and `nn.TransformerEncoderLayer` hand the whole
//! computation to one C++ kernel (`torch._native_multi_head_attention`, `torch._transformer_encoder_layer_fwd`). Its
//! numbers differ from the step-by-step path's in the last bits, so to be equal to PyTorch the same kernel must be
//! called under the same conditions.

use std::sync::atomic::{AtomicBool, Ordering};

use tch::{Device, Tensor};

pub(crate) use crate::libtorch::is_same;
use crate::libtorch::{is_autocast_enabled, is_grad_enabled};

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

/// Whether the tensors are where the kernels are, and none of them wants a gradient now. Torch leaves the fast path
/// under CUDA's autocast, and under no other: it asks `torch.is_autocast_enabled()`, which is CUDA's.
pub(crate) fn tensors_allow(tensors: &[&Tensor]) -> bool {
    let known_device = |tensor: &&Tensor| matches!(tensor.device(), Device::Cpu | Device::Cuda(_));
    tensors.iter().all(known_device)
        && !is_autocast_enabled(Device::Cuda(0))
        && !(is_grad_enabled() && tensors.iter().any(|tensor| tensor.requires_grad()))
}
