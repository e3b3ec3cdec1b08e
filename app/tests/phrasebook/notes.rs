//! What the phrasebook's notes claim of tch and torch, shown to be so: a note must not lie either.

use tch::nn::{self, Module};
use tch::{Device, IndexOp, Kind, Tensor};

use atencion::tensor::TorchDisplay;
use atencion::{StateDict, nn as torch_nn, tensor};

const CPU: (Kind, Device) = (Kind::Float, Device::Cpu);

fn attention(query: &Tensor, key: &Tensor, value: &Tensor, dropout: f64, causal: bool) -> Tensor {
    let no_mask = None::<Tensor>;
    Tensor::scaled_dot_product_attention(query, key, value, no_mask, dropout, causal, None, false)
}

fn query_key_value() -> (Tensor, Tensor, Tensor) {
    tch::manual_seed(3);
    let random = || Tensor::randn([1, 2, 4, 4], CPU);
    (random(), random(), random())
}

#[test]
fn is_causal_with_one_query_sees_the_first_key_alone() {
    let _alone = support::draws();
    let (query, key, value) = query_key_value();
    let last = attention(&query.narrow(2, 3, 1), &key, &value, 0.0, true);
    assert_eq!(last, value.narrow(2, 0, 1));
}

#[test]
fn dropout_acts_without_any_mode() {
    let _alone = support::draws();
    let (query, key, value) = query_key_value();
    assert_ne!(
        attention(&query, &key, &value, 0.5, false),
        attention(&query, &key, &value, 0.0, false)
    );
}

#[test]
fn masks_mean_the_opposite_in_modules() {
    let _alone = support::draws();
    let x = Tensor::randn([1, 3, 4], CPU);
    let vs = nn::VarStore::new(Device::Cpu);
    let config = torch_nn::MultiheadAttentionConfig {
        batch_first: true,
        ..torch_nn::MultiheadAttentionConfig::new(4, 2)
    };
    let mha = torch_nn::MultiheadAttention::new(vs.root(), config).unwrap();
    let hidden = Tensor::ones([3, 3], (Kind::Bool, Device::Cpu)).triu(1);
    let args = torch_nn::MultiheadAttentionArgs { attn_mask: Some(&hidden), ..Default::default() };
    let (_, weights) = mha.forward_with(&x, &x, &x, &args).unwrap();
    let seen = weights.unwrap().masked_select(&hidden);
    assert_eq!(seen, seen.zeros_like());
}

#[test]
fn tchs_linear_is_wider_by_the_root_of_six_and_draws_its_bias_first() {
    let _alone = support::draws();
    let no_bias = nn::LinearConfig { bias: false, ..Default::default() };
    let draw = |config| {
        tch::manual_seed(0);
        let vs = nn::VarStore::new(Device::Cpu);
        nn::linear(vs.root(), 3, 2, config).ws
    };
    let torchs = || {
        tch::manual_seed(0);
        let vs = nn::VarStore::new(Device::Cpu);
        torch_nn::Linear::new(vs.root(), torch_nn::LinearConfig::new(3, 2)).unwrap().weight
    };
    let ratio = draw(no_bias) / torchs();
    assert!(ratio.allclose(&(ratio.ones_like() * 6f64.sqrt()), 1e-5, 0.0, false), "{ratio}");
    assert_ne!(draw(no_bias), draw(Default::default()));
}

#[test]
fn tch_draws_an_embedding_as_torch_does() {
    let _alone = support::draws();
    tch::manual_seed(0);
    let vs = nn::VarStore::new(Device::Cpu);
    let drawn = nn::embedding(vs.root(), 5, 3, Default::default()).ws;
    tch::manual_seed(0);
    assert_eq!(drawn, Tensor::randn([5, 3], CPU));
}

#[test]
fn loading_broadcasts_in_tch_and_is_refused_here() {
    let _alone = support::draws();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("w.safetensors");
    Tensor::write_safetensors(&[("weight", &Tensor::ones([1], CPU))], &file).unwrap();
    let mut vs = nn::VarStore::new(Device::Cpu);
    let weight = vs.root().zeros("weight", &[2, 3]);
    vs.load(&file).unwrap();
    assert_eq!(weight, Tensor::ones([2, 3], CPU));
    let state = StateDict::load(&file).unwrap();
    let config = torch_nn::LinearConfig { bias: false, ..torch_nn::LinearConfig::new(3, 2) };
    assert!(state.build("", |p| torch_nn::Linear::new(p, config)).is_err());
}

#[test]
fn a_number_over_a_tensor_can_differ_in_the_last_bit() {
    let _alone = support::draws();
    let v = Tensor::arange_start(1.0, 1000.0, CPU);
    let tchs: Tensor = 3 / &v;
    let torchs = v.reciprocal() * 3;
    assert!(tchs.allclose(&torchs, 1e-6, 0.0, false));
    assert_ne!(tchs, torchs);
}

#[test]
fn kinds_of_numbers() {
    let _alone = support::draws();
    let n = tensor![1, 2];
    assert_eq!(((&n + 1).kind(), (&n + 1.5).kind()), (Kind::Int64, Kind::Float));
    assert!(n.shallow_clone().f_add_(&Tensor::from(0.5)).is_err());
    assert!(n.f_mean(None::<Kind>).is_err());
    assert_eq!(Tensor::from_slice(&[0.1]).kind(), Kind::Double);
    assert_eq!(tensor![0.1].kind(), Kind::Float);
}

#[test]
fn a_fallible_function_that_takes_a_number_panics_all_the_same() {
    let _alone = support::draws();
    let panicked = std::thread::spawn(|| tensor![1, 2].f_add_scalar_(0.5).is_err()).join();
    assert!(panicked.is_err(), "tch is mended: the note can go");
}

#[test]
fn storage_is_shared_and_rust_does_not_see_it() {
    let _alone = support::draws();
    let base = Tensor::ones([2, 2], CPU);
    let _ = base.i(0).zero_();
    assert_eq!(base.sum(None::<Kind>), Tensor::from(2.0f32));
    let copy = base.copy();
    let _ = base.shallow_clone().zero_();
    assert_eq!(base.sum(None::<Kind>), Tensor::from(0.0f32));
    assert_eq!(copy.sum(None::<Kind>), Tensor::from(2.0f32));
}

#[test]
fn tr_is_for_matrices() {
    let _alone = support::draws();
    assert!(Tensor::ones([2, 3, 4], CPU).f_tr().is_err());
}

#[test]
fn zero_grad_leaves_zeros() {
    let _alone = support::draws();
    let w = tensor![1.0].set_requires_grad(true);
    (&w * 2).backward();
    let mut handed_out = w.grad();
    let _ = handed_out.fill_(7.0);
    assert_eq!(w.grad(), tensor![7.0]);
    w.shallow_clone().zero_grad();
    assert_eq!(w.grad(), tensor![0.0]);
}

#[test]
fn adding_a_number_is_another_operation_than_pythons() {
    let _alone = support::draws();
    let w = tensor![1.0].set_requires_grad(true);
    assert_eq!((&w + 1).torch_str(), "tensor([2.], grad_fn=<AddBackward1>)");
}

#[test]
fn tchs_own_display_is_another_text() {
    let _alone = support::draws();
    let x = tensor![1.0, 2.5];
    assert_ne!(format!("{x}"), x.torch_str());
}

#[test]
fn forward_t_is_told_the_mode_each_time() {
    let _alone = support::draws();
    use tch::nn::ModuleT;
    let layer = nn::func_t(|x, train| x.dropout(0.5, train));
    let x = Tensor::ones([100], CPU);
    assert_eq!(layer.forward_t(&x, false), x);
    assert_ne!(layer.forward_t(&x, true), x);
    let module = nn::func(|x| x.relu());
    assert_eq!(module.forward(&x), x);
}
