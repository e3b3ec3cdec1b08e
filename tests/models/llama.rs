//! Llama and Qwen2 beside `transformers`: logits, hidden states, attention weights, losses, gradients, fresh weights.

use std::path::Path;

use atencion::StateDict;
use atencion::models::{
    AttnImplementation, ConfigJson, DynamicCache, LlamaArgs, LlamaConfig, LlamaForCausalLM,
};
use atencion::nn::Path as Place;
use tch::{Device, Tensor};

use crate::holding::{self, Case, Family, Found, list};

fn config(folder: &Path, how: AttnImplementation) -> LlamaConfig {
    let config = LlamaConfig::from_json(ConfigJson::load(folder).unwrap()).unwrap();
    LlamaConfig { attn_implementation: how, ..config }
}

/// Of these each has other angles: dynamic, llama3, linear, default.
const SEEDS: &[&str] = &["11", "12", "13", "19"];

/// `in_two` of scripts/goldens/_llama.py.
fn in_two(model: &LlamaForCausalLM, case: &Case) -> Found {
    let input_ids = case.input("input_ids").unwrap();
    let attention_mask = case.input("attention_mask");
    let most = input_ids.size()[1] - if attention_mask.is_none() { 3 } else { 1 };
    let mut cache = DynamicCache::default();
    let mut next = |ids: Tensor, mask: Option<&Tensor>| {
        let cache = Some(&mut cache);
        let args =
            LlamaArgs { attention_mask: mask, past_key_values: cache, ..LlamaArgs::default() };
        model.forward_with(&ids, args).unwrap().logits
    };
    let mask = attention_mask.map(|mask| mask.narrow(1, 0, most));
    let first = next(input_ids.narrow(1, 0, most), mask.as_ref());
    let rest = next(input_ids.slice(1, most, None, 1), attention_mask);
    vec![("first".into(), first), ("logits".into(), rest)]
}

fn call(model: &LlamaForCausalLM, case: &Case) -> Found {
    if case.name.starts_with("cached") {
        return in_two(model, case);
    }
    let inputs_embeds = case.input("inputs_embeds").map(|embeds| embeds.to_kind(case.kind));
    let no_ids = Tensor::from_slice2(&[[0i64; 0]]);
    let args = LlamaArgs {
        attention_mask: case.input("attention_mask"),
        position_ids: case.input("position_ids"),
        inputs_embeds: inputs_embeds.as_ref(),
        labels: case.input("labels"),
        output_hidden_states: true,
        output_attentions: case.eager,
        ..LlamaArgs::default()
    };
    let out = model.forward_with(case.input("input_ids").unwrap_or(&no_ids), args).unwrap();
    let mut found = vec![("logits".to_owned(), out.logits)];
    found.extend(out.loss.map(|loss| ("loss".to_owned(), loss)));
    found.extend(list("hidden_states", out.outputs.hidden_states));
    found.extend(list("attentions", out.outputs.attentions));
    found
}

macro_rules! family {
    ($family:ident, $name:literal) => {
        struct $family;

        impl Family for $family {
            type Model = LlamaForCausalLM;

            const NAME: &'static str = $name;

            fn fresh(folder: &Path) -> LlamaForCausalLM {
                let config = config(folder, Default::default());
                LlamaForCausalLM::new(Place::root(Device::Cpu), &config).unwrap()
            }

            fn open(folder: &Path, how: AttnImplementation, state: StateDict) -> LlamaForCausalLM {
                LlamaForCausalLM::from_state_dict(state, &config(folder, how)).unwrap()
            }

            fn call(model: &mut LlamaForCausalLM, case: &Case) -> Found {
                call(model, case)
            }
        }
    };
}

family!(Llama, "llama");
family!(Qwen2, "qwen2");

#[test]
fn a_folder_gives_transformers_numbers() {
    holding::a_folder_gives_transformers_numbers::<Llama>();
    holding::a_folder_gives_transformers_numbers::<Qwen2>();
}

#[test]
fn other_seeds_and_configurations() {
    holding::other_seeds_and_configurations::<Llama>(SEEDS);
    holding::other_seeds_and_configurations::<Qwen2>(SEEDS);
}

fn json(text: &str) -> atencion::Result<LlamaConfig> {
    LlamaConfig::from_json(ConfigJson::parse(text).unwrap())
}

#[test]
fn every_option_is_honoured_or_refused_by_name() {
    let refused = |options: &str, family: &str| {
        let text = format!(r#"{{"model_type": "{family}", {options}}}"#);
        json(&text).expect_err(&text).to_string()
    };
    let longrope = r#""rope_scaling": {"type": "longrope", "factor": 4.0}"#;
    for (options, family, word) in [
        (longrope, "llama", "longrope"),
        (r#""rope_scaling": {"rope_type": "yarn"}"#, "llama", "factor"),
        (r#""rope_scaling": {"rope_type": "linear"}"#, "llama", "factor"),
        (r#""rope_parameters": {"rope_theta": 1e4, "mscale": 1}"#, "llama", "mscale"),
        (r#""rope_parameters": 3"#, "llama", "rope_parameters"),
        (r#""rope_parameters": {"partial_rotary_factor": 0.5}"#, "llama", "partial_rotary_factor"),
        (r#""num_key_value_heads": 5"#, "llama", "num_key_value_heads"),
        (r#""hidden_size": 33"#, "llama", "multiple"),
        (r#""head_dim": 7"#, "llama", "head_dim=7"),
        (r#""sliding_window": 4096"#, "llama", "sliding_window"),
        (r#""use_sliding_window": true"#, "qwen2", "use_sliding_window"),
        (r#""layer_types": ["full_attention", "sliding_attention"]"#, "qwen2", "sliding_attention"),
        (r#""use_mrope": true"#, "qwen2", "use_mrope"),
        (r#""attention_bias": true"#, "qwen2", "attention_bias"),
        (r#""n_embd": 8"#, "gpt2", "gpt2"),
    ] {
        let error = refused(options, family);
        assert!(error.contains(word), "{options}: {error}");
    }
}

/// The options that the published folders have, SmolLM2's and Llama 3.2's and Qwen2.5's, as far as they are not sizes.
#[test]
fn published_configurations_are_read() {
    use atencion::models::{RopeParameters, RopeType};

    let smol = json(
        r#"{"model_type": "llama", "architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0,
            "bos_token_id": 0, "eos_token_id": 0, "hidden_act": "silu", "hidden_size": 576, "initializer_range": 0.041666666666666664,
            "intermediate_size": 1536, "is_llama_config": true, "max_position_embeddings": 8192, "mlp_bias": false,
            "num_attention_heads": 9, "num_hidden_layers": 30, "num_key_value_heads": 3, "pretraining_tp": 1,
            "rms_norm_eps": 1e-05, "rope_interleaved": false, "rope_scaling": null, "rope_theta": 100000,
            "tie_word_embeddings": true, "torch_dtype": "bfloat16", "transformers_version": "4.40.1", "use_cache": true,
            "vocab_size": 49152}"#,
    );
    let smol = smol.unwrap();
    assert_eq!(smol.head_dim(), 64);
    assert_eq!(
        smol.rope_parameters,
        RopeParameters { rope_theta: 100_000.0, rope_type: RopeType::Default }
    );
    let llama = json(
        r#"{"model_type": "llama", "bos_token_id": 128000, "eos_token_id": [128001, 128008], "head_dim": 64,
            "hidden_size": 2048, "max_position_embeddings": 131072, "rope_scaling": {"factor": 32.0,
            "high_freq_factor": 4.0, "low_freq_factor": 1.0, "original_max_position_embeddings": 8192,
            "rope_type": "llama3"}, "rope_theta": 500000.0}"#,
    );
    let rope_type = RopeType::Llama3 {
        factor: 32.0,
        low_freq_factor: 1.0,
        high_freq_factor: 4.0,
        original_max_position_embeddings: 8192,
    };
    let expected = RopeParameters { rope_theta: 500_000.0, rope_type };
    assert_eq!(llama.unwrap().rope_parameters, expected);
    let qwen = json(
        r#"{"model_type": "qwen2", "hidden_size": 896, "num_attention_heads": 14, "num_key_value_heads": 2,
            "max_window_layers": 21, "sliding_window": 32768, "use_sliding_window": false, "use_mrope": false}"#,
    );
    let qwen = qwen.unwrap();
    assert!(qwen.qkv_bias && !qwen.attention_bias);
}
