//! Errors of the crate as Python exceptions of one line.

use std::sync::Once;

use atencion::error::first_line;
use atencion::{Error, ErrorKind};
use pyo3::exceptions::{PyException, PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::call::Door;
use crate::mend::in_python;

/// Runs a computation of the crate without the GIL. An exception that Python code raised meanwhile (an activation, a hook
/// on saved tensors, Ctrl-C inside one) passes through unchanged.
pub fn compute<T: Send>(py: Python<'_>, work: impl FnOnce() -> atencion::Result<T>) -> Door<T> {
    // Tensors are handles that libtorch counts atomically; the borrow ends before this function returns.
    let work = Sendable(work);
    let ended = py.allow_threads(|| {
        let work = work;
        (work.0)()
    });
    ended.map_err(|error| match PyErr::take(py) {
        // libtorch's C++ exception was only the messenger: Python's own is still set in this thread.
        Some(raised) => raised.into(),
        None => error.into(),
    })
}

struct Sendable<F>(F);

// SAFETY: `allow_threads` runs the closure on this very thread; `Send` only keeps Python objects out of it, and the
// callers move nothing but tensors in.
unsafe impl<F> Send for Sendable<F> {}

/// One line: what is wrong; how to mend it.
pub fn exception(error: &Error) -> PyErr {
    let text = text(error);
    match error.kind() {
        ErrorKind::Type => PyTypeError::new_err(text),
        ErrorKind::Torch => PyRuntimeError::new_err(text),
        ErrorKind::Value | ErrorKind::File => PyValueError::new_err(text),
    }
}

fn text(error: &Error) -> String {
    match error.how_to_mend() {
        Some(mend) => format!("{}; {}", error.what(), in_python(mend)),
        None => error.what().to_owned(),
    }
}

/// A refusal that torch was not asked about: an exception that is a `RuntimeError`, as torch's refusals are, and ours.
pub fn refusal(py: Python<'_>, ours: &Error) -> PyErr {
    let theirs = py.get_type::<PyRuntimeError>();
    of_both(py, theirs, ours, text(ours)).unwrap_or_else(|_| exception(ours))
}

/// torch's sentence first, then ours, as an exception that is both torch's and ours; see `atencion/errors.py`.
pub fn with_torchs_words(py: Python<'_>, theirs: PyErr, ours: &Error) -> PyErr {
    if !theirs.is_instance_of::<PyException>(py) {
        return theirs; // KeyboardInterrupt, SystemExit
    }
    combine(py, &theirs, ours).unwrap_or(theirs)
}

fn combine(py: Python<'_>, theirs: &PyErr, ours: &Error) -> PyResult<PyErr> {
    let what = theirs.value(py).str()?.to_string();
    let what = first_line(&what);
    let both = match ours.kind() {
        ErrorKind::Torch => what.to_owned(),
        _ if what == ours.what() => text(ours),
        _ => format!("{what}; {}", text(ours)),
    };
    of_both(py, theirs.get_type(py), ours, both)
}

/// The exception that is both `theirs` and our own kind, if there is one.
fn of_both(
    py: Python<'_>,
    theirs: Bound<'_, PyType>,
    ours: &Error,
    text: String,
) -> PyResult<PyErr> {
    let our_type = match ours.kind() {
        ErrorKind::Type => py.get_type::<PyTypeError>(),
        _ => py.get_type::<PyValueError>(),
    };
    let class = py.import("atencion.errors")?.getattr("of")?.call1((theirs, our_type))?;
    Ok(PyErr::from_type(class.downcast_into::<PyType>()?, text))
}

/// The default hook prints a page of frames to stderr before the exception is raised.
pub fn keep_panics_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| std::panic::set_hook(Box::new(|_| {})));
}
