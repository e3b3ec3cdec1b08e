//! The state of a device's generator of random numbers: what a checkpoint keeps, so that training goes on as if it had
//! not stopped.

use std::ffi::{c_char, c_int};

use tch::{Device, Tensor};
use torch_sys::C_tensor;

use super::error::check;
use super::numbers::device_type;
use crate::Result;

/// `torch.get_rng_state()` on the CPU, `torch.cuda.get_rng_state(device)` on CUDA: `uint8` bytes on the CPU, the same
/// bytes as Python's (5,056 for the CPU's Mersenne Twister, 16 for CUDA's Philox).
///
/// ```
/// use atencion::libtorch::{get_rng_state, set_rng_state};
/// use tch::{Device, Tensor};
/// let state = get_rng_state(Device::Cpu)?;
/// let first = Tensor::rand([3], tch::kind::FLOAT_CPU);
/// set_rng_state(&state, Device::Cpu)?;
/// assert!(Tensor::rand([3], tch::kind::FLOAT_CPU).equal(&first));
/// # Ok::<(), atencion::Error>(())
/// ```
///
/// # Errors
/// When the machine or this libtorch lacks the device.
pub fn get_rng_state(device: Device) -> Result<Tensor> {
    let (kind, index) = device_type(device)?;
    let mut out = std::ptr::null_mut();
    // SAFETY: the place for the tensor is alive for the call.
    check(unsafe { atencion_rng_state(&mut out, kind, index) })?;
    // SAFETY: no error, so `out` is a new at::Tensor, which tch's handle deletes.
    Ok(unsafe { Tensor::from_ptr(out) })
}

/// `torch.set_rng_state(state)`, `torch.cuda.set_rng_state(state, device)`.
///
/// # Errors
/// When the machine or this libtorch lacks the device, or the bytes are not a state of its generator; the generator
/// then stays as it was.
pub fn set_rng_state(state: &Tensor, device: Device) -> Result<()> {
    let (kind, index) = device_type(device)?;
    // SAFETY: the tensor is alive for the call.
    check(unsafe { atencion_set_rng_state(state.as_ptr(), kind, index) })
}

/// `torch.initial_seed()`: what the generator was last seeded with.
///
/// # Errors
/// As [`get_rng_state`].
pub fn initial_seed(device: Device) -> Result<u64> {
    let (kind, index) = device_type(device)?;
    let mut seed = 0;
    // SAFETY: the number is alive for the call.
    check(unsafe { atencion_initial_seed(&mut seed, kind, index) })?;
    Ok(seed)
}

unsafe extern "C" {
    fn atencion_rng_state(out: *mut *mut C_tensor, device_type: c_int, index: c_int)
    -> *mut c_char;
    fn atencion_set_rng_state(
        state: *const C_tensor,
        device_type: c_int,
        index: c_int,
    ) -> *mut c_char;
    fn atencion_initial_seed(out: *mut u64, device_type: c_int, index: c_int) -> *mut c_char;
}
