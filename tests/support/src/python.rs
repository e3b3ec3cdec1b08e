//! The Python that the numbers are compared with.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::{repository, skipped};

/// A Python that can `import torch`: `ATENCION_PYTHON`, else `python3`. Where there is none it says that the test is
/// skipped, and is `None`; with `ATENCION_PYTHON` set it must work, so that a broken one never skips in silence.
pub fn python_with_torch() -> Option<&'static Path> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    let python = PYTHON.get_or_init(find_python).as_deref();
    if python.is_none() {
        skipped("no Python with torch (ATENCION_PYTHON names one)");
    }
    python
}

/// One that was named has to have torch, and a broken one fails the test that uses it. Importing takes seconds, in each of
/// some twenty test programs, and is done here only for a Python that nobody promised anything of.
fn find_python() -> Option<PathBuf> {
    let named = std::env::var_os("ATENCION_PYTHON").map(PathBuf::from);
    let code = match named {
        Some(_) => {
            "from importlib.util import find_spec; raise SystemExit(find_spec('torch') is None)"
        }
        None => "import torch",
    };
    let python = named.clone().unwrap_or_else(|| "python3".into());
    let works = Command::new(&python)
        .args(["-c", code])
        .output()
        .is_ok_and(|output| output.status.success());
    assert!(works || named.is_none(), "ATENCION_PYTHON={} has no torch", python.display());
    works.then_some(python)
}

/// What `scripts/goldens/SCRIPT.py FOLDER ARGUMENTS` makes on this machine. `None`, and the test skipped, where there
/// is no Python that can.
pub fn made_by(script: &str, arguments: &[&str]) -> Option<TempDir> {
    let python = python_with_torch()?;
    let folder = tempfile::tempdir().expect("a folder");
    let run = Command::new(python)
        .arg(repository("scripts/goldens").join(format!("{script}.py")))
        .arg(folder.path())
        .args(arguments)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("Python starts");
    let errors = String::from_utf8_lossy(&run.stderr);
    if errors.contains("No module named 'expecttest'") {
        skipped(&format!("{script} needs the Python package expecttest"));
        return None;
    }
    assert!(run.status.success(), "{script}: {errors}");
    Some(folder)
}
