//! `nn.LayerNorm`.

use atencion::nn::{Forward, LayerNorm, LayerNormConfig};
use pyo3::prelude::*;
use pyo3_tch::PyTensor;

use super::read::{option, parameters, training};
use crate::errors::{compute, exception};
use crate::tensors::real;

/// Forward of `nn.LayerNorm`: input [.., *normalized_shape] -> the same shape.
#[pyfunction]
pub fn layer_norm(
    py: Python<'_>,
    module: &Bound<'_, PyAny>,
    input: &Bound<'_, PyAny>,
) -> PyResult<PyTensor> {
    let norm = read(module)?;
    let input = real("input", input)?;
    compute(py, || norm.forward(&input)).map(PyTensor)
}

/// The crate's LayerNorm on the parameters of torch's.
pub fn read(module: &Bound<'_, PyAny>) -> PyResult<LayerNorm> {
    let state = parameters(module)?;
    let config = LayerNormConfig {
        normalized_shape: option(module, "normalized_shape")?,
        eps: option(module, "eps")?,
        elementwise_affine: state.get("weight").is_some(),
        bias: state.get("bias").is_some(),
        dtype: None,
    };
    let mut norm = state.build("", |p| LayerNorm::new(p, config)).map_err(exception)?;
    norm.training = training(module)?;
    Ok(norm)
}

/// An encoder's or a decoder's final norm, if it has one.
pub fn read_final(module: &Bound<'_, PyAny>) -> PyResult<Option<Box<dyn Forward>>> {
    let norm = module.getattr("norm")?;
    if norm.is_none() { Ok(None) } else { Ok(Some(Box::new(read(&norm)?))) }
}
