//! Quantized tensors: the numbers they stand for, with scheme, scale and zero point.

use tch::{TchError, Tensor};

use super::python_format::repr;
use super::{Body, PREFIX, PrintOptions, TorchDisplay, contents, dtype, size};
use crate::libtorch::tensor_facts::Facts;

pub(super) fn body(
    tensor: &Tensor,
    facts: &Facts,
    options: &PrintOptions,
) -> Result<Body, TchError> {
    let mut suffixes = vec![size(tensor), dtype(facts)];
    suffixes.extend(scheme(tensor, options)?);
    let numbers = tensor.f_dequantize()?;
    let facts = Facts::of(&numbers)
        .ok_or_else(|| TchError::Torch("dequantize returned nothing".to_owned()))?;
    Ok(Body { contents: contents(&numbers, &facts, PREFIX.len(), options)?, suffixes })
}

/// tch does not tell the scheme; only a per-tensor one has a single scale.
fn scheme(tensor: &Tensor, options: &PrintOptions) -> Result<Vec<String>, TchError> {
    if let Ok(scale) = tensor.f_q_scale() {
        return Ok(vec![
            "quantization_scheme=torch.per_tensor_affine".to_owned(),
            format!("scale={}", repr(scale)),
            format!("zero_point={}", tensor.f_q_zero_point()?),
        ]);
    }
    let zero_points = tensor.f_q_per_channel_zero_points()?;
    let float = matches!(zero_points.f_kind()?, tch::Kind::Float | tch::Kind::Double);
    let qparams = if float { "_float_qparams" } else { "" };
    Ok(vec![
        format!("quantization_scheme=torch.per_channel_affine{qparams}"),
        format!("scale={}", tensor.f_q_per_channel_scales()?.printed().options(*options)),
        format!("zero_point={}", zero_points.printed().options(*options)),
        format!("axis={}", tensor.f_q_per_channel_axis()?),
    ])
}
