//! `atencion.check`: is an exercise's result right, and if not, which mistake makes it?

use atencion_cli::exercise::{Language, Reply, reply};
use atencion_cli::i18n::Lang;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::call::alone;
use crate::errors::compute;
use crate::tensors::real;

/// What a check says: `print(answer)`, or the last line of a cell.
#[pyclass(frozen, module = "atencion")]
pub struct Answer {
    /// Whether the result is right.
    #[pyo3(get)]
    right: bool,
    /// The names of the mistakes that make exactly these numbers, the likeliest first.
    #[pyo3(get)]
    mistakes: Vec<String>,
    text: String,
}

#[pymethods]
impl Answer {
    fn __bool__(&self) -> bool {
        self.right
    }

    fn __repr__(&self) -> &str {
        &self.text
    }
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        let bare = |name: &str| {
            let name = name.strip_prefix("museum-").or_else(|| name.strip_prefix("mistake-"));
            name.unwrap_or_default().to_owned()
        };
        Self {
            right: reply.answer.is_right(),
            mistakes: reply.answer.mistakes().into_iter().map(bare).collect(),
            text: reply.text,
        }
    }
}

/// Whether a result of the exercise of that name (`atencion exercise` lists them) is right; if not, a hint, and which
/// known mistake makes exactly these numbers. solution=True shows the solution, too.
///
/// lang is "es" or "en" (the locale's). Raises ValueError for an exercise that there is not, and names the nearest.
#[pyfunction]
#[pyo3(signature = (name, result, solution=false, lang=None))]
pub fn check(
    py: Python<'_>,
    name: &str,
    result: &Bound<'_, PyAny>,
    solution: bool,
    lang: Option<&str>,
) -> PyResult<Answer> {
    let lang = match lang {
        None => Lang::from_locale(),
        Some("es") => Lang::Es,
        Some("en") => Lang::En,
        Some(_) => return Err(PyValueError::new_err("lang is \"es\" or \"en\"")),
    };
    alone(|| {
        let result = real("result", result)?;
        compute(py, || reply(name, &result, solution, Language::Python, lang))
    })
    .map(Answer::from)
}
