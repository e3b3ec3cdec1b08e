//! libtorch's warnings, kept back.

use std::ffi::c_void;
use std::marker::PhantomData;

/// Keeps libtorch's warnings of this thread off standard error until it is dropped: those about somebody else's code
/// (`x.T` of a batch, a variance of one number) are no news to whoever runs it.
///
/// ```
/// let quiet = atencion::libtorch::QuietWarnings::enter();
/// let _ = tch::Tensor::ones([1], tch::kind::FLOAT_CPU).var(true);
/// drop(quiet);
/// ```
#[must_use = "it lasts until it is dropped"]
#[derive(Debug)]
pub struct QuietWarnings(*mut c_void, PhantomData<*mut ()>);

impl QuietWarnings {
    /// From now on, on this thread.
    pub fn enter() -> Self {
        let mut before = std::ptr::null_mut();
        // SAFETY: the place for what was before is alive; `Drop` puts it back on the same thread, since a raw pointer
        // is not Send.
        unsafe { atencion_quiet_warnings(&mut before) };
        Self(before, PhantomData)
    }
}

impl Drop for QuietWarnings {
    fn drop(&mut self) {
        // SAFETY: what `enter` found, put back once; libtorch's handlers live as long as the process.
        unsafe { atencion_quiet_warnings_end(self.0) }
    }
}

unsafe extern "C" {
    fn atencion_quiet_warnings(before: *mut *mut c_void);
    fn atencion_quiet_warnings_end(before: *mut c_void);
}
