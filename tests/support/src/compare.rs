//! Holding tensors against each other.

use tch::{Device, Tensor};

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
