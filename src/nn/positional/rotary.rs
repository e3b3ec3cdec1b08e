//! Rotary positions: queries and keys are turned, so that their product knows how far apart they are.

use tch::{Device, Kind, Tensor};

use super::sizes;
use crate::nn::{Buffer, Forward, Path, module};
use crate::{Error, Result};

/// The options of [`RotaryEmbedding`].
#[derive(Debug, Clone)]
pub struct RotaryEmbeddingConfig {
    /// R: how many features are turned; even.
    pub rotary_dim: i64,
    /// The longest sequence.
    pub max_len: i64,
    /// The angles are `p / base^(2i/R)`.
    pub base: f64,
    /// Pairs are neighbours `(0,1), (2,3), …` as in the paper; else a feature pairs with the one half of `R` further
    /// on, as in GPT-NeoX and Llama.
    pub interleaved: bool,
}

impl RotaryEmbeddingConfig {
    /// `rotary_dim` features, positions `0..max_len`; the paper's base of 10000 and its pairs.
    pub fn new(rotary_dim: i64, max_len: i64) -> Self {
        Self { rotary_dim, max_len, base: 10_000.0, interleaved: true }
    }
}

module! {
    /// Turns pairs of features by an angle that grows with the position.
    ///
    /// Source: Su et al. 2021 (RoFormer), section 3.2. Use it on query and key, not on value:
    /// `⟨rope(q, m), rope(k, n)⟩` depends on `m - n` alone. It has no parameters, and its buffers are not part of the
    /// `state_dict`.
    pub struct RotaryEmbedding from (config: RotaryEmbeddingConfig) {
        /// Cosines `[max_len, R/2]`.
        pub cos: Buffer,
        /// Sines `[max_len, R/2]`.
        pub sin: Buffer,
        /// Whether pairs are neighbours.
        pub interleaved: bool,
    }
}

impl RotaryEmbedding {
    /// The angles' cosines and sines, computed in `Double` and rounded once.
    ///
    /// # Errors
    /// When a size is below 1, `rotary_dim` is odd, or the path is taken.
    pub fn new<'a>(path: impl Into<Path<'a>>, config: RotaryEmbeddingConfig) -> Result<Self> {
        let RotaryEmbeddingConfig { rotary_dim, max_len, base, interleaved } = config;
        sizes(max_len, rotary_dim)?;
        even("rotary_dim", rotary_dim)?;
        let p = path.into();
        let options = (Kind::Double, Device::Cpu);
        let two_i = Tensor::f_arange_start_step(0, rotary_dim, 2, options)?;
        let wavelength = Tensor::f_pow_scalar(base, &two_i.f_div_scalar(rotary_dim)?)?;
        let angle = Tensor::f_arange(max_len, options)?.f_unsqueeze(1)?.f_div(&wavelength)?;
        let rounded = |x: Tensor| x.f_to_kind(Kind::Float)?.f_to_device(p.device());
        let (cos, sin) = (rounded(angle.f_cos()?)?, rounded(angle.f_sin()?)?);
        let (cos, sin) = (p.buffer("cos", cos, false)?, p.buffer("sin", sin, false)?);
        Ok(Self { cos, sin, interleaved, training: true })
    }

    /// `x [B, H, L, D]` turned, its tokens standing at `positions`: `[L]`, or `[B, L]` where rows differ.
    ///
    /// # Errors
    /// When `x` is not 4-D, narrower than `R`, or a position is not in `0..max_len`.
    pub fn forward_with(&self, x: &Tensor, positions: &Tensor) -> Result<Tensor> {
        four(x)?;
        in_range(positions, self.cos.size2()?.0)?;
        let at = |cache: &Tensor| cache.f_index(&[Some(positions)])?.f_to_kind(x.kind());
        rotate(x, &at(&self.cos)?, &at(&self.sin)?, self.interleaved)
    }
}

impl Forward for RotaryEmbedding {
    /// `x [B, H, L, D]` turned, its tokens standing at `0..L`.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (_, _, l, _) = four(x)?;
        self.forward_with(x, &Tensor::f_arange(l, (Kind::Int64, x.device()))?)
    }
}

/// `x [B, H, L, D]` with its first `R` features turned; `cos` and `sin` are `[L, R/2]` or `[B, L, R/2]`.
///
/// `(a, b) → (a cos − b sin, a sin + b cos)` for each pair; features from `R` on are left as they are.
/// Source: ONNX `RotaryEmbedding`.
///
/// # Errors
/// When the shapes do not fit.
pub fn rotate(x: &Tensor, cos: &Tensor, sin: &Tensor, interleaved: bool) -> Result<Tensor> {
    let (b, _, l, d) = four(x)?;
    let half = caches(cos, sin, b, l, d)?;
    let (cos, sin) = (cos.f_unsqueeze(-3)?, sin.f_unsqueeze(-3)?); // [.., 1, L, R/2]: the same for each head
    let turned = x.f_narrow(-1, 0, 2 * half)?;
    let (first, second) = if interleaved {
        (turned.f_slice(-1, 0, None, 2)?, turned.f_slice(-1, 1, None, 2)?)
    } else {
        (turned.f_narrow(-1, 0, half)?, turned.f_narrow(-1, half, half)?)
    };
    let real = first.f_mul(&cos)?.f_sub(&second.f_mul(&sin)?)?;
    let imaginary = first.f_mul(&sin)?.f_add(&second.f_mul(&cos)?)?;
    let turned = if interleaved {
        Tensor::f_stack(&[real, imaginary], -1)?.f_flatten(-2, -1)?
    } else {
        Tensor::f_cat(&[real, imaginary], -1)?
    };
    Ok(Tensor::f_cat(&[turned, x.f_narrow(-1, 2 * half, d - 2 * half)?], -1)?)
}

fn four(x: &Tensor) -> Result<(i64, i64, i64, i64)> {
    x.size4().map_err(|_| {
        Error::value(format!("x is {:?} but should be [B, H, L, D]", x.size()))
            .mend("split the heads first: x.view([b, l, heads, -1]).transpose(1, 2)")
    })
}

/// `R/2`, once both caches are `[L, R/2]` or `[B, L, R/2]` with `R` at most `D`.
fn caches(cos: &Tensor, sin: &Tensor, b: i64, l: i64, d: i64) -> Result<i64> {
    let (is, size) = (cos.size(), sin.size());
    let half = match *is.as_slice() {
        [rows, half] if rows == l => half,
        [batch, rows, half] if rows == l && (batch == b || batch == 1) => half,
        _ => 0,
    };
    if half > 0 && 2 * half <= d && is == size {
        return Ok(half);
    }
    Err(Error::value(format!(
        "cos is {is:?} and sin {size:?} but both should be [L={l}, R/2] or [B={b}, L={l}, R/2] with R at most D={d}"
    )))
}

fn in_range(positions: &Tensor, max_len: i64) -> Result<()> {
    crate::attention::integers("positions", positions)?;
    if positions.numel() == 0 {
        return Ok(());
    }
    let (least, most) =
        (positions.f_min()?.f_int64_value(&[])?, positions.f_max()?.f_int64_value(&[])?);
    if least >= 0 && most < max_len {
        return Ok(());
    }
    Err(Error::value(format!(
        "positions run from {least} to {most} but should be in 0..{max_len} (max_len)"
    ))
    .mend("build the embedding with a larger max_len"))
}

fn even(name: &str, size: i64) -> Result<()> {
    if size % 2 == 0 {
        return Ok(());
    }
    Err(Error::value(format!(
        "{name} is {size} but features are turned in pairs: it should be even"
    )))
}
