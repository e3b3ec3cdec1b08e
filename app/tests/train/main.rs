//! `atencion train`: PyTorch's training to the bit, nothing lost when it is stopped, and clear words for what is wrong.

#[path = "../support/command.rs"]
mod command;
mod data;
mod events;
mod finetune;
mod folder;
mod no_room;
mod ranks;
mod refused;
mod stopped;
mod twin;

use std::path::Path;
use std::process::Output;

use command::atencion;

/// A training of digits small enough for a test: 2 layers, and batches of 8.
const SMALL: [&str; 12] = [
    "--set",
    "data.examples=400",
    "--set",
    "data.length=5",
    "--set",
    "model.n_embd=16",
    "--set",
    "train.batch_size=8",
    "--set",
    "train.warmup=10",
    "--set",
    "train.evaluate=50",
];

/// Runs it to its end, however it ends.
fn train(recipe: &str, out: &Path, more: &[&str]) -> Output {
    let out = out.to_str().expect("UTF-8");
    let mut command = atencion(&["train", recipe, "--out", out, "--device", "cpu"]);
    let is_of_digits = ["copy", "reverse", "sort"].contains(&recipe);
    command
        .args(if is_of_digits { &SMALL[..] } else { &[] })
        .args(more)
        .output()
        .expect("atencion starts")
}

/// Runs it to its good end; what it said.
fn trained(recipe: &str, out: &Path, more: &[&str]) -> String {
    let output = train(recipe, out, more);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}
