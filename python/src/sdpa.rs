//! `atencion.scaled_dot_product_attention`.

use atencion::attention::{self, Sdpa};
use pyo3::prelude::*;
use pyo3_tch::PyTensor;

use crate::errors::compute;
use crate::tensors::{optional, real};

/// torch.nn.functional.scaled_dot_product_attention, computed by Rust on the same storage.
///
/// query [.., Hq, L, E], key [.., H, S, E], value [.., H, S, Ev] -> [.., Hq, L, Ev].
/// attn_mask broadcasts to [.., L, S]: bool (True = attend) or float (added to the scores).
/// scale: factor of the scores, 1/sqrt(E) by default. As in torch, dropout acts whenever dropout_p > 0.
///
/// Raises ValueError (shapes, options) and TypeError (types, dtypes), in one line.
#[pyfunction]
#[pyo3(signature = (query, key, value, attn_mask=None, dropout_p=0.0, is_causal=false, scale=None, enable_gqa=false))]
#[allow(clippy::too_many_arguments)] // torch's own signature
pub fn scaled_dot_product_attention(
    py: Python<'_>,
    query: &Bound<'_, PyAny>,
    key: &Bound<'_, PyAny>,
    value: &Bound<'_, PyAny>,
    attn_mask: Option<&Bound<'_, PyAny>>,
    dropout_p: f64,
    is_causal: bool,
    scale: Option<f64>,
    enable_gqa: bool,
) -> PyResult<PyTensor> {
    let (query, key, value) = (real("query", query)?, real("key", key)?, real("value", value)?);
    let attn_mask = optional("attn_mask", attn_mask)?;
    compute(py, || {
        let options =
            Sdpa { attn_mask: attn_mask.as_ref(), dropout_p, is_causal, scale, enable_gqa };
        attention::scaled_dot_product_attention(&query, &key, &value, &options)
    })
    .map(PyTensor)
}
