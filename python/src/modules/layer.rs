//! What encoder and decoder layers have in common.

use atencion::nn::{Activation, Dropout, Linear, LinearConfig};
use pyo3::prelude::*;
use pyo3::sync::GILOnceCell;
use pyo3_tch::PyTensor;
use tch::Tensor;

use super::read::{child, option, parameters, training};
use crate::errors::exception;

/// A child that is an `nn.Linear`.
pub fn linear(module: &Bound<'_, PyAny>, name: &str) -> PyResult<Linear> {
    let module = child(module, name)?;
    let state = parameters(&module)?;
    let config = LinearConfig {
        bias: state.get("bias").is_some(),
        ..LinearConfig::new(option(&module, "in_features")?, option(&module, "out_features")?)
    };
    state.build("", |p| Linear::new(p, config)).map_err(exception)
}

/// A child that is an `nn.Dropout`.
pub fn dropout(module: &Bound<'_, PyAny>, name: &str) -> PyResult<Dropout> {
    let module = child(module, name)?;
    let mut dropout = Dropout::new(option(&module, "p")?).map_err(exception)?;
    dropout.training = training(&module)?;
    Ok(dropout)
}

/// The layer's activation. Any callable of Python's will do; torch's own relu and gelu stay in Rust.
pub fn activation(module: &Bound<'_, PyAny>) -> PyResult<Activation> {
    let py = module.py();
    let activation = module.getattr("activation")?;
    let [relu, gelu] = torchs_own(py)?;
    if activation.is(relu) {
        return Ok(Activation::Relu);
    }
    if activation.is(gelu) {
        return Ok(Activation::Gelu);
    }
    let callable = activation.unbind();
    Ok(Activation::custom(move |input: &Tensor| Python::with_gil(|py| call(py, &callable, input))))
}

fn call(py: Python<'_>, callable: &PyObject, input: &Tensor) -> atencion::Result<Tensor> {
    let call = || callable.call1(py, (PyTensor(input.shallow_clone()),))?.extract::<PyTensor>(py);
    call().map(|PyTensor(tensor)| tensor).map_err(|error: PyErr| {
        atencion::Error::value(format!("the activation raised {}", error.value(py)))
    })
}

/// `F.relu` and `F.gelu`.
fn torchs_own(py: Python<'_>) -> PyResult<&'static [PyObject; 2]> {
    static OWN: GILOnceCell<[PyObject; 2]> = GILOnceCell::new();
    OWN.get_or_try_init(py, || {
        let functional = py.import("torch.nn.functional")?;
        Ok([functional.getattr("relu")?.unbind(), functional.getattr("gelu")?.unbind()])
    })
}
