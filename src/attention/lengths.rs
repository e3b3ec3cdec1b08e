//! Rows of unequal length: keys past a row's end are padding.

use tch::{Device, Kind, Tensor};

use super::positions::{counts, key_positions};
use crate::Result;

/// Bool mask `[B, 1, 1, S]`, true = attend: row `b` sees its first `lengths[b]` keys.
///
/// Ready for [`scaled_dot_product_attention`](super::scaled_dot_product_attention). Source: ONNX `Attention`,
/// `nonpad_kv_seqlen`.
///
/// # Errors
/// When `lengths` is not a 1-D tensor of integers, or `s` is negative.
pub fn lengths_mask(lengths: &Tensor, s: i64) -> Result<Tensor> {
    counts("lengths", lengths)?;
    Ok(key_positions(s, lengths.device())?.f_lt_tensor(&lengths.f_view([-1, 1, 1, 1])?)?)
}

/// Bool mask `[B, 1, 1, S]`, true = attend, of plain numbers: [`lengths_mask`] for people.
///
/// # Errors
/// When `s` is negative.
pub fn padding_mask(lengths: &[i64], s: i64, device: Device) -> Result<Tensor> {
    lengths_mask(&Tensor::f_from_slice(lengths)?.f_to_device(device)?, s)
}

/// Bool mask `[B, S]`, true = **padding**: what torch's modules take as `key_padding_mask`.
///
/// # Errors
/// When `s` is negative.
pub fn key_padding_mask(lengths: &[i64], s: i64, device: Device) -> Result<Tensor> {
    let lengths = Tensor::f_from_slice(lengths)?.f_to_kind(Kind::Int64)?.f_to_device(device)?;
    Ok(key_positions(s, device)?.f_ge_tensor(&lengths.f_view([-1, 1])?)?)
}
