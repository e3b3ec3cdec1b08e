//! What `torch/nn/functional.py` and `torch/nn/modules/transformer.py` do with masks.
//!
//! In `torch.nn` a bool mask says `true` = masked (the opposite of `scaled_dot_product_attention`); a float mask is
//! added to the scores.

use tch::{Device, Kind, Tensor};

use crate::Result;

/// `F._canonical_mask`: a bool mask becomes a float one, 0 where it is `false` and −∞ where it is `true`.
pub(crate) fn canonical_mask(mask: Option<&Tensor>, dtype: Kind) -> Result<Option<Tensor>> {
    mask.map(|mask| match mask.kind() {
        Kind::Bool => Ok(mask.f_to_kind(dtype)?.f_masked_fill_(mask, f64::NEG_INFINITY)?),
        _ => Ok(mask.shallow_clone()),
    })
    .transpose()
}

/// `F._detect_is_causal_mask`: the hint if there is one; else whether the mask is the causal mask of that size.
pub(crate) fn detect_is_causal_mask(
    mask: Option<&Tensor>,
    is_causal: Option<bool>,
    size: i64,
) -> Result<bool> {
    match (is_causal, mask) {
        (Some(hint), _) => Ok(hint),
        (None, Some(mask)) if mask.size() == [size, size] => {
            let causal = square_subsequent_mask(size, (mask.kind(), mask.device()))?;
            Ok(mask.f_eq_tensor(&causal)?.f_all()?.f_int64_value(&[])? != 0)
        }
        _ => Ok(false),
    }
}

/// `[size, size]`: −∞ above the diagonal, 0 on and below it.
pub(crate) fn square_subsequent_mask(size: i64, options: (Kind, Device)) -> Result<Tensor> {
    Ok(Tensor::f_full([size, size], f64::NEG_INFINITY, options)?.f_triu(1)?)
}

/// `MultiheadAttention.merge_masks`: one mask and its type for the fused kernels. Type 1 is `[B, S]`, type 2 is
/// `[B, heads, L, S]`.
pub(crate) fn merge_masks(
    attn_mask: Option<&Tensor>,
    key_padding_mask: Option<&Tensor>,
    num_heads: i64,
    query: &Tensor,
) -> Result<(Option<Tensor>, Option<i64>)> {
    let Some(attn_mask) = attn_mask else {
        return Ok((
            key_padding_mask.map(Tensor::shallow_clone),
            key_padding_mask.is_some().then_some(1),
        ));
    };
    let (batch_size, seq_len, _) = query.size3()?;
    let attn_mask = match attn_mask.dim() {
        3 => attn_mask.f_view([batch_size, -1, seq_len, seq_len])?,
        _ => attn_mask
            .f_view([1, 1, seq_len, seq_len])?
            .f_expand([batch_size, num_heads, -1, -1], false)?,
    };
    let Some(key_padding_mask) = key_padding_mask else {
        return Ok((Some(attn_mask), Some(2)));
    };
    let key_padding_mask = key_padding_mask
        .f_view([batch_size, 1, 1, seq_len])?
        .f_expand([-1, num_heads, -1, -1], false)?;
    Ok((Some(attn_mask.f_add(&key_padding_mask)?), Some(2)))
}
