//! Causal order when the queries are not the first tokens: positions are compared, not indices.

use tch::{Device, Kind, Tensor};

use super::mask::length;
use crate::{Error, Result};

/// Positions `[L, 1]` of `l` queries that come after `past` earlier tokens: `past, past + 1, …`.
///
/// # Errors
/// When `l` is negative.
pub fn query_positions(l: i64, past: i64, device: Device) -> Result<Tensor> {
    length("l", l)?;
    Ok(Tensor::f_arange_start(past, past + l, (Kind::Int64, device))?.f_unsqueeze(-1)?)
}

/// Positions `[B, 1, L, 1]` of `l` queries, each row of the batch with its own number of earlier tokens `past [B]`.
///
/// # Errors
/// When `l` is negative or `past` is no 1-D integer tensor.
pub fn query_positions_by_row(l: i64, past: &Tensor) -> Result<Tensor> {
    counts("past", past)?;
    let first = past.f_view([-1, 1, 1, 1])?;
    Ok(query_positions(l, 0, past.device())?.f_add(&first)?)
}

/// Positions `[1, S]` of `s` keys, from 0.
///
/// # Errors
/// When `s` is negative.
pub fn key_positions(s: i64, device: Device) -> Result<Tensor> {
    length("s", s)?;
    Ok(Tensor::f_arange(s, (Kind::Int64, device))?.f_unsqueeze(0)?)
}

/// Bool mask `[.., L, S]`, true = attend: a query sees the keys at its own position and before.
///
/// With [`query_positions`]`(l, s - l, ..)` this is the causal mask of the newest `l` tokens of `s`, as decoding with
/// a cache needs it (the ONNX `Attention` operator's `is_causal`); with `past = 0` it is
/// [`causal_mask`](super::causal_mask).
///
/// # Errors
/// When the positions do not broadcast against each other.
pub fn causal_mask_at(query_positions: &Tensor, key_positions: &Tensor) -> Result<Tensor> {
    Ok(key_positions.f_le_tensor(query_positions)?)
}

/// A 1-D tensor of integers.
pub(super) fn counts(name: &str, tensor: &Tensor) -> Result<()> {
    if tensor.dim() != 1 {
        return Err(Error::value(format!(
            "{name} is {:?} but should be [B]: one number a row",
            tensor.size()
        )));
    }
    integers(name, tensor)
}

/// A tensor of integers.
pub(crate) fn integers(name: &str, tensor: &Tensor) -> Result<()> {
    if !matches!(tensor.kind(), Kind::Int64 | Kind::Int | Kind::Int16 | Kind::Int8 | Kind::Uint8) {
        return Err(Error::kind_mismatch(format!(
            "{name} is {:?} but should hold integers",
            tensor.kind()
        ))
        .mend(format!("{name}.to_kind(Kind::Int64)")));
    }
    Ok(())
}
