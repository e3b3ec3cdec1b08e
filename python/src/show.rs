//! `atencion.show`: the explorer, inline in a notebook.

use atencion_cli::page::{FRAME_HEIGHT, Inputs, PageData, iframe_html};
use pyo3::prelude::*;

use crate::call::alone;
use crate::errors::compute;
use crate::tensors::{optional, real};

/// A view that a notebook shows by `_repr_html_`; `str(view)` is the same HTML.
#[pyclass(frozen, module = "atencion")]
pub struct View {
    html: String,
}

#[pymethods]
impl View {
    fn _repr_html_(&self) -> &str {
        &self.html
    }

    fn __str__(&self) -> &str {
        &self.html
    }

    fn __repr__(&self) -> &'static str {
        "<atencion.View: a notebook shows it; str(view) is its HTML>"
    }
}

/// The explorer on these tensors, inline in a notebook; several on one page do not disturb each other.
///
/// query [L, E] or [H, L, E], key [S, E], value [S, Ev]; attn_mask [L, S]: bool (True = attend). tokens names the words.
///
/// Raises ValueError (shapes, too many words) and TypeError (types), in one line.
#[pyfunction]
#[pyo3(signature = (query, key, value, attn_mask=None, is_causal=false, tokens=None, tokens_k=None, height=FRAME_HEIGHT))]
#[allow(clippy::too_many_arguments)] // torch's own names first, then what the page needs
pub fn show(
    py: Python<'_>,
    query: &Bound<'_, PyAny>,
    key: &Bound<'_, PyAny>,
    value: &Bound<'_, PyAny>,
    attn_mask: Option<&Bound<'_, PyAny>>,
    is_causal: bool,
    tokens: Option<Vec<String>>,
    tokens_k: Option<Vec<String>>,
    height: u32,
) -> PyResult<View> {
    alone(|| {
        let (query, key, value) = (real("query", query)?, real("key", key)?, real("value", value)?);
        let attn_mask = optional("attn_mask", attn_mask)?;
        compute(py, || {
            let mut inputs = Inputs::new(&query.detach(), &key.detach(), &value.detach())?
                .with_causal(is_causal)
                .with_tokens(tokens, tokens_k)?;
            if let Some(mask) = &attn_mask {
                inputs = inputs.with_mask(mask)?;
            }
            iframe_html(&PageData::new(inputs), height)
        })
    })
    .map(|html| View { html })
}
