//! Operators as Python calls them, where tch's rounds differently: `add(.., alpha=)`, `addcmul_(.., value=)`,
//! `addcdiv_(.., value=)`.
//!
//! tch leaves out the keyword arguments, and to multiply first and add then rounds once more than the kernels do.

use std::ffi::c_char;

use tch::Tensor;
use torch_sys::C_tensor;

use super::error::check;
use crate::Result;

/// `torch.add(x, other, alpha=alpha)`: `x + alpha · other`.
///
/// ```
/// use atencion::{libtorch, tensor};
/// let sum = libtorch::add(&tensor![1.0, 2.0], &tensor![10.0, 20.0], 0.5)?;
/// assert!(sum.equal(&tensor![6.0, 12.0]));
/// # Ok::<(), atencion::Error>(())
/// ```
///
/// # Errors
/// Where torch raises: shapes that do not broadcast, kinds that do not go together.
pub fn add(x: &Tensor, other: &Tensor, alpha: f64) -> Result<Tensor> {
    let mut out = std::ptr::null_mut();
    // SAFETY: both tensors are alive for the call.
    check(unsafe { atencion_add(&mut out, x.as_ptr(), other.as_ptr(), alpha) })?;
    // SAFETY: no error, so `out` is a new at::Tensor, which tch's handle deletes.
    Ok(unsafe { Tensor::from_ptr(out) })
}

/// `x.add_(other, alpha=alpha)`, which returns `x`.
///
/// # Errors
/// As [`add`], and where `x` has not the shape or kind of the result, or is a leaf that requires grad.
pub fn add_(x: &Tensor, other: &Tensor, alpha: f64) -> Result<Tensor> {
    // SAFETY: both tensors are alive for the call. That `x` changes behind a shared reference is what every tensor of
    // libtorch's does: handles share one storage, and tch itself takes `&self` in such places.
    check(unsafe { atencion_add_(x.as_ptr(), other.as_ptr(), alpha) })?;
    Ok(x.shallow_clone())
}

/// `x.addcmul_(a, b, value=value)`: `x + value · a · b`.
///
/// # Errors
/// As [`add_`].
pub fn addcmul_(x: &Tensor, a: &Tensor, b: &Tensor, value: f64) -> Result<()> {
    // SAFETY: as in `add_`.
    check(unsafe { atencion_addcmul_(x.as_ptr(), a.as_ptr(), b.as_ptr(), value) })
}

/// `x.addcdiv_(a, b, value=value)`: `x + value · a / b`.
///
/// # Errors
/// As [`add_`], and for integers, where torch has no division in place.
pub fn addcdiv_(x: &Tensor, a: &Tensor, b: &Tensor, value: f64) -> Result<()> {
    // SAFETY: as in `add_`.
    check(unsafe { atencion_addcdiv_(x.as_ptr(), a.as_ptr(), b.as_ptr(), value) })
}

unsafe extern "C" {
    fn atencion_add(
        out: *mut *mut C_tensor,
        x: *const C_tensor,
        other: *const C_tensor,
        alpha: f64,
    ) -> *mut c_char;
    fn atencion_add_(x: *const C_tensor, other: *const C_tensor, alpha: f64) -> *mut c_char;
    fn atencion_addcmul_(
        x: *const C_tensor,
        a: *const C_tensor,
        b: *const C_tensor,
        value: f64,
    ) -> *mut c_char;
    fn atencion_addcdiv_(
        x: *const C_tensor,
        a: *const C_tensor,
        b: *const C_tensor,
        value: f64,
    ) -> *mut c_char;
}

#[cfg(test)]
mod tests {
    use tch::Kind;

    use super::*;
    use crate::tensor;

    #[test]
    fn alpha_is_part_of_the_sum() {
        let (x, other) = (tensor![0.1, 1.0], tensor![3.0, 7.0]);
        let sum = add(&x, &other, 0.1).unwrap();
        let _ = add_(&x, &other, 0.1).unwrap();
        assert!(x.equal(&sum));
        let doubled = add(&tensor![1, 2], &tensor![10, 20], 2.0);
        assert!(doubled.unwrap_err().what().contains("alpha"), "integers take an integer alpha");
    }

    #[test]
    fn value_is_part_of_the_sum() {
        let (a, b) = (tensor![3.0], tensor![4.0]);
        for kind in [Kind::Float, Kind::BFloat16] {
            let x = tensor![1.0].to_kind(kind);
            addcmul_(&x, &a.to_kind(kind), &b.to_kind(kind), 0.5).unwrap();
            assert_eq!(x.double_value(&[0]), 7.0);
            addcdiv_(&x, &a.to_kind(kind), &b.to_kind(kind), 4.0).unwrap();
            assert_eq!(x.double_value(&[0]), 10.0);
        }
    }

    #[test]
    fn what_libtorch_throws_is_one_line() {
        let error = add(&tensor![1.0, 2.0], &tensor![1.0, 2.0, 3.0], 1.0).unwrap_err();
        assert!(error.what().starts_with("The size of tensor a (2) must match"), "{error}");
        assert!(!error.what().contains('\n') && error.kind() == crate::ErrorKind::Torch);
    }
}
