//! The whole layer in one kernel: `torch._transformer_encoder_layer_fwd`, under the conditions under which torch calls it.

use tch::Tensor;

use super::{TransformerEncoderLayer, TransformerEncoderLayerArgs};
use crate::nn::fast_path;
use crate::nn::mask::merge_masks;
use crate::{Error, Result};

impl TransformerEncoderLayer {
    /// Whether torch would call its fused kernel now, for batched input.
    pub(crate) fn takes_fast_path(&self, src: &Tensor) -> bool {
        fast_path::get_fastpath_enabled()
            && !self.training
            && self.self_attn.batch_first
            && self.self_attn.num_heads % 2 == 0
            && self.activation_relu_or_gelu != 0
            && self.norm1.eps == self.norm2.eps
            // The kernel multiplies with the weights alone.
            && self.linear1.lora.is_none()
            && self.linear2.lora.is_none()
            && self.fused_weights().is_some_and(|weights| {
                fast_path::tensors_allow(&[src]) && fast_path::tensors_allow(&weights)
            })
    }

    /// The twelve tensors of the fused kernel, in its order, if the layer has them all.
    fn fused_weights(&self) -> Option<[&Tensor; 12]> {
        Some([
            self.self_attn.in_proj_weight.as_ref()?,
            self.self_attn.in_proj_bias.as_ref()?,
            &self.self_attn.out_proj.weight,
            self.self_attn.out_proj.bias.as_ref()?,
            self.norm1.weight.as_ref()?,
            self.norm1.bias.as_ref()?,
            self.norm2.weight.as_ref()?,
            self.norm2.bias.as_ref()?,
            &self.linear1.weight,
            self.linear1.bias.as_ref()?,
            &self.linear2.weight,
            self.linear2.bias.as_ref()?,
        ])
    }

    /// `torch._transformer_encoder_layer_fwd`, on canonical masks. `src` may be a nested tensor, without masks.
    pub(crate) fn fast_path(
        &self,
        src: &Tensor,
        args: &TransformerEncoderLayerArgs,
    ) -> Result<Tensor> {
        let Some([in_w, in_b, out_w, out_b, n1_w, n1_b, n2_w, n2_b, l1_w, l1_b, l2_w, l2_b]) =
            self.fused_weights()
        else {
            return Err(Error::value("the fused encoder layer needs every weight and bias"));
        };
        let attention = &self.self_attn;
        let (mask, mask_type) =
            merge_masks(args.src_mask, args.src_key_padding_mask, attention.num_heads, src)?;
        Ok(Tensor::f_internal_transformer_encoder_layer_fwd(
            src,
            attention.embed_dim,
            attention.num_heads,
            in_w,
            in_b,
            out_w,
            out_b,
            self.activation_relu_or_gelu == 2,
            self.norm_first,
            self.norm1.eps,
            n1_w,
            n1_b,
            n2_w,
            n2_b,
            l1_w,
            l1_b,
            l2_w,
            l2_b,
            mask,
            mask_type,
        )?)
    }
}
