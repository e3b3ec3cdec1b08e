//! torch.nn's modules, read live: each call builds the crate's module on the parameters and options that the Python
//! module has at that moment, so that `train()`, `to(dtype)`, `load_state_dict` and assignments are all followed.

mod decoder;
mod encoder;
mod layer;
mod multihead_attention;
mod norm;
mod read;
mod transformer;

use pyo3::prelude::*;
use pyo3_tch::PyTensor;
use tch::Tensor;

use crate::call::Door;

/// A hint that may be left out; anything else counts as Python counts it.
fn hint(object: Option<&Bound<'_, PyAny>>) -> Door<Option<bool>> {
    Ok(object.map(|object| object.is_truthy()).transpose()?)
}

/// What a stack of layers gave, through the norm that only Python can call.
fn finish<'py>(
    py: Python<'py>,
    output: Tensor,
    norm: Option<Bound<'py, PyAny>>,
) -> Door<Bound<'py, PyAny>> {
    let output = PyTensor(output).into_pyobject(py)?;
    Ok(norm.map_or(Ok(output.clone()), |norm| norm.call1((output,)))?)
}

/// Adds the forward functions that `atencion/_modules.py` calls.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(norm::layer_norm, module)?)?;
    module.add_function(wrap_pyfunction!(multihead_attention::multihead_attention, module)?)?;
    module.add_function(wrap_pyfunction!(encoder::transformer_encoder_layer, module)?)?;
    module.add_function(wrap_pyfunction!(encoder::transformer_encoder, module)?)?;
    module.add_function(wrap_pyfunction!(decoder::transformer_decoder_layer, module)?)?;
    module.add_function(wrap_pyfunction!(decoder::transformer_decoder, module)?)?;
    module.add_function(wrap_pyfunction!(transformer::transformer, module)?)?;
    Ok(())
}
