//! How parameters are drawn: the parts of `torch.nn.init` that the modules of this crate use.
//!
//! Each function fills its tensor in place, without gradients, from the default generator of the tensor's device
//! (`tch::manual_seed`). The bounds are computed as Python computes them, in float64 and in the same order, so the
//! numbers are PyTorch's to the last bit. Source: `torch/nn/init.py`.

use tch::Tensor;

use crate::{Error, Result};

/// Uniform in `[from, to)`.
///
/// # Errors
/// When `from > to`, or the tensor is not of a floating kind.
pub fn uniform_(tensor: &Tensor, from: f64, to: f64) -> Result<()> {
    let _ = tch::no_grad(|| tensor.shallow_clone().f_uniform_(from, to))?;
    Ok(())
}

/// Normal with the given mean and standard deviation.
///
/// # Errors
/// When `std < 0`, or the tensor is not of a floating kind.
pub fn normal_(tensor: &Tensor, mean: f64, std: f64) -> Result<()> {
    let _ = tch::no_grad(|| tensor.shallow_clone().f_normal_(mean, std))?;
    Ok(())
}

/// Normal with the given mean and standard deviation, where it lies between `a` and `b`: what does not is drawn again.
///
/// # Errors
/// When `std` is 0 or less, or so little of the normal lies between the bounds (three tenths or less) that PyTorch
/// draws by another rule, which is not here.
pub fn trunc_normal_(tensor: &Tensor, mean: f64, std: f64, a: f64, b: f64) -> Result<()> {
    // Two standard deviations hold 0.95 of it; one to either side of a bound, 0.34.
    let inside = std > 0.0 && a <= mean - std && mean + std <= b;
    if !inside {
        return Err(Error::value(format!(
            "trunc_normal_ takes bounds that are a standard deviation or more from the mean, got mean={mean}, std={std}, a={a}, b={b}"
        )));
    }
    let _no_grad = tch::no_grad_guard();
    normal_(tensor, mean, std)?;
    let mut result = tensor.shallow_clone();
    loop {
        let outside = result.f_lt(a)?.f_logical_or(&result.f_gt(b)?)?;
        if outside.any().int64_value(&[]) == 0 {
            break;
        }
        let again = result.f_empty_like()?.f_normal_(mean, std)?;
        result = again.f_where_self(&outside, &result)?;
    }
    tensor.shallow_clone().f_copy_(&result)?;
    Ok(())
}

/// Every element becomes `value`.
///
/// # Errors
/// When libtorch refuses, which it does not for floating kinds.
pub fn constant_(tensor: &Tensor, value: f64) -> Result<()> {
    let _ = tch::no_grad(|| tensor.shallow_clone().f_fill_(value))?;
    Ok(())
}

/// Glorot & Bengio (2010), uniform: U(−a, a) with a = √3 · √(2 / (fan_in + fan_out)).
///
/// # Errors
/// When the tensor has fewer than two dimensions.
pub fn xavier_uniform_(tensor: &Tensor) -> Result<()> {
    let a = 3f64.sqrt() * xavier_std(tensor)?;
    uniform_(tensor, -a, a)
}

/// Glorot & Bengio (2010), normal: N(0, 2 / (fan_in + fan_out)).
///
/// # Errors
/// When the tensor has fewer than two dimensions.
pub fn xavier_normal_(tensor: &Tensor) -> Result<()> {
    normal_(tensor, 0.0, xavier_std(tensor)?)
}

fn xavier_std(tensor: &Tensor) -> Result<f64> {
    let (fan_in, fan_out) = fan_in_and_fan_out(tensor)?;
    Ok((2.0 / (fan_in + fan_out) as f64).sqrt())
}

/// He et al. (2015), uniform, for a leaky ReLU of slope `a`: U(−b, b) with b = √3 · √(2 / (1 + a²)) / √fan_in.
///
/// # Errors
/// When the tensor has fewer than two dimensions.
pub fn kaiming_uniform_(tensor: &Tensor, a: f64) -> Result<()> {
    let (fan_in, _) = fan_in_and_fan_out(tensor)?;
    if tensor.numel() == 0 {
        return Ok(());
    }
    let gain = (2.0 / (1.0 + a.powi(2))).sqrt();
    let std = gain / (fan_in as f64).sqrt();
    let bound = 3f64.sqrt() * std;
    uniform_(tensor, -bound, bound)
}

/// How many inputs an output sums over, and how many outputs an input reaches.
///
/// # Errors
/// When the tensor has fewer than two dimensions.
pub fn fan_in_and_fan_out(tensor: &Tensor) -> Result<(i64, i64)> {
    match tensor.size().as_slice() {
        [outputs, inputs, field @ ..] => {
            let field: i64 = field.iter().product();
            Ok((inputs * field, outputs * field))
        }
        short => Err(Error::value(format!(
            "fan in and fan out can not be computed for a tensor with fewer than 2 dimensions, got {short:?}"
        ))),
    }
}
