//! A row normalised in one pass, where weights are packed and last bits are nobody's.

use std::ffi::c_char;
use std::ptr::null;

use tch::{Device, Kind, Tensor};
use torch_sys::C_tensor;

use super::error::check;
use crate::Result;

/// What is divided by what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// The difference to the mean, by the standard deviation: LayerNorm.
    Deviation,
    /// The number, by the root of the mean square: RMSNorm.
    MeanSquare,
}

/// Whether [`norm`] computes this: float32 on the CPU, rows as long as the weight, and nobody wants a derivative.
pub(crate) fn can_norm(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> bool {
    let all = [Some(x), Some(weight), bias];
    let lies =
        |t: &Tensor| t.kind() == Kind::Float && t.device() == Device::Cpu && !t.requires_grad();
    let whole = |t: &Tensor| t.size() == weight.size() && t.is_contiguous();
    weight.dim() == 1
        && x.size().last() == weight.size().first()
        && whole(weight)
        && bias.is_none_or(whole)
        && all.into_iter().flatten().all(lies)
}

/// `x` with its last dimension normalised, times `weight`, plus `bias`, where [`can_norm`].
///
/// # Errors
/// When there is no memory for it.
pub(crate) fn norm(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    eps: f64,
    by: By,
) -> Result<Tensor> {
    call(x, weight, bias, eps, by, false)
}

fn call(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    eps: f64,
    by: By,
    only_plain: bool,
) -> Result<Tensor> {
    let mut out = std::ptr::null_mut();
    let bias = bias.map_or(null(), |bias| bias.as_ptr());
    let by_mean_square = by == By::MeanSquare;
    // SAFETY: the tensors are alive for the call, and of the shapes and kind that `can_norm` has seen.
    check(unsafe {
        atencion_norm(&mut out, x.as_ptr(), weight.as_ptr(), bias, eps, by_mean_square, only_plain)
    })?;
    // SAFETY: no error, so `out` is a new at::Tensor, which tch's handle deletes.
    Ok(unsafe { Tensor::from_ptr(out) })
}

unsafe extern "C" {
    fn atencion_norm(
        out: *mut *mut C_tensor,
        x: *const C_tensor,
        weight: *const C_tensor,
        bias: *const C_tensor,
        eps: f64,
        by_mean_square: bool,
        only_plain: bool,
    ) -> *mut c_char;
}

#[cfg(test)]
mod tests {
    use tch::kind::FLOAT_CPU;

    use super::*;

    fn noise(size: &[i64]) -> Tensor {
        let count = size.iter().product::<i64>();
        (Tensor::arange(count, FLOAT_CPU) * 1.3 + size[0] as f64).sin().view(size) * 3.0 + 0.7
    }

    #[test]
    fn it_is_libtorchs_norm() {
        for size in [[1, 2, 5], [1, 1, 768], [2, 9, 33]] {
            let width = size[2];
            // A slice of something wider, as a model's last token is.
            let x = noise(&[size[0], size[1], width + 3]).narrow(2, 1, width);
            let (weight, bias) = (noise(&[width]), noise(&[width]) - 1.0);
            let layer =
                |bias: Option<&Tensor>| x.layer_norm([width], Some(&weight), bias, 1e-5, true);
            let square = x.rms_norm([width], Some(&weight), 1e-6);
            for only_plain in [false, true] {
                for (by, eps, bias, torch) in [
                    (By::Deviation, 1e-5, Some(&bias), layer(Some(&bias))),
                    (By::Deviation, 1e-5, None, layer(None)),
                    (By::MeanSquare, 1e-6, None, square.shallow_clone()),
                ] {
                    assert!(can_norm(&x, &weight, bias));
                    let ours = call(&x, &weight, bias, eps, by, only_plain).unwrap();
                    assert_eq!(ours.size(), size);
                    let off = (ours - torch).abs().max().double_value(&[]);
                    assert!(off < 5e-6, "{by:?} {size:?}, plain: {only_plain}: {off}");
                }
            }
        }
    }

    #[test]
    fn other_calls_are_left_to_libtorch() {
        let (x, weight) = (noise(&[2, 8]), noise(&[8]));
        assert!(can_norm(&x, &weight, Some(&weight)));
        assert!(!can_norm(&x, &noise(&[7]), None));
        assert!(!can_norm(&x, &weight, Some(&noise(&[7]))));
        assert!(!can_norm(&x.to_kind(Kind::Half), &weight, None));
        assert!(!can_norm(&x, &weight.copy().set_requires_grad(true), None));
        let nan = norm(&(&x * f64::NAN), &weight, None, 1e-5, By::Deviation).unwrap();
        assert!(nan.isnan().all().int64_value(&[]) != 0);
    }
}
