//! `nn.Transformer`.

use atencion::nn::{Transformer, TransformerArgs};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::read::{Class, Part, name};
use super::{decoder, encoder, finish, hint};
use crate::call::{Door, Stop, run};
use crate::errors::compute;
use crate::tensors::{inputs, optional};

/// Forward of `nn.Transformer`: src [S, B, E], tgt [T, B, E] -> the shape of tgt.
#[pyfunction]
#[pyo3(signature = (module, src, tgt, src_mask, tgt_mask, memory_mask, src_key_padding_mask, tgt_key_padding_mask, memory_key_padding_mask, src_is_causal, tgt_is_causal, memory_is_causal))]
#[allow(clippy::too_many_arguments)] // torch's own signature
pub fn transformer<'py>(
    py: Python<'py>,
    module: &Bound<'py, PyAny>,
    src: &Bound<'py, PyAny>,
    tgt: &Bound<'py, PyAny>,
    src_mask: Option<&Bound<'py, PyAny>>,
    tgt_mask: Option<&Bound<'py, PyAny>>,
    memory_mask: Option<&Bound<'py, PyAny>>,
    src_key_padding_mask: Option<&Bound<'py, PyAny>>,
    tgt_key_padding_mask: Option<&Bound<'py, PyAny>>,
    memory_key_padding_mask: Option<&Bound<'py, PyAny>>,
    src_is_causal: Option<&Bound<'py, PyAny>>,
    tgt_is_causal: Option<&Bound<'py, PyAny>>,
    memory_is_causal: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let rust = || {
        let (transformer, norm) = read(&Part::root(module, Class::Transformer)?)?;
        let [src, tgt] = inputs([("src", src), ("tgt", tgt)])?;
        let src_mask = optional("src_mask", src_mask)?;
        let tgt_mask = optional("tgt_mask", tgt_mask)?;
        let memory_mask = optional("memory_mask", memory_mask)?;
        let src_key_padding_mask = optional("src_key_padding_mask", src_key_padding_mask)?;
        let tgt_key_padding_mask = optional("tgt_key_padding_mask", tgt_key_padding_mask)?;
        let memory_key_padding_mask = optional("memory_key_padding_mask", memory_key_padding_mask)?;
        let args = TransformerArgs {
            src_mask: src_mask.as_ref(),
            tgt_mask: tgt_mask.as_ref(),
            memory_mask: memory_mask.as_ref(),
            src_key_padding_mask: src_key_padding_mask.as_ref(),
            tgt_key_padding_mask: tgt_key_padding_mask.as_ref(),
            memory_key_padding_mask: memory_key_padding_mask.as_ref(),
            src_is_causal: hint(src_is_causal)?,
            tgt_is_causal: hint(tgt_is_causal)?,
            memory_is_causal: memory_is_causal.is_truthy()?,
        };
        finish(py, compute(py, || transformer.forward_with(&src, &tgt, &args))?, norm)
    };
    let given = &[
        ("src", Some(src)),
        ("tgt", Some(tgt)),
        ("src_mask", src_mask),
        ("tgt_mask", tgt_mask),
        ("memory_mask", memory_mask),
        ("src_key_padding_mask", src_key_padding_mask),
        ("tgt_key_padding_mask", tgt_key_padding_mask),
        ("memory_key_padding_mask", memory_key_padding_mask),
    ];
    run(py, given, rust, || {
        let options = [
            src_mask,
            tgt_mask,
            memory_mask,
            src_key_padding_mask,
            tgt_key_padding_mask,
            memory_key_padding_mask,
            src_is_causal,
            tgt_is_causal,
            Some(memory_is_causal),
        ];
        let none = py.None().into_bound(py);
        let options = options.into_iter().map(|option| option.unwrap_or(&none));
        let arguments: Vec<_> = [module, src, tgt].into_iter().chain(options).collect();
        Class::Transformer.forward(py)?.call1(PyTuple::new(py, arguments)?)
    })
}

/// The crate's Transformer, and the norm that Python calls after its decoder, if any.
fn read<'py>(part: &Part<'py>) -> Door<(Transformer, Option<Bound<'py, PyAny>>)> {
    let encoder = part.child(name!(part, "encoder"), Class::TransformerEncoder)?;
    let (encoder, between) = encoder::read(&encoder)?;
    if between.is_some() {
        return Err(Stop::Torch("the encoder's last norm is none of Rust's", None));
    }
    let decoder = part.child(name!(part, "decoder"), Class::TransformerDecoder)?;
    let (decoder, norm) = decoder::read(&decoder)?;
    let transformer = Transformer {
        encoder,
        decoder,
        d_model: part.option(name!(part, "d_model"))?,
        nhead: part.option(name!(part, "nhead"))?,
        batch_first: part.option(name!(part, "batch_first"))?,
        training: part.training()?,
    };
    Ok((transformer, norm))
}
