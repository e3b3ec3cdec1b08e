//! Query, key and value projected: `F._in_projection_packed` and `F._in_projection`.

use tch::Tensor;

use super::{InProjection, MultiheadAttentionParameters};
use crate::nn::fast_path::is_same;
use crate::{Error, Result};

/// Fewer, larger products where the inputs are one tensor.
pub(super) fn in_projection(
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
