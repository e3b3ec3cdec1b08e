//! `nn.MultiheadAttention`.

use atencion::nn::{MultiheadAttention, MultiheadAttentionArgs, MultiheadAttentionConfig};
use pyo3::prelude::*;
use pyo3_tch::PyTensor;

use super::read::{option, parameters, training};
use crate::errors::{compute, exception};
use crate::tensors::{optional, real};

/// Forward of `nn.MultiheadAttention`: query [L, B, E] (batch_first: [B, L, E]) -> (output, weights or None).
#[pyfunction]
#[allow(clippy::too_many_arguments)] // torch's own signature
pub fn multihead_attention(
    py: Python<'_>,
    module: &Bound<'_, PyAny>,
    query: &Bound<'_, PyAny>,
    key: &Bound<'_, PyAny>,
    value: &Bound<'_, PyAny>,
    key_padding_mask: Option<&Bound<'_, PyAny>>,
    need_weights: bool,
    attn_mask: Option<&Bound<'_, PyAny>>,
    average_attn_weights: bool,
    is_causal: bool,
) -> PyResult<(PyTensor, Option<PyTensor>)> {
    let attention = read(module)?;
    let (query, key, value) = (real("query", query)?, real("key", key)?, real("value", value)?);
    let key_padding_mask = optional("key_padding_mask", key_padding_mask)?;
    let attn_mask = optional("attn_mask", attn_mask)?;
    let (output, weights) = compute(py, || {
        let args = MultiheadAttentionArgs {
            key_padding_mask: key_padding_mask.as_ref(),
            need_weights,
            attn_mask: attn_mask.as_ref(),
            average_attn_weights,
            is_causal,
        };
        attention.forward_with(&query, &key, &value, &args)
    })?;
    Ok((PyTensor(output), weights.map(PyTensor)))
}

/// The crate's MultiheadAttention on the parameters of torch's.
pub fn read(module: &Bound<'_, PyAny>) -> PyResult<MultiheadAttention> {
    let state = parameters(module)?;
    let config = MultiheadAttentionConfig {
        dropout: option(module, "dropout")?,
        bias: state.get("in_proj_bias").is_some(),
        add_bias_kv: state.get("bias_k").is_some(),
        add_zero_attn: option(module, "add_zero_attn")?,
        kdim: Some(option(module, "kdim")?),
        vdim: Some(option(module, "vdim")?),
        batch_first: option(module, "batch_first")?,
        ..MultiheadAttentionConfig::new(option(module, "embed_dim")?, option(module, "num_heads")?)
    };
    let mut attention =
        state.build("", |p| MultiheadAttention::new(p, config)).map_err(exception)?;
    attention.training = training(module)?;
    Ok(attention)
}
