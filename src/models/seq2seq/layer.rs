//! One layer of either stack. What a part computes is added to what went in, and the sum normalised.

use tch::{Kind, Tensor};

use super::super::activation::activation;
use super::{EncoderDecoderCache, How, Seq2SeqAttention, Seq2SeqConfig};
use crate::Result;
use crate::nn::{Activation, Forward, LayerNorm, Linear, LinearConfig, Path, module};

/// The feed-forward network of either layer: E → ffn_dim → E.
struct FeedForward<'a> {
    fc1: &'a Linear,
    fc2: &'a Linear,
    activation_fn: &'a Activation,
    activation_dropout: f64,
    dropout: f64,
    training: bool,
}

impl FeedForward<'_> {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = self.activation_fn.apply(&self.fc1.forward(x)?)?;
        let x = x.f_dropout(self.activation_dropout, self.training)?;
        Ok(self.fc2.forward(&x)?.f_dropout(self.dropout, self.training)?)
    }
}

module! {
    /// A layer that reads: every token sees every other, then each is mapped on its own.
    pub struct Seq2SeqEncoderLayer {
        /// Every token sees every other.
        pub self_attn: Seq2SeqAttention,
        /// After it.
        pub self_attn_layer_norm: LayerNorm,
        /// Of the feed-forward network.
        pub activation_fn: Activation,
        /// `[encoder_ffn_dim, E]`
        pub fc1: Linear,
        /// `[E, encoder_ffn_dim]`
        pub fc2: Linear,
        /// After the feed-forward network.
        pub final_layer_norm: LayerNorm,
        /// Dropout of what is added.
        pub dropout: f64,
        /// Dropout after the activation.
        pub activation_dropout: f64,
    }
}

impl Seq2SeqEncoderLayer {
    pub(super) fn new(p: &Path, config: &Seq2SeqConfig, layer_idx: i64) -> Result<Self> {
        let (e, inner) = (config.d_model, config.encoder_ffn_dim);
        let heads = config.encoder_attention_heads;
        Ok(Self {
            self_attn: Seq2SeqAttention::new(p / "self_attn", config, heads, false, layer_idx)?,
            self_attn_layer_norm: LayerNorm::new(p / "self_attn_layer_norm", config.norm())?,
            activation_fn: activation(&config.activation_function)?,
            fc1: Linear::new(p / "fc1", LinearConfig::new(e, inner))?,
            fc2: Linear::new(p / "fc2", LinearConfig::new(inner, e))?,
            final_layer_norm: LayerNorm::new(p / "final_layer_norm", config.norm())?,
            dropout: config.dropout,
            activation_dropout: config.activation_dropout,
            training: true,
        })
    }

    /// `[B, S, E]` → `[B, S, E]`, and with `eager` the weights `[B, H, S, S]`.
    pub(super) fn forward(
        &self,
        x: &Tensor,
        mask: Option<&Tensor>,
        how: How,
    ) -> Result<(Tensor, Option<Tensor>)> {
        let (attention, weights) = self.self_attn.to_itself(x, mask, None, how)?;
        let attention = attention.f_dropout(self.dropout, self.training)?;
        let x = self.self_attn_layer_norm.forward(&x.f_add(&attention)?)?;
        let x = x.f_add(&self.feed_forward().forward(&x)?)?;
        Ok((clamp_half(self.final_layer_norm.forward(&x)?)?, weights))
    }

    fn feed_forward(&self) -> FeedForward<'_> {
        FeedForward {
            fc1: &self.fc1,
            fc2: &self.fc2,
            activation_fn: &self.activation_fn,
            activation_dropout: self.activation_dropout,
            dropout: self.dropout,
            training: self.training,
        }
    }
}

/// float16 ends at 65504: what went beyond is brought back.
fn clamp_half(x: Tensor) -> Result<Tensor> {
    if x.kind() == Kind::Half && x.f_isfinite()?.all().int64_value(&[]) == 0 {
        let most = 65504.0 - 1000.0;
        return Ok(x.f_clamp(-most, most)?);
    }
    Ok(x)
}

module! {
    /// A layer that writes: a token sees those before it, then what was read, then it is mapped on its own.
    pub struct Seq2SeqDecoderLayer {
        /// A token sees those before it.
        pub self_attn: Seq2SeqAttention,
        /// Of the feed-forward network.
        pub activation_fn: Activation,
        /// After the first attention.
        pub self_attn_layer_norm: LayerNorm,
        /// A token sees what was read.
        pub encoder_attn: Seq2SeqAttention,
        /// After the second attention.
        pub encoder_attn_layer_norm: LayerNorm,
        /// `[decoder_ffn_dim, E]`
        pub fc1: Linear,
        /// `[E, decoder_ffn_dim]`
        pub fc2: Linear,
        /// After the feed-forward network.
        pub final_layer_norm: LayerNorm,
        /// Dropout of what is added.
        pub dropout: f64,
        /// Dropout after the activation.
        pub activation_dropout: f64,
    }
}

/// What every layer of the decoder sees in one call.
pub(super) struct LayerCall<'a> {
    /// `[B, S, E]`: what was read.
    pub encoded: &'a Tensor,
    /// Of what was written.
    pub mask: Option<Tensor>,
    /// Of what was read.
    pub encoder_mask: Option<Tensor>,
    pub cache: Option<&'a mut EncoderDecoderCache>,
    pub how: How,
}

impl Seq2SeqDecoderLayer {
    pub(super) fn new(p: &Path, config: &Seq2SeqConfig, i: i64) -> Result<Self> {
        let (e, inner) = (config.d_model, config.decoder_ffn_dim);
        let heads = config.decoder_attention_heads;
        Ok(Self {
            self_attn: Seq2SeqAttention::new(p / "self_attn", config, heads, true, i)?,
            activation_fn: activation(&config.activation_function)?,
            self_attn_layer_norm: LayerNorm::new(p / "self_attn_layer_norm", config.norm())?,
            encoder_attn: Seq2SeqAttention::new(p / "encoder_attn", config, heads, false, i)?,
            encoder_attn_layer_norm: LayerNorm::new(p / "encoder_attn_layer_norm", config.norm())?,
            fc1: Linear::new(p / "fc1", LinearConfig::new(e, inner))?,
            fc2: Linear::new(p / "fc2", LinearConfig::new(inner, e))?,
            final_layer_norm: LayerNorm::new(p / "final_layer_norm", config.norm())?,
            dropout: config.dropout,
            activation_dropout: config.activation_dropout,
            training: true,
        })
    }

    /// `[B, L, E]` → `[B, L, E]`, and with `eager` both attentions' weights.
    pub(super) fn forward(
        &self,
        x: &Tensor,
        call: &mut LayerCall,
    ) -> Result<(Tensor, [Option<Tensor>; 2])> {
        let (mask, cache) = (call.mask.as_ref(), call.cache.as_deref_mut());
        let (attention, weights) = self.self_attn.to_itself(x, mask, cache, call.how)?;
        let attention = attention.f_dropout(self.dropout, self.training)?;
        let x = self.self_attn_layer_norm.forward(&x.f_add(&attention)?)?;

        let (mask, cache) = (call.encoder_mask.as_ref(), call.cache.as_deref_mut());
        let (attention, cross_weights) =
            self.encoder_attn.to_encoded(&x, call.encoded, mask, cache, call.how)?;
        let attention = attention.f_dropout(self.dropout, self.training)?;
        let x = self.encoder_attn_layer_norm.forward(&x.f_add(&attention)?)?;

        let x = x.f_add(&self.feed_forward().forward(&x)?)?;
        Ok((self.final_layer_norm.forward(&x)?, [weights, cross_weights]))
    }

    fn feed_forward(&self) -> FeedForward<'_> {
        FeedForward {
            fc1: &self.fc1,
            fc2: &self.fc2,
            activation_fn: &self.activation_fn,
            activation_dropout: self.activation_dropout,
            dropout: self.dropout,
            training: self.training,
        }
    }
}
