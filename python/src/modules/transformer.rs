//! `nn.Transformer`.

use atencion::nn::{Transformer, TransformerArgs};
use pyo3::prelude::*;
use pyo3_tch::PyTensor;

use super::read::{child, option, training};
use super::{decoder, encoder};
use crate::errors::compute;
use crate::tensors::{optional, real};

/// Forward of `nn.Transformer`: src [S, B, E], tgt [T, B, E] -> the shape of tgt.
#[pyfunction]
#[allow(clippy::too_many_arguments)] // torch's own signature
pub fn transformer(
    py: Python<'_>,
    module: &Bound<'_, PyAny>,
    src: &Bound<'_, PyAny>,
    tgt: &Bound<'_, PyAny>,
    src_mask: Option<&Bound<'_, PyAny>>,
    tgt_mask: Option<&Bound<'_, PyAny>>,
    memory_mask: Option<&Bound<'_, PyAny>>,
    src_key_padding_mask: Option<&Bound<'_, PyAny>>,
    tgt_key_padding_mask: Option<&Bound<'_, PyAny>>,
    memory_key_padding_mask: Option<&Bound<'_, PyAny>>,
    src_is_causal: Option<bool>,
    tgt_is_causal: Option<bool>,
    memory_is_causal: bool,
) -> PyResult<PyTensor> {
    let transformer = read(module)?;
    let (src, tgt) = (real("src", src)?, real("tgt", tgt)?);
    let src_mask = optional("src_mask", src_mask)?;
    let tgt_mask = optional("tgt_mask", tgt_mask)?;
    let memory_mask = optional("memory_mask", memory_mask)?;
    let src_key_padding_mask = optional("src_key_padding_mask", src_key_padding_mask)?;
    let tgt_key_padding_mask = optional("tgt_key_padding_mask", tgt_key_padding_mask)?;
    let memory_key_padding_mask = optional("memory_key_padding_mask", memory_key_padding_mask)?;
    compute(py, || {
        let args = TransformerArgs {
            src_mask: src_mask.as_ref(),
            tgt_mask: tgt_mask.as_ref(),
            memory_mask: memory_mask.as_ref(),
            src_key_padding_mask: src_key_padding_mask.as_ref(),
            tgt_key_padding_mask: tgt_key_padding_mask.as_ref(),
            memory_key_padding_mask: memory_key_padding_mask.as_ref(),
            src_is_causal,
            tgt_is_causal,
            memory_is_causal,
        };
        transformer.forward_with(&src, &tgt, &args)
    })
    .map(PyTensor)
}

fn read(module: &Bound<'_, PyAny>) -> PyResult<Transformer> {
    Ok(Transformer {
        encoder: encoder::read(&child(module, "encoder")?)?,
        decoder: decoder::read(&child(module, "decoder")?)?,
        d_model: option(module, "d_model")?,
        nhead: option(module, "nhead")?,
        batch_first: option(module, "batch_first")?,
        training: training(module)?,
    })
}
