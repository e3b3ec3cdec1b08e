//! What an encoder layer is made of, what it is called with, and the check at its door.

use tch::{Kind, Tensor};

use crate::Result;
use crate::nn::multihead_attention::AttentionInputs;
use crate::nn::{Activation, LayerNormConfig, LinearConfig, MultiheadAttentionConfig, check};

/// The options of an encoder or a decoder layer; [`TransformerLayerConfig::new`] has torch's defaults.
#[derive(Debug, Clone)]
pub struct TransformerLayerConfig {
    /// E: size of the vectors.
    pub d_model: i64,
    /// H: number of heads.
    pub nhead: i64,
    /// Size of the feed-forward network between its two linear maps.
    pub dim_feedforward: i64,
    /// Probability of dropping, in the attention, in the network and after each of them.
    pub dropout: f64,
    /// Between the two linear maps.
    pub activation: Activation,
    /// Added to the variance by the norms.
    pub layer_norm_eps: f64,
    /// Whether sequences are `[B, L, E]` rather than `[L, B, E]`.
    pub batch_first: bool,
    /// Whether each block normalises its input (pre-norm) rather than its output (post-norm).
    pub norm_first: bool,
    /// Whether linear maps and norms add biases.
    pub bias: bool,
    /// Kind of the parameters; `None` is the `VarStore`'s, or the given tensors'.
    pub dtype: Option<Kind>,
}

impl TransformerLayerConfig {
    /// `nhead` heads over vectors of `d_model`; feed-forward 2048, dropout 0.1, ReLU, post-norm.
    pub fn new(d_model: i64, nhead: i64) -> Self {
        Self {
            d_model,
            nhead,
            dim_feedforward: 2048,
            dropout: 0.1,
            activation: Activation::Relu,
            layer_norm_eps: 1e-5,
            batch_first: false,
            norm_first: false,
            bias: true,
            dtype: None,
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        self.attention().check()?;
        check::positive("a Transformer layer", "dim_feedforward", self.dim_feedforward)
    }

    pub(crate) fn attention(&self) -> MultiheadAttentionConfig {
        MultiheadAttentionConfig {
            dropout: self.dropout,
            bias: self.bias,
            batch_first: self.batch_first,
            ..MultiheadAttentionConfig::new(self.d_model, self.nhead)
        }
    }

    pub(crate) fn linear1(&self) -> LinearConfig {
        LinearConfig { bias: self.bias, ..LinearConfig::new(self.d_model, self.dim_feedforward) }
    }

    pub(crate) fn linear2(&self) -> LinearConfig {
        LinearConfig { bias: self.bias, ..LinearConfig::new(self.dim_feedforward, self.d_model) }
    }

    pub(crate) fn norm(&self) -> LayerNormConfig {
        LayerNormConfig {
            eps: self.layer_norm_eps,
            bias: self.bias,
            ..LayerNormConfig::new(&[self.d_model])
        }
    }
}

/// What a call of [`TransformerEncoderLayer`](super::TransformerEncoderLayer) takes besides `src`.
#[derive(Debug, Clone, Copy, Default)]
pub struct TransformerEncoderLayerArgs<'a> {
    /// `[L, L]` or `[B·H, L, L]`: bool (true = may not attend) or float (added to the scores).
    pub src_mask: Option<&'a Tensor>,
    /// `[B, L]`, or `[L]` for unbatched input: bool (true = padding) or float (added to the scores).
    pub src_key_padding_mask: Option<&'a Tensor>,
    /// A hint that `src_mask` is the causal mask.
    pub is_causal: bool,
}

impl<'a> TransformerEncoderLayerArgs<'a> {
    /// The attention's inputs under the layer's own names, for the check at the door.
    pub(super) fn inputs(&self, src: &'a Tensor) -> AttentionInputs<'a> {
        AttentionInputs {
            query: ("src", src),
            key: ("src", src),
            value: ("src", src),
            attn_mask: ("src_mask", self.src_mask),
            key_padding_mask: ("src_key_padding_mask", self.src_key_padding_mask),
            is_causal: ("is_causal", self.is_causal),
            need_weights: false,
        }
    }
}
