//! Autograd's flags, and a tensor's part in it.

use std::ffi::{c_char, c_void};
use std::marker::PhantomData;

use tch::Tensor;
use torch_sys::C_tensor;

use super::error::check;
use crate::Result;

/// `torch.is_grad_enabled()`, of this thread.
pub fn is_grad_enabled() -> bool {
    atencion_grad_is_enabled()
}

/// `torch.is_inference_mode_enabled()`, of this thread.
pub fn is_inference_mode_enabled() -> bool {
    atencion_inference_mode_is_enabled()
}

/// Python's `a is b`: the very same tensor, not an equal one.
pub fn is_same(a: &Tensor, b: &Tensor) -> bool {
    // SAFETY: both tensors are alive for the call, which compares what they point to.
    std::ptr::eq(a, b) || unsafe { atencion_is_same(a.as_ptr(), b.as_ptr()) }
}

/// `x.is_leaf`
///
/// # Errors
/// For an undefined tensor.
pub fn is_leaf(x: &Tensor) -> Result<bool> {
    let mut leaf = false;
    // SAFETY: the tensor and the flag are alive for the call.
    check(unsafe { atencion_is_leaf(x.as_ptr(), &mut leaf) })?;
    Ok(leaf)
}

/// `x.grad = None`: the gradient's memory is given back, and the next backward starts a new one. tch's `zero_grad`
/// keeps it and fills it with zeros, which an optimiser with momentum or weight decay still acts on.
///
/// # Errors
/// For an undefined tensor.
pub fn clear_grad(x: &Tensor) -> Result<()> {
    // SAFETY: the tensor is alive for the call.
    check(unsafe { atencion_clear_grad(x.as_ptr()) })
}

/// `x.grad = gradient`; the storage is shared.
///
/// # Errors
/// Where shape, kind or device differ from those of `x`, as in Python, or for an undefined tensor.
pub fn set_grad(x: &Tensor, gradient: &Tensor) -> Result<()> {
    if x.size() != gradient.size() || x.f_kind()? != gradient.f_kind()? {
        return Err(crate::Error::value(format!(
            "a gradient of shape {:?} and kind {:?} for a tensor of shape {:?} and kind {:?}",
            gradient.size(),
            gradient.kind(),
            x.size(),
            x.kind()
        )));
    }
    if x.device() != gradient.device() {
        let (there, here) = (gradient.device(), x.device());
        return Err(crate::Error::value(format!(
            "a gradient on {there:?} for a tensor on {here:?}"
        )));
    }
    // SAFETY: both tensors are alive for the call.
    check(unsafe { atencion_set_grad(x.as_ptr(), gradient.as_ptr()) })
}

/// `with torch.inference_mode():` as a value: it lasts until this is dropped. Tensors made meanwhile can never take
/// part in autograd, which saves their bookkeeping.
///
/// ```
/// use atencion::{libtorch::InferenceMode, tensor};
/// let weight = tensor![2.0].set_requires_grad(true);
/// let product = {
///     let _inference = InferenceMode::enter()?;
///     &weight * 3.0
/// };
/// assert!(!product.requires_grad());
/// # Ok::<(), atencion::Error>(())
/// ```
#[must_use = "it lasts until it is dropped"]
pub struct InferenceMode(*mut c_void, PhantomData<*mut ()>);

impl InferenceMode {
    /// # Errors
    /// When memory for it is lacking.
    pub fn enter() -> Result<Self> {
        let mut guard = std::ptr::null_mut();
        // SAFETY: the place for the guard is alive; `Drop` ends it on the same thread, since a raw pointer is not Send.
        check(unsafe { atencion_inference_mode(&mut guard) })?;
        Ok(Self(guard, PhantomData))
    }
}

impl Drop for InferenceMode {
    fn drop(&mut self) {
        // SAFETY: made in `enter`, ended once.
        unsafe { atencion_inference_mode_end(self.0) }
    }
}

unsafe extern "C" {
    safe fn atencion_grad_is_enabled() -> bool;
    safe fn atencion_inference_mode_is_enabled() -> bool;
    fn atencion_inference_mode(guard: *mut *mut c_void) -> *mut c_char;
    fn atencion_inference_mode_end(guard: *mut c_void);
    fn atencion_clear_grad(x: *const C_tensor) -> *mut c_char;
    fn atencion_set_grad(x: *const C_tensor, gradient: *const C_tensor) -> *mut c_char;
    fn atencion_is_leaf(x: *const C_tensor, out: *mut bool) -> *mut c_char;
    fn atencion_is_same(a: *const C_tensor, b: *const C_tensor) -> bool;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor;

    #[test]
    fn the_flags_are_those_of_the_thread() {
        assert!(is_grad_enabled() && !is_inference_mode_enabled());
        tch::no_grad(|| assert!(!is_grad_enabled()));
        let inference = InferenceMode::enter().unwrap();
        assert!(is_inference_mode_enabled() && !is_grad_enabled());
        std::thread::spawn(|| assert!(is_grad_enabled() && !is_inference_mode_enabled()))
            .join()
            .unwrap();
        drop(inference);
        assert!(is_grad_enabled() && !is_inference_mode_enabled());
    }

    #[test]
    fn a_gradient_is_set_and_taken_away() {
        let x = tensor![1.0, 2.0].set_requires_grad(true);
        (&x * 3.0).sum(tch::Kind::Float).backward();
        assert!(x.grad().equal(&tensor![3.0, 3.0]));
        clear_grad(&x).unwrap();
        assert!(!x.grad().defined());
        set_grad(&x, &tensor![5.0, 6.0]).unwrap();
        assert!(x.grad().equal(&tensor![5.0, 6.0]));
        assert!(set_grad(&x, &tensor![5.0]).unwrap_err().what().contains("shape [1]"));
        assert!(set_grad(&x, &tensor![5, 6]).unwrap_err().what().contains("Int64"));
    }

    #[test]
    fn leaves_and_identity() {
        let x = tensor![1.0].set_requires_grad(true);
        assert!(is_leaf(&x).unwrap() && !is_leaf(&(&x * 2.0)).unwrap());
        assert!(is_same(&x, &x.shallow_clone()) && !is_same(&x, &x.detach()));
    }

    #[test]
    fn an_undefined_tensor_is_refused() {
        let error = clear_grad(&Tensor::new()).unwrap_err();
        assert_eq!(error.what(), "the tensor is undefined");
        assert!(is_leaf(&Tensor::new()).is_err());
        assert!(set_grad(&Tensor::new(), &Tensor::new()).is_err());
    }
}
