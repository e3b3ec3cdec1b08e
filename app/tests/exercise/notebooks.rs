//! Written by the test; see main.rs.
#![allow(unused, clippy::all)]

use atencion::tensor;
use tch::{Device, Kind, Tensor};

fn softmax() -> Tensor {
    let scores = tensor![[1., 2., 3.], [0., 0., 4.]]; // [L=2, S=3]
    let exponential = scores.exp();
    let weights = &exponential / exponential.sum_dim_intlist(1, true, None::<Kind>);
    weights
}

fn self_attention() -> Tensor {
    let q = tensor![[0.0, 0.0, 0.0], [1, 1, 1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3]];
    let k = tensor![[0.1, 0.1, 0.1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3], [0.4, 0.4, 0.4]];
    let v = tensor![[1., 0., 0.], [0., 1., 0.], [0., 0., 1.], [0., 1., 1.]];
    let scores = q.matmul(&k.tr());
    let scaled = &scores / (k.size()[1] as f64).powf(0.5);
    let weights = scaled.softmax(1, None::<Kind>);
    let z = weights.matmul(&v);
    z
}

fn causal() -> Tensor {
    let q = tensor![[0.0, 0.0, 0.0], [1, 1, 1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3]];
    let k = tensor![[0.1, 0.1, 0.1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3], [0.4, 0.4, 0.4]];
    let v = tensor![[1., 0., 0.], [0., 1., 0.], [0., 0., 1.], [0., 1., 1.]];
    let scaled = q.matmul(&k.tr()) / (k.size()[1] as f64).powf(0.5);
    let hidden = Tensor::ones([4, 4], (Kind::Float, Device::Cpu)).tril(0).eq(0);
    let masked = scaled.masked_fill(&hidden, f64::NEG_INFINITY);
    let weights = masked.softmax(1, None::<Kind>);
    let z = weights.matmul(&v);
    z
}

fn padding_mask() -> Tensor {
    // [B=2, L=3, E=2]
    let q = tensor![[[1., 0.], [0., 1.], [1., 1.]], [[2., 0.], [0., 2.], [0., 0.]]];
    let k = tensor![[[1., 2.], [2., 1.], [0., 1.]], [[1., 1.], [0., 2.], [0., 0.]]];
    let v = tensor![[[1., 0.], [0., 1.], [2., 2.]], [[3., 1.], [1., 3.], [9., 9.]]];
    let lengths = tensor![3, 2]; // the second sequence has 2 words, and padding
    let scaled = q.matmul(&k.transpose(-2, -1)) / (k.size()[2] as f64).powf(0.5);
    let padding = Tensor::arange(3, (Kind::Int64, Device::Cpu)).ge_tensor(&lengths.unsqueeze(1)); // [B, S]
    let masked = scaled.masked_fill(&padding.unsqueeze(1), f64::NEG_INFINITY);
    let weights = masked.softmax(-1, None::<Kind>);
    let z = weights.matmul(&v);
    z
}

fn cross_attention() -> Tensor {
    let x = tensor![[1., 0., 2.], [0., 1., 1.]]; // decoder: [L=2, E=3]
    let memory = tensor![[1., 1., 0.], [0., 2., 1.], [2., 0., 1.], [1., 0., 3.]]; // encoder: [S=4, E=3]
    let wq = tensor![[1., 0.], [0., 1.], [1., 1.]]; // [E=3, D=2]
    let wk = tensor![[0., 1.], [1., 0.], [1., -1.]];
    let wv = tensor![[1., 1.], [0., 2.], [2., 0.]];
    let q = x.matmul(&wq);
    let k = memory.matmul(&wk);
    let v = memory.matmul(&wv);
    let weights = (q.matmul(&k.tr()) / (k.size()[1] as f64).powf(0.5)).softmax(1, None::<Kind>);
    let z = weights.matmul(&v);
    z
}

fn multi_head() -> Tensor {
    // [L=3, E=4]: two heads of width 2
    let qs = tensor![[1., 0., 2., 1.], [0., 1., 1., 0.], [1., 1., 0., 2.]];
    let ks = tensor![[0., 1., 1., 2.], [1., 0., 2., 0.], [2., 1., 0., 1.]];
    let vs = tensor![[1., 2., 3., 4.], [5., 6., 7., 8.], [0., 1., 0., 1.]];
    let (l, e, heads) = (3, 4, 2);
    let split = |x: &Tensor| x.view([l, heads, e / heads]).transpose(0, 1); // [L, E] -> [heads, L, E / heads]
    let (q, k, v) = (split(&qs), split(&ks), split(&vs));
    let weights = (q.matmul(&k.transpose(-2, -1)) / ((e / heads) as f64).sqrt()).softmax(-1, None::<Kind>);
    let z = weights.matmul(&v);
    let joined = z.transpose(0, 1).reshape([l, e]); // [heads, L, E / heads] -> [L, E]
    joined
}

fn positional_encoding() -> Tensor {
    let (l, e) = (5, 6);
    let position = Tensor::arange(l, (Kind::Float, Device::Cpu)).unsqueeze(1); // [L, 1]
    let exponent = Tensor::arange_start_step(0, e, 2, (Kind::Float, Device::Cpu)) / e as f64;
    let angle = position / Tensor::pow_scalar(10000.0, &exponent); // [L, E / 2]
    let pe = Tensor::stack(&[angle.sin(), angle.cos()], -1).reshape([l, e]);
    pe
}

fn layer_norm() -> Tensor {
    let x = tensor![[0.01, 0.02, 0.03, 0.06], [1., 2., 4., 5.]]; // [L=2, E=4]
    let eps = 1e-5;
    let mean = x.mean_dim(-1, true, None::<Kind>);
    let variance = x.var_dim(-1, false, true);
    let y = (&x - &mean) / (&variance + eps).sqrt();
    y
}

fn add_norm() -> Tensor {
    let x = tensor![[1., 2., 3., 5.], [0., 1., 0., 4.]]; // into the sublayer
    let out = tensor![[0.5, 0., 1., 0.], [2., 0., 1., 0.5]]; // out of it
    let y = (&x + &out).layer_norm([4], None::<Tensor>, None::<Tensor>, 1e-5, false);
    y
}

fn training_step() -> Tensor {
    let x = tensor![[1., 2.], [3., 1.], [0., 1.]];
    let y = tensor![[1.], [2.], [0.]];
    let mut w = tensor![[0.5], [-0.5]].set_requires_grad(true);
    let lr = 0.1;
    for _ in 0..2 {
        let loss = (x.matmul(&w) - &y).square().mean(None::<Kind>);
        loss.backward(); // the gradients
        tch::no_grad(|| {
            w -= lr * w.grad(); // the step
        });
        w.zero_grad(); // ready for the next one
    }
    w
}

pub const ALL: &[(&str, fn() -> Tensor)] = &[
    ("softmax", softmax),
    ("self_attention", self_attention),
    ("causal", causal),
    ("padding_mask", padding_mask),
    ("cross_attention", cross_attention),
    ("multi_head", multi_head),
    ("positional_encoding", positional_encoding),
    ("layer_norm", layer_norm),
    ("add_norm", add_norm),
    ("training_step", training_step),
];
