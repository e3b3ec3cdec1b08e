//! Who may attend to whom: the causal order by index and by position, windows, and rows of unequal length.

use tch::{Device, Kind, Tensor};

use crate::{Error, Result};

/// Lower-triangular bool mask `[L, S]`, true = attend: query `i` sees keys `0..=i`.
///
/// Aligned top-left as torch's `is_causal` is, also where `S ≠ L`. For queries that come after `S - L` earlier ones
/// use [`causal_mask_at`](super::causal_mask_at). Source: Vaswani et al. 2017, section 3.2.3.
///
/// # Errors
/// When a length is negative.
pub fn causal_mask(l: i64, s: i64, device: Device) -> Result<Tensor> {
    length("l", l)?;
    length("s", s)?;
    Ok(Tensor::f_ones([l, s], (Kind::Bool, device))?.f_tril(0)?)
}

/// Float mask `[size, size]`: `-inf` above the diagonal, 0 elsewhere.
///
/// `torch.nn.Transformer.generate_square_subsequent_mask(sz, device, dtype)`; torch's default `dtype` is `Kind::Float`.
///
/// # Errors
/// When `size` is negative or `kind` has no infinity.
pub fn generate_square_subsequent_mask(size: i64, options: (Kind, Device)) -> Result<Tensor> {
    length("size", size)?;
    let (kind, _) = options;
    if !matches!(kind, Kind::Float | Kind::Double | Kind::Half | Kind::BFloat16) {
        return Err(Error::kind_mismatch(format!(
            "the mask's kind is {kind:?} but must hold -inf: Float, Double, Half or BFloat16"
        ))
        .mend("for a Bool mask use causal_mask"));
    }
    Ok(Tensor::f_full([size, size], f64::NEG_INFINITY, options)?.f_triu(1)?)
}

/// A length is a number from 0.
fn length(name: &str, value: i64) -> Result<()> {
    if value >= 0 {
        return Ok(());
    }
    Err(Error::value(format!("{name} is {value} but a length cannot be negative"))
        .mend(format!("pass {name} = 0 or more")))
}

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
fn counts(name: &str, tensor: &Tensor) -> Result<()> {
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
