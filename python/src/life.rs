//! What becomes of running computations when Python ends or forks.
//!
//! A daemon thread that wants the GIL back after Python has ended is killed where it stands; a Rust frame on its stack turns
//! that into an abort of the process. So Python's end waits for what runs, and lets nothing new begin.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::replaced;

static RUNNING: AtomicI64 = AtomicI64::new(0);
static ENDED: AtomicBool = AtomicBool::new(false);
/// No computation takes that long; whoever waits for something that never comes must not keep the process alive.
const PATIENCE: Duration = Duration::from_secs(60);

/// A computation that Python's end waits for.
pub struct Running(());

impl Running {
    pub fn begin() -> PyResult<Self> {
        // With the GIL, as `end` sets it: nothing begins behind its back.
        if ENDED.load(Ordering::SeqCst) {
            return Err(PyRuntimeError::new_err("Python is ending: atencion computes no more"));
        }
        RUNNING.fetch_add(1, Ordering::SeqCst);
        Ok(Self(()))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// At the package's import: notes which functions are torch's own, and follows Python's end and forks.
#[pyfunction]
pub fn start(py: Python<'_>) -> PyResult<()> {
    replaced::note(py)?;
    py.import("atexit")?.call_method1("register", (wrap_pyfunction!(end, py)?,))?;
    let os = py.import("os")?;
    if os.hasattr("register_at_fork")? {
        let in_child = pyo3::types::PyDict::new(py);
        in_child.set_item("after_in_child", wrap_pyfunction!(forked, py)?)?;
        os.call_method("register_at_fork", (), Some(&in_child))?;
    }
    Ok(())
}

/// Lets nothing begin, and waits for what runs.
#[pyfunction]
fn end(py: Python<'_>) {
    ENDED.store(true, Ordering::SeqCst);
    py.allow_threads(|| {
        let begun = Instant::now();
        while RUNNING.load(Ordering::SeqCst) > 0 && begun.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(1));
        }
    });
}

/// The child of a fork has one thread, which computes nothing at this moment.
#[pyfunction]
fn forked() {
    RUNNING.store(0, Ordering::SeqCst);
}
