//! A tensor times a number, as Python multiplies them.
//!
//! To Python the number is a second tensor, which keeps its precision; C++'s `mul(Tensor, Scalar)`, which tch calls,
//! rounds it to the tensor's kind first: bfloat16 and float16 can tell.

use tch::{Kind, Tensor};

use crate::Result;

/// `x * number`
pub(crate) fn times(x: &Tensor, number: f64) -> Result<Tensor> {
    if is_reduced(x) {
        // The dimension in front keeps a scalar `x` from becoming float64 beside the number.
        return Ok(x.f_unsqueeze(0)?.f_mul(&Tensor::from(number))?.f_squeeze_dim(0)?);
    }
    Ok(x.f_mul_scalar(number)?)
}

/// `x.mul_(number)`
pub(crate) fn times_(x: &Tensor, number: f64) -> Result<()> {
    let _ = if is_reduced(x) {
        x.f_unsqueeze(0)?.f_mul_(&Tensor::from(number))?
    } else {
        x.shallow_clone().f_mul_scalar_(number)?
    };
    Ok(())
}

/// float16 and bfloat16, whose kernels compute in float32 and round once.
fn is_reduced(x: &Tensor) -> bool {
    matches!(x.f_kind(), Ok(Kind::Half | Kind::BFloat16))
}
