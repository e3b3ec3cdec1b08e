//! Activations by the names that `config.json` gives them: `transformers`' `ACT2FN`.

use tch::Tensor;

use crate::nn::{Activation, Path};
use crate::tensor::times;
use crate::{Error, Result};

/// The activation that `ACT2FN[name]` is, operator for operator.
///
/// # Errors
/// When the name is not known.
pub(crate) fn activation(name: &str) -> Result<Activation> {
    Ok(match name {
        "relu" => Activation::Relu,
        "gelu" => Activation::Gelu,
        "gelu_pytorch_tanh" => Activation::GeluTanh,
        "gelu_new" => Activation::custom(gelu_new),
        "gelu_fast" => Activation::custom(gelu_fast),
        "quick_gelu" => Activation::custom(quick_gelu),
        "silu" | "swish" => Activation::custom(|x| Ok(x.f_silu()?)),
        "tanh" => Activation::custom(|x| Ok(x.f_tanh()?)),
        "sigmoid" => Activation::custom(|x| Ok(x.f_sigmoid()?)),
        "linear" => Activation::custom(|x| Ok(x.shallow_clone())),
        _ => {
            return Err(Error::value(format!("activation {name} is not known"))
                .mend("known are relu, gelu, gelu_new, gelu_fast, gelu_pytorch_tanh, quick_gelu, silu, swish, tanh, sigmoid, linear"));
        }
    })
}

/// The same; where weights are packed, last bits are nobody's and the one operator that computes it is taken for eight.
pub(crate) fn activation_at(p: &Path, name: &str) -> Result<Activation> {
    match name {
        "gelu_new" | "gelu_fast" if p.is_packed() => Ok(Activation::GeluTanh),
        _ => activation(name),
    }
}

/// `0.5 * input * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (input + 0.044715 * torch.pow(input, 3.0))))`
fn gelu_new(input: &Tensor) -> Result<Tensor> {
    // In Python's order, from the left: in it the gradients that meet in `input` are added, backwards.
    let half = times(input, 0.5)?;
    let cubed = times(&input.f_pow_tensor_scalar(3.0)?, 0.044715)?;
    let inner = times(&input.f_add(&cubed)?, (2.0 / std::f64::consts::PI).sqrt())?;
    Ok(half.f_mul(&inner.f_tanh()?.f_add_scalar(1.0)?)?)
}

/// `0.5 * input * (1.0 + torch.tanh(input * 0.7978845608 * (1.0 + 0.044715 * input * input)))`
fn gelu_fast(input: &Tensor) -> Result<Tensor> {
    let half = times(input, 0.5)?;
    let scaled = times(input, 0.797_884_560_8)?;
    let inner = times(input, 0.044715)?.f_mul(input)?.f_add_scalar(1.0)?;
    let inner = scaled.f_mul(&inner)?;
    Ok(half.f_mul(&inner.f_tanh()?.f_add_scalar(1.0)?)?)
}

/// `input * torch.sigmoid(1.702 * input)`
fn quick_gelu(input: &Tensor) -> Result<Tensor> {
    Ok(input.f_mul(&times(input, 1.702)?.f_sigmoid()?)?)
}
