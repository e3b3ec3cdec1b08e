//! What encoder and decoder layers have in common.

use atencion::StateDict;
use atencion::nn::{Activation, Dropout, LayerNorm, Linear, LinearConfig, MultiheadAttention};
use pyo3::prelude::*;
use pyo3::sync::GILOnceCell;
use pyo3::types::PyType;
use pyo3_tch::PyTensor;
use tch::Tensor;

use super::read::{Class, Name, Part, is_undisturbed, name};
use super::{multihead_attention, norm};
use crate::call::Door;

/// A child that is an `nn.MultiheadAttention`.
pub fn attention<'py>(layer: &Part<'py>, name: Name<'_, 'py>) -> Door<MultiheadAttention> {
    let part = layer.child(name, Class::MultiheadAttention)?;
    part.not_patched(name!(part, "merge_masks"))?;
    multihead_attention::read(&part)
}

/// A child that is an `nn.LayerNorm`.
pub fn layer_norm<'py>(layer: &Part<'py>, name: Name<'_, 'py>) -> Door<LayerNorm> {
    norm::read(&layer.child(name, Class::LayerNorm)?)
}

/// A child that is an `nn.Linear`.
pub fn linear<'py>(layer: &Part<'py>, name: Name<'_, 'py>) -> Door<Linear> {
    let part = layer.child(name, Class::Linear)?;
    let mut state = StateDict::new();
    part.weight_and_bias("", &mut state)?;
    let config = LinearConfig {
        bias: state.get("bias").is_some(),
        ..LinearConfig::new(
            part.option(name!(part, "in_features"))?,
            part.option(name!(part, "out_features"))?,
        )
    };
    Ok(state.build("", |p| Linear::new(p, config))?)
}

/// A child that is an `nn.Dropout`. One that writes into its input changes nothing that is used again.
pub fn dropout<'py>(layer: &Part<'py>, name: Name<'_, 'py>) -> Door<Dropout> {
    let part = layer.child(name, Class::Dropout)?;
    let mut dropout = Dropout::new(part.option(name!(part, "p"))?)?;
    dropout.training = part.training()?;
    Ok(dropout)
}

/// The layer's activation. Any callable of Python's will do; torch's own relu and gelu stay in Rust.
pub fn activation(layer: &Part<'_>) -> Door<Activation> {
    let py = layer.py();
    let activation = layer.attribute(name!(layer, "activation"))?;
    let own = Own::get(py)?;
    if activation.is(&own.relu) || own.is_a(&own.relu_module, &activation) {
        return Ok(Activation::Relu);
    }
    if activation.is(&own.gelu) {
        return Ok(Activation::Gelu);
    }
    if own.is_a(&own.gelu_module, &activation) {
        match activation.getattr("approximate")?.extract::<String>()?.as_str() {
            "none" => return Ok(Activation::Gelu),
            "tanh" => return Ok(Activation::GeluTanh),
            _ => {}
        }
    }
    let callable = activation.unbind();
    Ok(Activation::custom(move |input: &Tensor| Python::with_gil(|py| call(py, &callable, input))))
}

/// What it raises is left set in this thread, where `compute` finds it again.
fn call(py: Python<'_>, callable: &PyObject, input: &Tensor) -> atencion::Result<Tensor> {
    let result = callable.call1(py, (PyTensor(input.shallow_clone()),));
    match result.and_then(|output| output.extract::<PyTensor>(py)) {
        Ok(PyTensor(output)) => Ok(output),
        Err(raised) => {
            raised.restore(py);
            Err(atencion::Error::value("the activation raised an exception"))
        }
    }
}

/// `F.relu`, `F.gelu` and their modules.
struct Own {
    relu: PyObject,
    gelu: PyObject,
    relu_module: Py<PyType>,
    gelu_module: Py<PyType>,
}

impl Own {
    fn get(py: Python<'_>) -> PyResult<&'static Self> {
        static OWN: GILOnceCell<Own> = GILOnceCell::new();
        OWN.get_or_try_init(py, || {
            let (functional, nn) = (py.import("torch.nn.functional")?, py.import("torch.nn")?);
            Ok(Own {
                relu: functional.getattr("relu")?.unbind(),
                gelu: functional.getattr("gelu")?.unbind(),
                relu_module: nn.getattr("ReLU")?.downcast_into::<PyType>()?.unbind(),
                gelu_module: nn.getattr("GELU")?.downcast_into::<PyType>()?.unbind(),
            })
        })
    }

    /// That very class, with nothing around its forward.
    fn is_a(&self, class: &Py<PyType>, activation: &Bound<'_, PyAny>) -> bool {
        let py = activation.py();
        let plain = || is_undisturbed(activation).unwrap_or(false);
        activation.get_type().is(class.bind(py)) && plain()
    }
}
