//! `atencion.scaled_dot_product_attention`.

use atencion::attention::{self, Sdpa};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict};
use pyo3_tch::PyTensor;
use tch::Tensor;

use crate::call::{Door, Stop, run};
use crate::errors::compute;
use crate::tensors::{inputs, optional};
use crate::torch::Torch;

/// torch.nn.functional.scaled_dot_product_attention, computed by Rust on the same storage.
#[pyfunction]
#[pyo3(signature = (query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa))]
#[allow(clippy::too_many_arguments)] // torch's own signature
pub fn scaled_dot_product_attention<'py>(
    py: Python<'py>,
    query: &Bound<'py, PyAny>,
    key: &Bound<'py, PyAny>,
    value: &Bound<'py, PyAny>,
    attn_mask: Option<&Bound<'py, PyAny>>,
    dropout_p: &Bound<'py, PyAny>,
    is_causal: &Bound<'py, PyAny>,
    scale: Option<&Bound<'py, PyAny>>,
    enable_gqa: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let torch = Torch::get(py)?;
    let rust = || {
        if let Some(reason) = torch.watched(py)? {
            return Err(Stop::Torch(reason, None));
        }
        let [query, key, value] = inputs([("query", query), ("key", key), ("value", value)])?;
        let attn_mask = optional("attn_mask", attn_mask)?;
        let options = Sdpa {
            attn_mask: attn_mask.as_ref(),
            dropout_p: number("dropout_p", dropout_p)?,
            is_causal: flag("is_causal", is_causal)?,
            scale: scale.map(|scale| number("scale", scale)).transpose()?,
            enable_gqa: flag("enable_gqa", enable_gqa)?,
        };
        let attend = || attention::scaled_dot_product_attention(&query, &key, &value, &options);
        compute(py, attend).map(PyTensor).map_err(|stop| match stop {
            Stop::Refused(error) if torch_is_careless(&key, &value, &options) => Stop::Final(error),
            stop => stop,
        })
    };
    let given = &[
        ("query", Some(query)),
        ("key", Some(key)),
        ("value", Some(value)),
        ("attn_mask", attn_mask),
    ];
    run(py, given, rust, || {
        let options = PyDict::new(py);
        options.set_item("scale", scale)?;
        options.set_item("enable_gqa", enable_gqa)?;
        let arguments = (query, key, value, attn_mask, dropout_p, is_causal);
        torch.scaled_dot_product_attention.bind(py).call(arguments, Some(&options))
    })
}

/// What torch does not check: its fused kernel, for four dimensions, reads past the end of a value that is shorter than the
/// key, and any number passes for a probability.
fn torch_is_careless(key: &Tensor, value: &Tensor, options: &Sdpa) -> bool {
    let length = |tensor: &Tensor| tensor.size().iter().rev().nth(1).copied();
    key.dim() > 3 && length(key) != length(value) || !(0.0..=1.0).contains(&options.dropout_p)
}

/// Python's `bool`, nothing that is merely true.
fn flag(name: &str, object: &Bound<'_, PyAny>) -> Door<bool> {
    match object.downcast::<PyBool>() {
        Ok(flag) => Ok(flag.is_true()),
        Err(_) => Err(wrong(name, "a bool", object)),
    }
}

fn number(name: &str, object: &Bound<'_, PyAny>) -> Door<f64> {
    object.extract().map_err(|_| wrong(name, "a number", object))
}

fn wrong(name: &str, wanted: &str, object: &Bound<'_, PyAny>) -> Stop {
    let type_ = object.get_type();
    let type_ = type_.name().map_or_else(|_| "something else".into(), |name| name.to_string());
    Stop::Refused(atencion::Error::kind_mismatch(format!("{name} must be {wanted}, got {type_}")))
}
