//! What cannot be is said in one line.

use atencion::Result;
use atencion::generate::{Decoder, DecoderArgs, GenerationConfig, Tokens, generate};
use support::golden;
use tch::{Device, Kind, Tensor};

/// Says the same of every token.
struct Stuck {
    scores: Vec<f32>,
}

impl Decoder for Stuck {
    fn next_logits(&self, input_ids: &Tensor, _: DecoderArgs) -> Result<Tensor> {
        Ok(Tensor::from_slice(&self.scores).repeat([input_ids.size()[0], 1]))
    }
    fn vocab_size(&self) -> i64 {
        self.scores.len() as i64
    }
    fn device(&self) -> Device {
        Device::Cpu
    }
    fn max_positions(&self) -> Option<i64> {
        Some(8)
    }
}

fn stuck() -> Stuck {
    Stuck { scores: vec![0.0, 1.0, 2.0, 3.0] }
}

fn error(model: &Stuck, prompt: &[i64], config: GenerationConfig) -> String {
    let prompt = Tensor::from_slice(prompt).view([1, -1]);
    let error = generate(model, &prompt, None, &config).expect_err("what cannot be");
    format!("{error} / {}", error.how_to_mend().unwrap_or_default())
}

fn new(tokens: i64) -> GenerationConfig {
    GenerationConfig { max_new_tokens: Some(tokens), ..GenerationConfig::default() }
}

#[test]
fn options_out_of_range_are_named() {
    let refused = |name: &str, config: GenerationConfig| {
        let said = error(&stuck(), &[1], config);
        assert!(said.contains(name), "{name}: {said}");
    };
    for temperature in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        refused("temperature", GenerationConfig { temperature, ..new(2) });
    }
    for top_p in [0.0, -0.1, 1.5, f64::NAN] {
        refused("top_p", GenerationConfig { top_p, ..new(2) });
    }
    for top_k in [0, -1] {
        refused("top_k", GenerationConfig { top_k: Some(top_k), ..new(2) });
    }
    refused("min_p", GenerationConfig { min_p: Some(1.5), ..new(2) });
    refused("typical_p", GenerationConfig { typical_p: 0.0, ..new(2) });
    refused("repetition_penalty", GenerationConfig { repetition_penalty: 0.0, ..new(2) });
    refused("num_beams", GenerationConfig { num_beams: 0, ..new(2) });
    refused("max_new_tokens", new(0));
    let twice = GenerationConfig { num_return_sequences: 2, ..new(2) };
    refused("num_return_sequences", twice.clone());
    refused("num_beams=2", GenerationConfig { num_beams: 2, num_return_sequences: 3, ..new(2) });
    refused("stop_strings", GenerationConfig { stop_strings: vec![String::new()], ..new(2) });
    refused("-4", GenerationConfig { eos_token_id: vec![-4], ..new(2) });
    refused(
        "bad_words_ids has the id 9",
        GenerationConfig { bad_words_ids: vec![vec![9]], ..new(2) },
    );
    refused("min_new_tokens", GenerationConfig { min_new_tokens: Some(3), ..new(2) });
}

#[test]
fn a_prompt_without_room_is_said_with_how_to_mend_it() {
    let said = error(&stuck(), &[1; 9], new(1));
    assert!(
        said.contains("9 tokens") && said.contains("8 positions") && said.contains("cut"),
        "{said}"
    );
    let said = error(&stuck(), &[1; 5], new(9));
    assert!(said.contains("at most 4 more"), "{said}");
    let short = GenerationConfig { max_length: Some(3), ..GenerationConfig::default() };
    assert!(error(&stuck(), &[1; 5], short).contains("max_length is 3"));
    let said = error(&stuck(), &[], new(1));
    assert!(said.contains("empty") && said.contains("bos_token_id"), "{said}");
    assert!(error(&stuck(), &[7], new(1)).contains("the id 7"));
    assert_eq!(
        generate(&stuck(), &Tensor::ones([1, 8], (Kind::Int64, Device::Cpu)), None, &new(1))
            .unwrap()
            .sequences
            .size(),
        [1, 9]
    );
}

#[test]
fn scores_that_are_no_numbers_are_never_chosen() {
    let nan = Stuck { scores: vec![0.0, f32::NAN, 1.0, 2.0] };
    let never = Stuck { scores: vec![f32::NEG_INFINITY; 4] };
    let draw = GenerationConfig { do_sample: true, top_k: None, ..new(2) };
    let beams = GenerationConfig { num_beams: 2, ..new(2) };
    for (model, config) in [(&nan, new(2)), (&nan, draw.clone()), (&nan, beams), (&never, draw)] {
        let said = error(model, &[1, 2], config);
        assert!(said.contains("token 3") && said.contains("NaN"), "{said}");
    }
}

#[test]
fn beams_have_no_token_before_the_end() {
    let config = GenerationConfig { num_beams: 2, ..new(2) };
    let prompt = Tensor::from_slice2(&[[1i64]]);
    let refused = Tokens::new(&stuck(), &prompt, None, &config).err().expect("beams");
    assert!(refused.what().contains("num_beams=2"), "{refused}");
}

#[test]
fn a_file_of_options_is_honoured_or_refused_by_name() {
    let said = |text: &str| GenerationConfig::from_json(text).expect_err(text).to_string();
    assert!(said(r#"{"penalty_alpha": 0.6, "assistant_mode": 1}"#).contains("penalty_alpha = 0.6"));
    assert!(said(r#"{"top_k": "many"}"#).contains("top_k"));
    assert!(said("[1]").contains("object") && said("{").contains("JSON"));
    let read = r#"{"eos_token_id": [1, 2], "top_k": 0, "early_stopping": "never", "transformers_version": "5"}"#;
    let read = GenerationConfig::from_json(read).unwrap();
    assert_eq!((read.eos_token_id, read.top_k), (vec![1, 2], None));
}

/// Each option that the file sets is out of range: all are named at once, and each alone.
#[test]
fn settings_that_cannot_be_are_said_field_by_field() {
    let text = std::fs::read_to_string(golden("bad_inputs/sampling_bad.json")).unwrap();
    let said = |text: &str| GenerationConfig::from_json(text).expect_err(text).to_string();
    let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
    let all = said(&text);
    assert_eq!(all.split("; ").count(), fields.len(), "{all}");
    for (name, value) in fields {
        let alone = said(&serde_json::json!({ &name: &value }).to_string());
        let is = format!("{name} should be ");
        assert!(alone.starts_with(&is) && alone.ends_with(&format!("but is {value}")), "{alone}");
        assert!(all.contains(&alone), "{name}: {all}");
    }
}
