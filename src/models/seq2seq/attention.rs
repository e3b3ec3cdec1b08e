//! Attention of several heads, to one's own text or to the one that was read.

use tch::Tensor;

use super::super::attention::AttentionCall;
use super::{How, Seq2SeqConfig};
use crate::Result;
use crate::attention::DynamicCache;
use crate::nn::{Forward, Linear, LinearConfig, Path, module};

/// Keys and values of earlier calls: of what was written, and of what was read, which does not grow. `transformers`'
/// `EncoderDecoderCache`.
#[derive(Debug, Default)]
pub struct EncoderDecoderCache {
    /// `[B, H, P, D]` of each layer.
    pub self_attention_cache: DynamicCache,
    /// `[B, H, S, D]` of each layer.
    pub cross_attention_cache: DynamicCache,
}

impl EncoderDecoderCache {
    /// P: how many tokens were written.
    pub fn seq_length(&self) -> i64 {
        self.self_attention_cache.seq_length()
    }
}

module! {
    /// Queries of one text on keys and values of the same, or of another.
    pub struct Seq2SeqAttention {
        /// `[E, E]`
        pub k_proj: Linear,
        /// `[E, E]`
        pub v_proj: Linear,
        /// `[E, E]`
        pub q_proj: Linear,
        /// The heads' outputs put together: `[E, E]`.
        pub out_proj: Linear,
        /// H
        pub num_heads: i64,
        /// Probability of dropping an attention weight.
        pub dropout: f64,
        /// Whether a token sees those before it only.
        pub is_causal: bool,
        /// Which layer this is, from 0.
        pub layer_idx: usize,
    }
}

impl Seq2SeqAttention {
    pub(super) fn new(
        p: Path,
        config: &Seq2SeqConfig,
        num_heads: i64,
        is_causal: bool,
        layer_idx: i64,
    ) -> Result<Self> {
        let size = LinearConfig::new(config.d_model, config.d_model);
        Ok(Self {
            k_proj: Linear::new(&p / "k_proj", size.clone())?,
            v_proj: Linear::new(&p / "v_proj", size.clone())?,
            q_proj: Linear::new(&p / "q_proj", size.clone())?,
            out_proj: Linear::new(&p / "out_proj", size)?,
            num_heads,
            dropout: config.attention_dropout,
            is_causal,
            layer_idx: layer_idx as usize,
            training: true,
        })
    }

    /// To one's own text: `[B, L, E]` → `[B, L, E]`, and with `eager` the weights `[B, H, L, P + L]`.
    pub(super) fn to_itself(
        &self,
        x: &Tensor,
        mask: Option<&Tensor>,
        cache: Option<&mut EncoderDecoderCache>,
        how: How,
    ) -> Result<(Tensor, Option<Tensor>)> {
        let query = self.heads(&self.q_proj.forward(x)?)?;
        let (key, value) = self.keys_and_values(x)?;
        let (key, value) = match cache {
            Some(cache) => cache.self_attention_cache.update(&key, &value, self.layer_idx)?,
            None => (key, value),
        };
        self.attend(&query, &key, &value, mask, how)
    }

    /// To what was read, `[B, S, E]`: `[B, L, E]` → `[B, L, E]`, and with `eager` the weights `[B, H, L, S]`.
    pub(super) fn to_encoded(
        &self,
        x: &Tensor,
        encoded: &Tensor,
        mask: Option<&Tensor>,
        cache: Option<&mut EncoderDecoderCache>,
        how: How,
    ) -> Result<(Tensor, Option<Tensor>)> {
        let query = self.heads(&self.q_proj.forward(x)?)?;
        let (key, value) = match cache.map(|cache| &mut cache.cross_attention_cache) {
            Some(cache) if self.layer_idx < cache.len() => cache.layer(self.layer_idx)?,
            Some(cache) => {
                let (key, value) = self.keys_and_values(encoded)?;
                cache.update(&key, &value, self.layer_idx)?
            }
            None => self.keys_and_values(encoded)?,
        };
        self.attend(&query, &key, &value, mask, how)
    }

    fn keys_and_values(&self, states: &Tensor) -> Result<(Tensor, Tensor)> {
        let (key, value) = (self.k_proj.forward(states)?, self.v_proj.forward(states)?);
        Ok((self.heads(&key)?, self.heads(&value)?))
    }

    /// `[B, L, E]` → `[B, H, L, D]`
    fn heads(&self, states: &Tensor) -> Result<Tensor> {
        let (b, l, e) = states.size3()?;
        Ok(states.f_view([b, l, self.num_heads, e / self.num_heads])?.f_transpose(1, 2)?)
    }

    fn attend(
        &self,
        query: &Tensor,
        key: &Tensor,
        value: &Tensor,
        mask: Option<&Tensor>,
        how: How,
    ) -> Result<(Tensor, Option<Tensor>)> {
        let (b, h, l, d) = query.size4()?;
        let attention = AttentionCall {
            query,
            key,
            value,
            mask,
            scaling: (d as f64).powf(-0.5),
            dropout: if self.training { self.dropout } else { 0.0 },
            is_causal: self.is_causal,
            softmax_kind: None,
        };
        let (output, weights) = attention.compute(how)?; // [B, L, H, D]
        let output = output.f_reshape([b, l, h * d])?.f_contiguous()?;
        Ok((self.out_proj.forward(&output)?, weights))
    }
}
