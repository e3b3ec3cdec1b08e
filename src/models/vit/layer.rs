//! One block: every piece sees every other, then each on its own.

use tch::{Kind, Tensor};

use super::super::activation::activation;
use super::super::attention::AttentionCall;
use super::{AttnImplementation, ViTConfig};
use crate::Result;
use crate::nn::{Activation, Dropout, Forward, LayerNorm, Linear, LinearConfig, Path, module};

/// What every layer of one call sees.
pub(super) struct Call {
    pub(super) mask: Option<Tensor>,
    pub(super) attn_implementation: AttnImplementation,
}

module! {
    /// Self-attention of several heads: every piece sees every other.
    pub struct ViTAttention {
        /// `[E, E]`
        pub q_proj: Linear,
        /// `[E, E]`
        pub k_proj: Linear,
        /// `[E, E]`
        pub v_proj: Linear,
        /// The heads' outputs put together: `[E, E]`.
        pub o_proj: Linear,
        /// H
        pub num_attention_heads: i64,
        /// Probability of dropping an attention weight.
        pub attention_dropout: f64,
    }
}

impl ViTAttention {
    fn new(p: &Path, config: &ViTConfig) -> Result<Self> {
        let e = config.hidden_size;
        let qkv = LinearConfig { bias: config.qkv_bias, ..LinearConfig::new(e, e) };
        Ok(Self {
            q_proj: Linear::new(p / "q_proj", qkv.clone())?,
            k_proj: Linear::new(p / "k_proj", qkv.clone())?,
            v_proj: Linear::new(p / "v_proj", qkv)?,
            o_proj: Linear::new(p / "o_proj", LinearConfig::new(e, e))?,
            num_attention_heads: config.num_attention_heads,
            attention_dropout: config.attention_probs_dropout_prob,
            training: true,
        })
    }

    /// `[B, L, E]` → `[B, L, E]`, and with `eager` the weights `[B, H, L, L]`.
    fn forward(&self, x: &Tensor, call: &Call) -> Result<(Tensor, Option<Tensor>)> {
        let (b, l, e) = x.size3()?;
        let head_dim = e / self.num_attention_heads;
        let heads = [b, l, self.num_attention_heads, head_dim];
        let split = |proj: &Linear| -> Result<Tensor> {
            Ok(proj.forward(x)?.f_view(heads)?.f_transpose(1, 2)?) // [B, H, L, D]
        };
        let attention = AttentionCall {
            query: &split(&self.q_proj)?,
            key: &split(&self.k_proj)?,
            value: &split(&self.v_proj)?,
            mask: call.mask.as_ref(),
            scaling: (head_dim as f64).powf(-0.5),
            dropout: if self.training { self.attention_dropout } else { 0.0 },
            is_causal: false,
            softmax_kind: Some(Kind::Float),
        };
        let (output, weights) = attention.compute(call.attn_implementation)?; // [B, L, H, D]
        let output = output.f_reshape([b, l, e])?.f_contiguous()?;
        Ok((self.o_proj.forward(&output)?, weights))
    }
}

module! {
    /// The feed-forward network: E → intermediate_size → E.
    pub struct ViTMLP {
        /// Between the two.
        pub activation_fn: Activation,
        /// `[intermediate_size, E]`
        pub fc1: Linear,
        /// `[E, intermediate_size]`
        pub fc2: Linear,
    }
}

impl ViTMLP {
    fn new(p: &Path, config: &ViTConfig) -> Result<Self> {
        let (e, inner) = (config.hidden_size, config.intermediate_size);
        Ok(Self {
            activation_fn: activation(&config.hidden_act)?,
            fc1: Linear::new(p / "fc1", LinearConfig::new(e, inner))?,
            fc2: Linear::new(p / "fc2", LinearConfig::new(inner, e))?,
            training: true,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.fc2.forward(&self.activation_fn.apply(&self.fc1.forward(x)?)?)
    }
}

module! {
    /// One block: `x + attention(layernorm_before(x))`, then `x + mlp(layernorm_after(x))`.
    pub struct ViTLayer {
        /// Every piece sees every other.
        pub attention: ViTAttention,
        /// Before the attention.
        pub layernorm_before: LayerNorm,
        /// Before the feed-forward network.
        pub layernorm_after: LayerNorm,
        /// Each piece on its own.
        pub mlp: ViTMLP,
        /// Of what is added.
        pub dropout: Dropout,
    }
}

impl ViTLayer {
    pub(super) fn new(p: &Path, config: &ViTConfig) -> Result<Self> {
        Ok(Self {
            attention: ViTAttention::new(&(p / "attention"), config)?,
            layernorm_before: LayerNorm::new(p / "layernorm_before", config.norm())?,
            layernorm_after: LayerNorm::new(p / "layernorm_after", config.norm())?,
            mlp: ViTMLP::new(&(p / "mlp"), config)?,
            dropout: Dropout::new(config.hidden_dropout_prob)?,
            training: true,
        })
    }

    pub(super) fn forward(&self, x: &Tensor, call: &Call) -> Result<(Tensor, Option<Tensor>)> {
        let (attention, weights) =
            self.attention.forward(&self.layernorm_before.forward(x)?, call)?;
        let x = self.dropout.forward(&attention)?.f_add(x)?;
        let mlp = self.mlp.forward(&self.layernorm_after.forward(&x)?)?;
        Ok((self.dropout.forward(&mlp)?.f_add(&x)?, weights))
    }
}
