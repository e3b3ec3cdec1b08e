//! A model's folder without `transformers`, and a model that writes on.

use std::collections::BTreeMap;
use std::path::PathBuf;

use atencion::generate::{GenerationConfig, generate};
use atencion::models::AutoModel;
use pyo3::prelude::*;
use pyo3::types::PyList;
use pyo3_tch::PyTensor;
use tch::Tensor;

use super::{Made, state_dict};
use crate::call::alone;
use crate::errors::compute;
use crate::tensors::tensor;

/// Names, tensors, and whether each is a parameter; else it is a buffer.
type Named<T> = Vec<(String, T, bool)>;

/// Names of a tensor that has another already.
type Tied = BTreeMap<String, String>;

/// The folder of a model; the class of it; its tensors by name, each once; its further names.
#[pyfunction]
pub fn open_model(
    py: Python<'_>,
    name: PathBuf,
) -> PyResult<(PathBuf, String, Named<PyTensor>, Tied)> {
    let (folder, class_name, named, tied) = alone(|| compute(py, || open(&name)))?;
    let named = named.into_iter().map(|(name, tensor, kind)| (name, PyTensor(tensor), kind));
    Ok((folder, class_name, named.collect(), tied))
}

fn open(name: &PathBuf) -> atencion::Result<(PathBuf, String, Named<Tensor>, Tied)> {
    let folder = atencion::io::model_folder(name)?;
    let model = AutoModel::from_pretrained(&folder)?;
    let module = model.as_module();
    let state = module.state_dict();
    let buffers = module.named_buffers().into_iter().filter(|(name, _)| state.get(name).is_some());
    let buffers = buffers.map(|(name, tensor)| (name, tensor, false));
    let parameters = module.named_parameters().into_iter();
    let parameters = parameters.map(|(name, tensor)| (name, tensor, true));
    let named: Named<Tensor> = parameters.chain(buffers).collect();
    let first = |tensor: &Tensor| {
        named
            .iter()
            .find(|(_, other, _)| other.data_ptr() == tensor.data_ptr())
            .map(|n| n.0.clone())
    };
    let tied = state.iter().filter_map(|(name, tensor)| Some((name.to_owned(), first(tensor)?)));
    let tied = tied.filter(|(name, first)| name != first).collect();
    Ok((folder, module.name(), named, tied))
}

/// `model.generate(input_ids, attention_mask, **options)`: the sequences, int64 `[B, length]`.
#[pyfunction]
pub fn write_on<'py>(
    py: Python<'py>,
    made: Made,
    named: &Bound<'py, PyList>,
    training: bool,
    input_ids: &Bound<'py, PyAny>,
    attention_mask: Option<&Bound<'py, PyAny>>,
    options: &str,
) -> PyResult<PyTensor> {
    alone(|| {
        let state = state_dict(named)?;
        let ids = tensor("input_ids", input_ids)?;
        let mask = attention_mask.map(|mask| tensor("attention_mask", mask)).transpose()?;
        compute(py, || {
            let how = GenerationConfig::from_json(options)?;
            let model = made.model(state, training)?;
            let _no_grad = tch::no_grad_guard();
            Ok(generate(model.as_decoder()?, &ids, mask.as_ref(), &how)?.sequences)
        })
    })
    .map(PyTensor)
}
