//! What a Transformer is made of, and what it is called with.

use tch::{Kind, Tensor};

use crate::nn::{Activation, TransformerLayerConfig};

/// The options of [`Transformer`](super::Transformer); `default()` has torch's defaults, the base model of the paper.
#[derive(Debug, Clone)]
pub struct TransformerConfig {
    /// E: size of the vectors.
    pub d_model: i64,
    /// H: number of heads.
    pub nhead: i64,
    /// How many layers the encoder has.
    pub num_encoder_layers: i64,
    /// How many layers the decoder has.
    pub num_decoder_layers: i64,
    /// Size of the feed-forward networks between their two linear maps.
    pub dim_feedforward: i64,
    /// Probability of dropping, wherever there is dropout.
    pub dropout: f64,
    /// Inside the feed-forward networks.
    pub activation: Activation,
    /// Added to the variance by the norms.
    pub layer_norm_eps: f64,
    /// Whether sequences are `[B, L, E]` rather than `[L, B, E]`.
    pub batch_first: bool,
    /// Whether blocks normalise their input (pre-norm) rather than their output (post-norm).
    pub norm_first: bool,
    /// Whether linear maps and norms add biases.
    pub bias: bool,
    /// Kind of the parameters; `None` is the `VarStore`'s, or the given tensors'.
    pub dtype: Option<Kind>,
}

impl Default for TransformerConfig {
    fn default() -> Self {
        Self {
            d_model: 512,
            nhead: 8,
            num_encoder_layers: 6,
            num_decoder_layers: 6,
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
}

impl TransformerConfig {
    /// The sizes, in the order of torch's `nn.Transformer(d_model, nhead, ..)`; everything else as in torch.
    pub fn new(
        d_model: i64,
        nhead: i64,
        num_encoder_layers: i64,
        num_decoder_layers: i64,
        dim_feedforward: i64,
    ) -> Self {
        Self {
            d_model,
            nhead,
            num_encoder_layers,
            num_decoder_layers,
            dim_feedforward,
            ..Self::default()
        }
    }

    pub(super) fn layer(&self) -> TransformerLayerConfig {
        TransformerLayerConfig {
            d_model: self.d_model,
            nhead: self.nhead,
            dim_feedforward: self.dim_feedforward,
            dropout: self.dropout,
            activation: self.activation.clone(),
            layer_norm_eps: self.layer_norm_eps,
            batch_first: self.batch_first,
            norm_first: self.norm_first,
            bias: self.bias,
            dtype: self.dtype,
        }
    }
}

/// What a call of [`Transformer`](super::Transformer) takes besides `src` and `tgt`. Masks are bool (true = may not attend, or padding)
/// or float (added to the scores).
#[derive(Debug, Clone, Copy, Default)]
pub struct TransformerArgs<'a> {
    /// `[S, S]` or `[B·H, S, S]`
    pub src_mask: Option<&'a Tensor>,
    /// `[T, T]` or `[B·H, T, T]`
    pub tgt_mask: Option<&'a Tensor>,
    /// `[T, S]` or `[B·H, T, S]`
    pub memory_mask: Option<&'a Tensor>,
    /// `[B, S]`, or `[S]` for unbatched input.
    pub src_key_padding_mask: Option<&'a Tensor>,
    /// `[B, T]`, or `[T]` for unbatched input.
    pub tgt_key_padding_mask: Option<&'a Tensor>,
    /// `[B, S]`, or `[S]` for unbatched input.
    pub memory_key_padding_mask: Option<&'a Tensor>,
    /// A hint that `src_mask` is the causal mask; `None` looks.
    pub src_is_causal: Option<bool>,
    /// A hint that `tgt_mask` is the causal mask; `None` looks.
    pub tgt_is_causal: Option<bool>,
    /// A hint that `memory_mask` is the causal mask.
    pub memory_is_causal: bool,
}

impl<'a> TransformerArgs<'a> {
    /// The ordinary call in training: the target sees nothing after itself.
    pub fn causal(tgt_mask: &'a Tensor) -> Self {
        Self { tgt_mask: Some(tgt_mask), ..Self::default() }
    }
}
