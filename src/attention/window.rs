//! Sliding-window attention: only near keys are seen.

use tch::Tensor;

use crate::{Error, Result};

/// Bool mask `[.., L, S]`, true = attend: a query at position `p` sees the keys at `p - left ..= p + right`.
///
/// `None` leaves that side open. Positions come from [`query_positions`](super::query_positions) and
/// [`key_positions`](super::key_positions). Sources: Beltagy et al. 2020 (Longformer), section 3.1; ONNX `Attention`,
/// `left_window_size` and `right_window_size`.
///
/// # Errors
/// When a side is negative, or the positions do not broadcast against each other.
pub fn sliding_window_mask(
    query_positions: &Tensor,
    key_positions: &Tensor,
    left: Option<i64>,
    right: Option<i64>,
) -> Result<Tensor> {
    let behind = query_positions.f_sub(key_positions)?;
    let mut seen = behind.f_eq_tensor(&behind)?;
    if let Some(left) = side("left", left)? {
        seen = seen.f_logical_and(&behind.f_le(left)?)?;
    }
    if let Some(right) = side("right", right)? {
        seen = seen.f_logical_and(&behind.f_ge(-right)?)?;
    }
    Ok(seen)
}

fn side(name: &str, size: Option<i64>) -> Result<Option<i64>> {
    match size {
        Some(size) if size < 0 => Err(Error::value(format!(
            "{name} is {size} but a window reaches 0 or more keys to a side"
        ))
        .mend("None leaves that side open")),
        size => Ok(size),
    }
}
