//! Shared by the tests: the device, golden vectors, and the Python that has torch.
#![allow(dead_code)]

pub mod golden;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tch::{Device, Tensor};

/// Where the suite computes: `ATENCION_TEST_DEVICE`, else the CPU.
pub fn device() -> Device {
    let name = std::env::var("ATENCION_TEST_DEVICE").unwrap_or_else(|_| "cpu".into());
    let choice: atencion::device::DeviceChoice = name.parse().expect("ATENCION_TEST_DEVICE");
    choice.resolve().expect("ATENCION_TEST_DEVICE")
}

/// A file of the repository, whichever of its packages asks.
pub fn repository(name: &str) -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = package.ancestors().find(|folder| folder.join("scripts/golden.py").exists());
    root.unwrap_or(package).join(name)
}

/// A file of `tests/golden/`.
pub fn golden(name: &str) -> PathBuf {
    repository("tests/golden").join(name)
}

/// A Python that can `import torch`: `ATENCION_PYTHON`, else `python3`. `None` where there is none; with
/// `ATENCION_PYTHON` set it must work, so that a broken one never silently skips a live comparison.
pub fn python_with_torch() -> Option<&'static Path> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    PYTHON.get_or_init(find_python).as_deref()
}

fn find_python() -> Option<PathBuf> {
    let named = std::env::var_os("ATENCION_PYTHON").map(PathBuf::from);
    let python = named.clone().unwrap_or_else(|| "python3".into());
    let works = Command::new(&python)
        .args(["-c", "import torch"])
        .output()
        .is_ok_and(|output| output.status.success());
    assert!(works || named.is_none(), "ATENCION_PYTHON={} cannot import torch", python.display());
    works.then_some(python)
}

/// The bytes of a tensor's elements, in row-major order.
pub fn bytes_of(tensor: &Tensor) -> Vec<u8> {
    let tensor = tensor.detach().to_device(Device::Cpu).contiguous();
    let mut bytes = vec![0; tensor.numel() * tensor.kind().elt_size_in_bytes()];
    tensor.copy_data_u8(&mut bytes, tensor.numel());
    bytes
}

/// Asserts that two tensors have the same shape, kind and bits.
#[track_caller]
pub fn assert_bits(name: &str, actual: &Tensor, expected: &Tensor) {
    assert_eq!(actual.size(), expected.size(), "{name}: shape");
    assert_eq!(actual.kind(), expected.kind(), "{name}: kind");
    assert!(
        bytes_of(actual) == bytes_of(expected),
        "{name}: not the same bits\nRust {actual:.9}\nPyTorch {expected:.9}"
    );
}

/// Asserts that two tensors have the same shape and kind and differ nowhere by more than `atol`.
#[track_caller]
pub fn assert_close(name: &str, actual: &Tensor, expected: &Tensor, atol: f64) {
    assert_eq!(actual.size(), expected.size(), "{name}: shape");
    assert_eq!(actual.kind(), expected.kind(), "{name}: kind");
    let actual = actual.detach().to_device(Device::Cpu);
    assert!(
        actual.allclose(expected, 0.0, atol, true),
        "{name}: further apart than {atol:e}\nRust {actual:.9}\nPyTorch {expected:.9}"
    );
}
