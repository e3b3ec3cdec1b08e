//! The two ways in which `transformers` computes attention.

use tch::{Kind, Tensor};

use crate::tensor::times;
use crate::{Error, Result};

/// `transformers`' `attn_implementation`: the same mathematics, other kernels, other last bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AttnImplementation {
    /// Matmul, softmax, matmul, step by step; the weights can be looked at.
    Eager,
    /// libtorch's fused kernel: `transformers`' default.
    #[default]
    Sdpa,
}

/// One call of attention, on heads: query `[B, H, L, D]`, key and value `[B, H, S, D]`.
pub(crate) struct AttentionCall<'a> {
    pub query: &'a Tensor,
    pub key: &'a Tensor,
    pub value: &'a Tensor,
    /// As [`super::mask`] makes it for the implementation.
    pub mask: Option<&'a Tensor>,
    pub scaling: f64,
    /// Probability of dropping a weight; 0 in evaluation.
    pub dropout: f64,
    /// Whether the layer is a decoder's: without a mask, SDPA then looks back only.
    pub is_causal: bool,
    /// `softmax(.., dtype=torch.float32)`: the kind in which `eager` takes the softmax, whatever the scores are.
    pub softmax_kind: Option<Kind>,
}

impl AttentionCall<'_> {
    /// `[B, L, H, D]`, and with `eager` the weights `[B, H, L, S]` after dropout.
    ///
    /// # Errors
    /// When libtorch refuses the shapes.
    pub fn compute(&self, how: AttnImplementation) -> Result<(Tensor, Option<Tensor>)> {
        match how {
            AttnImplementation::Eager => {
                let (output, weights) = self.eager()?;
                Ok((output, Some(weights)))
            }
            AttnImplementation::Sdpa => Ok((self.sdpa()?, None)),
        }
    }

    /// `eager_attention_forward`
    fn eager(&self) -> Result<(Tensor, Tensor)> {
        let scores = self.query.f_matmul(&self.key.f_transpose(-1, -2)?)?; // [B, H, L, S]
        let mut attn_weights = times(&scores, self.scaling)?;
        if let Some(mask) = self.mask {
            attn_weights = attn_weights.f_add(mask)?;
        }
        let attn_weights = attn_weights.f_softmax(-1, self.softmax_kind)?;
        let attn_weights = attn_weights.f_to_kind(self.value.kind())?;
        // F.dropout draws nothing where it drops nothing.
        let attn_weights = attn_weights.f_dropout(self.dropout, self.dropout > 0.0)?;
        let attn_output = attn_weights.f_matmul(self.value)?; // [B, H, L, D]
        Ok((attn_output.f_transpose(1, 2)?, attn_weights))
    }

    /// `sdpa_attention_forward`
    fn sdpa(&self) -> Result<Tensor> {
        let is_causal = self.is_causal && self.mask.is_none() && self.query.size()[2] > 1;
        let attn_output = Tensor::f_scaled_dot_product_attention(
            self.query,
            self.key,
            self.value,
            self.mask,
            self.dropout,
            is_causal,
            self.scaling,
            false,
        )?;
        Ok(attn_output.f_transpose(1, 2)?.f_contiguous()?)
    }
}

/// The fused kernel has no weights to give.
pub(crate) fn check_attentions(how: AttnImplementation, output_attentions: bool) -> Result<()> {
    if output_attentions && how == AttnImplementation::Sdpa {
        return Err(Error::value("attn_implementation \"sdpa\" has no attention weights to give")
            .mend("take AttnImplementation::Eager, as attn_implementation=\"eager\" in Python"));
    }
    Ok(())
}
