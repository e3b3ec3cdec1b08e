//! What the tests of both crates share: the device, golden vectors, the Python that has torch, seeds, the generator's
//! lock, the fuzzers' dice, and how a test says that it passed something over.

mod compare;
pub mod fuzz;
mod generator;
pub mod golden;
pub mod hub;
pub mod memory;
mod python;
mod skip;

use std::path::{Path, PathBuf};

use tch::Device;

pub use compare::{assert_bits, assert_close, bytes_of};
pub use generator::{Draws, draws, seed};
pub use python::{made_by, python_with_torch};
pub use skip::skipped;

/// Where the suite computes: `ATENCION_TEST_DEVICE`, else the CPU.
pub fn device() -> Device {
    let name = std::env::var("ATENCION_TEST_DEVICE").unwrap_or_else(|_| "cpu".into());
    let choice: atencion::device::DeviceChoice = name.parse().expect("ATENCION_TEST_DEVICE");
    choice.resolve().expect("ATENCION_TEST_DEVICE")
}

/// A file of the repository, whichever of its packages asks.
pub fn repository(name: &str) -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("tests/support of the repository").join(name)
}

/// A file of `tests/golden/`, in the folder of its part: `golden("training/training.safetensors")`.
pub fn golden(name: &str) -> PathBuf {
    repository("tests/golden").join(name)
}
