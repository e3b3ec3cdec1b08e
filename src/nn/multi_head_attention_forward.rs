//! The functional core of multi-head attention: torch's `F.multi_head_attention_forward`, line for line.
//!
//! Letters: L target length, S source length, N batch, H heads, E embedding, D = E / H.

use std::sync::LazyLock;

use tch::{Kind, Tensor};

use super::attention_inputs::{AttentionInputs, Expected};
use super::fast_path::is_same;
use super::mask::canonical_mask;
use crate::tensor::times;
use crate::{Error, Result, libtorch};

/// What a call of [`MultiheadAttention`](super::MultiheadAttention) takes besides query, key and value; its
/// `default()` is torch's.
#[derive(Debug, Clone, Copy)]
pub struct MultiheadAttentionArgs<'a> {
    /// `[N, S]`, or `[S]` for unbatched input: bool (true = the key is padding) or float (added to its scores).
    pub key_padding_mask: Option<&'a Tensor>,
    /// Whether the weights are returned too. Without them the fused attention kernels are used.
    pub need_weights: bool,
    /// `[L, S]` or `[N·H, L, S]`: bool (true = may not attend) or float (added to the scores).
    pub attn_mask: Option<&'a Tensor>,
    /// Whether the returned weights are averaged over the heads.
    pub average_attn_weights: bool,
    /// A hint that `attn_mask` is the causal mask. Where the kernels take the hint they ignore the mask.
    pub is_causal: bool,
}

impl Default for MultiheadAttentionArgs<'_> {
    fn default() -> Self {
        Self {
            key_padding_mask: None,
            need_weights: true,
            attn_mask: None,
            average_attn_weights: true,
            is_causal: false,
        }
    }
}

/// The projections of query, key and value.
#[derive(Debug, Clone, Copy)]
pub enum InProjection<'a> {
    /// `[3·E, E]`: the three in one, in this order.
    Packed(&'a Tensor),
    /// Apart, because the sizes differ.
    Separate {
        /// `[E, E]`
        q_proj_weight: &'a Tensor,
        /// `[E, kdim]`
        k_proj_weight: &'a Tensor,
        /// `[E, vdim]`
        v_proj_weight: &'a Tensor,
    },
}

/// The parameters and settings that [`multi_head_attention_forward`] computes with.
#[derive(Debug, Clone, Copy)]
pub struct MultiheadAttentionParameters<'a> {
    /// H
    pub num_heads: i64,
    /// The projections of query, key and value.
    pub in_proj: InProjection<'a>,
    /// `[3·E]`
    pub in_proj_bias: Option<&'a Tensor>,
    /// `[1, 1, E]` or `[E]`: one more key, the same for all.
    pub bias_k: Option<&'a Tensor>,
    /// `[1, 1, E]` or `[E]`: its value.
    pub bias_v: Option<&'a Tensor>,
    /// Whether a key and a value of zeros are added.
    pub add_zero_attn: bool,
    /// Probability of dropping a weight in training.
    pub dropout_p: f64,
    /// `[E, E]`
    pub out_proj_weight: &'a Tensor,
    /// `[E]`
    pub out_proj_bias: Option<&'a Tensor>,
    /// Whether dropout acts.
    pub training: bool,
    /// `[N·H, S, D]`, in place of the projected key.
    pub static_k: Option<&'a Tensor>,
    /// `[N·H, S, D]`, in place of the projected value.
    pub static_v: Option<&'a Tensor>,
}

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

impl MultiheadAttentionParameters<'_> {
    fn expected(&self) -> Result<Expected> {
        let columns = |name: &str, weight: &Tensor| match weight.size().as_slice() {
            [_, columns] => Ok(*columns),
            other => Err(Error::value(format!("{name} should be 2-D, but is {other:?}"))),
        };
        let (embed_dim, kdim, vdim) = match self.in_proj {
            InProjection::Packed(weight) => {
                let embed_dim = columns("in_proj_weight", weight)?;
                (embed_dim, embed_dim, embed_dim)
            }
            InProjection::Separate { q_proj_weight, k_proj_weight, v_proj_weight } => (
                columns("q_proj_weight", q_proj_weight)?,
                columns("k_proj_weight", k_proj_weight)?,
                columns("v_proj_weight", v_proj_weight)?,
            ),
        };
        let (num_heads, dtype) = (self.num_heads, self.out_proj_weight.kind());
        Ok(Expected { embed_dim, kdim, vdim, num_heads, batch_first: false, dtype })
    }

    /// What a module guarantees by construction and a caller of the function may get wrong.
    fn check(&self, query: &Tensor) -> Result<()> {
        let (e, h) = (query.size().last().copied().unwrap_or(0), self.num_heads);
        if h <= 0 || e % h != 0 {
            return Err(Error::value(format!("embed_dim={e} is not divisible by num_heads={h}")));
        }
        super::check::probability("dropout_p", self.dropout_p)?;
        let sized = |name: &str, tensor: Option<&Tensor>, wanted: &[i64]| match tensor {
            Some(tensor) if tensor.size() != wanted => Err(Error::value(format!(
                "{name} is {:?}, but should be {wanted:?}",
                tensor.size()
            ))),
            _ => Ok(()),
        };
        match self.in_proj {
            InProjection::Packed(weight) => sized("in_proj_weight", Some(weight), &[3 * e, e])?,
            InProjection::Separate { q_proj_weight: q, k_proj_weight: k, v_proj_weight: v } => {
                sized("q_proj_weight", Some(q), &[e, e])?;
                sized("k_proj_weight", Some(k), &[e, k.size()[1]])?;
                sized("v_proj_weight", Some(v), &[e, v.size()[1]])?;
            }
        }
        sized("in_proj_bias", self.in_proj_bias, &[3 * e])?;
        sized("out_proj_weight", Some(self.out_proj_weight), &[e, e])?;
        sized("out_proj_bias", self.out_proj_bias, &[e])?;
        for (name, bias) in [("bias_k", self.bias_k), ("bias_v", self.bias_v)] {
            sized(name, bias.filter(|bias| bias.size() != [e]), &[1, 1, e])?;
        }
        if self.bias_k.is_some() != self.bias_v.is_some() {
            return Err(Error::value("bias_k and bias_v must be given together"));
        }
        let batch = if query.dim() == 3 { query.size()[1] } else { 1 };
        for (name, fixed) in [("static_k", self.static_k), ("static_v", self.static_v)] {
            let Some(fixed) = fixed else { continue };
            if self.bias_k.is_some() {
                return Err(Error::value(format!("bias_k and bias_v cannot be added to {name}")));
            }
            let length = fixed.size().get(1).copied().unwrap_or(0);
            sized(name, Some(fixed), &[batch * h, length, e / h])?;
        }
        Ok(())
    }
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

/// `F._in_projection_packed` and `F._in_projection`: fewer, larger products where the inputs are one tensor.
fn in_projection(
    query: &Tensor,
    key: &Tensor,
    value: &Tensor,
    parameters: &MultiheadAttentionParameters,
) -> Result<(Tensor, Tensor, Tensor)> {
    let bias = parameters.in_proj_bias;
    let packed = match parameters.in_proj {
        InProjection::Packed(weight) => weight,
        InProjection::Separate { q_proj_weight, k_proj_weight, v_proj_weight } => {
            let [b_q, b_k, b_v] = three_biases(bias)?;
            return Ok((
                query.f_linear(q_proj_weight, b_q)?,
                key.f_linear(k_proj_weight, b_k)?,
                value.f_linear(v_proj_weight, b_v)?,
            ));
        }
    };
    let e = query.size3()?.2;
    if !is_same(key, value) {
        let weights = packed.f_chunk(3, 0)?;
        let [b_q, b_k, b_v] = three_biases(bias)?;
        return Ok((
            query.f_linear(&weights[0], b_q)?,
            key.f_linear(&weights[1], b_k)?,
            value.f_linear(&weights[2], b_v)?,
        ));
    }
    if is_same(query, key) {
        let qkv = unpack(&query.f_linear(packed, bias)?, 3, e)?;
        return Ok((qkv.f_select(0, 0)?, qkv.f_select(0, 1)?, qkv.f_select(0, 2)?));
    }
    let weights = packed.f_split_with_sizes([e, 2 * e], 0)?;
    let biases = bias.map(|bias| bias.f_split_with_sizes([e, 2 * e], 0)).transpose()?;
    let [b_q, b_kv] = biases.map_or(Ok([None, None]), |b| {
        <[Tensor; 2]>::try_from(b).map(|b| b.map(Some)).map_err(|_| unexpected_parts())
    })?;
    let q = query.f_linear(&weights[0], b_q)?;
    let kv = unpack(&key.f_linear(&weights[1], b_kv)?, 2, e)?;
    Ok((q, kv.f_select(0, 0)?, kv.f_select(0, 1)?))
}

/// `[.., parts·E]` → `[parts, .., E]`, contiguous.
fn unpack(projected: &Tensor, parts: i64, e: i64) -> Result<Tensor> {
    Ok(projected
        .f_unflatten(-1, [parts, e])?
        .f_unsqueeze(0)?
        .f_transpose(0, -2)?
        .f_squeeze_dim(-2)?
        .f_contiguous()?)
}

fn three_biases(bias: Option<&Tensor>) -> Result<[Option<Tensor>; 3]> {
    let Some(bias) = bias else { return Ok([None, None, None]) };
    let biases = <[Tensor; 3]>::try_from(bias.f_chunk(3, 0)?).map_err(|_| unexpected_parts())?;
    Ok(biases.map(Some))
}

fn unexpected_parts() -> Error {
    Error::value("in_proj_bias does not have 3·E elements")
}
