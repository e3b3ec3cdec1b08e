//! The functional core of multi-head attention: torch's `F.multi_head_attention_forward`, line for line.
//!
//! Letters: L target length, S source length, N batch, H heads, E embedding, D = E / H.

use std::sync::LazyLock;

use tch::{Kind, Tensor};

use super::in_projection::in_projection;
use super::{AttentionInputs, MultiheadAttentionArgs, MultiheadAttentionParameters};
use crate::nn::mask::canonical_mask;
use crate::tensor::times;
use crate::{Result, libtorch};

/// Multi-head attention on given parameters. `query` is `[L, N, E]` (or `[L, E]`), `key` `[S, N, kdim]`, `value`
/// `[S, N, vdim]`. Returns `[L, N, E]` and, with `need_weights`, the weights, `[N, L, S]` averaged over the heads or
/// `[N, H, L, S]`; unbatched without N.
///
/// Source: `torch.nn.functional.multi_head_attention_forward`.
///
/// # Errors
/// When shapes, kinds, masks or head counts do not fit.
pub fn multi_head_attention_forward(
    query: &Tensor,
    key: &Tensor,
    value: &Tensor,
    parameters: &MultiheadAttentionParameters,
    args: &MultiheadAttentionArgs,
) -> Result<(Tensor, Option<Tensor>)> {
    let inputs = AttentionInputs {
        query: ("query", query),
        key: ("key", key),
        value: ("value", value),
        attn_mask: ("attn_mask", args.attn_mask),
        key_padding_mask: ("key_padding_mask", args.key_padding_mask),
        is_causal: ("is_causal", args.is_causal),
        need_weights: args.need_weights,
    };
    let expected = parameters.expected()?;
    inputs.check(&expected)?;
    parameters.check(query)?;
    forward_unchecked(query, key, value, parameters, args)
        .map_err(|error| inputs.explain(&expected, error))
}

/// The computation, once everything is known to fit.
pub(crate) fn forward_unchecked(
    query: &Tensor,
    key: &Tensor,
    value: &Tensor,
    parameters: &MultiheadAttentionParameters,
    args: &MultiheadAttentionArgs,
) -> Result<(Tensor, Option<Tensor>)> {
    let MultiheadAttentionParameters { num_heads, bias_k, bias_v, .. } = *parameters;
    let MultiheadAttentionArgs { need_weights, mut is_causal, .. } = *args;
    let dtype = query.kind();
    let mut key_padding_mask = canonical_mask(args.key_padding_mask, dtype)?;
    // With the hint alone the kernel makes its own causal mask; a padding mask or the weights need the real one.
    let mut attn_mask = match is_causal && key_padding_mask.is_none() && !need_weights {
        true => None,
        false => canonical_mask(args.attn_mask, dtype)?,
    };
    is_causal = is_causal && key_padding_mask.is_none();

    // Unbatched input gets a batch of one, which is taken off again at the end.
    let is_batched = query.dim() == 3;
    let (query, key, value) = match is_batched {
        true => (query.shallow_clone(), key.shallow_clone(), value.shallow_clone()),
        false => (query.f_unsqueeze(1)?, key.f_unsqueeze(1)?, value.f_unsqueeze(1)?),
    };
    if !is_batched {
        key_padding_mask = key_padding_mask.map(|mask| mask.f_unsqueeze(0)).transpose()?;
    }
    let (tgt_len, bsz, embed_dim) = query.size3()?;
    let head_dim = embed_dim / num_heads;

    let (q, mut k, mut v) = in_projection(&query, &key, &value, parameters)?;
    if let Some(mask) = &attn_mask
        && mask.dim() == 2
    {
        attn_mask = Some(mask.f_unsqueeze(0)?);
    }

    if let (Some(bias_k), Some(bias_v)) = (bias_k, bias_v) {
        k = Tensor::f_cat(&[k, bias_k.f_repeat([1, bsz, 1])?], 0)?;
        v = Tensor::f_cat(&[v, bias_v.f_repeat([1, bsz, 1])?], 0)?;
        attn_mask = one_more_column(attn_mask)?;
        key_padding_mask = one_more_column(key_padding_mask)?;
    }

    // (L, N, E) -> (N·H, L, D)
    let heads_first = |x: &Tensor| -> Result<Tensor> {
        Ok(x.f_view([x.size()[0], bsz * num_heads, head_dim])?.f_transpose(0, 1)?)
    };
    let q = heads_first(&q)?;
    k = parameters.static_k.map_or_else(|| heads_first(&k), |k| Ok(k.shallow_clone()))?;
    v = parameters.static_v.map_or_else(|| heads_first(&v), |v| Ok(v.shallow_clone()))?;

    if parameters.add_zero_attn {
        let zeros =
            |x: &Tensor| Tensor::f_zeros([bsz * num_heads, 1, head_dim], (x.kind(), x.device()));
        k = Tensor::f_cat(&[&k, &zeros(&k)?], 1)?;
        v = Tensor::f_cat(&[&v, &zeros(&v)?], 1)?;
        attn_mask = one_more_column(attn_mask)?;
        key_padding_mask = one_more_column(key_padding_mask)?;
    }
    let src_len = k.size()[1];

    if let Some(mask) = key_padding_mask {
        let mask = mask
            .f_view([bsz, 1, 1, src_len])?
            .f_expand([-1, num_heads, -1, -1], false)?
            .f_reshape([bsz * num_heads, 1, src_len])?;
        attn_mask = Some(match attn_mask {
            Some(attn_mask) => attn_mask.f_add(&mask)?,
            None => mask,
        });
    }

    let dropout_p = if parameters.training { parameters.dropout_p } else { 0.0 };
    let heads = Heads { q, k, v, bsz, num_heads, tgt_len, src_len, head_dim };
    let (attn_output, weights) = match need_weights {
        true => heads.attend_with_weights(attn_mask.as_ref(), dropout_p)?,
        false => (heads.attend(attn_mask, dropout_p, is_causal)?, None),
    };
    let attn_output = attn_output
        .f_linear(parameters.out_proj_weight, parameters.out_proj_bias)?
        .f_view([tgt_len, bsz, embed_dim])?;

    let weights = match weights {
        Some(weights) if args.average_attn_weights => {
            Some(weights.f_mean_dim(&[1i64][..], false, None::<Kind>)?)
        }
        weights => weights,
    };
    match is_batched {
        true => Ok((attn_output, weights)),
        false => Ok((
            attn_output.f_squeeze_dim(1)?,
            weights.map(|weights| weights.f_squeeze_dim(0)).transpose()?,
        )),
    }
}

/// Query, key and value of all heads, `[N·H, length, D]`.
struct Heads {
    q: Tensor,
    k: Tensor,
    v: Tensor,
    bsz: i64,
    num_heads: i64,
    tgt_len: i64,
    src_len: i64,
    head_dim: i64,
}

impl Heads {
    /// Step by step, because the weights `[N, H, L, S]` are wanted; the output is `[L·N, E]`.
    fn attend_with_weights(
        self,
        attn_mask: Option<&Tensor>,
        dropout_p: f64,
    ) -> Result<(Tensor, Option<Tensor>)> {
        let Heads { q, k, v, bsz, num_heads, tgt_len, src_len, head_dim } = self;
        let q_scaled = times(&q, (1.0 / head_dim as f64).sqrt())?;
        let k_transposed = k.f_transpose(-2, -1)?;
        let scores = match attn_mask {
            Some(mask) => mask.f_baddbmm(&q_scaled, &k_transposed, 1, 1)?,
            None => q_scaled.f_bmm(&k_transposed)?,
        };
        let mut weights = scores.f_softmax(-1, None::<Kind>)?;
        if dropout_p > 0.0 {
            weights = weights.f_dropout(dropout_p, true)?;
        }
        let output = weights.f_bmm(&v)?;
        let output = rows(&output.f_transpose(0, 1)?, [tgt_len * bsz, num_heads * head_dim])?;
        Ok((output, Some(weights.f_view([bsz, num_heads, tgt_len, src_len])?)))
    }

    /// By the fused kernels; the output is `[L·N, E]`.
    fn attend(self, attn_mask: Option<Tensor>, dropout_p: f64, is_causal: bool) -> Result<Tensor> {
        let Heads { q, k, v, bsz, num_heads, tgt_len, src_len, head_dim } = self;
        let attn_mask = match attn_mask {
            Some(mask) if mask.size()[0] == 1 => Some(mask.f_unsqueeze(0)?),
            Some(mask) => Some(mask.f_view([bsz, num_heads, -1, src_len])?),
            None => None,
        };
        let q = q.f_view([bsz, num_heads, tgt_len, head_dim])?;
        let k = k.f_view([bsz, num_heads, src_len, head_dim])?;
        let v = v.f_view([bsz, num_heads, src_len, head_dim])?;
        let output = Tensor::f_scaled_dot_product_attention(
            &q, &k, &v, attn_mask, dropout_p, is_causal, None, false,
        )?;
        // (N, H, L, D) -> (L, N, H, D) -> (L·N, E)
        rows(&output.f_permute([2, 0, 1, 3])?, [bsz * tgt_len, num_heads * head_dim])
    }
}

/// The heads side by side. torch 2.11 laid them out anew first, and `out_proj`'s kernel may then round otherwise.
fn rows(heads: &Tensor, size: [i64; 2]) -> Result<Tensor> {
    static ANEW: LazyLock<bool> = LazyLock::new(|| libtorch::built_for().starts_with("2.11."));
    Ok(if *ANEW { heads.f_contiguous()?.f_view(size)? } else { heads.f_reshape(size)? })
}

/// Masks get a column of 0 for each key that is added.
fn one_more_column(mask: Option<Tensor>) -> Result<Option<Tensor>> {
    Ok(mask.map(|mask| mask.f_pad([0, 1], "constant", None)).transpose()?)
}
