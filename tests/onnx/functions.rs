//! ONNX's normalisations, Gelu and softmaxes.

use atencion::Result;
use atencion::nn::{Activation, Forward, LayerNorm, RmsNorm};
use tch::{Kind, Tensor};

use crate::cases::Case;

pub fn run(case: &Case) -> Result<Vec<(&'static str, Tensor)>> {
    let x = case.nth(0).unwrap();
    let axis = || case.int("axis").unwrap();
    Ok(match case.op() {
        "LayerNormalization" => layer_normalization(case, &x)?,
        "RMSNormalization" => {
            let shape = normalised(&x, axis());
            let weight = case.nth(1).map(|weight| weight.expand(&shape, false));
            let eps = case.float("epsilon");
            let norm = RmsNorm { normalized_shape: shape, eps, weight, training: false };
            vec![("Y", norm.forward(&x)?)]
        }
        "Gelu" => {
            let tanh = case.text("approximate") == Some("tanh");
            let gelu = if tanh { Activation::GeluTanh } else { Activation::Gelu };
            vec![("y", gelu.apply(&x)?)]
        }
        "Softmax" => vec![("y", x.f_softmax(axis(), x.kind())?)],
        "LogSoftmax" => vec![("y", x.f_log_softmax(axis(), x.kind())?)],
        other => panic!("no such operator: {other}"),
    })
}

fn layer_normalization(case: &Case, x: &Tensor) -> Result<Vec<(&'static str, Tensor)>> {
    let eps = case.float("epsilon").unwrap();
    let shape = normalised(x, case.int("axis").unwrap());
    let wide = |t: Tensor| t.expand(&shape, false);
    let (weight, bias) = (case.nth(1).map(wide), case.nth(2).map(wide));
    let norm = LayerNorm { normalized_shape: shape.clone(), eps, weight, bias, training: false };
    let y = norm.forward(x)?;
    // The operator also gives what the normalisation takes off and divides by.
    let dims: Vec<i64> = (x.dim() as i64 - shape.len() as i64..x.dim() as i64).collect();
    let mean = x.mean_dim(dims.as_slice(), true, Kind::Float);
    let variance = x.var_dim(dims.as_slice(), false, true);
    Ok(vec![("Y", y), ("Mean", mean), ("InvStdDev", (variance + eps).rsqrt())])
}

/// The dimensions from `axis` on.
fn normalised(x: &Tensor, axis: i64) -> Vec<i64> {
    let size = x.size();
    let from = axis.rem_euclid(size.len() as i64) as usize;
    size[from..].to_vec()
}
