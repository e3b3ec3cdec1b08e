//! Sinusoidal positions.

use tch::{Device, Kind, Tensor};

use super::{sequence, sizes};
use crate::Result;
use crate::nn::{Buffer, Dropout, Forward, Path, module};

/// How sines and cosines share the features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// `sin, cos, sin, cos, …`: the paper's formula.
    #[default]
    Interleaved,
    /// All sines, then all cosines: the figure of the Illustrated Transformer.
    Concatenated,
}

/// `[max_len, d_model]` of kind `Float`: `sin(p / 10000^(2i/d))` and `cos(p / 10000^(2i/d))` for position `p`.
///
/// Computed in `Double` and rounded once, so that far positions are as exact as near ones; implementations that
/// multiply in float32 are up to 4e-4 off at position 5000. An odd `d_model` ends with a sine.
/// Source: Vaswani et al. 2017, section 3.5.
///
/// # Errors
/// When a size is below 1.
pub fn sinusoids(max_len: i64, d_model: i64, layout: Layout, device: Device) -> Result<Tensor> {
    sizes(max_len, d_model)?;
    let options = (Kind::Double, Device::Cpu);
    let position = Tensor::f_arange(max_len, options)?.f_unsqueeze(1)?; // [max_len, 1]
    let two_i = Tensor::f_arange_start_step(0, d_model, 2, options)?; // [⌈d/2⌉]
    let wavelength = Tensor::f_pow_scalar(10000.0, &two_i.f_div_scalar(d_model)?)?;
    let angle = position.f_div(&wavelength)?; // [max_len, ⌈d/2⌉]
    let (sin, cos) = (angle.f_sin()?, angle.f_cos()?);
    let pe = match layout {
        Layout::Interleaved => {
            Tensor::f_stack(&[sin, cos], -1)?.f_flatten(1, 2)?.f_narrow(1, 0, d_model)?
        }
        Layout::Concatenated => Tensor::f_cat(&[&sin, &cos.f_narrow(1, 0, d_model / 2)?], 1)?,
    };
    Ok(pe.f_to_kind(Kind::Float)?.f_contiguous()?.f_to_device(device)?)
}

/// The options of [`PositionalEncoding`].
#[derive(Debug, Clone)]
pub struct PositionalEncodingConfig {
    /// E: size of the vectors.
    pub d_model: i64,
    /// Probability of dropping an element of the sum in training.
    pub dropout: f64,
    /// The longest sequence.
    pub max_len: i64,
    /// How sines and cosines share the features.
    pub layout: Layout,
}

impl PositionalEncodingConfig {
    /// For vectors of `d_model`; dropout 0.1, up to 5,000 tokens, the paper's layout.
    pub fn new(d_model: i64) -> Self {
        Self { d_model, dropout: 0.1, max_len: 5000, layout: Layout::Interleaved }
    }
}

module! {
    /// Adds sinusoids to a sequence, then drops some of the sum: `dropout(x + pe)`.
    ///
    /// torch.nn has no such module; this is the Annotated Transformer's `PositionalEncoding(d_model, dropout,
    /// max_len)`. It has no parameters, and its buffer is not part of the `state_dict`.
    pub struct PositionalEncoding from (config: PositionalEncodingConfig) {
        /// On the sum.
        pub dropout: Dropout,
        /// `[max_len, E]`
        pub pe: Buffer,
    }
}

impl PositionalEncoding {
    /// An encoding for sequences of up to `max_len` tokens of `d_model` features.
    ///
    /// # Errors
    /// When a size is below 1, `dropout` is no probability, or the path is taken.
    pub fn new<'a>(path: impl Into<Path<'a>>, config: PositionalEncodingConfig) -> Result<Self> {
        let (p, PositionalEncodingConfig { d_model, dropout, max_len, layout }) =
            (path.into(), config);
        let dropout = Dropout::new(dropout)?;
        let pe = sinusoids(max_len, d_model, layout, p.device())?;
        Ok(Self { dropout, pe: p.buffer("pe", pe, false)?, training: true })
    }
}

impl Forward for PositionalEncoding {
    /// `x [.., L, E]` → the same shape and kind; position 0 is the first token.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (max_len, d_model) = self.pe.size2()?;
        let l = sequence(&x.size(), max_len, d_model)?;
        let pe = self.pe.f_narrow(0, 0, l)?.f_to_kind(x.kind())?; // [L, E]
        self.dropout.forward(&x.f_add(&pe)?)
    }
}
