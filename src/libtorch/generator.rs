//! `torch.Generator`: random numbers apart from the process's own.

use std::ffi::{c_char, c_void};

use tch::{Device, Kind, Tensor};
use torch_sys::C_tensor;

use super::error::check;
use crate::Result;

/// `torch.Generator()` on the CPU. What is drawn from it leaves the default generator, and so the dropout of a training
/// run, as it was.
///
/// ```
/// use atencion::libtorch::Generator;
///
/// let mut generator = Generator::new(7)?; // torch.Generator().manual_seed(7)
/// let state = generator.get_state()?;
/// let order = generator.randperm(5)?; //     torch.randperm(5, generator=generator)
/// generator.set_state(&state)?;
/// assert_eq!(generator.randperm(5)?, order);
/// # Ok::<(), atencion::Error>(())
/// ```
#[derive(Debug)]
pub struct Generator(*mut c_void);

// SAFETY: the handle is an intrusive pointer with an atomic count, and every method that draws takes `&mut self`.
unsafe impl Send for Generator {}

impl Generator {
    /// `torch.Generator().manual_seed(seed)`
    ///
    /// # Errors
    /// When libtorch refuses.
    pub fn new(seed: u64) -> Result<Self> {
        let mut out = std::ptr::null_mut();
        // SAFETY: the place for the handle is alive for the call.
        check(unsafe { atencion_generator(&mut out, seed) })?;
        Ok(Self(out))
    }

    /// Its state, `uint8 [5056]`, as `generator.get_state()` gives it.
    ///
    /// # Errors
    /// When libtorch refuses.
    pub fn get_state(&self) -> Result<Tensor> {
        let mut out = std::ptr::null_mut();
        // SAFETY: the handle lives as long as `self`; the place for the tensor is alive for the call.
        check(unsafe { atencion_generator_state(&mut out, self.0) })?;
        // SAFETY: no error, so `out` is a new at::Tensor, which tch's handle deletes.
        Ok(unsafe { Tensor::from_ptr(out) })
    }

    /// `generator.set_state(state)`
    ///
    /// # Errors
    /// When the bytes are no state of a CPU generator; it then stays as it was.
    pub fn set_state(&mut self, state: &Tensor) -> Result<()> {
        // SAFETY: the handle lives as long as `self`; the tensor is alive for the call.
        check(unsafe { atencion_generator_set_state(self.0, state.as_ptr()) })
    }

    /// `torch.randperm(n, generator=generator)`: the numbers from 0 to `n` − 1 in random order, `int64 [n]`.
    ///
    /// # Errors
    /// When `n` is negative.
    pub fn randperm(&mut self, n: i64) -> Result<Tensor> {
        let mut out = std::ptr::null_mut();
        // SAFETY: the handle lives as long as `self`; the place for the tensor is alive for the call.
        check(unsafe { atencion_generator_randperm(&mut out, self.0, n) })?;
        // SAFETY: no error, so `out` is a new at::Tensor, which tch's handle deletes.
        Ok(unsafe { Tensor::from_ptr(out) })
    }

    /// `torch.empty((), dtype=torch.int64).random_(generator=generator).item()`
    ///
    /// # Errors
    /// When libtorch refuses.
    pub fn random(&mut self) -> Result<i64> {
        let number = Tensor::f_empty([0i64; 0], (Kind::Int64, Device::Cpu))?;
        // SAFETY: the handle lives as long as `self`; the tensor is alive for the call.
        check(unsafe { atencion_generator_random_(number.as_ptr(), self.0) })?;
        Ok(number.f_int64_value(&[])?)
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        // SAFETY: made by `atencion_generator` and freed once.
        unsafe { atencion_generator_free(self.0) }
    }
}

unsafe extern "C" {
    fn atencion_generator(out: *mut *mut c_void, seed: u64) -> *mut c_char;
    fn atencion_generator_free(generator: *mut c_void);
    fn atencion_generator_state(out: *mut *mut C_tensor, generator: *mut c_void) -> *mut c_char;
    fn atencion_generator_set_state(generator: *mut c_void, state: *const C_tensor) -> *mut c_char;
    fn atencion_generator_randperm(
        out: *mut *mut C_tensor,
        generator: *mut c_void,
        n: i64,
    ) -> *mut c_char;
    fn atencion_generator_random_(x: *const C_tensor, generator: *mut c_void) -> *mut c_char;
}
