//! Prompts and what `transformers` wrote behind them: the same ids, scores and log-probabilities.

use std::path::Path;

use atencion::StateDict;
use atencion::generate::{Decoder, GenerationConfig, generate};
use atencion::models::{
    AttnImplementation, ConfigJson, Gpt2Config, Gpt2LmHeadModel, LlamaConfig, LlamaForCausalLM,
    Seq2SeqConfig, Seq2SeqLmModel,
};
use serde_json::Value;
use support::{draws, golden, made_by, seed};
use tch::Tensor;

fn model(folder: &Path, family: &str, eager: bool) -> Box<dyn Decoder> {
    let how = if eager { AttnImplementation::Eager } else { AttnImplementation::Sdpa };
    let json = ConfigJson::load(folder).unwrap();
    let state = StateDict::open(folder.join("model.safetensors")).unwrap();
    match family {
        "gpt2" => {
            let config = Gpt2Config::from_json(json).unwrap();
            let config = Gpt2Config { attn_implementation: how, ..config };
            Box::new(Gpt2LmHeadModel::from_state_dict(state, &config).unwrap())
        }
        "llama" | "qwen2" => {
            let config = LlamaConfig::from_json(json).unwrap();
            let config = LlamaConfig { attn_implementation: how, ..config };
            Box::new(LlamaForCausalLM::from_state_dict(state, &config).unwrap())
        }
        "marian" | "bart" => {
            let config = Seq2SeqConfig::from_json(json).unwrap();
            let config = Seq2SeqConfig { attn_implementation: how, ..config };
            Box::new(Seq2SeqLmModel::from_state_dict(state, &config).unwrap())
        }
        other => panic!("{other} is not known here"),
    }
}

/// The options of a case, and what it says of the special tokens.
fn options(case: &Value) -> GenerationConfig {
    let mut options = case["options"].clone();
    options["bos_token_id"] = 1.into();
    options["decoder_start_token_id"] = 0.into();
    GenerationConfig::from_json(&options.to_string()).unwrap()
}

fn ids(value: &Value) -> Vec<Vec<i64>> {
    serde_json::from_value(value.clone()).unwrap()
}

fn tensor(rows: &[Vec<i64>]) -> Tensor {
    Tensor::from_slice2(rows)
}

fn close(name: &str, actual: &[f64], expected: &Value) {
    let expected: Vec<f64> =
        expected.as_array().unwrap().iter().filter_map(Value::as_f64).collect();
    let near = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-5 * b.abs().max(1.0) || a == b;
    assert!(actual.iter().zip(&expected).all(near), "{name}: {actual:?} but {expected:?}");
}

fn hold(folder: &Path) -> usize {
    let _draws = draws();
    let cases = std::fs::read_to_string(folder.join("cases.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&cases).unwrap();
    for case in &cases {
        let family = case["family"].as_str().unwrap();
        let eager = case["attn_implementation"] == "eager";
        let model = model(&folder.join(case["model"].as_str().unwrap()), family, eager);
        let (prompt, mask) =
            (tensor(&ids(&case["input_ids"])), tensor(&ids(&case["attention_mask"])));
        tch::manual_seed(case["seed"].as_i64().unwrap());
        let name = format!("{} {}", case["model"], case["options"]);
        let written = generate(&*model, &prompt, Some(&mask), &options(case)).unwrap();
        let sequences = Vec::<Vec<i64>>::try_from(&written.sequences).unwrap();
        assert_eq!(sequences, ids(&case["sequences"]), "{name}");
        if let Some(scores) = &written.sequences_scores {
            close(&name, &Vec::<f64>::try_from(scores).unwrap(), &case["sequences_scores"]);
        }
        for (row, expected) in written.log_probs.iter().zip(case["log_probs"].as_array().unwrap()) {
            close(&name, row, expected);
        }
    }
    cases.len()
}

#[test]
fn the_ids_are_transformers() {
    assert_eq!(hold(&golden("generate")), 20);
}

/// `scripts/continuations` holds a thousand.
#[test]
fn other_prompts_options_and_models() {
    let count = std::env::var("ATENCION_CONTINUATIONS").unwrap_or_else(|_| "60".into());
    let seed = seed(33).to_string();
    let families = ["gpt2", "llama", "qwen2", "marian", "bart"];
    let asked = ["--seed", &seed, "--count", &count, "--families"];
    let asked = [&asked[..], &families].concat();
    let Some(folder) = made_by("generate", &asked) else { return };
    let held = hold(folder.path());
    println!("{held} continuations have transformers' ids");
    assert_eq!(held.to_string(), count);
}
