//! One layer: every token sees every other, then each on its own; the norms come after the sums.

#![allow(non_snake_case, reason = "LayerNorm is the field's name in the files")]

use tch::Tensor;

use super::BertConfig;
use crate::Result;
use crate::models::AttnImplementation;
use crate::models::activation::activation;
use crate::models::attention::AttentionCall;
use crate::nn::{
    Activation, Dropout, Forward, LayerNorm, Linear, LinearConfig, Module, Parts, Path, module,
};

/// What every layer of one call sees.
pub(super) struct Call {
    pub mask: Option<Tensor>,
    pub attn_implementation: AttnImplementation,
}

module! {
    /// Self-attention of several heads.
    pub struct BertSelfAttention {
        /// `[E, E]`
        pub query: Linear,
        /// `[E, E]`
        pub key: Linear,
        /// `[E, E]`
        pub value: Linear,
        /// Of the attention weights.
        pub dropout: Dropout,
        /// H
        pub num_attention_heads: i64,
    }
}

impl BertSelfAttention {
    fn new(p: &Path, config: &BertConfig) -> Result<Self> {
        let map =
            |name| Linear::new(p / name, LinearConfig::new(config.hidden_size, config.hidden_size));
        Ok(Self {
            query: map("query")?,
            key: map("key")?,
            value: map("value")?,
            dropout: Dropout::new(config.attention_probs_dropout_prob)?,
            num_attention_heads: config.num_attention_heads,
            training: true,
        })
    }

    /// `[B, L, E]` → `[B, L, E]`, and with `eager` the weights `[B, H, L, L]`.
    fn forward(&self, x: &Tensor, call: &Call) -> Result<(Tensor, Option<Tensor>)> {
        let (b, l, e) = x.size3()?;
        let head_size = e / self.num_attention_heads;
        let heads = |map: &Linear| -> Result<Tensor> {
            Ok(map.forward(x)?.f_view([b, l, -1, head_size])?.f_transpose(1, 2)?) // [B, H, L, D]
        };
        let attention = AttentionCall {
            query: &heads(&self.query)?,
            key: &heads(&self.key)?,
            value: &heads(&self.value)?,
            mask: call.mask.as_ref(),
            scaling: (head_size as f64).powf(-0.5),
            dropout: if self.training { self.dropout.p } else { 0.0 },
            is_causal: false,
            softmax_kind: None,
        };
        let (output, weights) = attention.compute(call.attn_implementation)?; // [B, L, H, D]
        Ok((output.f_reshape([b, l, e])?.f_contiguous()?, weights))
    }
}

module! {
    /// A map, dropout, and the norm of the sum: the end of attention, and of the feed-forward network.
    pub struct BertOutput {
        /// `[E, in]`
        pub dense: Linear,
        /// Of the sum.
        pub LayerNorm: LayerNorm,
        /// Of what is added.
        pub dropout: Dropout,
    }
}

impl BertOutput {
    fn new(p: &Path, config: &BertConfig, from: i64) -> Result<Self> {
        Ok(Self {
            dense: Linear::new(p / "dense", LinearConfig::new(from, config.hidden_size))?,
            LayerNorm: LayerNorm::new(p / "LayerNorm", config.norm())?,
            dropout: Dropout::new(config.hidden_dropout_prob)?,
            training: true,
        })
    }

    fn forward(&self, x: &Tensor, input: &Tensor) -> Result<Tensor> {
        let x = self.dropout.forward(&self.dense.forward(x)?)?;
        self.LayerNorm.forward(&x.f_add(input)?)
    }
}

/// Attention with its end. torch's name for the one, `self`, is a word of Rust that no field can have: what `module!` would
/// write is written by hand.
pub struct BertAttention {
    /// Every token sees every other: torch's `self`.
    pub self_attention: BertSelfAttention,
    /// Map and norm after it.
    pub output: BertOutput,
    /// Training mode (dropout acts) or evaluation mode.
    pub training: bool,
}

impl Module for BertAttention {
    fn parts(&self) -> Parts<'_> {
        let own: &dyn Module = &self.self_attention;
        let children = vec![("self".into(), own), ("output".into(), &self.output)];
        Parts { children, ..Parts::default() }
    }

    fn training(&self) -> bool {
        self.training
    }

    fn train(&mut self, mode: bool) {
        self.training = mode;
        self.self_attention.train(mode);
        self.output.train(mode);
    }

    fn as_module(&self) -> &dyn Module {
        self
    }
}

module! {
    /// The wide middle of the feed-forward network.
    pub struct BertIntermediate {
        /// `[intermediate_size, E]`
        pub dense: Linear,
        /// After it.
        pub intermediate_act_fn: Activation,
    }
}

module! {
    /// One layer: `norm(x + attention(x))`, then `norm(x + feed_forward(x))`.
    pub struct BertLayer {
        /// Every token sees every other.
        pub attention: BertAttention,
        /// Each token on its own.
        pub intermediate: BertIntermediate,
        /// Back to E.
        pub output: BertOutput,
    }
}

impl BertLayer {
    pub(super) fn new(p: &Path, config: &BertConfig) -> Result<Self> {
        let (e, inner) = (config.hidden_size, config.intermediate_size);
        let attention = p / "attention";
        Ok(Self {
            attention: BertAttention {
                self_attention: BertSelfAttention::new(&(&attention / "self"), config)?,
                output: BertOutput::new(&(&attention / "output"), config, e)?,
                training: true,
            },
            intermediate: BertIntermediate {
                dense: Linear::new(p / "intermediate" / "dense", LinearConfig::new(e, inner))?,
                intermediate_act_fn: activation(&config.hidden_act)?,
                training: true,
            },
            output: BertOutput::new(&(p / "output"), config, inner)?,
            training: true,
        })
    }

    pub(super) fn forward(&self, x: &Tensor, call: &Call) -> Result<(Tensor, Option<Tensor>)> {
        let (context, weights) = self.attention.self_attention.forward(x, call)?;
        let x = self.attention.output.forward(&context, x)?; // [B, L, E]
        let wide = self.intermediate.dense.forward(&x)?; // [B, L, intermediate_size]
        let wide = self.intermediate.intermediate_act_fn.apply(&wide)?;
        Ok((self.output.forward(&wide, &x)?, weights))
    }
}
