//! A bound on the memory of a thread's tensors, for code that is not one's own.

use std::ffi::{c_char, c_void};
use std::marker::PhantomData;

use super::error::check;
use crate::Result;

/// What the error of a refused allocation says.
pub const MEMORY_BOUND: &str = "atencion: beyond the memory bound";

/// While this lives, the tensors that this thread makes may take so many bytes on the CPU, all of those that are alive
/// together. What would go beyond is refused before it is allocated, as an error of the operation.
///
/// ```
/// use atencion::libtorch::MemoryBound;
/// use tch::{Tensor, kind::FLOAT_CPU};
/// let bound = MemoryBound::enter(1 << 20)?;
/// assert!(Tensor::f_zeros([1_000_000_000_000], FLOAT_CPU).is_err());
/// drop(bound);
/// assert!(Tensor::f_zeros([1 << 20], FLOAT_CPU).is_ok());
/// # Ok::<(), atencion::Error>(())
/// ```
#[must_use = "it lasts until it is dropped"]
#[derive(Debug)]
pub struct MemoryBound(*mut c_void, PhantomData<*mut ()>);

impl MemoryBound {
    /// At most so many bytes.
    ///
    /// # Errors
    /// When memory for it is lacking.
    pub fn enter(bytes: usize) -> Result<Self> {
        let mut before = std::ptr::null_mut();
        // SAFETY: the place for what was before is alive; `Drop` puts it back on the same thread, since a raw pointer
        // is not Send.
        check(unsafe { atencion_memory_bound(bytes.max(1), &mut before) })?;
        Ok(Self(before, PhantomData))
    }

    /// No bound meanwhile, for the few operators that take their memory by another way than is counted.
    ///
    /// # Errors
    /// When memory for it is lacking.
    pub fn lift() -> Result<Self> {
        let mut before = std::ptr::null_mut();
        // SAFETY: as in `enter`.
        check(unsafe { atencion_memory_bound(0, &mut before) })?;
        Ok(Self(before, PhantomData))
    }
}

impl Drop for MemoryBound {
    fn drop(&mut self) {
        // SAFETY: made in `enter`, put back once.
        unsafe { atencion_memory_bound_end(self.0) }
    }
}

unsafe extern "C" {
    fn atencion_memory_bound(most: usize, before: *mut *mut c_void) -> *mut c_char;
    fn atencion_memory_bound_end(before: *mut c_void);
}

#[cfg(test)]
mod tests {
    use tch::{Tensor, kind::FLOAT_CPU};

    use super::*;

    #[test]
    fn what_is_freed_may_be_taken_again() {
        let _bound = MemoryBound::enter(3 << 20).unwrap();
        for _ in 0..10 {
            let held = Tensor::f_ones([1 << 19], FLOAT_CPU).unwrap();
            assert!(Tensor::f_ones([1 << 19], FLOAT_CPU).is_err());
            assert_eq!(held.sum(None::<tch::Kind>).double_value(&[]), f64::from(1 << 19));
        }
    }

    #[test]
    fn the_bound_is_the_threads_and_outlived_by_its_tensors() {
        let bound = MemoryBound::enter(1 << 16).unwrap();
        let held = Tensor::f_ones([1 << 10], FLOAT_CPU).unwrap();
        let refused = Tensor::f_ones([1 << 20], FLOAT_CPU).unwrap_err();
        assert!(refused.to_string().contains(MEMORY_BOUND), "{refused}");
        assert!(
            std::thread::spawn(|| Tensor::f_ones([1 << 20], FLOAT_CPU).is_ok()).join().unwrap()
        );
        drop(bound);
        drop(held);
        assert!(Tensor::f_ones([1 << 20], FLOAT_CPU).is_ok());
    }
}
