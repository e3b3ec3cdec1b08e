//! `atencion.explain`: attention step by step.

use atencion::attention::{self, Sdpa};
use pyo3::prelude::*;
use pyo3_tch::PyTensor;

use crate::call::alone;
use crate::errors::compute;
use crate::tensors::{optional, real};

/// One step: `.name`, `.formula`, `.python`, `.rust` (text) and `.tensor`.
#[pyclass(frozen, module = "atencion")]
pub struct Step {
    #[pyo3(get)]
    name: String,
    #[pyo3(get)]
    formula: String,
    #[pyo3(get)]
    python: String,
    #[pyo3(get)]
    rust: String,
    #[pyo3(get)]
    tensor: PyObject,
}

#[pymethods]
impl Step {
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let tensor = self.tensor.bind(py).repr()?;
        Ok(format!("{}: {}\n>>> {}\n{tensor}", self.name, self.formula, self.python))
    }
}

/// The steps of scaled dot-product attention, each with its tensor: scores, scaled, masked, weights, output.
///
/// query [.., L, E], key [.., S, E], value [.., S, Ev]; masks as in scaled_dot_product_attention.
///
/// Raises ValueError (shapes, options) and TypeError (types, dtypes), in one line.
#[pyfunction]
#[pyo3(signature = (query, key, value, attn_mask=None, is_causal=false, scale=None))]
pub fn explain(
    py: Python<'_>,
    query: &Bound<'_, PyAny>,
    key: &Bound<'_, PyAny>,
    value: &Bound<'_, PyAny>,
    attn_mask: Option<&Bound<'_, PyAny>>,
    is_causal: bool,
    scale: Option<f64>,
) -> PyResult<Vec<Step>> {
    let trace = alone(|| {
        let (query, key, value) = (real("query", query)?, real("key", key)?, real("value", value)?);
        let attn_mask = optional("attn_mask", attn_mask)?;
        let options = Sdpa { attn_mask: attn_mask.as_ref(), is_causal, scale, ..Sdpa::default() };
        compute(py, || {
            attention::scaled_dot_product_attention_steps(&query, &key, &value, &options)
        })
    })?;
    trace.into_iter().map(|step| of(py, step)).collect()
}

fn of(py: Python<'_>, step: atencion::Step) -> PyResult<Step> {
    let atencion::Step { name, formula, python, rust, tensor } = step;
    let tensor = PyTensor(tensor).into_pyobject(py)?.unbind();
    Ok(Step { name, formula, python, rust, tensor })
}
