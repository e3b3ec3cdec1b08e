//! Numbers that papers and closed forms give: attention, sinusoids, label smoothing, softmax, GELU.

use atencion::attention::self_attention;
use atencion::nn::{
    Activation, CrossEntropyLoss, Forward, Layout, Module, Path, PositionalEncoding,
    PositionalEncodingConfig, RotaryEmbedding, RotaryEmbeddingConfig, sinusoids,
};
use serde_json::Value;
use tch::{Device, Kind, Tensor};

fn published() -> Value {
    let text = std::fs::read_to_string(support::golden("published/numbers.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn floats(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

#[track_caller]
fn near(actual: f64, expected: f64, tolerance: f64) {
    assert!((actual - expected).abs() <= tolerance, "{actual} is not {expected} ± {tolerance:e}");
}

fn row(pe: &Tensor, position: i64) -> Vec<f64> {
    Vec::try_from(pe.get(position).to_kind(Kind::Double)).unwrap()
}

/// Half a unit in the last place of a float32 near 1.
const FLOAT: f64 = 6e-8;

#[test]
fn sinusoids_of_the_paper() {
    let published = published();
    let pe = sinusoids(10, 8, Layout::Interleaved, Device::Cpu).unwrap();
    for (actual, expected) in row(&pe, 1).into_iter().zip(floats(&published["PE_d8_p1"])) {
        near(actual, expected, FLOAT);
    }
    let pe = sinusoids(101, 512, Layout::Interleaved, Device::Cpu).unwrap();
    let at_100 = row(&pe, 100);
    let chosen = [&at_100[..4], &at_100[510..]].concat();
    for (actual, expected) in
        chosen.into_iter().zip(floats(&published["PE_d512_p100_first4_last2"]))
    {
        near(actual, expected, FLOAT);
    }
    let squared: f64 = row(&pe, 37).iter().map(|x| x * x).sum();
    near(squared, published["PE_norm2_is_d/2"].as_f64().unwrap(), 1e-4);
}

/// `PE(p) · PE(p + k)` depends on `k` alone (section 3.5 of the paper).
#[test]
fn products_of_sinusoids_depend_on_the_offset() {
    let pe = sinusoids(64, 64, Layout::Interleaved, Device::Cpu).unwrap();
    let expected = floats(&published()["PE_dot_depends_on_offset"]);
    for ((p, q), expected) in [(3, 8), (40, 45), (0, 5)].into_iter().zip(expected) {
        let dot: f64 = row(&pe, p).iter().zip(row(&pe, q)).map(|(a, b)| a * b).sum();
        near(dot, expected, 1e-5);
    }
}

#[test]
fn concatenated_sinusoids_are_the_same_numbers_in_another_order() {
    for d in [1, 2, 7, 8] {
        let interleaved = sinusoids(20, d, Layout::Interleaved, Device::Cpu).unwrap();
        let concatenated = sinusoids(20, d, Layout::Concatenated, Device::Cpu).unwrap();
        assert_eq!(concatenated.size(), [20, d]);
        let (sin, cos) = (interleaved.slice(1, 0, None, 2), interleaved.slice(1, 1, None, 2));
        assert_eq!(Tensor::cat(&[sin, cos], 1), concatenated);
    }
}

#[test]
fn positions_are_added_and_dropped() {
    let _draws = support::draws();
    let config =
        PositionalEncodingConfig { dropout: 0.5, max_len: 6, ..PositionalEncodingConfig::new(8) };
    let mut encoding = PositionalEncoding::new(Path::root(Device::Cpu), config).unwrap();
    let x = Tensor::randn([2, 4, 8], (Kind::Float, Device::Cpu));
    let sum = &x + encoding.pe.narrow(0, 0, 4);
    let dropped = encoding.forward(&x).unwrap();
    encoding.eval();
    assert_eq!(encoding.forward(&x).unwrap(), sum);
    let kept = dropped.ne(0.0).to_kind(Kind::Float);
    assert!(dropped.allclose(&(sum * 2.0 * kept), 1e-6, 1e-6, false));
    let long = Tensor::zeros([1, 7, 8], (Kind::Float, Device::Cpu));
    let error = encoding.forward(&long).unwrap_err();
    assert_eq!(
        error.what(),
        "x is [1, 7, 8] with L=7 tokens but there are positions for max_len=6"
    );
}

/// Turned queries and keys: their product depends on how far apart they stand, and lengths stay.
#[test]
fn rotation_keeps_lengths_and_knows_offsets() {
    let _draws = support::draws();
    let x = Tensor::randn([1, 1, 1, 16], (Kind::Float, Device::Cpu));
    let rope = |config| RotaryEmbedding::new(Path::root(Device::Cpu), config).unwrap();
    let y = Tensor::randn([1, 1, 1, 16], (Kind::Float, Device::Cpu));
    for interleaved in [true, false] {
        let rope =
            rope(RotaryEmbeddingConfig { interleaved, ..RotaryEmbeddingConfig::new(16, 100) });
        let at = |x: &Tensor, p: i64| rope.forward_with(x, &Tensor::from_slice(&[p])).unwrap();
        let dot = |p, q| (at(&x, p) * at(&y, q)).sum(Kind::Double).double_value(&[]);
        near(dot(3, 8), dot(40, 45), 1e-4);
        near(dot(0, 0), (&x * &y).sum(Kind::Double).double_value(&[]), 1e-5);
        near(at(&x, 77).norm().double_value(&[]), x.norm().double_value(&[]), 1e-5);
        assert_eq!(at(&x, 0), x);
    }
    let rope = rope(RotaryEmbeddingConfig::new(16, 10));
    let error = rope.forward_with(&x, &Tensor::from_slice(&[10i64])).unwrap_err();
    assert_eq!(error.what(), "positions run from 10 to 10 but should be in 0..10 (max_len)");
}

#[test]
fn cross_entropy_and_label_smoothing() {
    let published = published();
    // 0.1 is the float32 one, as the published numbers have it.
    let logits = Tensor::from_slice(&[2.0f32, 1.0, 0.1]).view([1, 3]).to_kind(Kind::Double);
    let target = Tensor::from_slice(&[0i64]);
    let loss = |label_smoothing, logits: &Tensor, target: &Tensor| {
        let loss = CrossEntropyLoss { label_smoothing, ..CrossEntropyLoss::default() };
        loss.forward(logits, target).unwrap().double_value(&[])
    };
    near(loss(0.0, &logits, &target), published["ce"]["plain"].as_f64().unwrap(), 1e-15);
    near(loss(0.1, &logits, &target), published["ce"]["smooth0.1"].as_f64().unwrap(), 1e-15);
    for (classes, entropy) in published["uniform_ce_lnV"].as_object().unwrap() {
        let classes: i64 = classes.parse().unwrap();
        let uniform = Tensor::zeros([1, classes], (Kind::Double, Device::Cpu));
        near(loss(0.0, &uniform, &target), entropy.as_f64().unwrap(), 1e-12);
        near(loss(0.1, &uniform, &target), entropy.as_f64().unwrap(), 1e-12);
    }
    // The best that can be reached with ε = 0.1 of 37,000 classes: the target's own entropy.
    let (classes, smoothing) = (37_000i64, 0.1);
    let rest = smoothing / classes as f64;
    let best = Tensor::full([1, classes], rest.ln(), (Kind::Double, Device::Cpu));
    let _ = best.get(0).get(0).fill_((1.0 - smoothing + rest).ln());
    let floor = published["label_smoothing_floor_torch_K37000"].as_f64().unwrap();
    near(loss(smoothing, &best, &target), floor, 1e-12);
}

#[test]
fn gelu_and_softmax() {
    let published = published();
    for (name, activation) in [("gelu_erf", Activation::Gelu), ("gelu_tanh", Activation::GeluTanh)]
    {
        for (x, expected) in published[name].as_object().unwrap() {
            let x = Tensor::from(x.parse::<f64>().unwrap());
            let y = activation.apply(&x).unwrap().double_value(&[]);
            near(y, expected.as_f64().unwrap(), 1e-15);
        }
    }
    let softmax = Tensor::arange(4, (Kind::Double, Device::Cpu)).softmax(0, Kind::Double);
    for (i, expected) in floats(&published["softmax_0_1_2_3"]).into_iter().enumerate() {
        near(softmax.double_value(&[i as i64]), expected, 1e-15);
    }
}

#[test]
fn attention_to_oneself() {
    let published = published();
    let identity = Tensor::eye(2, (Kind::Double, Device::Cpu));
    let weights = self_attention(&identity, &identity, &identity).unwrap();
    let expected = published["attn_identity_2x2_scale_1/sqrt2_diag_weight"].as_f64().unwrap();
    near(weights.double_value(&[0, 0]), expected, 1e-15);
    near(weights.double_value(&[1, 0]), 1.0 - expected, 1e-15);
}
