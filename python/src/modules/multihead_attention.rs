//! `nn.MultiheadAttention`.

use atencion::StateDict;
use atencion::nn::{MultiheadAttention, MultiheadAttentionArgs, MultiheadAttentionConfig};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3_tch::PyTensor;

use super::read::{Class, Part, name};
use crate::call::{Door, run};
use crate::errors::compute;
use crate::tensors::{inputs, optional};

/// Forward of `nn.MultiheadAttention`: query [L, B, E] (batch_first: [B, L, E]) -> (output, weights or None).
#[pyfunction]
#[pyo3(signature = (module, query, key, value, key_padding_mask, need_weights, attn_mask, average_attn_weights, is_causal))]
#[allow(clippy::too_many_arguments)] // torch's own signature
pub fn multihead_attention<'py>(
    py: Python<'py>,
    module: &Bound<'py, PyAny>,
    query: &Bound<'py, PyAny>,
    key: &Bound<'py, PyAny>,
    value: &Bound<'py, PyAny>,
    key_padding_mask: Option<&Bound<'py, PyAny>>,
    need_weights: &Bound<'py, PyAny>,
    attn_mask: Option<&Bound<'py, PyAny>>,
    average_attn_weights: &Bound<'py, PyAny>,
    is_causal: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let rust = || {
        let part = Part::root(module, Class::MultiheadAttention)?;
        part.not_patched(name!(part, "merge_masks"))?;
        let attention = read(&part)?;
        let [query, key, value] = inputs([("query", query), ("key", key), ("value", value)])?;
        let key_padding_mask = optional("key_padding_mask", key_padding_mask)?;
        let attn_mask = optional("attn_mask", attn_mask)?;
        let args = MultiheadAttentionArgs {
            key_padding_mask: key_padding_mask.as_ref(),
            need_weights: need_weights.is_truthy()?,
            attn_mask: attn_mask.as_ref(),
            average_attn_weights: average_attn_weights.is_truthy()?,
            is_causal: is_causal.is_truthy()?,
        };
        let (output, weights) =
            compute(py, || attention.forward_with(&query, &key, &value, &args))?;
        Ok((PyTensor(output), weights.map(PyTensor)))
    };
    let given = &[
        ("query", Some(query)),
        ("key", Some(key)),
        ("value", Some(value)),
        ("key_padding_mask", key_padding_mask),
        ("attn_mask", attn_mask),
    ];
    run(py, given, rust, || {
        let options = PyDict::new(py);
        options.set_item("key_padding_mask", key_padding_mask)?;
        options.set_item("need_weights", need_weights)?;
        options.set_item("attn_mask", attn_mask)?;
        options.set_item("average_attn_weights", average_attn_weights)?;
        options.set_item("is_causal", is_causal)?;
        let forward = Class::MultiheadAttention.forward(py)?;
        forward.call((module, query, key, value), Some(&options))
    })
}

/// The crate's MultiheadAttention on the parameters of torch's.
pub fn read(part: &Part<'_>) -> Door<MultiheadAttention> {
    let mut state = StateDict::new();
    part.parameter(name!(part, "in_proj_weight"), "in_proj_weight", &mut state)?;
    part.parameter(name!(part, "q_proj_weight"), "q_proj_weight", &mut state)?;
    part.parameter(name!(part, "k_proj_weight"), "k_proj_weight", &mut state)?;
    part.parameter(name!(part, "v_proj_weight"), "v_proj_weight", &mut state)?;
    part.parameter(name!(part, "in_proj_bias"), "in_proj_bias", &mut state)?;
    part.parameter(name!(part, "bias_k"), "bias_k", &mut state)?;
    part.parameter(name!(part, "bias_v"), "bias_v", &mut state)?;
    part.child(name!(part, "out_proj"), Class::OutProj)?
        .weight_and_bias("out_proj.", &mut state)?;
    let config = MultiheadAttentionConfig {
        dropout: part.option(name!(part, "dropout"))?,
        bias: state.get("in_proj_bias").is_some(),
        add_bias_kv: state.get("bias_k").is_some(),
        add_zero_attn: part.option(name!(part, "add_zero_attn"))?,
        kdim: Some(part.option(name!(part, "kdim"))?),
        vdim: Some(part.option(name!(part, "vdim"))?),
        batch_first: part.option(name!(part, "batch_first"))?,
        ..MultiheadAttentionConfig::new(
            part.option(name!(part, "embed_dim"))?,
            part.option(name!(part, "num_heads"))?,
        )
    };
    let mut attention = state.build("", |p| MultiheadAttention::new(p, config))?;
    attention.training = part.training()?;
    Ok(attention)
}
