//! What holds for the whole process: deterministic algorithms, oneDNN and threads.

use std::ffi::{c_char, c_int};

use super::error::check;
use crate::{Error, Result};

/// `torch.use_deterministic_algorithms(mode, warn_only=warn_only)`: an operator that has no deterministic kernel then
/// fails, or only warns.
///
/// On CUDA, `CUBLAS_WORKSPACE_CONFIG=:4096:8` has to be set before the first matrix product.
///
/// # Errors
/// When libtorch fails to.
pub fn use_deterministic_algorithms(mode: bool, warn_only: bool) -> Result<()> {
    check(atencion_use_deterministic_algorithms(mode, warn_only))
}

/// `torch.are_deterministic_algorithms_enabled()`
pub fn are_deterministic_algorithms_enabled() -> bool {
    deterministic_algorithms().0
}

/// `torch.is_deterministic_algorithms_warn_only_enabled()`
pub fn is_deterministic_algorithms_warn_only_enabled() -> bool {
    deterministic_algorithms().1
}

fn deterministic_algorithms() -> (bool, bool) {
    let (mut mode, mut warn_only) = (false, false);
    // SAFETY: both flags are alive for the call.
    let said = check(unsafe { atencion_deterministic_algorithms(&mut mode, &mut warn_only) });
    if said.is_ok() { (mode, warn_only) } else { (false, false) }
}

/// `torch.backends.mkldnn.enabled`: whether oneDNN may compute what it can.
pub fn is_mkldnn_enabled() -> bool {
    atencion_mkldnn_is_enabled()
}

/// `torch.backends.mkldnn.enabled = enabled`. Without oneDNN an LSTM is the operators that it is made of, one step after
/// the other.
pub fn set_mkldnn_enabled(enabled: bool) {
    atencion_set_mkldnn_enabled(enabled);
}

/// `torch.get_num_threads()`: the threads that one operator is spread over.
///
/// # Errors
/// When libtorch fails to say.
pub fn get_num_threads() -> Result<usize> {
    Ok(num_threads()?.0)
}

/// `torch.get_num_interop_threads()`: the operators that may run side by side.
///
/// # Errors
/// When libtorch fails to say.
pub fn get_num_interop_threads() -> Result<usize> {
    Ok(num_threads()?.1)
}

/// `torch.set_num_threads(number)`. Sums over many elements depend on it in their last bits.
///
/// # Errors
/// When `number` is 0 or more than an `int`.
pub fn set_num_threads(number: usize) -> Result<()> {
    check(atencion_set_num_threads(positive(number)?))
}

/// `torch.set_num_interop_threads(number)`
///
/// # Errors
/// When `number` is 0 or more than an `int`, when it was set before, or when such work has begun.
pub fn set_num_interop_threads(number: usize) -> Result<()> {
    check(atencion_set_num_interop_threads(positive(number)?))
}

fn num_threads() -> Result<(usize, usize)> {
    let (mut intra, mut inter) = (0, 0);
    // SAFETY: both numbers are alive for the call.
    check(unsafe { atencion_num_threads(&mut intra, &mut inter) })?;
    Ok((intra.max(0) as usize, inter.max(0) as usize))
}

fn positive(number: usize) -> Result<c_int> {
    c_int::try_from(number)
        .ok()
        .filter(|&number| number > 0)
        .ok_or_else(|| Error::value(format!("{number} threads: a positive number is expected")))
}

unsafe extern "C" {
    safe fn atencion_use_deterministic_algorithms(mode: bool, warn_only: bool) -> *mut c_char;
    fn atencion_deterministic_algorithms(mode: *mut bool, warn_only: *mut bool) -> *mut c_char;
    safe fn atencion_mkldnn_is_enabled() -> bool;
    safe fn atencion_set_mkldnn_enabled(enabled: bool);
    fn atencion_num_threads(intra: *mut c_int, inter: *mut c_int) -> *mut c_char;
    safe fn atencion_set_num_threads(number: c_int) -> *mut c_char;
    safe fn atencion_set_num_interop_threads(number: c_int) -> *mut c_char;
}
