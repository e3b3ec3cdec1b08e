//! How much memory a piece of code needs for its tensors.

use std::ffi::{c_char, c_void};
use std::marker::PhantomData;

use super::error::check;
use crate::Result;

/// While this lives, the memory is counted that this thread takes for tensors, on whatever device; what was there before is
/// not in it.
///
/// ```
/// use atencion::libtorch::MemoryPeak;
/// use tch::{Tensor, kind::FLOAT_CPU};
/// let counting = MemoryPeak::enter()?;
/// let sum = Tensor::ones([256, 1024], FLOAT_CPU) + Tensor::ones([256, 1024], FLOAT_CPU);
/// drop(sum);
/// assert_eq!(counting.bytes(), 3 << 20);
/// # Ok::<(), atencion::Error>(())
/// ```
///
/// Two of them end in the order in which they do in Python's `with`: the later one first.
#[must_use = "it lasts until it is dropped"]
#[derive(Debug)]
pub struct MemoryPeak(*mut c_void, PhantomData<*mut ()>);

impl MemoryPeak {
    /// From here on.
    ///
    /// # Errors
    /// When memory for it is lacking.
    pub fn enter() -> Result<Self> {
        let mut peak = std::ptr::null_mut();
        // SAFETY: the place for the count is alive; `Drop` ends it on the same thread, since a raw pointer is not Send.
        check(unsafe { atencion_memory_peak_begin(&mut peak) })?;
        Ok(Self(peak, PhantomData))
    }

    /// The most bytes that were taken at once.
    pub fn bytes(&self) -> usize {
        // SAFETY: made in `enter`, alive until `Drop`.
        unsafe { atencion_memory_peak(self.0) }.max(0) as usize
    }
}

impl Drop for MemoryPeak {
    fn drop(&mut self) {
        // SAFETY: made in `enter`, ended once.
        unsafe { atencion_memory_peak_end(self.0) }
    }
}

unsafe extern "C" {
    fn atencion_memory_peak_begin(peak: *mut *mut c_void) -> *mut c_char;
    fn atencion_memory_peak(peak: *const c_void) -> i64;
    fn atencion_memory_peak_end(peak: *mut c_void);
}

#[cfg(test)]
mod tests {
    use tch::{Tensor, kind::FLOAT_CPU};

    use super::*;

    #[test]
    fn what_is_given_back_is_not_taken_twice() {
        let counting = MemoryPeak::enter().unwrap();
        for _ in 0..3 {
            drop(Tensor::ones([1 << 18], FLOAT_CPU));
        }
        assert_eq!(counting.bytes(), 1 << 20);
    }

    #[test]
    fn an_inner_count_begins_at_nothing() {
        let outer = MemoryPeak::enter().unwrap();
        let held = Tensor::ones([1 << 18], FLOAT_CPU);
        let inner = MemoryPeak::enter().unwrap();
        assert_eq!(inner.bytes(), 0);
        drop((inner, held));
        assert_eq!(outer.bytes(), 1 << 20);
    }
}
