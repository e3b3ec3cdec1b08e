//! Scaled dot-product attention, forward and backward. Its Python twin is attention.py.

mod common;

use atencion::attention::{Sdpa, scaled_dot_product_attention};
use tch::{Device, Kind, Tensor};

fn main() {
    let cases: Vec<common::Case> = vec![
        forward("forward 4x3", &[4, 3]),
        forward("forward 1x8x16x64", &[1, 8, 16, 64]),
        forward("forward 1x12x2048x64", &[1, 12, 2048, 64]),
        backward("forward+backward 1x8x16x64", &[1, 8, 16, 64]),
        backward("forward+backward 1x12x2048x64", &[1, 12, 2048, 64]),
    ];
    common::serve(&cases);
}

fn inputs(shape: &[i64]) -> [Tensor; 3] {
    tch::manual_seed(0);
    [(); 3].map(|()| Tensor::randn(shape, (Kind::Float, Device::Cpu)))
}

fn attention([q, k, v]: &[Tensor; 3]) -> Tensor {
    scaled_dot_product_attention(q, k, v, &Sdpa::default()).expect("fitting shapes")
}

fn forward(name: &'static str, shape: &[i64]) -> common::Case {
    let inputs = inputs(shape);
    (name, Box::new(move || attention(&inputs)))
}

/// Gradients of all three inputs; they are given back, not added up from call to call.
fn backward(name: &'static str, shape: &[i64]) -> common::Case {
    let inputs = inputs(shape).map(|x| x.set_requires_grad(true));
    let case = move || {
        tch::with_grad(|| {
            let loss = attention(&inputs).sum(Kind::Float);
            let [q, _, _] = Tensor::run_backward(&[loss], &inputs, false, false)
                .try_into()
                .expect("three gradients");
            q
        })
    };
    (name, Box::new(case))
}
