//! What does not fit is refused in words: the argument, what it was and what it should be. Every error that torch has
//! for these modules has its counterpart here.

use atencion::nn::*;
use atencion::{ErrorKind, Result, StateDict};
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

const CPU: (Kind, Device) = (Kind::Float, Device::Cpu);

fn store() -> VarStore {
    VarStore::new(Device::Cpu)
}

fn randn(size: &[i64]) -> Tensor {
    Tensor::randn(size, CPU)
}

/// Asserts that it fails with all of these words, in one line.
#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T>, words: &[&str]) -> ErrorKind {
    let error = result.expect_err("this must be refused");
    for word in words {
        assert!(error.what().contains(word), "{:?} does not say {word:?}", error.what());
    }
    assert!(!error.what().contains('\n'), "{:?} is not one line", error.what());
    error.kind()
}

/// Four features, two heads, batch first.
fn attention() -> MultiheadAttention {
    let config =
        MultiheadAttentionConfig { batch_first: true, ..MultiheadAttentionConfig::new(4, 2) };
    MultiheadAttention::new(store().root(), config).expect("an attention")
}

#[track_caller]
fn attention_refuses(args: &MultiheadAttentionArgs, words: &[&str]) -> ErrorKind {
    let x = randn(&[2, 3, 4]);
    refused(attention().forward_with(&x, &x, &x, args), words)
}

#[test]
fn attention_configs() {
    let _draws = support::draws();
    let new = |config| MultiheadAttention::new(store().root(), config);
    let base = MultiheadAttentionConfig::new(4, 2);
    refused(new(MultiheadAttentionConfig::new(5, 2)), &["embed_dim=5", "divisible", "num_heads=2"]);
    refused(new(MultiheadAttentionConfig::new(0, 2)), &["greater than 0", "embed_dim=0"]);
    refused(new(MultiheadAttentionConfig::new(4, 0)), &["greater than 0", "num_heads=0"]);
    refused(new(MultiheadAttentionConfig::new(4, -2)), &["greater than 0", "num_heads=-2"]);
    refused(new(MultiheadAttentionConfig { kdim: Some(0), ..base.clone() }), &["kdim", "0"]);
    refused(new(MultiheadAttentionConfig { vdim: Some(-1), ..base.clone() }), &["vdim", "-1"]);
    for dropout in [-0.1, 1.5, f64::NAN] {
        let words = ["dropout", "between 0 and 1", &dropout.to_string()];
        refused(new(MultiheadAttentionConfig { dropout, ..base.clone() }), &words);
    }
}

#[test]
fn attention_sequences() {
    let _draws = support::draws();
    let (attention, none) = (attention(), MultiheadAttentionArgs::default());
    let x = randn(&[2, 3, 4]);
    let wide = randn(&[2, 3, 5]);
    refused(
        attention.forward_with(&wide, &wide, &wide, &none),
        &["query", "[2, 3, 5]", "embed_dim=4"],
    );
    refused(attention.forward_with(&x, &wide, &wide, &none), &["key", "[2, 3, 5]", "kdim=4"]);
    refused(attention.forward_with(&x, &x, &wide, &none), &["value", "[2, 3, 5]", "vdim=4"]);
    let three = randn(&[3, 3, 4]);
    refused(
        attention.forward_with(&x, &three, &three, &none),
        &["key", "batch of 3", "query", "2"],
    );
    let longer = randn(&[2, 5, 4]);
    refused(
        attention.forward_with(&x, &longer, &x, &none),
        &["value", "length 3", "key", "length 5"],
    );
    let flat = randn(&[3, 4]);
    refused(
        attention.forward_with(&x, &flat, &flat, &none),
        &["key", "[3, 4]", "[batch, length, features]"],
    );
    refused(
        attention.forward_with(&flat, &x, &x, &none),
        &["key", "[2, 3, 4]", "[length, features]"],
    );
    for size in [&[4][..], &[1, 2, 3, 4]] {
        let query = randn(size);
        let words = ["query", "2-D (unbatched) or 3-D (batched)", &format!("{size:?}")];
        refused(attention.forward_with(&query, &query, &query, &none), &words);
    }
    let wide = x.to_kind(Kind::Double);
    let kind = refused(
        attention.forward_with(&wide, &wide, &wide, &none),
        &["query is float64", "float32"],
    );
    assert_eq!(kind, ErrorKind::Type);
    let kind =
        refused(attention.forward_with(&x, &wide, &wide, &none), &["key is float64", "float32"]);
    assert_eq!(kind, ErrorKind::Type);
    let ids = x.to_kind(Kind::Int64);
    refused(attention.forward_with(&ids, &ids, &ids, &none), &["query is int64", "float32"]);
}

#[test]
fn attention_masks() {
    let _draws = support::draws();
    let bools = |size: &[i64]| Tensor::zeros(size, (Kind::Bool, Device::Cpu));
    let (wrong, rows) = (bools(&[3, 4]), bools(&[2, 3, 3]));
    fn args(mask: &Tensor) -> MultiheadAttentionArgs<'_> {
        MultiheadAttentionArgs { attn_mask: Some(mask), ..Default::default() }
    }
    attention_refuses(&args(&wrong), &["attn_mask", "[3, 4]", "[L=3, S=3]"]);
    attention_refuses(&args(&rows), &["attn_mask", "[2, 3, 3]", "[batch·heads=4, L=3, S=3]"]);
    attention_refuses(&args(&bools(&[3])), &["attn_mask", "[3]", "[L=3, S=3]"]);
    for kind in [Kind::Int64, Kind::Uint8, Kind::Double] {
        let mask = Tensor::zeros([3, 3], (kind, Device::Cpu));
        let words = ["attn_mask", "only bool (true = masked) and float32", "supported"];
        assert_eq!(attention_refuses(&args(&mask), &words), ErrorKind::Type);
    }
    fn padding(mask: &Tensor) -> MultiheadAttentionArgs<'_> {
        MultiheadAttentionArgs { key_padding_mask: Some(mask), ..Default::default() }
    }
    attention_refuses(&padding(&bools(&[2, 4])), &["key_padding_mask", "[2, 4]", "[batch=2, S=3]"]);
    attention_refuses(&padding(&bools(&[3, 3])), &["key_padding_mask", "[3, 3]", "[batch=2, S=3]"]);
    attention_refuses(&padding(&bools(&[3])), &["key_padding_mask", "[3]", "[batch=2, S=3]"]);
    let ints = Tensor::zeros([2, 3], (Kind::Int64, Device::Cpu));
    attention_refuses(&padding(&ints), &["key_padding_mask is int64", "only bool"]);
    let hint = MultiheadAttentionArgs { is_causal: true, ..Default::default() };
    attention_refuses(&hint, &["need attn_mask", "is_causal hint"]);

    let (attention, x) = (attention(), randn(&[3, 4]));
    let three_heads = bools(&[3, 3, 3]);
    let args = args(&three_heads);
    refused(
        attention.forward_with(&x, &x, &x, &args),
        &["attn_mask", "[3, 3, 3]", "[batch·heads=2, L=3, S=3]"],
    );
    let args = MultiheadAttentionArgs { key_padding_mask: Some(&wrong), ..Default::default() };
    refused(attention.forward_with(&x, &x, &x, &args), &["key_padding_mask", "[3, 4]", "[S=3]"]);
}

#[test]
fn attention_as_a_function() {
    let _draws = support::draws();
    let (x, packed, out) = (randn(&[3, 2, 4]), randn(&[12, 4]), randn(&[4, 4]));
    let bias = randn(&[1, 1, 4]);
    let good = MultiheadAttentionParameters {
        num_heads: 2,
        in_proj: InProjection::Packed(&packed),
        in_proj_bias: None,
        bias_k: None,
        bias_v: None,
        add_zero_attn: false,
        dropout_p: 0.0,
        out_proj_weight: &out,
        out_proj_bias: None,
        training: true,
        static_k: None,
        static_v: None,
    };
    let call = |parameters| {
        multi_head_attention_forward(&x, &x, &x, &parameters, &MultiheadAttentionArgs::default())
    };
    assert!(call(good).is_ok());
    refused(
        call(MultiheadAttentionParameters { num_heads: 3, ..good }),
        &["embed_dim=4", "num_heads=3"],
    );
    refused(call(MultiheadAttentionParameters { dropout_p: 1.5, ..good }), &["dropout_p", "1.5"]);
    let in_proj = InProjection::Packed(&out);
    refused(
        call(MultiheadAttentionParameters { in_proj, ..good }),
        &["in_proj_weight", "[4, 4]", "[12, 4]"],
    );
    let in_proj =
        InProjection::Separate { q_proj_weight: &out, k_proj_weight: &packed, v_proj_weight: &out };
    refused(
        call(MultiheadAttentionParameters { in_proj, ..good }),
        &["k_proj_weight", "[12, 4]", "[4, 4]"],
    );
    let short = randn(&[5]);
    refused(
        call(MultiheadAttentionParameters { in_proj_bias: Some(&short), ..good }),
        &["in_proj_bias", "[5]", "[12]"],
    );
    refused(
        call(MultiheadAttentionParameters { out_proj_bias: Some(&short), ..good }),
        &["out_proj_bias", "[5]", "[4]"],
    );
    refused(
        call(MultiheadAttentionParameters { bias_k: Some(&bias), ..good }),
        &["bias_k and bias_v", "together"],
    );
    let heads = randn(&[3, 3, 2]);
    refused(
        call(MultiheadAttentionParameters { static_k: Some(&heads), ..good }),
        &["static_k", "[3, 3, 2]", "[4, 3, 2]"],
    );
    let both = MultiheadAttentionParameters { bias_k: Some(&bias), bias_v: Some(&bias), ..good };
    let heads = randn(&[4, 3, 2]);
    refused(
        call(MultiheadAttentionParameters { static_v: Some(&heads), ..both }),
        &["bias_k", "static_v"],
    );
}

#[test]
fn layers() {
    let _draws = support::draws();
    let base = TransformerLayerConfig {
        dim_feedforward: 8,
        batch_first: true,
        ..TransformerLayerConfig::new(4, 2)
    };
    let new = |config| TransformerEncoderLayer::new(store().root(), config);
    refused("swish".parse::<Activation>(), &["activation should be relu/gelu, not swish"]);
    refused(
        new(TransformerLayerConfig { nhead: 3, ..base.clone() }),
        &["embed_dim=4", "num_heads=3"],
    );
    refused(new(TransformerLayerConfig { dropout: 2.0, ..base.clone() }), &["dropout", "2"]);
    refused(
        new(TransformerLayerConfig { dim_feedforward: 0, ..base.clone() }),
        &["dim_feedforward", "0"],
    );

    let layer = new(base.clone()).expect("a layer");
    let (src, wide) = (randn(&[2, 3, 4]), randn(&[2, 3, 5]));
    let mask = Tensor::zeros([3, 4], (Kind::Bool, Device::Cpu));
    refused(layer.forward(&wide), &["src", "[2, 3, 5]", "embed_dim=4"]);
    let args = TransformerEncoderLayerArgs { src_mask: Some(&mask), ..Default::default() };
    refused(layer.forward_with(&src, &args), &["src_mask", "[3, 4]", "[L=3, S=3]"]);
    let args =
        TransformerEncoderLayerArgs { src_key_padding_mask: Some(&mask), ..Default::default() };
    refused(layer.forward_with(&src, &args), &["src_key_padding_mask", "[3, 4]", "[batch=2, S=3]"]);
    let args = TransformerEncoderLayerArgs { is_causal: true, ..Default::default() };
    refused(layer.forward_with(&src, &args), &["need src_mask", "is_causal hint"]);
    refused(layer.forward(&src.to_kind(Kind::Double)), &["src is float64", "float32"]);

    let layer = TransformerDecoderLayer::new(store().root(), base).expect("a layer");
    let three = randn(&[3, 3, 4]);
    refused(layer.forward(&src, &three), &["memory", "batch of 3", "tgt", "2"]);
    refused(layer.forward(&src, &wide), &["memory", "[2, 3, 5]", "4"]);
    refused(layer.forward(&wide, &src), &["tgt", "[2, 3, 5]", "embed_dim=4"]);
    refused(layer.forward(&src, &src.to_kind(Kind::Double)), &["memory is float64"]);
    let square = Tensor::zeros([3, 3], (Kind::Bool, Device::Cpu));
    let longer = randn(&[2, 5, 4]);
    let args = TransformerDecoderLayerArgs { memory_mask: Some(&square), ..Default::default() };
    refused(layer.forward_with(&src, &longer, &args), &["memory_mask", "[3, 3]", "[L=3, S=5]"]);
    let args =
        TransformerDecoderLayerArgs { tgt_key_padding_mask: Some(&square), ..Default::default() };
    refused(
        layer.forward_with(&src, &longer, &args),
        &["tgt_key_padding_mask", "[3, 3]", "[batch=2, S=3]"],
    );
    let args = TransformerDecoderLayerArgs { memory_is_causal: true, ..Default::default() };
    refused(layer.forward_with(&src, &src, &args), &["need memory_mask", "memory_is_causal"]);
}

#[test]
fn stacks() {
    let _draws = support::draws();
    let config = TransformerConfig {
        d_model: 4,
        nhead: 2,
        dim_feedforward: 8,
        batch_first: true,
        ..Default::default()
    };
    let new = |config| Transformer::new(store().root(), config);
    refused(
        new(TransformerConfig { num_encoder_layers: 0, ..config.clone() }),
        &["num_encoder_layers", "0"],
    );
    refused(
        new(TransformerConfig { num_decoder_layers: -1, ..config.clone() }),
        &["num_decoder_layers", "-1"],
    );
    let transformer = new(config).expect("a Transformer");
    let (src, three, wide) = (randn(&[2, 3, 4]), randn(&[3, 3, 4]), randn(&[2, 3, 5]));
    let none = TransformerArgs::default();
    refused(
        transformer.forward_with(&src, &three, &none),
        &["the batch number of src and tgt must be equal", "[3, 3, 4]"],
    );
    refused(
        transformer.forward_with(&wide, &src, &none),
        &["the feature number of src and tgt must be equal to d_model=4"],
    );
    refused(
        transformer.forward_with(&src, &wide, &none),
        &["the feature number of src and tgt must be equal to d_model=4"],
    );
    refused(
        transformer.forward_with(&src, &randn(&[3, 4]), &none),
        &["src and tgt should both", "[3, 4]"],
    );
    let mask = Tensor::zeros([4, 4], (Kind::Bool, Device::Cpu));
    let args = TransformerArgs { src_mask: Some(&mask), ..none };
    refused(transformer.forward_with(&src, &src, &args), &["mask", "[4, 4]", "[L=3, S=3]"]);
    let args = TransformerArgs { tgt_mask: Some(&mask), ..none };
    refused(transformer.forward_with(&src, &src, &args), &["tgt_mask", "[4, 4]", "[L=3, S=3]"]);
    refused(<Transformer>::generate_square_subsequent_mask(-1, CPU), &["sz", "-1"]);
    assert_eq!(
        <Transformer>::generate_square_subsequent_mask(0, CPU).expect("an empty mask").size(),
        [0, 0]
    );

    let layer = TransformerLayerConfig { dim_feedforward: 8, ..TransformerLayerConfig::new(4, 2) };
    let config = TransformerEncoderConfig::new(layer, 0);
    refused(TransformerEncoder::new(store().root(), config), &["number of layers", "0"]);
}

#[test]
fn simple_layers() {
    let _draws = support::draws();
    let vs = store();
    refused(Linear::new(vs.root(), LinearConfig::new(-1, 2)), &["in_features", "-1"]);
    let linear = Linear::new(vs.root(), LinearConfig::new(3, 2)).expect("a layer");
    refused(linear.forward(&randn(&[4, 5])), &["input", "[4, 5]", "in_features=3"]);
    refused(linear.forward(&randn(&[])), &["input", "[]", "in_features=3"]);
    refused(
        linear.forward(&randn(&[4, 3]).to_kind(Kind::Double)),
        &["input is float64", "float32"],
    );
    refused(
        Linear::new(vs.root(), LinearConfig::new(3, 2)),
        &["weight is already in this VarStore"],
    );

    refused(LayerNorm::new(store().root(), LayerNormConfig::new(&[])), &["normalized_shape", "[]"]);
    let norm = LayerNorm::new(store().root(), LayerNormConfig::new(&[3, 4])).expect("a norm");
    refused(norm.forward(&randn(&[2, 4])), &["input", "[2, 4]", "LayerNorm", "[3, 4]"]);
    refused(norm.forward(&randn(&[3, 4]).to_kind(Kind::Double)), &["input is float64", "float32"]);
    let norm = RmsNorm::new(store().root(), RmsNormConfig::new(&[4])).expect("a norm");
    refused(norm.forward(&randn(&[2, 5])), &["input", "[2, 5]", "RMSNorm", "[4]"]);
    for p in [-0.5, 1.5] {
        refused(Dropout::new(p), &["dropout", "between 0 and 1", &p.to_string()]);
    }
}

#[test]
fn embeddings() {
    let _draws = support::draws();
    let new = |config| Embedding::new(store().root(), config);
    let base = EmbeddingConfig::new(5, 3);
    for padding_idx in [5, -6] {
        let config = EmbeddingConfig { padding_idx: Some(padding_idx), ..base.clone() };
        refused(new(config), &["padding_idx", "num_embeddings=5", &padding_idx.to_string()]);
    }
    let embedding = new(base.clone()).expect("a table");
    for id in [5i64, -1, i64::MAX] {
        let words = [&format!("the id {id}"), "num_embeddings=5", "0 to 4"];
        refused(embedding.forward(&Tensor::from_slice(&[0, id])), &words);
    }
    let shrinking = new(EmbeddingConfig { max_norm: Some(1.0), ..base }).expect("a table");
    refused(shrinking.forward(&Tensor::from_slice(&[7i64])), &["the id 7", "num_embeddings=5"]);
    let kind = refused(embedding.forward(&randn(&[2])), &["ids", "int64", "float32"]);
    assert_eq!(kind, ErrorKind::Type);
}

/// A query that may attend to nothing: NaN where the weights are computed step by step, and 0 before the output
/// projection where the fused kernels are; as torch.
#[test]
fn fully_masked_rows() {
    let _draws = support::draws();
    let (attention, x) = (attention(), randn(&[2, 3, 4]));
    let mask = Tensor::from_slice2(&[[true, true, true], [false, false, true]]);
    let args = MultiheadAttentionArgs { key_padding_mask: Some(&mask), ..Default::default() };
    let (output, weights) = attention.forward_with(&x, &x, &x, &args).expect("an output");
    assert!(bool::try_from(output.get(0).isnan().all()).unwrap());
    assert!(bool::try_from(weights.expect("weights").get(0).isnan().all()).unwrap());
    assert!(bool::try_from(output.get(1).isfinite().all()).unwrap());
    let args = MultiheadAttentionArgs { need_weights: false, ..args };
    let (output, _) = attention.forward_with(&x, &x, &x, &args).expect("an output");
    let bias = attention.out_proj.bias.as_ref().expect("a bias");
    support::assert_bits("fused", &output.get(0), &bias.expand([3, 4], false).contiguous());
}

#[test]
fn state_dicts() {
    let _draws = support::draws();
    let config = MultiheadAttentionConfig::new(4, 2);
    let good = attention().state_dict();
    let mut bad: StateDict =
        good.iter().map(|(name, tensor)| (name.to_owned(), tensor.copy())).collect();
    bad.insert("out_proj.weight", randn(&[4, 5]));
    bad.insert("in_proj_bias", randn(&[12]).to_kind(Kind::Double));
    bad.insert("in_proj_wieght", randn(&[1]));
    let kept: StateDict = bad.into_iter().filter(|(name, _)| name != "out_proj.bias").collect();
    let words = [
        "missing: out_proj.bias",
        "unexpected: in_proj_wieght",
        "out_proj.weight is [4, 5] but should be [4, 4]",
        "in_proj_bias is float64 but should be float32",
    ];
    refused(kept.build("", |p| MultiheadAttention::new(p, config.clone())), &words);

    let mut module = attention();
    let before: Vec<Tensor> = module.parameters().iter().map(Tensor::copy).collect();
    refused(module.load_state_dict(&kept), &words);
    for (parameter, before) in module.parameters().iter().zip(&before) {
        support::assert_bits("nothing is half-loaded", parameter, before);
    }
    module.load_state_dict(&good).expect("it fits");
    for ((name, parameter), (_, tensor)) in module.named_parameters().iter().zip(good.iter()) {
        support::assert_bits(name, parameter, tensor);
    }

    // A prefix, and storage shared: the gradient lands in the tensors that were given.
    let named = |(name, tensor): (&str, &Tensor)| {
        (format!("block.attn.{name}"), tensor.copy().set_requires_grad(true))
    };
    let state: StateDict = good.iter().map(named).chain([("head".into(), randn(&[1]))]).collect();
    let module =
        state.build("block.attn", |p| MultiheadAttention::new(p, config)).expect("it fits");
    let x = randn(&[3, 1, 4]);
    let (output, _) = module.forward(&x, &x, &x).expect("an output");
    output.square().sum(Kind::Float).backward();
    for (name, tensor) in state.iter().filter(|(name, _)| *name != "head") {
        assert!(tensor.grad().defined(), "{name} has no gradient");
    }
}
