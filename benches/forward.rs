//! One forward of self-attention: the notebook's 4×3, and two larger ones. Its Python twin is forward.py.

mod common;

use atencion::attention::self_attention;
use tch::{Device, Kind, Tensor};

fn main() {
    let cases: Vec<common::Case> =
        vec![forward("4x3", 4, 3), forward("64x64", 64, 64), forward("512x64", 512, 64)];
    common::serve(&cases);
}

/// L queries, keys and values of D features.
fn forward(name: &'static str, l: i64, d: i64) -> common::Case {
    tch::manual_seed(0);
    let [q, k, v] = [(); 3].map(|()| Tensor::randn([l, d], (Kind::Float, Device::Cpu)));
    (name, Box::new(move || self_attention(&q, &k, &v).expect("fitting shapes")))
}
