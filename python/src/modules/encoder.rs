//! `nn.TransformerEncoderLayer` and `nn.TransformerEncoder`.

use atencion::nn::{
    TransformerEncoder, TransformerEncoderArgs, TransformerEncoderLayer,
    TransformerEncoderLayerArgs,
};
use pyo3::prelude::*;
use pyo3_tch::PyTensor;

use super::layer::{activation, attention, dropout, layer_norm, linear};
use super::norm::Final;
use super::read::{Class, Part, name};
use super::{finish, hint};
use crate::call::{Door, run};
use crate::errors::compute;
use crate::tensors::{optional, real};

/// Forward of `nn.TransformerEncoderLayer`: src [L, B, E] (batch_first: [B, L, E]) -> the same shape.
#[pyfunction]
#[pyo3(signature = (module, src, src_mask, src_key_padding_mask, is_causal))]
pub fn transformer_encoder_layer<'py>(
    py: Python<'py>,
    module: &Bound<'py, PyAny>,
    src: &Bound<'py, PyAny>,
    src_mask: Option<&Bound<'py, PyAny>>,
    src_key_padding_mask: Option<&Bound<'py, PyAny>>,
    is_causal: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let rust = || {
        let part = Part::root(module, Class::TransformerEncoderLayer)?;
        // Its own hooks are run by the call; but while it has some, torch leaves its fast path.
        part.undisturbed()?;
        let layer = read_layer(&part)?;
        let src = real("src", src)?;
        let src_mask = optional("src_mask", src_mask)?;
        let src_key_padding_mask = optional("src_key_padding_mask", src_key_padding_mask)?;
        let args = TransformerEncoderLayerArgs {
            src_mask: src_mask.as_ref(),
            src_key_padding_mask: src_key_padding_mask.as_ref(),
            is_causal: is_causal.is_truthy()?,
        };
        compute(py, || layer.forward_with(&src, &args)).map(PyTensor)
    };
    let given = &[
        ("src", Some(src)),
        ("src_mask", src_mask),
        ("src_key_padding_mask", src_key_padding_mask),
    ];
    run(py, given, rust, || {
        let forward = Class::TransformerEncoderLayer.forward(py)?;
        forward.call1((module, src, src_mask, src_key_padding_mask, is_causal))
    })
}

/// Forward of `nn.TransformerEncoder`: src [L, B, E] (batch_first: [B, L, E]) -> the same shape.
#[pyfunction]
#[pyo3(signature = (module, src, mask, src_key_padding_mask, is_causal))]
pub fn transformer_encoder<'py>(
    py: Python<'py>,
    module: &Bound<'py, PyAny>,
    src: &Bound<'py, PyAny>,
    mask: Option<&Bound<'py, PyAny>>,
    src_key_padding_mask: Option<&Bound<'py, PyAny>>,
    is_causal: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let rust = || {
        let (encoder, norm) = read(&Part::root(module, Class::TransformerEncoder)?)?;
        let src = real("src", src)?;
        let mask = optional("mask", mask)?;
        let src_key_padding_mask = optional("src_key_padding_mask", src_key_padding_mask)?;
        let args = TransformerEncoderArgs {
            mask: mask.as_ref(),
            src_key_padding_mask: src_key_padding_mask.as_ref(),
            is_causal: hint(is_causal)?,
        };
        finish(py, compute(py, || encoder.forward_with(&src, &args))?, norm)
    };
    let given =
        &[("src", Some(src)), ("mask", mask), ("src_key_padding_mask", src_key_padding_mask)];
    run(py, given, rust, || {
        let forward = Class::TransformerEncoder.forward(py)?;
        forward.call1((module, src, mask, src_key_padding_mask, is_causal))
    })
}

/// The crate's TransformerEncoder on the parameters of torch's, and the norm that Python calls after it, if any.
pub fn read<'py>(part: &Part<'py>) -> Door<(TransformerEncoder, Option<Bound<'py, PyAny>>)> {
    let layers = part.child(name!(part, "layers"), Class::ModuleList)?;
    let mut read = Vec::new();
    for layer in layers.all(Class::TransformerEncoderLayer)? {
        read.push(read_layer(&layer)?);
    }
    let (norm, called_after) = Final::read(part)?.split();
    let encoder = TransformerEncoder {
        layers: read.into_iter().collect(),
        norm,
        use_nested_tensor: part.option(name!(part, "use_nested_tensor"))?,
        mask_check: part.option(name!(part, "mask_check"))?,
        training: part.training()?,
    };
    Ok((encoder, called_after))
}

fn read_layer(part: &Part<'_>) -> Door<TransformerEncoderLayer> {
    part.not_patched(name!(part, "_sa_block"))?;
    part.not_patched(name!(part, "_ff_block"))?;
    Ok(TransformerEncoderLayer {
        self_attn: attention(part, name!(part, "self_attn"))?,
        linear1: linear(part, name!(part, "linear1"))?,
        dropout: dropout(part, name!(part, "dropout"))?,
        linear2: linear(part, name!(part, "linear2"))?,
        norm_first: part.option(name!(part, "norm_first"))?,
        norm1: layer_norm(part, name!(part, "norm1"))?,
        norm2: layer_norm(part, name!(part, "norm2"))?,
        dropout1: dropout(part, name!(part, "dropout1"))?,
        dropout2: dropout(part, name!(part, "dropout2"))?,
        activation: activation(part)?,
        activation_relu_or_gelu: part.option(name!(part, "activation_relu_or_gelu"))?,
        training: part.training()?,
    })
}
