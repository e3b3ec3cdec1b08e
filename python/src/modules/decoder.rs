//! `nn.TransformerDecoderLayer` and `nn.TransformerDecoder`.

use atencion::nn::{
    TransformerDecoder, TransformerDecoderArgs, TransformerDecoderLayer,
    TransformerDecoderLayerArgs,
};
use pyo3::prelude::*;
use pyo3_tch::PyTensor;

use super::layer::{activation, attention, dropout, layer_norm, linear};
use super::norm::Final;
use super::read::{Class, Part, name};
use super::{finish, hint};
use crate::call::{Door, run};
use crate::errors::compute;
use crate::tensors::{inputs, optional};

/// Forward of `nn.TransformerDecoderLayer`: tgt [T, B, E], memory [S, B, E] -> the shape of tgt.
#[pyfunction]
#[pyo3(signature = (module, tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask, tgt_is_causal, memory_is_causal))]
#[allow(clippy::too_many_arguments)] // torch's own signature
pub fn transformer_decoder_layer<'py>(
    py: Python<'py>,
    module: &Bound<'py, PyAny>,
    tgt: &Bound<'py, PyAny>,
    memory: &Bound<'py, PyAny>,
    tgt_mask: Option<&Bound<'py, PyAny>>,
    memory_mask: Option<&Bound<'py, PyAny>>,
    tgt_key_padding_mask: Option<&Bound<'py, PyAny>>,
    memory_key_padding_mask: Option<&Bound<'py, PyAny>>,
    tgt_is_causal: &Bound<'py, PyAny>,
    memory_is_causal: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let masks = [tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask];
    let rust = || {
        let layer = read_layer(&Part::root(module, Class::TransformerDecoderLayer)?)?;
        let [tgt, memory] = inputs([("tgt", tgt), ("memory", memory)])?;
        let masks = read_masks(masks)?;
        let [tgt_mask, memory_mask, tgt_padding, memory_padding] = &masks;
        let args = TransformerDecoderLayerArgs {
            tgt_mask: tgt_mask.as_ref(),
            memory_mask: memory_mask.as_ref(),
            tgt_key_padding_mask: tgt_padding.as_ref(),
            memory_key_padding_mask: memory_padding.as_ref(),
            tgt_is_causal: tgt_is_causal.is_truthy()?,
            memory_is_causal: memory_is_causal.is_truthy()?,
        };
        compute(py, || layer.forward_with(&tgt, &memory, &args)).map(PyTensor)
    };
    let given = &[
        ("tgt", Some(tgt)),
        ("memory", Some(memory)),
        ("tgt_mask", tgt_mask),
        ("memory_mask", memory_mask),
        ("tgt_key_padding_mask", tgt_key_padding_mask),
        ("memory_key_padding_mask", memory_key_padding_mask),
    ];
    run(py, given, rust, || {
        let [tgt_mask, memory_mask, tgt_padding, memory_padding] = masks;
        let forward = Class::TransformerDecoderLayer.forward(py)?;
        forward.call1((
            module,
            tgt,
            memory,
            tgt_mask,
            memory_mask,
            tgt_padding,
            memory_padding,
            tgt_is_causal,
            memory_is_causal,
        ))
    })
}

/// Forward of `nn.TransformerDecoder`: tgt [T, B, E], memory [S, B, E] -> the shape of tgt.
#[pyfunction]
#[pyo3(signature = (module, tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask, tgt_is_causal, memory_is_causal))]
#[allow(clippy::too_many_arguments)] // torch's own signature
pub fn transformer_decoder<'py>(
    py: Python<'py>,
    module: &Bound<'py, PyAny>,
    tgt: &Bound<'py, PyAny>,
    memory: &Bound<'py, PyAny>,
    tgt_mask: Option<&Bound<'py, PyAny>>,
    memory_mask: Option<&Bound<'py, PyAny>>,
    tgt_key_padding_mask: Option<&Bound<'py, PyAny>>,
    memory_key_padding_mask: Option<&Bound<'py, PyAny>>,
    tgt_is_causal: Option<&Bound<'py, PyAny>>,
    memory_is_causal: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let masks = [tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask];
    let rust = || {
        let (decoder, norm) = read(&Part::root(module, Class::TransformerDecoder)?)?;
        let [tgt, memory] = inputs([("tgt", tgt), ("memory", memory)])?;
        let masks = read_masks(masks)?;
        let [tgt_mask, memory_mask, tgt_padding, memory_padding] = &masks;
        let args = TransformerDecoderArgs {
            tgt_mask: tgt_mask.as_ref(),
            memory_mask: memory_mask.as_ref(),
            tgt_key_padding_mask: tgt_padding.as_ref(),
            memory_key_padding_mask: memory_padding.as_ref(),
            tgt_is_causal: hint(tgt_is_causal)?,
            memory_is_causal: memory_is_causal.is_truthy()?,
        };
        finish(py, compute(py, || decoder.forward_with(&tgt, &memory, &args))?, norm)
    };
    let given = &[
        ("tgt", Some(tgt)),
        ("memory", Some(memory)),
        ("tgt_mask", tgt_mask),
        ("memory_mask", memory_mask),
        ("tgt_key_padding_mask", tgt_key_padding_mask),
        ("memory_key_padding_mask", memory_key_padding_mask),
    ];
    run(py, given, rust, || {
        let [tgt_mask, memory_mask, tgt_padding, memory_padding] = masks;
        let forward = Class::TransformerDecoder.forward(py)?;
        forward.call1((
            module,
            tgt,
            memory,
            tgt_mask,
            memory_mask,
            tgt_padding,
            memory_padding,
            tgt_is_causal,
            memory_is_causal,
        ))
    })
}

/// In the order of torch's signature.
fn read_masks(masks: [Option<&Bound<'_, PyAny>>; 4]) -> Door<[Option<tch::Tensor>; 4]> {
    let [tgt_mask, memory_mask, tgt_padding, memory_padding] = masks;
    Ok([
        optional("tgt_mask", tgt_mask)?,
        optional("memory_mask", memory_mask)?,
        optional("tgt_key_padding_mask", tgt_padding)?,
        optional("memory_key_padding_mask", memory_padding)?,
    ])
}

/// The crate's TransformerDecoder on the parameters of torch's, and the norm that Python calls after it, if any.
pub fn read<'py>(part: &Part<'py>) -> Door<(TransformerDecoder, Option<Bound<'py, PyAny>>)> {
    let layers = part.child(name!(part, "layers"), Class::ModuleList)?;
    let mut read = Vec::new();
    for layer in layers.all(Class::TransformerDecoderLayer)? {
        read.push(read_layer(&layer)?);
    }
    let (norm, called_after) = Final::read(part)?.split();
    Ok((
        TransformerDecoder { layers: read.into_iter().collect(), norm, training: part.training()? },
        called_after,
    ))
}

fn read_layer(part: &Part<'_>) -> Door<TransformerDecoderLayer> {
    part.not_patched(name!(part, "_sa_block"))?;
    part.not_patched(name!(part, "_mha_block"))?;
    part.not_patched(name!(part, "_ff_block"))?;
    Ok(TransformerDecoderLayer {
        self_attn: attention(part, name!(part, "self_attn"))?,
        multihead_attn: attention(part, name!(part, "multihead_attn"))?,
        linear1: linear(part, name!(part, "linear1"))?,
        dropout: dropout(part, name!(part, "dropout"))?,
        linear2: linear(part, name!(part, "linear2"))?,
        norm_first: part.option(name!(part, "norm_first"))?,
        norm1: layer_norm(part, name!(part, "norm1"))?,
        norm2: layer_norm(part, name!(part, "norm2"))?,
        norm3: layer_norm(part, name!(part, "norm3"))?,
        dropout1: dropout(part, name!(part, "dropout1"))?,
        dropout2: dropout(part, name!(part, "dropout2"))?,
        dropout3: dropout(part, name!(part, "dropout3"))?,
        activation: activation(part)?,
        training: part.training()?,
    })
}
