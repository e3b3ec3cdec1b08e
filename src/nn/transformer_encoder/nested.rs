//! Padding left out: the real positions as a nested tensor through the layers' fused kernels, where torch does so.

use tch::{Device, Kind, Tensor};

use super::{TransformerEncoder, TransformerEncoderArgs};
use crate::Result;
use crate::nn::mask::canonical_mask;
use crate::nn::{TransformerEncoderLayerArgs, fast_path};

impl TransformerEncoder {
    /// The real positions of `src` as a nested tensor, under the conditions under which torch makes one.
    pub(super) fn nested_input(
        &self,
        src: &Tensor,
        args: &TransformerEncoderArgs,
    ) -> Result<Option<Tensor>> {
        let (Some(padding), None) = (args.src_key_padding_mask, args.mask) else {
            return Ok(None);
        };
        let possible = self.use_nested_tensor
            && src.dim() == 3
            && fast_path::get_fastpath_enabled()
            && self.layers.iter().all(|layer| layer.takes_fast_path(src));
        if !possible {
            return Ok(None);
        }
        let padding = canonical_mask(Some(padding), src.kind())?;
        let Some(real) = padding.map(|padding| padding.f_logical_not()).transpose()? else {
            return Ok(None);
        };
        let lengths = real.f_sum_dim_intlist(&[1i64][..], true, Kind::Int64)?;
        if self.mask_check && !is_left_aligned(&real, &lengths)? {
            return Ok(None);
        }
        // torch._nested_tensor_from_mask, which tch lacks: sizes [B, 2] of (length, E), then the values.
        let features = lengths.f_full_like(src.size()[2])?;
        let sizes = Tensor::f_cat(&[&lengths, &features], 1)?.f_to_device(Device::Cpu)?;
        Ok(Some(Tensor::f_internal_nested_from_padded(src, &sizes, false)?))
    }

    /// The stack without its norm; the padded positions of the result are 0.
    pub(super) fn forward_nested(&self, nested: Tensor, src: &Tensor) -> Result<Tensor> {
        let mut output = nested;
        for layer in &self.layers {
            output = layer.fast_path(&output, &TransformerEncoderLayerArgs::default())?;
        }
        Ok(output.f_to_padded_tensor(0.0, src.size())?)
    }
}

/// Whether the real positions come first in every row: `torch._nested_tensor_from_mask_left_aligned`.
fn is_left_aligned(real: &Tensor, lengths: &Tensor) -> Result<bool> {
    let positions = Tensor::f_arange(real.size()[1], (Kind::Int64, real.device()))?;
    let aligned = positions.f_lt_tensor(lengths)?;
    Ok(aligned.f_eq_tensor(real)?.f_all()?.f_int64_value(&[])? != 0)
}
