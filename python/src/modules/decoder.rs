//! `nn.TransformerDecoderLayer` and `nn.TransformerDecoder`.

use atencion::nn::{
    TransformerDecoder, TransformerDecoderArgs, TransformerDecoderLayer,
    TransformerDecoderLayerArgs,
};
use pyo3::prelude::*;
use pyo3_tch::PyTensor;

use super::layer::{activation, dropout, linear};
use super::read::{child, option, training};
use super::{multihead_attention, norm};
use crate::errors::compute;
use crate::tensors::{optional, real};

/// Forward of `nn.TransformerDecoderLayer`: tgt [T, B, E], memory [S, B, E] -> the shape of tgt.
#[pyfunction]
#[allow(clippy::too_many_arguments)] // torch's own signature
pub fn transformer_decoder_layer(
    py: Python<'_>,
    module: &Bound<'_, PyAny>,
    tgt: &Bound<'_, PyAny>,
    memory: &Bound<'_, PyAny>,
    tgt_mask: Option<&Bound<'_, PyAny>>,
    memory_mask: Option<&Bound<'_, PyAny>>,
    tgt_key_padding_mask: Option<&Bound<'_, PyAny>>,
    memory_key_padding_mask: Option<&Bound<'_, PyAny>>,
    tgt_is_causal: bool,
    memory_is_causal: bool,
) -> PyResult<PyTensor> {
    let layer = read_layer(module)?;
    let (tgt, memory) = (real("tgt", tgt)?, real("memory", memory)?);
    let tgt_mask = optional("tgt_mask", tgt_mask)?;
    let memory_mask = optional("memory_mask", memory_mask)?;
    let tgt_key_padding_mask = optional("tgt_key_padding_mask", tgt_key_padding_mask)?;
    let memory_key_padding_mask = optional("memory_key_padding_mask", memory_key_padding_mask)?;
    compute(py, || {
        let args = TransformerDecoderLayerArgs {
            tgt_mask: tgt_mask.as_ref(),
            memory_mask: memory_mask.as_ref(),
            tgt_key_padding_mask: tgt_key_padding_mask.as_ref(),
            memory_key_padding_mask: memory_key_padding_mask.as_ref(),
            tgt_is_causal,
            memory_is_causal,
        };
        layer.forward_with(&tgt, &memory, &args)
    })
    .map(PyTensor)
}

/// Forward of `nn.TransformerDecoder`: tgt [T, B, E], memory [S, B, E] -> the shape of tgt.
#[pyfunction]
#[allow(clippy::too_many_arguments)] // torch's own signature
pub fn transformer_decoder(
    py: Python<'_>,
    module: &Bound<'_, PyAny>,
    tgt: &Bound<'_, PyAny>,
    memory: &Bound<'_, PyAny>,
    tgt_mask: Option<&Bound<'_, PyAny>>,
    memory_mask: Option<&Bound<'_, PyAny>>,
    tgt_key_padding_mask: Option<&Bound<'_, PyAny>>,
    memory_key_padding_mask: Option<&Bound<'_, PyAny>>,
    tgt_is_causal: Option<bool>,
    memory_is_causal: bool,
) -> PyResult<PyTensor> {
    let decoder = read(module)?;
    let (tgt, memory) = (real("tgt", tgt)?, real("memory", memory)?);
    let tgt_mask = optional("tgt_mask", tgt_mask)?;
    let memory_mask = optional("memory_mask", memory_mask)?;
    let tgt_key_padding_mask = optional("tgt_key_padding_mask", tgt_key_padding_mask)?;
    let memory_key_padding_mask = optional("memory_key_padding_mask", memory_key_padding_mask)?;
    compute(py, || {
        let args = TransformerDecoderArgs {
            tgt_mask: tgt_mask.as_ref(),
            memory_mask: memory_mask.as_ref(),
            tgt_key_padding_mask: tgt_key_padding_mask.as_ref(),
            memory_key_padding_mask: memory_key_padding_mask.as_ref(),
            tgt_is_causal,
            memory_is_causal,
        };
        decoder.forward_with(&tgt, &memory, &args)
    })
    .map(PyTensor)
}

/// The crate's TransformerDecoder on the parameters of torch's.
pub fn read(module: &Bound<'_, PyAny>) -> PyResult<TransformerDecoder> {
    let layers = child(module, "layers")?.try_iter()?;
    Ok(TransformerDecoder {
        layers: layers.map(|layer| read_layer(&layer?)).collect::<PyResult<_>>()?,
        norm: norm::read_final(module)?,
        training: training(module)?,
    })
}

fn read_layer(module: &Bound<'_, PyAny>) -> PyResult<TransformerDecoderLayer> {
    Ok(TransformerDecoderLayer {
        self_attn: multihead_attention::read(&child(module, "self_attn")?)?,
        multihead_attn: multihead_attention::read(&child(module, "multihead_attn")?)?,
        linear1: linear(module, "linear1")?,
        dropout: dropout(module, "dropout")?,
        linear2: linear(module, "linear2")?,
        norm_first: option(module, "norm_first")?,
        norm1: norm::read(&child(module, "norm1")?)?,
        norm2: norm::read(&child(module, "norm2")?)?,
        norm3: norm::read(&child(module, "norm3")?)?,
        dropout1: dropout(module, "dropout1")?,
        dropout2: dropout(module, "dropout2")?,
        dropout3: dropout(module, "dropout3")?,
        activation: activation(module)?,
        training: training(module)?,
    })
}
