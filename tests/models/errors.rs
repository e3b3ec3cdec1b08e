//! What cannot be is said in one line.

use atencion::StateDict;
use atencion::models::{
    AttnImplementation, ConfigJson, Gpt2Args, Gpt2Config, Gpt2LmHeadModel, Seq2SeqArgs,
    Seq2SeqConfig, Seq2SeqLmModel, ViTArgs, ViTConfig, ViTForImageClassification,
};
use atencion::nn::{Module, Path};
use tch::{Device, Kind, Tensor};

fn config() -> Gpt2Config {
    Gpt2Config {
        vocab_size: 10,
        n_positions: 6,
        n_embd: 8,
        n_layer: 2,
        n_head: 2,
        ..Gpt2Config::default()
    }
}

fn model() -> Gpt2LmHeadModel {
    let _draws = support::draws();
    Gpt2LmHeadModel::new(Path::root(Device::Cpu), &config()).unwrap()
}

fn ids(numbers: &[i64]) -> Tensor {
    Tensor::from_slice(numbers).unsqueeze(0)
}

fn json(text: &str) -> String {
    let config = ConfigJson::parse(text).and_then(Gpt2Config::from_json);
    config.expect_err("a configuration that cannot be").to_string()
}

#[test]
fn every_option_is_honoured_or_refused_by_name() {
    let unknown = json(r#"{"model_type": "gpt2", "rotary_dim": 3, "n_embd": 8}"#);
    assert!(unknown.contains("rotary_dim = 3"), "{unknown}");
    let other = json(r#"{"model_type": "bert"}"#);
    assert!(other.contains("bert") && other.contains("gpt2"), "{other}");
    assert!(json(r#"{"model_type": "gpt2", "attn_pdrop": 2}"#).contains("attn_pdrop"));
    assert!(json(r#"{"model_type": "gpt2", "n_layer": -1}"#).contains("n_layer"));
    assert!(json(r#"{"model_type": "gpt2", "n_embd": 1.5}"#).contains("n_embd"));
    assert!(json(r#"{"model_type": "gpt2", "n_embd": 10, "n_head": 3}"#).contains("divisible"));
    assert!(json(r#"{"model_type": "gpt2", "activation_function": "gulu"}"#).contains("gulu"));
    assert!(json(r#"{"model_type": "gpt2", "reorder_and_upcast_attn": true}"#).contains("reorder"));
    assert!(json("[]").contains("object") && json("{").contains("JSON"));
}

#[test]
fn ids_sequences_and_masks_that_do_not_fit() {
    let model = model();
    let stray = model.forward(&ids(&[1, 10])).unwrap_err().to_string();
    assert!(stray.contains("10") && stray.contains("num_embeddings=10"), "{stray}");
    let long = model.forward(&ids(&[1; 7])).unwrap_err().to_string();
    assert!(long.contains("7 tokens") && long.contains("n_positions=6"), "{long}");
    for wrong in [Tensor::from_slice(&[1i64]), ids(&[1, 2]).unsqueeze(0), ids(&[])] {
        let shape = model.forward(&wrong).unwrap_err().to_string();
        let expected = format!("input_ids is {:?} but should be [B, L]", wrong.size());
        assert!(shape.contains(&expected), "{shape}");
    }
    let mask = Tensor::ones([1, 4], (Kind::Int64, Device::Cpu));
    let args = Gpt2Args { attention_mask: Some(&mask), ..Gpt2Args::default() };
    let short = model.forward_with(&ids(&[1, 2, 3]), args).unwrap_err().to_string();
    assert!(short.contains("[1, 4]") && short.contains("[B=1, L=3]"), "{short}");
    let args = Gpt2Args { output_attentions: true, ..Gpt2Args::default() };
    assert_eq!(model.transformer.attn_implementation, AttnImplementation::Sdpa);
    let none = model.forward_with(&ids(&[1]), args).unwrap_err().to_string();
    assert!(none.contains("sdpa"), "{none}");
}

#[test]
fn weights_that_do_not_fit_are_all_named() {
    let state: StateDict = model()
        .state_dict()
        .into_iter()
        .filter(|(name, _)| !name.ends_with("h.1.mlp.c_fc.bias"))
        .chain([("transformer.h.2.ln_1.weight".to_owned(), Tensor::from(1.0f32))])
        .collect();
    let error = Gpt2LmHeadModel::from_state_dict(state, &config()).unwrap_err().to_string();
    assert!(error.contains("missing: transformer.h.1.mlp.c_fc.bias"), "{error}");
    assert!(error.contains("unexpected: transformer.h.2.ln_1.weight"), "{error}");
}

#[test]
fn tied_weights_that_disagree_are_refused() {
    let mut state = model().state_dict();
    state.insert("lm_head.weight", Tensor::ones([10, 8], (Kind::Float, Device::Cpu)));
    let error = Gpt2LmHeadModel::from_state_dict(state, &config()).unwrap_err().to_string();
    assert!(error.contains("lm_head.weight"), "{error}");
}

#[test]
fn a_folder_without_config_or_weights() {
    let folder = tempfile::tempdir().unwrap();
    let error = Gpt2LmHeadModel::from_pretrained(folder.path()).unwrap_err();
    assert!(error.to_string().contains("config.json"), "{error}");
    std::fs::write(folder.path().join("config.json"), r#"{"model_type": "gpt2"}"#).unwrap();
    let error = Gpt2LmHeadModel::from_pretrained(folder.path()).unwrap_err();
    assert!(error.to_string().contains("model.safetensors"), "{error}");
}

fn vit() -> ViTForImageClassification {
    let config = ViTConfig {
        hidden_size: 8,
        num_hidden_layers: 1,
        num_attention_heads: 2,
        intermediate_size: 8,
        image_size: [8, 8],
        patch_size: [4, 4],
        ..ViTConfig::default()
    };
    let _draws = support::draws();
    ViTForImageClassification::new(Path::root(Device::Cpu), &config).unwrap()
}

#[test]
fn pictures_that_do_not_fit() {
    let model = vit();
    let pixels = |size: [i64; 4]| Tensor::zeros(size, (Kind::Float, Device::Cpu));
    let refused = |size| model.forward(&pixels(size)).unwrap_err().to_string();
    assert!(refused([1, 3, 8, 12]).contains("(8*12) doesn't match model (8*8)"));
    assert!(refused([1, 1, 8, 8]).contains("num_channels=3"));
    assert!(refused([0, 3, 8, 8]).contains("[0, 3, 8, 8]"));
    let stray = Tensor::from_slice(&[5i64]);
    let args = ViTArgs { labels: Some(&stray), ..ViTArgs::default() };
    assert!(model.forward_with(&pixels([1, 3, 8, 8]), args).is_err());
}

#[test]
fn a_vits_options_are_honoured_or_refused_by_name() {
    let json = |text: &str| {
        let config = ConfigJson::parse(text).and_then(ViTConfig::from_json);
        config.expect_err("a configuration that cannot be").to_string()
    };
    assert!(json(r#"{"model_type": "vit", "image_size": [8, 8, 8]}"#).contains("image_size"));
    assert!(json(r#"{"model_type": "vit", "patch_size": 0}"#).contains("patch_size"));
    assert!(json(r#"{"model_type": "vit", "image_size": 8}"#).contains("no piece"));
    assert!(json(r#"{"model_type": "vit", "num_attention_heads": 7}"#).contains("divisible"));
    assert!(json(r#"{"model_type": "vit", "id2label": {"1": "cat"}}"#).contains("none for 0"));
    assert!(json(r#"{"model_type": "vit", "problem_type": "x"}"#).contains("problem_type"));
    assert!(json(r#"{"model_type": "vit", "hidden_dropout_prob": 2}"#).contains("between 0 and 1"));
    assert!(json(r#"{"model_type": "vit", "layer_scale": 1}"#).contains("layer_scale = 1"));
}

#[test]
fn an_encoder_decoder_says_what_does_not_fit() {
    let config = Seq2SeqConfig {
        vocab_size: 10,
        decoder_vocab_size: 10,
        max_position_embeddings: 4,
        d_model: 8,
        encoder_layers: 1,
        decoder_layers: 1,
        encoder_attention_heads: 2,
        decoder_attention_heads: 2,
        encoder_ffn_dim: 8,
        decoder_ffn_dim: 8,
        pad_token_id: 0,
        decoder_start_token_id: 0,
        ..Seq2SeqConfig::marian()
    };
    let _draws = support::draws();
    let model = Seq2SeqLmModel::new(Path::root(Device::Cpu), &config).unwrap();
    let refused = |read: &[i64], written: &[i64]| {
        model.forward(&ids(read), &ids(written)).unwrap_err().to_string()
    };
    assert!(refused(&[1, 10], &[1]).contains("num_embeddings=10"));
    assert!(refused(&[1], &[-1]).contains("-1"));
    assert!(refused(&[1; 5], &[1]).contains("max_position_embeddings=4"));
    assert!(refused(&[], &[1]).contains("input_ids is [1, 0]"));
    let none = model.forward_with(&ids(&[1]), Seq2SeqArgs::default()).unwrap_err().to_string();
    assert!(none.contains("decoder_input_ids are missing"), "{none}");
    let json = |text: &str| {
        let config = ConfigJson::parse(text).and_then(Seq2SeqConfig::from_json);
        config.expect_err("a configuration that cannot be").to_string()
    };
    assert!(json(r#"{"model_type": "t5"}"#).contains("t5"));
    assert!(
        json(r#"{"model_type": "marian", "normalize_before": true}"#).contains("normalize_bef")
    );
    assert!(json(r#"{"model_type": "bart", "d_model": 7}"#).contains("divisible"));
    assert!(json(r#"{"model_type": "bart", "pad_token_id": -1}"#).contains("pad_token_id"));
    assert!(json(r#"{"model_type": "marian", "dropout": 2}"#).contains("dropout"));
}
