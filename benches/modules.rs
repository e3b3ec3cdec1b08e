//! `MultiheadAttention` and `TransformerEncoderLayer` at d 512 with 8 heads, forward, and forward with backward, on a
//! batch of 8×128 and on one of 1×16, where the calls themselves weigh. Its Python twin is modules.py.

mod common;

use atencion::nn::{
    Forward, Module, MultiheadAttention, MultiheadAttentionArgs, MultiheadAttentionConfig,
    TransformerEncoderLayer, TransformerLayerConfig,
};
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

fn main() {
    let sizes = [("8x128", 8, 128), ("1x16", 1, 16)];
    let cases: Vec<common::Case> = sizes.into_iter().flat_map(|(n, b, l)| cases(n, b, l)).collect();
    common::serve(&cases);
}

/// The four cases of one size `[B, L, 512]`.
fn cases(size: &str, b: i64, l: i64) -> [common::Case; 4] {
    tch::manual_seed(0);
    let x = Tensor::randn([b, l, 512], (Kind::Float, Device::Cpu));
    let name = |what: &str| &*format!("{what} {size}").leak();
    let (mut evaluated, trained) = (attention(), attention());
    evaluated.eval();
    let (mut evaluated_layer, trained_layer) = (layer(), layer());
    evaluated_layer.eval();
    let inputs: [Tensor; 4] = std::array::from_fn(|_| x.copy());
    let [a, b, c, d] = inputs;
    [
        (name("attention forward"), Box::new(move || attend(&evaluated, &a))),
        (name("attention with backward"), Box::new(move || backward(|| attend(&trained, &b)))),
        (name("layer forward"), Box::new(move || encode(&evaluated_layer, &c))),
        (name("layer with backward"), Box::new(move || backward(|| encode(&trained_layer, &d)))),
    ]
}

fn attention() -> MultiheadAttention {
    let config =
        MultiheadAttentionConfig { batch_first: true, ..MultiheadAttentionConfig::new(512, 8) };
    MultiheadAttention::new(VarStore::new(Device::Cpu).root(), config).expect("a fitting config")
}

fn layer() -> TransformerEncoderLayer {
    let config =
        TransformerLayerConfig { batch_first: true, ..TransformerLayerConfig::new(512, 8) };
    TransformerEncoderLayer::new(VarStore::new(Device::Cpu).root(), config)
        .expect("a fitting config")
}

fn attend(attention: &MultiheadAttention, x: &Tensor) -> Tensor {
    let args = MultiheadAttentionArgs { need_weights: false, ..Default::default() };
    attention.forward_with(x, x, x, &args).expect("fitting shapes").0
}

fn encode(layer: &TransformerEncoderLayer, x: &Tensor) -> Tensor {
    layer.forward(x).expect("fitting shapes")
}

/// The gradients add up from call to call, in Python too.
fn backward(forward: impl Fn() -> Tensor) -> Tensor {
    tch::with_grad(|| {
        let output = forward();
        output.sum(Kind::Float).backward();
        output
    })
}
