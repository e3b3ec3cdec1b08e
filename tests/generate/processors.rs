//! Scores before and after each processor, beside `transformers`.

use std::path::Path;

use atencion::generate::LogitsProcessor;
use atencion::generate::processors::{
    EpsilonCutoff, EtaCutoff, ForcedBosToken, ForcedEosToken, InfNanRemove, LogitNormalization,
    MinLength, MinP, NoBadWords, NoRepeatNGram, RepetitionPenalty, SuppressTokens, Temperature,
    TopK, TopP, Typical,
};
use serde_json::Value;
use support::golden::Golden;
use support::{assert_bits, golden, made_by};

fn processor(name: &str, call: &Value) -> Box<dyn LogitsProcessor> {
    let number = |name: &str| call[name].as_f64().unwrap();
    let integer = |name: &str| call[name].as_i64().unwrap();
    let ids = |value: &Value| match value {
        Value::Array(list) => list.iter().map(|id| id.as_i64().unwrap()).collect::<Vec<_>>(),
        one => vec![one.as_i64().unwrap()],
    };
    let min_tokens_to_keep = call["min_tokens_to_keep"].as_i64().unwrap_or(1);
    match name {
        "TemperatureLogitsWarper" => Box::new(Temperature { temperature: number("temperature") }),
        "TopKLogitsWarper" => Box::new(TopK { top_k: integer("top_k"), min_tokens_to_keep }),
        "TopPLogitsWarper" => Box::new(TopP { top_p: number("top_p"), min_tokens_to_keep }),
        "MinPLogitsWarper" => Box::new(MinP { min_p: number("min_p"), min_tokens_to_keep }),
        "TypicalLogitsWarper" => Box::new(Typical { mass: number("mass"), min_tokens_to_keep }),
        "EpsilonLogitsWarper" => {
            Box::new(EpsilonCutoff { epsilon: number("epsilon"), min_tokens_to_keep })
        }
        "EtaLogitsWarper" => Box::new(EtaCutoff { epsilon: number("epsilon"), min_tokens_to_keep }),
        "RepetitionPenaltyLogitsProcessor" => {
            Box::new(RepetitionPenalty { penalty: number("penalty"), prompt_ignore_length: None })
        }
        "NoRepeatNGramLogitsProcessor" => {
            Box::new(NoRepeatNGram { ngram_size: integer("ngram_size") })
        }
        "MinLengthLogitsProcessor" => Box::new(MinLength {
            min_length: integer("min_length"),
            eos_token_id: ids(&call["eos_token_id"]),
        }),
        "NoBadWordsLogitsProcessor" => {
            let words: Vec<_> = call["bad_words_ids"].as_array().unwrap().iter().map(ids).collect();
            Box::new(NoBadWords::new(&words, &ids(&call["eos_token_id"])))
        }
        "ForcedBOSTokenLogitsProcessor" => {
            Box::new(ForcedBosToken { bos_token_id: integer("bos_token_id") })
        }
        "ForcedEOSTokenLogitsProcessor" => Box::new(ForcedEosToken {
            max_length: integer("max_length"),
            eos_token_id: ids(&call["eos_token_id"]),
        }),
        "SuppressTokensLogitsProcessor" => {
            Box::new(SuppressTokens { suppress_tokens: ids(&call["suppress_tokens"]) })
        }
        "InfNanRemoveLogitsProcessor" => Box::new(InfNanRemove),
        "LogitNormalization" => Box::new(LogitNormalization),
        other => panic!("{other} is not known here"),
    }
}

pub fn hold(folder: &Path) -> usize {
    let tensors = Golden::from_bytes(std::fs::read(folder.join("processors.safetensors")).unwrap());
    let cases = std::fs::read_to_string(folder.join("processors.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&cases).unwrap();
    for case in &cases {
        let (key, name) = (case["key"].as_str().unwrap(), case["name"].as_str().unwrap());
        let tensor = |part: &str| tensors.tensor(&format!("{key}/{part}"));
        let out = processor(name, &case["call"])
            .process(&tensor("input_ids"), &tensor("scores"))
            .unwrap();
        assert_bits(&format!("{name} {}", case["call"]), &out, &tensor("out"));
    }
    cases.len()
}

#[test]
fn processors_change_scores_as_in_transformers() {
    assert!(hold(&golden("generate")) > 60);
}

/// The folder `logits` of cases like those of scripts/goldens/hf_tiny.py: `ATENCION_HF_TINY=FOLDER`.
#[test]
fn cases_of_ones_own() {
    let Some(folder) = std::env::var_os("ATENCION_HF_TINY") else { return };
    let folder = Path::new(&folder).join("logits");
    let Ok(text) = std::fs::read_to_string(folder.join("cases.json")) else { return };
    let tensors = Golden::from_bytes(std::fs::read(folder.join("cases.safetensors")).unwrap());
    let cases: Value = serde_json::from_str(&text).unwrap();
    // Python has refused some of the options.
    let cases = cases["cases"].as_array().unwrap().iter().filter(|case| case["error"].is_null());
    let mut count = 0;
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let tensor = |part: &str, key: &str| tensors.tensor(case[part][key].as_str().unwrap());
        let class = name.split('/').next_back().unwrap();
        let processor = processor(class, &case["call"]);
        let (ids, scores) = (tensor("inputs", "input_ids"), tensor("inputs", "scores"));
        let out = processor.process(&ids, &scores).unwrap();
        support::assert_close(name, &out, &tensor("outputs", "out"), 1e-10);
        count += 1;
    }
    println!("{count} processors");
}

#[test]
fn with_other_scores() {
    let Some(folder) = made_by("generate", &["--seed", "31", "--count", "1"]) else { return };
    assert!(hold(folder.path()) > 60);
}
