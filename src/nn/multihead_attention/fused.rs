//! Self-attention in one kernel: `torch._native_multi_head_attention`, under the conditions under which torch calls it.

use tch::{Kind, Tensor};

use super::{MultiheadAttention, MultiheadAttentionArgs};
use crate::Result;
use crate::nn::fast_path;
use crate::nn::mask::{canonical_mask, merge_masks};

impl MultiheadAttention {
    /// Output and weights, or nothing where torch would not call the kernel.
    pub(super) fn fast_path(
        &self,
        query: &Tensor,
        key: &Tensor,
        value: &Tensor,
        args: &MultiheadAttentionArgs,
    ) -> Result<Option<(Tensor, Option<Tensor>)>> {
        let bool_masks = [args.attn_mask, args.key_padding_mask]
            .into_iter()
            .flatten()
            .all(|mask| mask.kind() == Kind::Bool);
        let possible = fast_path::get_fastpath_enabled()
            && !self.training
            && self.batch_first
            && self.num_heads % 2 == 0
            && bool_masks
            && query.dim() == 3
            && fast_path::is_same(query, key)
            && fast_path::is_same(key, value)
            && self.bias_k.is_none()
            && self.bias_v.is_none()
            && !self.add_zero_attn
            && self.out_proj.weight.kind() == query.kind();
        let (true, Some(in_weight), Some(in_bias), Some(out_bias)) =
            (possible, &self.in_proj_weight, &self.in_proj_bias, &self.out_proj.bias)
        else {
            return Ok(None);
        };
        let out_weight = &self.out_proj.weight;
        if !fast_path::tensors_allow(&[query, in_weight, in_bias, out_weight, out_bias]) {
            return Ok(None);
        }
        let attn_mask = canonical_mask(args.attn_mask, query.kind())?;
        let key_padding_mask = canonical_mask(args.key_padding_mask, query.kind())?;
        let (mask, mask_type) =
            merge_masks(attn_mask.as_ref(), key_padding_mask.as_ref(), self.num_heads, query)?;
        let (output, weights) = Tensor::f_internal_native_multi_head_attention(
            query,
            key,
            value,
            self.embed_dim,
            self.num_heads,
            in_weight,
            in_bias,
            out_weight,
            out_bias,
            mask,
            args.need_weights,
            args.average_attn_weights,
            mask_type,
        )?;
        Ok(Some((output, args.need_weights.then_some(weights))))
    }
}
