//! `nn.TransformerEncoderLayer` and `nn.TransformerEncoder`.

use atencion::nn::{
    TransformerEncoder, TransformerEncoderArgs, TransformerEncoderLayer,
    TransformerEncoderLayerArgs,
};
use pyo3::prelude::*;
use pyo3_tch::PyTensor;

use super::layer::{activation, dropout, linear};
use super::read::{child, option, training};
use super::{multihead_attention, norm};
use crate::errors::compute;
use crate::tensors::{optional, real};

/// Forward of `nn.TransformerEncoderLayer`: src [L, B, E] (batch_first: [B, L, E]) -> the same shape.
#[pyfunction]
pub fn transformer_encoder_layer(
    py: Python<'_>,
    module: &Bound<'_, PyAny>,
    src: &Bound<'_, PyAny>,
    src_mask: Option<&Bound<'_, PyAny>>,
    src_key_padding_mask: Option<&Bound<'_, PyAny>>,
    is_causal: bool,
) -> PyResult<PyTensor> {
    let layer = read_layer(module)?;
    let src = real("src", src)?;
    let src_mask = optional("src_mask", src_mask)?;
    let src_key_padding_mask = optional("src_key_padding_mask", src_key_padding_mask)?;
    compute(py, || {
        let args = TransformerEncoderLayerArgs {
            src_mask: src_mask.as_ref(),
            src_key_padding_mask: src_key_padding_mask.as_ref(),
            is_causal,
        };
        layer.forward_with(&src, &args)
    })
    .map(PyTensor)
}

/// Forward of `nn.TransformerEncoder`: src [L, B, E] (batch_first: [B, L, E]) -> the same shape.
#[pyfunction]
pub fn transformer_encoder(
    py: Python<'_>,
    module: &Bound<'_, PyAny>,
    src: &Bound<'_, PyAny>,
    mask: Option<&Bound<'_, PyAny>>,
    src_key_padding_mask: Option<&Bound<'_, PyAny>>,
    is_causal: Option<bool>,
) -> PyResult<PyTensor> {
    let encoder = read(module)?;
    let src = real("src", src)?;
    let mask = optional("mask", mask)?;
    let src_key_padding_mask = optional("src_key_padding_mask", src_key_padding_mask)?;
    compute(py, || {
        let args = TransformerEncoderArgs {
            mask: mask.as_ref(),
            src_key_padding_mask: src_key_padding_mask.as_ref(),
            is_causal,
        };
        encoder.forward_with(&src, &args)
    })
    .map(PyTensor)
}

/// The crate's TransformerEncoder on the parameters of torch's.
pub fn read(module: &Bound<'_, PyAny>) -> PyResult<TransformerEncoder> {
    let layers = child(module, "layers")?.try_iter()?;
    Ok(TransformerEncoder {
        layers: layers.map(|layer| read_layer(&layer?)).collect::<PyResult<_>>()?,
        norm: norm::read_final(module)?,
        use_nested_tensor: option(module, "use_nested_tensor")?,
        mask_check: option(module, "mask_check")?,
        training: training(module)?,
    })
}

fn read_layer(module: &Bound<'_, PyAny>) -> PyResult<TransformerEncoderLayer> {
    Ok(TransformerEncoderLayer {
        self_attn: multihead_attention::read(&child(module, "self_attn")?)?,
        linear1: linear(module, "linear1")?,
        dropout: dropout(module, "dropout")?,
        linear2: linear(module, "linear2")?,
        norm_first: option(module, "norm_first")?,
        norm1: norm::read(&child(module, "norm1")?)?,
        norm2: norm::read(&child(module, "norm2")?)?,
        dropout1: dropout(module, "dropout1")?,
        dropout2: dropout(module, "dropout2")?,
        activation: activation(module)?,
        training: training(module)?,
    })
}
