//! `atencion translate`: line by line what the library's beams write, and what weights can be kept as.

use std::process::Stdio;

use atencion::generate::{GenerationConfig, generate};
use atencion::models::{ConfigJson, Seq2SeqConfig, Seq2SeqLmModel, open_decoder};
use atencion::nn::{Module, Path as Place};
use atencion::tokenizer::{Tokenizer, TrainArgs};
use serde_json::{Value, json};
use tch::{Device, Kind, Tensor};
use tempfile::TempDir;

use super::command::{atencion, refused};
use super::{TEXT, model, run, text, write};

/// BART, tiny and drawn from a seed, with a tokenizer of bytes and pairs.
fn bart() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let args = TrainArgs { vocab_size: 290, min_frequency: 2 };
    Tokenizer::train_bpe(&[TEXT; 3], &args).unwrap().save_pretrained(folder.path()).unwrap();
    let config = json!({
        "model_type": "bart", "vocab_size": 290, "d_model": 16, "encoder_layers": 1, "decoder_layers": 1,
        "encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32,
        "max_position_embeddings": 64, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2,
        "decoder_start_token_id": 2, "init_std": 0.5
    });
    write(folder.path(), "config.json", &config.to_string());
    write(
        folder.path(),
        "generation_config.json",
        r#"{"decoder_start_token_id": 2, "eos_token_id": 2, "pad_token_id": 1, "max_length": 12}"#,
    );
    let config = Seq2SeqConfig::from_json(ConfigJson::load(folder.path()).unwrap()).unwrap();
    let _draws = support::draws();
    tch::manual_seed(5);
    let model = Seq2SeqLmModel::new(Place::root(Device::Cpu), &config).unwrap();
    model.state_dict().save(folder.path().join("model.safetensors")).unwrap();
    folder
}

fn by_the_library(folder: &TempDir, line: &str) -> (String, Vec<i64>) {
    let config = GenerationConfig::from_pretrained(folder.path()).unwrap();
    let config = GenerationConfig { num_beams: 4, ..config };
    let tokenizer = Tokenizer::from_pretrained(folder.path()).unwrap();
    let model = open_decoder(folder.path(), Kind::Float, Device::Cpu).unwrap();
    let ids = Tensor::from_slice(&tokenizer.encode(line).unwrap().ids).unsqueeze(0);
    let written = generate(&*model, &ids, None, &config).unwrap();
    let row = Vec::<i64>::try_from(written.sequences.get(0)).unwrap();
    let new = row[1..1 + written.log_probs[0].len()].to_vec();
    (tokenizer.decode(&new, true).unwrap(), new)
}

#[test]
fn lines_are_translated_one_by_one_and_empty_ones_stay() {
    let folder = bart();
    let name = folder.path().to_str().unwrap();
    let lines = ["once upon a time", "", "who wrote and wrote"];
    let mut child = atencion(&["translate", name, "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), lines.join("\r\n").as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let found: Vec<Value> =
        text(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(found.len(), 3, "{}", String::from_utf8_lossy(&output.stderr));
    for (line, found) in lines.iter().zip(&found) {
        let (translation, ids) = match line.is_empty() {
            true => (String::new(), Vec::new()),
            false => by_the_library(&folder, line),
        };
        assert_eq!(found["text"], *line);
        assert_eq!((&found["translation"], &found["ids"]), (&json!(translation), &json!(ids)));
    }
    let plain = atencion(&["translate", name, lines[0]]).output().unwrap();
    assert_eq!(text(&plain), format!("{}\n", by_the_library(&folder, lines[0]).0));
}

/// What an encoder reads is not echoed.
#[test]
fn generate_opens_it_too() {
    let folder = bart();
    let arguments = ["once upon a time", "--num-beams", "4", "--json"];
    let document: Value = serde_json::from_slice(&run(&folder, &arguments).stdout).unwrap();
    let (translation, ids) = by_the_library(&folder, "once upon a time");
    assert_eq!(document["sequences"][0]["ids"], json!(ids));
    assert_eq!(document["sequences"][0]["text"], json!(translation));
    let streamed = text(&run(&folder, &["once upon a time", "--num-beams", "1"]));
    assert!(!streamed.contains("once upon a time"), "{streamed}");
}

#[test]
fn weights_of_every_kind_write() {
    let folder = model();
    let exact = text(&run(&folder, &["once upon"]));
    assert_eq!(text(&run(&folder, &["once upon", "--fast"])), exact);
    for dtype in ["bf16", "f16", "int8", "int4"] {
        let written = text(&run(&folder, &["once upon", "--dtype", dtype]));
        assert!(written.starts_with("once upon") && written.len() > exact.len() / 2, "{dtype}");
    }
}

#[test]
fn what_cannot_be_translated_is_said() {
    let folder = model();
    let name = folder.path().to_str().unwrap();
    let (what, mend) = refused(&["translate", name, "hi"]);
    assert!(what.contains("reads none") && mend.contains("Marian"), "{what} {mend}");
    let (what, _) = refused(&["translate", name, "hi", "--num-beams", "0"]);
    assert!(what.contains("num_beams"), "{what}");
}
