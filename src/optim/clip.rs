//! Gradient clipping by norm.

use tch::{Kind, Tensor};

use crate::tensor::times;
use crate::{Error, Result};

/// `torch.nn.utils.clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite)`: scales all gradients in
/// place so that their norm together is at most `max_norm`, and returns what it was before (a scalar).
///
/// `norm_type` is 2 in nearly all papers; `f64::INFINITY` takes the largest element. Parameters without a gradient
/// are passed over.
///
/// # Errors
/// When gradients differ in kind or device; with `error_if_nonfinite`, when the norm is NaN or infinite: no
/// gradient is touched then.
///
/// Source: `torch/nn/utils/clip_grad.py`.
pub fn clip_grad_norm_(
    parameters: &[Tensor],
    max_norm: f64,
    norm_type: f64,
    error_if_nonfinite: bool,
) -> Result<Tensor> {
    let _no_grad = tch::no_grad_guard();
    let grads: Vec<Tensor> = parameters.iter().map(Tensor::grad).filter(Tensor::defined).collect();
    let Some(first) = grads.first() else { return Ok(Tensor::from(0f32)) };
    check_alike(first, &grads)?;

    let norms = grads.iter().map(|grad| norm(grad, norm_type)).collect::<Result<Vec<_>>>()?;
    let total_norm = norm(&Tensor::f_stack(&norms, 0)?, norm_type)?;
    if error_if_nonfinite && !total_norm.f_isfinite()?.f_is_nonzero()? {
        let what = format!(
            "The total norm of order {norm_type} for gradients from `parameters` is non-finite"
        );
        return Err(Error::value(format!("{what}, so it cannot be clipped"))
            .mend("look for the NaN, or set error_if_nonfinite to false to scale by it anyway"));
    }

    // Python's `max_norm / tensor` is `tensor.reciprocal() * max_norm`, which rounds differently from a division.
    let clip_coef = times(&total_norm.f_add_scalar(1e-6)?.f_reciprocal()?, max_norm)?;
    let clip_coef_clamped = clip_coef.f_clamp_max(1.0)?;
    for mut grad in grads {
        let _ = grad.f_mul_(&clip_coef_clamped)?;
    }
    Ok(total_norm)
}

/// `torch.linalg.vector_norm(tensor, norm_type)`, over all elements.
fn norm(tensor: &Tensor, norm_type: f64) -> Result<Tensor> {
    Ok(tensor.f_norm_scalaropt_dim(norm_type, [0i64; 0], false)?)
}

fn check_alike(first: &Tensor, grads: &[Tensor]) -> Result<()> {
    let of = |grad: &Tensor| (grad.kind(), grad.device());
    match grads.iter().find(|grad| of(grad) != of(first)) {
        Some(other) => Err(Error::value(format!(
            "gradients should be of one kind and on one device, but there are {:?} and {:?}",
            of(first),
            of(other)
        ))),
        None if matches!(
            first.kind(),
            Kind::Half | Kind::BFloat16 | Kind::Float | Kind::Double
        ) =>
        {
            Ok(())
        }
        None => Err(Error::kind_mismatch(format!(
            "gradients are {:?}, not floating point",
            first.kind()
        ))),
    }
}
