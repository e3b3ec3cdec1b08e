//! Keys and values of earlier tokens, kept for the next.

use tch::Tensor;

use crate::{Error, Result};

/// `(present_key, present_value)`: the past, and after it the new, along the sequence.
///
/// `past_key [B, H, P, D]`, `key [B, H, S, D]` → `[B, H, P + S, D]`; values likewise with `Dv`. The queries of the new
/// tokens then stand at position `P`: see [`query_positions`](super::query_positions). Source: ONNX `Attention`,
/// `past_key` and `present_key`.
///
/// # Errors
/// When a past does not fit what comes after it.
pub fn append_to_cache(
    past: (&Tensor, &Tensor),
    key: &Tensor,
    value: &Tensor,
) -> Result<(Tensor, Tensor)> {
    Ok((append("key", past.0, key)?, append("value", past.1, value)?))
}

fn append(name: &str, past: &Tensor, new: &Tensor) -> Result<Tensor> {
    check_past(name, past, new)?;
    Ok(Tensor::f_cat(&[past, new], -2)?)
}

/// What comes after it may be of another length, and nothing else.
pub(super) fn check_past(name: &str, past: &Tensor, new: &Tensor) -> Result<()> {
    let (before, after) = (past.size(), new.size());
    let rank = after.len();
    let fits = rank >= 2
        && before.len() == rank
        && (0..rank).all(|i| i == rank - 2 || before[i] == after[i]);
    if !fits {
        return Err(Error::value(format!(
            "past_{name} is {before:?} but {name} is {after:?}; they may differ in the sequence only, the last but one dimension"
        )));
    }
    Ok(())
}
