//! Encoders and decoders of one's own: torch's `custom_encoder` and `custom_decoder`.

use tch::Tensor;

use crate::Result;
use crate::nn::{
    Module, TransformerDecoder, TransformerDecoderArgs, TransformerEncoder, TransformerEncoderArgs,
};

/// Anything that can be a [`Transformer`](super::Transformer)'s encoder: torch's `custom_encoder`.
pub trait Encoder: Module {
    /// Encodes `src`.
    ///
    /// # Errors
    /// When shapes, kinds or masks do not fit.
    fn forward_with(&self, src: &Tensor, args: &TransformerEncoderArgs) -> Result<Tensor>;
}

/// Anything that can be a [`Transformer`](super::Transformer)'s decoder: torch's `custom_decoder`.
pub trait Decoder: Module {
    /// Decodes `tgt`, attending to `memory`.
    ///
    /// # Errors
    /// When shapes, kinds or masks do not fit.
    fn forward_with(
        &self,
        tgt: &Tensor,
        memory: &Tensor,
        args: &TransformerDecoderArgs,
    ) -> Result<Tensor>;
}

impl Encoder for TransformerEncoder {
    fn forward_with(&self, src: &Tensor, args: &TransformerEncoderArgs) -> Result<Tensor> {
        self.forward_with(src, args)
    }
}

impl Decoder for TransformerDecoder {
    fn forward_with(
        &self,
        tgt: &Tensor,
        memory: &Tensor,
        args: &TransformerDecoderArgs,
    ) -> Result<Tensor> {
        self.forward_with(tgt, memory, args)
    }
}
