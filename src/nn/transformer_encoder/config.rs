//! What an encoder is made of, and what it is called with.

use tch::Tensor;

use crate::nn::{NormConfig, TransformerLayerConfig};

/// The options of [`TransformerEncoder`](super::TransformerEncoder); [`TransformerEncoderConfig::new`] has torch's defaults.
#[derive(Debug, Clone)]
pub struct TransformerEncoderConfig {
    /// All layers are made like this.
    pub layer: TransformerLayerConfig,
    /// How many layers; all start with the same parameters, as in torch.
    pub num_layers: i64,
    /// The norm after the last layer.
    pub norm: Option<NormConfig>,
    /// Whether padded positions may be left out of the computation in evaluation.
    pub enable_nested_tensor: bool,
    /// Whether to look if the padding is all at the end before leaving it out.
    pub mask_check: bool,
}

impl TransformerEncoderConfig {
    /// `num_layers` layers without a final norm.
    pub fn new(layer: TransformerLayerConfig, num_layers: i64) -> Self {
        Self { layer, num_layers, norm: None, enable_nested_tensor: true, mask_check: true }
    }
}

/// What a call of [`TransformerEncoder`](super::TransformerEncoder) takes besides `src`.
#[derive(Debug, Clone, Copy, Default)]
pub struct TransformerEncoderArgs<'a> {
    /// `[L, L]` or `[B·H, L, L]`: bool (true = may not attend) or float (added to the scores).
    pub mask: Option<&'a Tensor>,
    /// `[B, L]`, or `[L]` for unbatched input: bool (true = padding) or float (added to the scores).
    pub src_key_padding_mask: Option<&'a Tensor>,
    /// A hint that `mask` is the causal mask; `None` looks.
    pub is_causal: Option<bool>,
}
