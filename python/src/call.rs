//! One call: Rust computes it; what Rust does not compute, or refuses, PyTorch is asked.
//!
//! PyTorch's own forward is always there, on the same parameters. It computes where its Python can be seen or replaced by
//! somebody (hooks, subclasses of tensors, function modes, tracing), so that nothing of that is lost; and where Rust finds
//! an argument wrong, it says what PyTorch says, or computes what PyTorch accepts. [`calls`] counts both.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use atencion::Error;
use atencion::error::line_of_panic;
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;

use crate::errors::{exception, keep_panics_quiet, refusal, with_torchs_words};
use crate::life::Running;
use crate::tensors::whole;

/// Why Rust did not compute a call.
pub enum Stop {
    /// PyTorch computes it, for this reason; should it refuse, the error says what is wrong in our words too.
    Torch(&'static str, Option<Error>),
    /// The library refused: PyTorch says whether it does, too.
    Refused(Error),
    /// The library refuses what PyTorch would let pass: it would read past a storage's end, or compute nonsense.
    Final(Error),
    /// Python code raised: the exception passes through unchanged.
    Raised(PyErr),
}

/// A result, or why Rust stopped.
pub type Door<T> = Result<T, Stop>;

impl From<PyErr> for Stop {
    fn from(error: PyErr) -> Self {
        Self::Raised(error)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

static IN_RUST: AtomicU64 = AtomicU64::new(0);
static IN_TORCH: Mutex<BTreeMap<&'static str, u64>> = Mutex::new(BTreeMap::new());

/// How many calls Rust has computed, and how many PyTorch, by reason.
#[pyfunction]
pub fn calls() -> (u64, BTreeMap<&'static str, u64>) {
    let in_torch = IN_TORCH.lock().map(|counts| counts.clone()).unwrap_or_default();
    (IN_RUST.load(Ordering::Relaxed), in_torch)
}

/// The tensors that a call was given, with their names.
pub type Given<'a, 'py> = &'a [(&'a str, Option<&'a Bound<'py, PyAny>>)];

/// Computes with Rust, or else with `torch`. No panic crosses into Python.
///
/// Rust stops at the first thing that is not its own; PyTorch would read the rest of what was `given`, past the end of a
/// storage that was freed. So that is looked at before PyTorch is asked.
pub fn run<'py, T: IntoPyObject<'py>>(
    py: Python<'py>,
    given: Given<'_, 'py>,
    rust: impl FnOnce() -> Door<T>,
    torch: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let _running = Running::begin()?;
    let torch = || match whole(given) {
        Err(Stop::Final(error)) => Err(refusal(py, &error)),
        _ => torch(),
    };
    let ended = guarded(rust);
    match ended {
        Ok(result) => {
            IN_RUST.fetch_add(1, Ordering::Relaxed);
            result.into_bound_py_any(py)
        }
        Err(Stop::Raised(error)) => Err(error),
        Err(Stop::Final(error)) => Err(refusal(py, &error)),
        Err(Stop::Torch(reason, error)) => {
            count(reason);
            torch().map_err(|theirs| match error {
                Some(ours) => with_torchs_words(py, theirs, &ours),
                None => theirs,
            })
        }
        Err(Stop::Refused(ours)) => match torch() {
            Ok(result) => {
                count("the library refuses what PyTorch accepts");
                Ok(result)
            }
            Err(theirs) => Err(with_torchs_words(py, theirs, &ours)),
        },
    }
}

/// As [`run`] for what has no counterpart in PyTorch: whatever stops Rust is an exception.
pub fn alone<T>(rust: impl FnOnce() -> Door<T>) -> PyResult<T> {
    let _running = Running::begin()?;
    let ended = guarded(rust);
    ended.map_err(|stop| match stop {
        Stop::Raised(error) => error,
        Stop::Refused(error) | Stop::Final(error) | Stop::Torch(_, Some(error)) => {
            exception(&error)
        }
        Stop::Torch(reason, None) => exception(&Error::value(reason)),
    })
}

/// A panic is libtorch's refusal, said in another way.
fn guarded<T>(rust: impl FnOnce() -> Door<T>) -> Door<T> {
    keep_panics_quiet();
    catch_unwind(AssertUnwindSafe(rust)).unwrap_or_else(|panic| {
        Err(Stop::Refused(tch::TchError::Torch(line_of_panic(&*panic)).into()))
    })
}

fn count(reason: &'static str) {
    if let Ok(mut counts) = IN_TORCH.lock() {
        *counts.entry(reason).or_insert(0) += 1;
    }
}
