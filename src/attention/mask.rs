//! Who may attend to whom: the masks of torch's own making.

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
pub(super) fn length(name: &str, value: i64) -> Result<()> {
    if value >= 0 {
        return Ok(());
    }
    Err(Error::value(format!("{name} is {value} but a length cannot be negative"))
        .mend(format!("pass {name} = 0 or more")))
}
