//! Errors and panics of the crate as Python exceptions of one line.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use atencion::error::line_of_panic;
use atencion::{Error, ErrorKind};
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;

/// Runs a computation of the crate without the GIL. An error becomes `ValueError` or `TypeError`; should a call into
/// libtorch panic all the same, it becomes a `RuntimeError` and never crosses into Python as a panic.
pub fn compute<T: Send>(py: Python<'_>, work: impl FnOnce() -> atencion::Result<T>) -> PyResult<T> {
    keep_panics_quiet();
    // Tensors are handles that libtorch counts atomically; the borrow ends before this function returns.
    let work = Sendable(work);
    let ended = py.allow_threads(|| {
        let work = work;
        catch_unwind(AssertUnwindSafe(work.0))
    });
    match ended {
        Ok(result) => result.map_err(exception),
        Err(panic) => Err(PyRuntimeError::new_err(line_of_panic(&*panic))),
    }
}

struct Sendable<F>(F);

// SAFETY: `allow_threads` runs the closure on this very thread; `Send` only keeps Python objects out of it, and the
// callers move nothing but tensors in.
unsafe impl<F> Send for Sendable<F> {}

/// One line: what is wrong; how to mend it.
pub fn exception(error: Error) -> PyErr {
    let text = match error.how_to_mend() {
        Some(mend) => format!("{}; {mend}", error.what()),
        None => error.what().to_owned(),
    };
    match error.kind() {
        ErrorKind::Type => PyTypeError::new_err(text),
        ErrorKind::Value | ErrorKind::File | ErrorKind::Torch => PyValueError::new_err(text),
    }
}

/// The default hook prints a page of frames to stderr before the exception is raised.
fn keep_panics_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| std::panic::set_hook(Box::new(|_| {})));
}
