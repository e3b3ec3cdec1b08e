//! The notebook's self-attention, as lean as libtorch allows.

use tch::Tensor;

use super::{Sdpa, check};
use crate::Result;

/// `softmax(query @ key.T / √D, dim=1) @ value`: the notebook's four lines in one function.
///
/// `query [L, D]`, `key [S, D]`, `value [S, Dv]` → `[L, Dv]`, bit for bit what the four lines give in PyTorch.
///
/// # Errors
/// When a shape, kind or device does not fit.
pub fn self_attention(query: &Tensor, key: &Tensor, value: &Tensor) -> Result<Tensor> {
    check::inputs(query, key, value, &Sdpa::default())?;
    let d_k = query.size().last().copied().unwrap_or(1) as f64;
    let mut scores = query.f_matmul(&key.f_transpose(-2, -1)?)?;
    // In place: the same numbers without a second table of scores. Nobody else holds this tensor.
    let _ = scores.f_div_scalar_(d_k.sqrt())?;
    Ok(scores.f_softmax(-1, query.kind())?.f_matmul(value)?)
}
