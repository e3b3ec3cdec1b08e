//! `atencion generate`: what it writes is what the library writes, and what it refuses is said in one line.

#[path = "../support/command.rs"]
mod command;
mod refused;
mod translate;

use std::io::Read;
use std::path::Path;
use std::process::{Output, Stdio};

use atencion::generate::{GenerationConfig, generate};
use atencion::models::{Gpt2Config, Gpt2LmHeadModel};
use atencion::nn::{Module, Path as Place};
use atencion::tokenizer::{Tokenizer, TrainArgs};
use command::atencion;
use serde_json::{Value, json};
use tch::{Device, Tensor};
use tempfile::TempDir;

const TEXT: &str = "once upon a time there was a señor who wrote and wrote on — ¿y qué? 日本 🙂";
const TEMPLATE: &str =
    "{% for m in messages %}[{{ m.role }}] {{ m.content }}\n{% endfor %}[assistant] ";

/// A model's folder: GPT-2, tiny and drawn from a seed, with a tokenizer of bytes and pairs.
pub fn model() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let args = TrainArgs { vocab_size: 290, min_frequency: 2 };
    Tokenizer::train_bpe(&[TEXT; 3], &args).unwrap().save_pretrained(folder.path()).unwrap();
    let config = json!({
        "model_type": "gpt2", "vocab_size": 290, "n_positions": 64, "n_embd": 16, "n_layer": 2, "n_head": 2,
        "bos_token_id": 0, "eos_token_id": 0
    });
    write(folder.path(), "config.json", &config.to_string());
    write(folder.path(), "generation_config.json", r#"{"bos_token_id": 0, "eos_token_id": 0}"#);
    let config = Gpt2Config {
        vocab_size: 290,
        n_positions: 64,
        n_embd: 16,
        n_layer: 2,
        n_head: 2,
        ..Gpt2Config::default()
    };
    let _draws = support::draws();
    tch::manual_seed(3);
    let model = Gpt2LmHeadModel::new(Place::root(Device::Cpu), &config).unwrap();
    tch::no_grad(|| {
        for (_, mut weight) in model.named_parameters() {
            let noise = weight.randn_like() * 0.3;
            let _ = weight.f_add_(&noise).unwrap();
        }
    });
    model.state_dict().save(folder.path().join("model.safetensors")).unwrap();
    folder
}

pub fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

fn run(folder: &TempDir, arguments: &[&str]) -> Output {
    let mut all = vec!["generate", folder.path().to_str().unwrap()];
    all.extend(arguments);
    let output = atencion(&all).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn document(folder: &TempDir, arguments: &[&str]) -> Value {
    serde_json::from_slice(&run(folder, &[arguments, &["--json"]].concat()).stdout).unwrap()
}

fn by_the_library(folder: &TempDir, config: &GenerationConfig, seed: i64) -> Vec<Vec<i64>> {
    let _draws = support::draws();
    let tokenizer = Tokenizer::from_pretrained(folder.path()).unwrap();
    let model = Gpt2LmHeadModel::from_pretrained(folder.path()).unwrap();
    let ids = tokenizer.encode("once upon").unwrap().ids;
    tch::manual_seed(seed);
    let prompt = Tensor::from_slice(&ids).unsqueeze(0);
    let written = generate(&model, &prompt, None, config).unwrap().sequences;
    let rows = Vec::<Vec<i64>>::try_from(&written).unwrap();
    rows.into_iter().map(|row| row[ids.len()..].to_vec()).collect()
}

fn ids(document: &Value) -> Vec<Vec<i64>> {
    let sequences = document["sequences"].as_array().unwrap();
    sequences.iter().map(|one| serde_json::from_value(one["ids"].clone()).unwrap()).collect()
}

#[test]
fn the_ids_are_the_librarys_whichever_way_they_are_chosen() {
    let folder = model();
    let own = GenerationConfig::from_pretrained(folder.path()).unwrap();
    let base = GenerationConfig { max_new_tokens: Some(12), min_new_tokens: Some(12), ..own };
    let drawn = GenerationConfig { do_sample: true, temperature: 0.7, top_p: 0.9, ..base.clone() };
    let several = GenerationConfig { num_return_sequences: 3, ..drawn.clone() };
    let beams = GenerationConfig {
        num_beams: 3,
        num_return_sequences: 2,
        length_penalty: 2.0,
        ..base.clone()
    };
    let sampling = ["--temperature", "0.7", "--top-p", "0.9", "--seed", "8"];
    let cases: [(&[&str], GenerationConfig); 4] = [
        (&[], base),
        (&sampling, drawn),
        (&[&sampling[..], &["--num-return-sequences", "3"]].concat(), several),
        (&["--num-beams", "3", "--num-return-sequences", "2", "--length-penalty", "2"], beams),
    ];
    for (arguments, config) in cases {
        let found = document(
            &folder,
            &[&["once upon", "--max-new-tokens", "12", "--min-new-tokens", "12"], arguments]
                .concat(),
        );
        assert_eq!(ids(&found), by_the_library(&folder, &config, 8), "{arguments:?}");
        let first = &found["sequences"][0];
        assert_eq!(first["log_probabilities"].as_array().unwrap().len(), 12);
        assert_eq!(first["score"].is_null(), config.num_beams == 1);
    }
}

/// Bytes that are half a character wait for the other half.
#[test]
fn text_streams_as_it_is_decoded_at_the_end() {
    let folder = model();
    for seed in ["1", "2", "3"] {
        let arguments = [
            "once upon",
            "--do-sample",
            "--max-new-tokens",
            "40",
            "--min-new-tokens",
            "40",
            "--seed",
            seed,
        ];
        let output = run(&folder, &arguments);
        let whole = document(&folder, &arguments);
        let wanted = format!("once upon{}\n", whole["sequences"][0]["text"].as_str().unwrap());
        assert_eq!(text(&output), wanted);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("40 tokens in") && said.trim_end().ends_with("tokens/s"), "{said}");
    }
}

#[test]
fn a_prompt_comes_through_standard_input_too() {
    let folder = model();
    let wanted = text(&run(&folder, &["once upon"]));
    let name = folder.path().to_str().unwrap();
    let mut child = atencion(&["generate", name])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"once upon\n").unwrap();
    assert_eq!(text(&child.wait_with_output().unwrap()), wanted);
}

#[test]
fn show_has_five_bars_for_each_token() {
    let folder = model();
    let shown = text(&run(&folder, &["once upon", "--show", "--max-new-tokens", "3"]));
    assert_eq!(shown.matches(" %  \"").count(), 15, "{shown}");
    assert!(shown.contains(|c| ('▉'..='▏').contains(&c) || c == '█'), "{shown}");
}

#[test]
fn it_ends_at_a_stop_string() {
    let folder = model();
    let drawn = [
        "once upon",
        "--top-k",
        "290",
        "--seed",
        "5",
        "--max-new-tokens",
        "30",
        "--min-new-tokens",
        "30",
    ];
    let whole = document(&folder, &drawn);
    let text = whole["sequences"][0]["text"].as_str().unwrap().to_owned();
    let third = text.chars().filter(|c| c.is_ascii_alphanumeric()).nth(2).unwrap().to_string();
    let short = document(&folder, &[&drawn[..], &["--stop", &third]].concat());
    let short = short["sequences"][0]["text"].as_str().unwrap();
    assert!(
        text.starts_with(short) && short.contains(&third) && short.len() < text.len(),
        "{short:?} of {text:?}"
    );
}

#[test]
fn lines_are_answered_where_there_is_a_template() {
    let folder = model();
    write(folder.path(), "chat_template.jinja", TEMPLATE);
    let name = folder.path().to_str().unwrap();
    let mut child = atencion(&["generate", name, "--chat", "--max-new-tokens", "2"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"hi\n\nand on\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), said.matches("tokens/s").count()), (Some(0), 2), "{said}");
}

#[test]
fn a_closed_pipe_is_nobodys_fault() {
    let folder = model();
    let name = folder.path().to_str().unwrap();
    let mut child = atencion(&["generate", name, "once upon", "--max-new-tokens", "50"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let _ = stdout.read(&mut [0; 4]).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(0) && !said.contains("error"), "{said}");
}

/// Ctrl-C: it ends with what there is, and says how fast it was.
#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_with_what_there_is() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    let folder = model();
    let name = folder.path().to_str().unwrap();
    let mut child = atencion(&["generate", name, "o", "--max-new-tokens", "60", "--do-sample"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut first = [0; 2];
    stdout.read_exact(&mut first).unwrap();
    kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).unwrap();
    let mut rest = Vec::new();
    stdout.read_to_end(&mut rest).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(rest.ends_with(b"\n") && said.contains("tokens/s"), "{said}");
}
