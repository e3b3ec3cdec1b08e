//! Rotary positions as `transformers` computes them: `modeling_rope_utils.py`, operator for operator.
//!
//! [`nn::RotaryEmbedding`](crate::nn::RotaryEmbedding) is the same in `Double`, rounded once. Here all is float32, step by
//! step, as the models were trained.

use std::cell::Cell;
use std::f64::consts::PI;

use tch::{Kind, Tensor};

use super::{LlamaConfig, RopeParameters, RopeType, Yarn};
use crate::Result;
use crate::nn::{Buffer, Field, Path, module};
use crate::tensor::times;

impl Field for RopeParameters {}
impl Field for Cell<i64> {}

module! {
    /// Positions → cosines and sines, by which queries and keys are turned.
    pub struct LlamaRotaryEmbedding {
        /// `[D / 2]`: the angle from one position to the next, now.
        pub inv_freq: Buffer,
        /// `[D / 2]`: the one of short texts.
        pub original_inv_freq: Buffer,
        /// Base and scaling.
        pub rope_parameters: RopeParameters,
        /// `max_position_embeddings`
        pub original_max_seq_len: i64,
        /// The longest text that `inv_freq` is for: `dynamic` remembers it from call to call.
        pub max_seq_len_cached: Cell<i64>,
    }
}

impl LlamaRotaryEmbedding {
    pub(super) fn new(p: &Path, config: &LlamaConfig) -> Result<Self> {
        let longest = config.max_position_embeddings;
        let rope = config.rope_parameters.clone();
        let inv_freq = rope.inv_freq(config.head_dim())?.f_to_device(p.device())?;
        Ok(Self {
            original_inv_freq: p.buffer("original_inv_freq", inv_freq.copy(), false)?,
            inv_freq: p.buffer("inv_freq", inv_freq, false)?,
            rope_parameters: rope,
            original_max_seq_len: longest,
            max_seq_len_cached: Cell::new(longest),
            training: true,
        })
    }

    /// Cosines and sines `[B, L, D]` of positions `[B, L]`, of the kind of `x`.
    pub(super) fn forward(&self, x: &Tensor, position_ids: &Tensor) -> Result<(Tensor, Tensor)> {
        let _no_grad = tch::no_grad_guard();
        if let RopeType::Dynamic { factor } = self.rope_parameters.rope_type {
            self.dynamic_frequency_update(factor, position_ids)?;
        }
        let positions = position_ids.f_unsqueeze(-1)?.f_to_kind(Kind::Float)?; // [B, L, 1]
        let freqs = positions.f_mul(&self.inv_freq)?; // [B, L, D / 2]
        let emb = Tensor::f_cat(&[&freqs, &freqs], -1)?; // [B, L, D]
        let (mut cos, mut sin) = (emb.f_cos()?, emb.f_sin()?);
        if let RopeType::Yarn(Yarn { attention_factor, .. }) = self.rope_parameters.rope_type {
            (cos, sin) = (times(&cos, attention_factor)?, times(&sin, attention_factor)?);
        }
        Ok((cos.f_to_kind(x.kind())?, sin.f_to_kind(x.kind())?))
    }

    /// Other angles once a text is longer than any before, and the first ones again once it is short.
    fn dynamic_frequency_update(&self, factor: f64, position_ids: &Tensor) -> Result<()> {
        let seq_len = position_ids.f_max()?.f_add_scalar(1)?;
        let length = seq_len.int64_value(&[]);
        let (cached, original) = (self.max_seq_len_cached.get(), self.original_max_seq_len);
        if length > cached {
            let dim = 2 * self.inv_freq.size1()?;
            let inv_freq = self.rope_parameters.stretched(factor, &seq_len, original, dim)?;
            self.inv_freq.shallow_clone().f_copy_(&inv_freq)?;
            self.max_seq_len_cached.set(length);
        } else if length < original && cached > original {
            self.inv_freq.shallow_clone().f_copy_(&self.original_inv_freq)?;
            self.max_seq_len_cached.set(original);
        }
        Ok(())
    }
}

impl RopeParameters {
    /// `[D / 2]`: the angles from one position to the next, before the first text.
    fn inv_freq(&self, dim: i64) -> Result<Tensor> {
        if let RopeType::Yarn(yarn) = &self.rope_type {
            return yarn.inv_freq(self.rope_theta, dim);
        }
        let base = match self.rope_type {
            // As for a text of exactly max_position_embeddings.
            RopeType::Dynamic { factor } => {
                self.rope_theta * (factor - (factor - 1.0)).powf(ratio(dim))
            }
            _ => self.rope_theta,
        };
        let inv_freq = inverse(&Tensor::f_pow_scalar(base, &exponents(dim)?)?, 1.0)?;
        Ok(match self.rope_type {
            RopeType::Default | RopeType::Dynamic { .. } | RopeType::Yarn(_) => inv_freq,
            RopeType::Linear { factor } => inv_freq.f_div_scalar(factor)?,
            RopeType::Llama3 {
                factor,
                low_freq_factor,
                high_freq_factor,
                original_max_position_embeddings,
            } => {
                let old_context_len = original_max_position_embeddings as f64;
                llama3(&inv_freq, factor, [low_freq_factor, high_freq_factor], old_context_len)?
            }
        })
    }

    /// `_compute_dynamic_ntk_parameters` for a text of `seq_len`, a scalar tensor as in Python: so all is float32.
    fn stretched(&self, factor: f64, seq_len: &Tensor, longest: i64, dim: i64) -> Result<Tensor> {
        let stretch = seq_len.f_mul_scalar(factor)?.f_div_scalar(longest)?;
        let stretch = stretch.f_sub_scalar(factor - 1.0)?.f_pow_tensor_scalar(ratio(dim))?;
        let base = stretch.f_mul_scalar(self.rope_theta)?;
        inverse(&base.f_pow(&exponents(dim)?.f_to_device(seq_len.device())?)?, 1.0)
    }
}

impl Yarn {
    /// `_compute_yarn_parameters`
    fn inv_freq(&self, base: f64, dim: i64) -> Result<Tensor> {
        let pos_freqs = Tensor::f_pow_scalar(base, &exponents(dim)?)?;
        let extrapolation = inverse(&pos_freqs, 1.0)?;
        let interpolation = inverse(&times(&pos_freqs, self.factor)?, 1.0)?;
        let (low, high) = self.correction_range(base, dim as f64);
        // `linear_ramp_factor`
        let ramp = Tensor::f_arange(dim / 2, (Kind::Float, tch::Device::Cpu))?
            .f_sub_scalar(low)?
            .f_div_scalar(high - low)?
            .f_clamp(0.0, 1.0)?;
        let kept = ramp.f_rsub_scalar(1)?;
        Ok(interpolation.f_mul(&kept.f_rsub_scalar(1)?)?.f_add(&extrapolation.f_mul(&kept)?)?)
    }

    /// `find_correction_range`: between which pairs the ramp is.
    fn correction_range(&self, base: f64, dim: f64) -> (f64, f64) {
        let longest = self.original_max_position_embeddings as f64;
        let pair = |turns: f64| (dim * (longest / (turns * 2.0 * PI)).ln()) / (2.0 * base.ln());
        let (mut low, mut high) = (pair(self.beta_fast), pair(self.beta_slow));
        if self.truncate {
            (low, high) = (low.floor(), high.ceil());
        }
        let (low, high) = (low.max(0.0), high.min(dim - 1.0));
        // So that the two never meet.
        (low, if low == high { high + 0.001 } else { high })
    }
}

/// `torch.arange(0, dim, 2) / dim`
fn exponents(dim: i64) -> Result<Tensor> {
    let two_i = Tensor::f_arange_start_step(0, dim, 2, (Kind::Float, tch::Device::Cpu))?;
    Ok(two_i.f_div_scalar(dim)?)
}

/// `number / x`, which in Python is `x.reciprocal() * number`.
fn inverse(x: &Tensor, number: f64) -> Result<Tensor> {
    Ok(x.f_reciprocal()?.f_mul_scalar(number)?)
}

fn ratio(dim: i64) -> f64 {
    dim as f64 / (dim - 2) as f64
}

/// `_compute_llama3_parameters`
fn llama3(inv_freq: &Tensor, factor: f64, [low, high]: [f64; 2], old: f64) -> Result<Tensor> {
    let wavelen = inverse(inv_freq, 2.0 * PI)?;
    let is_slow = wavelen.f_gt(old / low)?;
    let is_fast = wavelen.f_lt(old / high)?;
    let scaled = inv_freq.f_div_scalar(factor)?.f_where_self(&is_slow, inv_freq)?;
    // Between the two a smooth passage.
    let smooth = inverse(&wavelen, old)?.f_sub_scalar(low)?.f_div_scalar(high - low)?;
    let rest = smooth.f_rsub_scalar(1.0)?.f_mul(&scaled)?.f_div_scalar(factor)?;
    let smoothed = rest.f_add(&smooth.f_mul(&scaled)?)?;
    let is_between = is_fast.f_logical_not()?.f_logical_and(&is_slow.f_logical_not()?)?;
    Ok(smoothed.f_where_self(&is_between, &scaled)?)
}

/// `apply_rotary_pos_emb`: `[B, H, L, D]` turned by cosines and sines `[B, L, D]`, the same for each head. A feature pairs
/// with the one half of D further on.
pub(super) fn apply_rotary_pos_emb(x: &Tensor, cos: &Tensor, sin: &Tensor) -> Result<Tensor> {
    let (cos, sin) = (cos.f_unsqueeze(1)?, sin.f_unsqueeze(1)?); // [B, 1, L, D]
    Ok(x.f_mul(&cos)?.f_add(&rotate_half(x)?.f_mul(&sin)?)?)
}

/// `rotate_half`: (x₁, x₂) → (−x₂, x₁)
fn rotate_half(x: &Tensor) -> Result<Tensor> {
    let half = x.size().last().map_or(0, |d| d / 2);
    let (x1, x2) = (x.f_slice(-1, None, half, 1)?, x.f_slice(-1, half, None, 1)?);
    Ok(Tensor::f_cat(&[x2.f_neg()?, x1], -1)?)
}
