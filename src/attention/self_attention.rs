//! The notebook's self-attention, as lean as libtorch allows.

use tch::Tensor;

use super::{Sdpa, check};
use crate::Result;
use crate::libtorch::below_autograd::BelowAutograd;

/// `torch.softmax(query @ key.T / math.sqrt(D), dim=1) @ value`: the notebook's four lines in one function.
///
/// `query [L, D]`, `key [S, D]`, `value [S, Dv]` → `[L, Dv]`, bit for bit what the four lines give in PyTorch.
///
/// At 4×3 the arithmetic is nothing and each call into libtorch is what takes the time, so there are as few as the
/// bits allow: the division happens in place, and `mm` and `_softmax` are called where `matmul` and `softmax` would
/// only find their way to them. Where nobody wants gradients, the calls go past autograd. Folding the division into
/// the product would save one more call and change the last bit.
///
/// The crate's readable version is [`practice3::self_attention`](crate::practice3::self_attention).
///
/// # Errors
/// When a shape, kind or device does not fit.
pub fn self_attention(query: &Tensor, key: &Tensor, value: &Tensor) -> Result<Tensor> {
    check::inputs(query, key, value, &Sdpa::default())?;
    check::matrices(query, key, value)?;
    let (_, d) = query.size2()?;
    let _guard = BelowAutograd::of([query, key, value]);
    let mut scores = query.f_mm(&key.f_transpose(0, 1)?)?; // [L, S]
    let _ = scores.f_div_scalar_((d as f64).sqrt())?;
    let weights = scores.f_internal_softmax(1, false)?;
    Ok(weights.f_mm(value)?)
}
