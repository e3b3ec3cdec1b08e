//! Beside `scripts/goldens/train_twin.py`, which trains with torch and `transformers` from the same recipe.toml.

use std::path::Path;
use std::process::Command;

use atencion::StateDict;
use atencion::train::Checkpoints;
use support::{assert_bits, python_with_torch, repository};
use tch::Tensor;

use super::trained;

/// Every loss, norm, weight and number of the optimiser after `steps` steps.
fn same(recipe: &str, steps: u64, settings: &[&str]) {
    let Some(python) = python_with_torch() else { return };
    let compared = held(&mut Command::new(python), recipe, steps, settings);
    assert!(compared > 80, "{compared} tensors");
}

/// How many tensors are the same.
pub fn held(python: &mut Command, recipe: &str, steps: u64, settings: &[&str]) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let length = format!("train.steps={steps}");
    let all = [&["--set", &length][..], settings].concat();
    trained(recipe, &run, &all);
    let twin = folder.path().join("twin.safetensors");
    let script = repository("scripts/goldens/train_twin.py");
    let output = python.arg(script).arg(&run).arg(steps.to_string()).arg(&twin).output();
    let output = output.expect("Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    compare(&run, &StateDict::load(twin).unwrap(), &settings.join(" "))
}

fn compare(run: &Path, twin: &StateDict, what: &str) -> usize {
    let checkpoint =
        Checkpoints::new(run.join("checkpoints"), 1).unwrap().latest().unwrap().0.unwrap();
    let metrics = std::fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    let lines: Vec<serde_json::Value> =
        metrics.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let numbers = |key: &str| -> Tensor {
        let all: Vec<f64> = lines.iter().filter_map(|line| line.get(key)?.as_f64()).collect();
        Tensor::from_slice(&all)
    };
    let mut compared = 0;
    for (name, expected) in twin.iter() {
        let actual = match name.split_once('.') {
            None => numbers(if name == "losses" { "loss" } else { "norm" }),
            Some((part, name)) => {
                checkpoint.part(part).unwrap().require(name).unwrap().shallow_clone()
            }
        };
        assert_bits(&format!("{what} {name}"), &actual.reshape_as(expected), expected);
        compared += 1;
    }
    compared
}

const DROPOUT: [&str; 6] = [
    "--set",
    "model.attn_pdrop=0.1",
    "--set",
    "model.resid_pdrop=0.1",
    "--set",
    "model.embd_pdrop=0.1",
];

#[test]
fn digits_are_learned_as_pytorch_learns_them() {
    for (recipe, seed, more) in [
        ("sort", "train.seed=1", &["--set", "train.weight_decay=0.1"][..]),
        (
            "copy",
            "train.seed=2",
            &["--set", "train.accumulate=2", "--set", "train.schedule=linear"],
        ),
        (
            "reverse",
            "train.seed=3",
            &["--set", "train.max_norm=0.0", "--set", "train.schedule=inverse_sqrt"],
        ),
    ] {
        same(recipe, 200, &[&DROPOUT[..], &["--set", seed], more].concat());
    }
}

#[test]
fn texts_are_learned_so_too() {
    let small =
        ["model.n_layer=2", "model.n_embd=32", "model.n_positions=32", "train.batch_size=4"];
    same("gpt", 60, &[&set(&small)[..], &DROPOUT, &["--set", "train.seed=5"]].concat());
}

#[test]
fn so_are_translations() {
    let small = [
        "data.vocabulary=400",
        "data.longest=48",
        "data.batch_tokens=256",
        "model.d_model=32",
        "model.encoder_layers=1",
        "model.decoder_layers=2",
        "model.encoder_ffn_dim=48",
        "model.decoder_ffn_dim=48",
        "model.attention_dropout=0.1",
        "train.warmup=20",
    ];
    same("translation", 100, &[&set(&small)[..], &["--set", "train.seed=6"]].concat());
    let other = ["data.from=\"en\"", "data.to=\"es\"", "train.accumulate=2", "train.seed=7"];
    same("translation", 20, &set(&[&small[..], &other].concat()));
}

#[test]
fn so_are_masked_words() {
    let small = [
        "data.vocabulary=400",
        "data.longest=40",
        "data.shares=[0.1]",
        "data.finetune_steps=2",
        "model.hidden_size=32",
        "model.num_hidden_layers=2",
        "model.intermediate_size=48",
        "train.batch_size=8",
        "train.seed=10",
    ];
    same("bert", 100, &set(&small));
    same("bert", 20, &set(&[&small[..], &["data.column=es", "train.seed=11"]].concat()));
}

#[test]
fn so_are_pictures() {
    let small = [
        "data.examples=200",
        "data.size=16",
        "data.flip=true",
        "data.shift=2",
        "model.hidden_size=32",
        "model.num_hidden_layers=2",
        "model.hidden_dropout_prob=0.1",
        "train.batch_size=8",
        "train.seed=8",
    ];
    same("vit", 200, &set(&small));
    same("vit", 20, &set(&[&small[..], &["data.channels=3", "train.seed=9"]].concat()));
}

pub fn set<'a>(settings: &[&'a str]) -> Vec<&'a str> {
    settings.iter().flat_map(|setting| ["--set", setting]).collect()
}

#[test]
fn under_autocast_too() {
    same("sort", 60, &["--set", "train.dtype=bfloat16", "--set", "train.seed=4"]);
    same("copy", 60, &["--set", "train.dtype=float16", "--set", "train.seed=12"]);
}
