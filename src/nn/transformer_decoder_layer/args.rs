//! What a decoder layer is called with, and the check at its door.

use tch::Tensor;

use crate::nn::multihead_attention::AttentionInputs;

/// What a call of [`TransformerDecoderLayer`](super::TransformerDecoderLayer) takes besides `tgt` and `memory`.
#[derive(Debug, Clone, Copy, Default)]
pub struct TransformerDecoderLayerArgs<'a> {
    /// `[T, T]` or `[B·H, T, T]`: bool (true = may not attend) or float (added to the scores).
    pub tgt_mask: Option<&'a Tensor>,
    /// `[T, S]` or `[B·H, T, S]`, likewise.
    pub memory_mask: Option<&'a Tensor>,
    /// `[B, T]`, or `[T]` for unbatched input: bool (true = padding) or float (added to the scores).
    pub tgt_key_padding_mask: Option<&'a Tensor>,
    /// `[B, S]`, or `[S]` for unbatched input, likewise.
    pub memory_key_padding_mask: Option<&'a Tensor>,
    /// A hint that `tgt_mask` is the causal mask.
    pub tgt_is_causal: bool,
    /// A hint that `memory_mask` is the causal mask.
    pub memory_is_causal: bool,
}

impl<'a> TransformerDecoderLayerArgs<'a> {
    /// The two attentions' inputs, for the check at the door.
    pub(super) fn inputs(
        &self,
        tgt: &'a Tensor,
        memory: &'a Tensor,
    ) -> (AttentionInputs<'a>, AttentionInputs<'a>) {
        let to_itself = AttentionInputs {
            query: ("tgt", tgt),
            key: ("tgt", tgt),
            value: ("tgt", tgt),
            attn_mask: ("tgt_mask", self.tgt_mask),
            key_padding_mask: ("tgt_key_padding_mask", self.tgt_key_padding_mask),
            is_causal: ("tgt_is_causal", self.tgt_is_causal),
            need_weights: false,
        };
        let to_memory = AttentionInputs {
            query: ("tgt", tgt),
            key: ("memory", memory),
            value: ("memory", memory),
            attn_mask: ("memory_mask", self.memory_mask),
            key_padding_mask: ("memory_key_padding_mask", self.memory_key_padding_mask),
            is_causal: ("memory_is_causal", self.memory_is_causal),
            need_weights: false,
        };
        (to_itself, to_memory)
    }
}
