//! Models whose weights are packed write what they write otherwise, as far as a format's precision goes.

use std::path::Path;

use atencion::StateDict;
use atencion::generate::{Decoder, DecoderArgs, GenerationConfig, generate};
use atencion::libtorch::WeightFormat;
use atencion::models::{
    DynamicCache, Gpt2Config, Gpt2LmHeadModel, LlamaConfig, LlamaForCausalLM, Seq2SeqConfig,
    Seq2SeqLmModel, open_decoder, open_packed_decoder,
};
use atencion::nn::{Module, Path as Place};
use serde_json::{Value, json};
use support::{draws, golden};
use tch::{Device, Kind, Tensor};
use tempfile::TempDir;

/// A model's folder as `save_pretrained` leaves it, its weights of that kind.
fn saved(model: &dyn Module, config: &Value, kind: Kind) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    let state = model.state_dict().cast(kind).unwrap();
    state.save(folder.path().join("model.safetensors")).unwrap();
    folder
}

/// Tiny models of the other families, drawn here; GPT-2's is `transformers`'.
fn llama(model_type: &str, kind: Kind) -> TempDir {
    let config = LlamaConfig {
        vocab_size: 50,
        hidden_size: 32,
        intermediate_size: 48,
        num_hidden_layers: 2,
        num_attention_heads: 4,
        num_key_value_heads: Some(2),
        qkv_bias: model_type == "qwen2",
        initializer_range: 0.2,
        ..LlamaConfig::default()
    };
    let json = json!({
        "model_type": model_type, "vocab_size": 50, "hidden_size": 32, "intermediate_size": 48,
        "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2
    });
    saved(&LlamaForCausalLM::new(Place::root(Device::Cpu), &config).unwrap(), &json, kind)
}

fn seq2seq(model_type: &str, kind: Kind) -> TempDir {
    let sizes = json!({
        "model_type": model_type, "vocab_size": 50, "d_model": 32, "encoder_layers": 2, "decoder_layers": 2,
        "encoder_attention_heads": 4, "decoder_attention_heads": 4, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64,
        "max_position_embeddings": 40, "pad_token_id": 0, "eos_token_id": 2, "decoder_start_token_id": 0,
        "bos_token_id": 1, "init_std": 0.3
    });
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.json"), sizes.to_string()).unwrap();
    let json = atencion::models::ConfigJson::load(folder.path()).unwrap();
    let config = Seq2SeqConfig::from_json(json).unwrap();
    saved(&Seq2SeqLmModel::new(Place::root(Device::Cpu), &config).unwrap(), &sizes, kind)
}

/// All five families in files of float32 and bfloat16.
fn folders() -> Vec<(String, TempDir)> {
    let mut all = Vec::new();
    for kind in [Kind::Float, Kind::BFloat16] {
        for family in ["llama", "qwen2"] {
            all.push((format!("{family} {kind:?}"), llama(family, kind)));
        }
        for family in ["marian", "bart"] {
            all.push((format!("{family} {kind:?}"), seq2seq(family, kind)));
        }
    }
    all
}

/// Logits after a prompt, and after another token from the cache, as one.
fn logits(model: &dyn Decoder) -> Tensor {
    let prompt = Tensor::from_slice2(&[[3i64, 7, 9, 4, 11], [8, 5, 6, 10, 3]]);
    let encoded = model.encode(&prompt, None).unwrap();
    let encoded = encoded.map(|last_hidden_state| atencion::generate::Encoded {
        last_hidden_state,
        attention_mask: None,
    });
    let (mut cache, mut read) = (DynamicCache::default(), DynamicCache::default());
    let mut step = |ids: &Tensor| {
        let args = DecoderArgs {
            past_key_values: Some(&mut cache),
            cross_attention_cache: Some(&mut read),
            encoded: encoded.as_ref(),
            ..DecoderArgs::default()
        };
        model.next_logits(ids, args).unwrap()
    };
    let first = step(&prompt);
    let second = step(&Tensor::from_slice2(&[[12i64], [7]]));
    Tensor::cat(&[first, second], 0).to_kind(Kind::Double)
}

/// The length of the difference as a share of the length of what is right.
fn off(found: &Tensor, exact: &Tensor) -> f64 {
    ((found - exact).norm() / exact.norm()).double_value(&[])
}

fn allowed(format: WeightFormat) -> f64 {
    match format {
        WeightFormat::Float32 => 1e-5,
        WeightFormat::Float16 => 5e-3,
        WeightFormat::BFloat16 => 3e-2,
        WeightFormat::Int8 => 6e-2,
        WeightFormat::Int4 => 5e-1,
    }
}

fn hold(name: &str, folder: &Path) {
    let exact = tch::no_grad(|| logits(&*open_decoder(folder, Kind::Float, Device::Cpu).unwrap()));
    let mut last = 0.0;
    for format in WeightFormat::ALL {
        let model = open_packed_decoder(folder, format).unwrap();
        let off = off(&tch::no_grad(|| logits(&*model)), &exact);
        assert!(off <= allowed(format), "{name} {format:?}: {off}");
        last = off;
    }
    // Were the packed weights not those that are multiplied with, four bits would be as good as all.
    assert!(last > 1e-3, "{name}: {last}");
}

#[test]
fn every_family_and_format() {
    let _draws = draws();
    tch::manual_seed(4);
    for name in ["gpt2-0", "gpt2-1"] {
        hold(name, &golden("generate").join(name));
    }
    for (name, folder) in folders() {
        hold(&name, folder.path());
    }
}

/// float32 on other kernels: the likeliest token is the same, however it is found.
#[test]
fn what_is_written_in_float32_is_the_same() {
    let folder = golden("generate").join("gpt2-0");
    let [exact, packed] = [
        open_decoder(&folder, Kind::Float, Device::Cpu).unwrap(),
        open_packed_decoder(&folder, WeightFormat::Float32).unwrap(),
    ];
    let prompt = Tensor::from_slice2(&[[3i64, 4, 5], [6, 7, 8]]);
    let base = GenerationConfig { max_new_tokens: Some(30), ..GenerationConfig::default() };
    let beams = GenerationConfig { num_beams: 3, ..base.clone() };
    let uncached = GenerationConfig { use_cache: false, ..base.clone() };
    for config in [base, beams, uncached] {
        let written =
            [&exact, &packed].map(|model| generate(&**model, &prompt, None, &config).unwrap());
        assert_eq!(written[0].sequences, written[1].sequences, "{config:?}");
    }
}

/// What is beside the packed weights is left as it was: a state_dict has all of it.
#[test]
fn a_packed_model_keeps_its_own_weights() {
    let _draws = draws();
    let config =
        Gpt2Config { n_layer: 1, n_head: 2, n_embd: 8, vocab_size: 20, ..Default::default() };
    let fresh = Gpt2LmHeadModel::new(Place::root(Device::Cpu), &config).unwrap().state_dict();
    let names = fresh.names().map(str::to_owned).collect::<Vec<_>>();
    let packed =
        Gpt2LmHeadModel::from_state_dict(fresh.packed(WeightFormat::Int4), &config).unwrap();
    let kept: StateDict = packed.state_dict();
    assert_eq!(kept.names().collect::<Vec<_>>(), names);
    let wanting = Tensor::ones([1, 2, 8], (Kind::Float, Device::Cpu)).set_requires_grad(true);
    let refused = atencion::nn::Forward::forward(&packed.lm_head, &wanting).unwrap_err();
    assert!(refused.what().contains("derivative"), "{refused}");
}
