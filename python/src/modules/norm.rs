//! `nn.LayerNorm`.

use atencion::StateDict;
use atencion::nn::{Forward, LayerNorm, LayerNormConfig};
use pyo3::prelude::*;
use pyo3_tch::PyTensor;

use super::read::{Class, Part, name};
use crate::call::{Door, run};
use crate::errors::compute;
use crate::tensors::real;

/// Forward of `nn.LayerNorm`: input [.., *normalized_shape] -> the same shape.
#[pyfunction]
pub fn layer_norm<'py>(
    py: Python<'py>,
    module: &Bound<'py, PyAny>,
    input: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let rust = || {
        let norm = read(&Part::root(module, Class::LayerNorm)?)?;
        let input = real("input", input)?;
        compute(py, || norm.forward(&input)).map(PyTensor)
    };
    run(py, &[("input", Some(input))], rust, || {
        Class::LayerNorm.forward(py)?.call1((module, input))
    })
}

/// The crate's LayerNorm on the parameters of torch's.
pub fn read(part: &Part<'_>) -> Door<LayerNorm> {
    let mut state = StateDict::new();
    part.weight_and_bias("", &mut state)?;
    let config = LayerNormConfig {
        normalized_shape: part.option(name!(part, "normalized_shape"))?,
        eps: part.option(name!(part, "eps"))?,
        elementwise_affine: state.get("weight").is_some(),
        bias: state.get("bias").is_some(),
        dtype: None,
    };
    let mut norm = state.build("", |p| LayerNorm::new(p, config))?;
    norm.training = part.training()?;
    Ok(norm)
}

/// An encoder's or a decoder's last norm: in Rust if it is a LayerNorm, else called in Python on what Rust computed.
pub enum Final<'py> {
    Rust(Option<Box<dyn Forward>>),
    Python(Bound<'py, PyAny>),
}

impl<'py> Final<'py> {
    pub fn read(stack: &Part<'py>) -> Door<Self> {
        let norm = stack.attribute(name!(stack, "norm"))?;
        if norm.is_none() {
            return Ok(Self::Rust(None));
        }
        match stack.child(name!(stack, "norm"), Class::LayerNorm).and_then(|norm| read(&norm)) {
            Ok(norm) => Ok(Self::Rust(Some(Box::new(norm)))),
            Err(_) => Ok(Self::Python(norm)),
        }
    }

    /// What the library's stack gets, and what is called after it.
    pub fn split(self) -> (Option<Box<dyn Forward>>, Option<Bound<'py, PyAny>>) {
        match self {
            Self::Rust(norm) => (norm, None),
            Self::Python(norm) => (None, Some(norm)),
        }
    }
}
