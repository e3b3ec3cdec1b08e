//! Práctica 3 of the course, *self-attention*, line for line.
//!
//! Every Rust statement stands under the one line of Python that it mirrors. What `atencion notebook` shows as the
//! Python line and the Rust line is read from this very file (see `src/lesson.rs`), so it cannot drift.
//!
//! Letters: `L` = query words (rows of Q), `S` = key words (rows of K and V), `d_k` = numbers per word.

// import torch
use tch::{Device, Kind, Tensor};

use crate::attention::{Sdpa, scaled_dot_product_attention};
use crate::lesson::lesson;
use crate::{Result, Trace, tensor};

const SOURCE: &str = include_str!("practice3.rs");

/// The notebook's cell `In [1]`: Q `[L=4, d_k=3]`, K `[S=4, d_k=3]`, V `[S=4, 3]`.
pub fn inputs() -> Trace {
    // Q = torch.tensor([[0.0, 0.0, 0.0], [1, 1, 1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3]])
    let q = tensor![[0.0, 0.0, 0.0], [1, 1, 1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3]];
    // K = torch.tensor([[0.1, 0.1, 0.1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3], [0.4, 0.4, 0.4]])
    let k = tensor![[0.1, 0.1, 0.1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3], [0.4, 0.4, 0.4]];
    // V = torch.tensor([[1., 0., 0.], [0., 1., 0.], [0., 0., 1.], [0., 1., 1.]])
    let v = tensor![[1., 0., 0.], [0., 1., 0.], [0., 0., 1.], [0., 1., 1.]];
    lesson!(inputs: q = "Q", k = "K", v = "V")
}

/// The practice: what each word takes from all the words. Result `Z` `[L=4, 3]`.
///
/// Source: *Attention Is All You Need*, section 3.2.1, equation (1).
pub fn self_attention(q: &Tensor, k: &Tensor, v: &Tensor) -> Trace {
    // scores = Q @ K.T
    let scores = q.matmul(&k.tr());
    // scaled = scores / K.shape[1] ** 0.5
    let scaled = &scores / (k.size()[1] as f64).powf(0.5);
    // weights = scaled.softmax(dim=1)
    let weights = scaled.softmax(1, None::<Kind>);
    // Z = weights @ V
    let z = weights.matmul(v);
    lesson!(self_attention:
        scores = "Q Kᵀ",
        scaled = "Q Kᵀ / √d_k",
        weights = "softmax(Q Kᵀ / √d_k)",
        z = "softmax(Q Kᵀ / √d_k) V",
    )
}

/// The same result in one call, with libtorch's fused kernel. Result `Z` `[L=4, 3]`.
///
/// # Errors
/// When the shapes or kinds of the three do not fit.
pub fn fused(q: &Tensor, k: &Tensor, v: &Tensor) -> Result<Trace> {
    // Z = torch.nn.functional.scaled_dot_product_attention(Q, K, V)
    let z = scaled_dot_product_attention(q, k, v, &Sdpa::default())?;
    Ok(lesson!(fused: z = "softmax(Q Kᵀ / √d_k) V"))
}

/// First follow-up: a word looks only at itself and the words before it. Result `Z` `[L=4, 3]`.
///
/// Source: *Attention Is All You Need*, section 3.2.3, "masking out (setting to −∞)".
pub fn causal(q: &Tensor, k: &Tensor, v: &Tensor) -> Trace {
    // scaled = Q @ K.T / K.shape[1] ** 0.5
    let scaled = q.matmul(&k.tr()) / (k.size()[1] as f64).powf(0.5);
    // mask = torch.tril(torch.ones_like(scaled))
    let mask = scaled.ones_like().tril(0);
    // masked = scaled.masked_fill(mask == 0, float("-inf"))
    let masked = scaled.masked_fill(&mask.eq(0), f64::NEG_INFINITY);
    // weights = masked.softmax(dim=1)
    let weights = masked.softmax(1, None::<Kind>);
    // Z = weights @ V
    let z = weights.matmul(v);
    lesson!(causal:
        scaled = "Q Kᵀ / √d_k",
        mask = "M: 1 where j ≤ i, else 0",
        masked = "Q Kᵀ / √d_k, −∞ where M = 0",
        weights = "softmax(masked)",
        z = "softmax(masked) V",
    )
}

/// What the second follow-up normalises: three words of three numbers, `[3, 3]`.
pub fn layer_norm_input() -> Trace {
    // X = torch.tensor([[1, 2, 3], [2, 2, 2], [23, 0.01, 5]])
    let x = tensor![[1, 2, 3], [2, 2, 2], [23, 0.01, 5]];
    lesson!(layer_norm_input: x = "X")
}

/// Second follow-up: layer normalisation, each word for itself. Result `Y` `[3, 3]`.
///
/// Source: *Layer Normalization* (Ba, Kiros, Hinton), equation (4); eps inside the root and the biased variance as in
/// <https://docs.pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html>.
pub fn layer_norm(x: &Tensor) -> Trace {
    // mean = X.mean(dim=1, keepdim=True)
    let mean = x.mean_dim(1, true, None::<Kind>);
    // var = X.var(dim=1, unbiased=False, keepdim=True)
    let var = x.var_dim(1, false, true);
    // Y = (X - mean) / torch.sqrt(var + 1e-5)
    let y = (x - &mean) / (&var + 1e-5).sqrt();
    lesson!(layer_norm: mean = "μ", var = "σ²", y = "(X − μ) / √(σ² + ε)")
}

/// Layer normalisation in one call. Result `Y` `[3, 3]`.
pub fn layer_norm_fused(x: &Tensor) -> Trace {
    // Y = torch.nn.functional.layer_norm(X, (3,))
    let y = x.layer_norm([3], None::<Tensor>, None::<Tensor>, 1e-5, true);
    lesson!(layer_norm_fused: y = "(X − μ) / √(σ² + ε)")
}

/// The notebook's own Q, K and V on a device.
pub fn qkv(device: Device) -> (Tensor, Tensor, Tensor) {
    let inputs = inputs();
    let on_device = |name| inputs[name].to_device(device);
    (on_device("Q"), on_device("K"), on_device("V"))
}

/// The whole practice on a device: each exercise under the name of its function, in the order of the course.
///
/// # Errors
/// When libtorch cannot compute there.
pub fn all(device: Device) -> Result<Vec<(&'static str, Trace)>> {
    let (q, k, v) = qkv(device);
    let x = layer_norm_input()["X"].to_device(device);
    Ok(vec![
        ("inputs", inputs()),
        ("self_attention", self_attention(&q, &k, &v)),
        ("fused", fused(&q, &k, &v)?),
        ("causal", causal(&q, &k, &v)),
        ("layer_norm_input", layer_norm_input()),
        ("layer_norm", layer_norm(&x)),
        ("layer_norm_fused", layer_norm_fused(&x)),
    ])
}
