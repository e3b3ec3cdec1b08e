//! Rows that no key may enter.

use tch::Tensor;

use crate::Result;

/// Softmax over the keys of `scores [.., L, S]`; a row that is `-inf` throughout gives 0 instead of `NaN`.
///
/// What [`scaled_dot_product_attention`](super::scaled_dot_product_attention) and the ONNX `Attention` operator do
/// with a fully masked row; Python's name for it is `torch._safe_softmax(scores, -1)`.
///
/// # Errors
/// When `scores` has a kind that softmax does not take.
pub fn safe_softmax(scores: &Tensor) -> Result<Tensor> {
    Ok(scores.f_internal_safe_softmax(-1, None)?)
}
