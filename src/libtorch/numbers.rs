//! Kinds and devices as the numbers that C++ knows them by; tch keeps its own to itself.

use std::ffi::c_int;

use tch::{Device, Kind};

use crate::{Error, Result};

/// `c10::ScalarType`; the order is fixed, since files hold these numbers.
pub(super) fn scalar_type(kind: Kind) -> c_int {
    match kind {
        Kind::Uint8 => 0,
        Kind::Int8 => 1,
        Kind::Int16 => 2,
        Kind::Int => 3,
        Kind::Int64 => 4,
        Kind::Half => 5,
        Kind::Float => 6,
        Kind::Double => 7,
        Kind::ComplexHalf => 8,
        Kind::ComplexFloat => 9,
        Kind::ComplexDouble => 10,
        Kind::Bool => 11,
        Kind::QInt8 => 12,
        Kind::QUInt8 => 13,
        Kind::QInt32 => 14,
        Kind::BFloat16 => 15,
        Kind::Float8e5m2 => 23,
        Kind::Float8e4m3fn => 24,
        Kind::Float8e5m2fnuz => 25,
        Kind::Float8e4m3fnuz => 26,
    }
}

/// The kinds that autocast is about; anything else is not one of its.
pub(super) fn reduced_kind(number: c_int) -> Option<Kind> {
    [Kind::Half, Kind::BFloat16, Kind::Float, Kind::Double]
        .into_iter()
        .find(|&kind| scalar_type(kind) == number)
}

/// `c10::DeviceType` and the index.
///
/// # Errors
/// For Vulkan, of which PyTorch's own builds have nothing.
pub(super) fn device_type(device: Device) -> Result<(c_int, c_int)> {
    match device {
        Device::Cpu => Ok((0, 0)),
        Device::Cuda(index) => Ok((1, index as c_int)),
        Device::Mps => Ok((13, 0)),
        Device::Vulkan => Err(Error::value("PyTorch's libtorch has no Vulkan")),
    }
}
