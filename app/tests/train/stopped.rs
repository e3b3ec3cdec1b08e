//! A training that is stopped goes on to the weights of one that never was.

use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use atencion::StateDict;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use support::assert_bits;

use super::command::atencion;
use super::{SMALL, trained};

const STEPS: [&str; 4] = ["--set", "train.steps=120", "--set", "train.checkpoint=10"];

fn begin(out: &Path, more: &[&str]) -> Child {
    let mut command =
        atencion(&["train", "sort", "--out", out.to_str().unwrap(), "--device", "cpu"]);
    let command = command.args(SMALL).args(STEPS).args(more);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("atencion starts")
}

/// Waits until there is a checkpoint, and ends it by that signal. `None` where it was over before.
fn ended_by(signal: Signal, mut child: Child, out: &Path) -> Option<String> {
    let checkpoints = out.join("checkpoints");
    let there = || {
        std::fs::read_dir(&checkpoints).is_ok_and(|all| {
            all.flatten().any(|it| it.file_name().to_string_lossy().starts_with("step-"))
        })
    };
    while !there() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    kill(Pid::from_raw(child.id() as i32), signal).ok()?;
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    match (signal, output.status.code()) {
        (_, Some(0)) => return None,
        (Signal::SIGKILL, code) => assert_eq!(code, None),
        (signal, code) => {
            assert_eq!(code, Some(128 + signal as i32), "{said}");
            assert!(said.contains("--resume"), "{said}");
        }
    }
    assert!(!out.join("model").exists());
    Some(said)
}

fn weights(out: &Path) -> StateDict {
    StateDict::load(out.join("model/model.safetensors")).unwrap()
}

/// The numbers of `metrics.jsonl` that do not depend on the clock.
fn losses(out: &Path) -> Vec<(u64, u64)> {
    let text = std::fs::read_to_string(out.join("metrics.jsonl")).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    lines
        .filter_map(|line| Some((line["step"].as_u64()?, line["loss"].as_f64()?.to_bits())))
        .collect()
}

#[test]
fn nothing_is_lost_by_a_signal_or_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    trained("sort", &whole, &STEPS);
    let mut stopped = 0;
    for (name, signal, workers) in [
        ("int", Signal::SIGINT, "train.workers=0"),
        ("term", Signal::SIGTERM, "train.workers=2"),
        ("kill", Signal::SIGKILL, "train.workers=1"),
    ] {
        let out = folder.path().join(name);
        let child = begin(&out, &["--set", workers]);
        stopped += usize::from(ended_by(signal, child, &out).is_some());
        let said = trained("sort", &out, &[&STEPS[..], &["--resume"]].concat());
        assert!(said.contains("goes on after step") || out.join("model").exists(), "{said}");
        let (expected, actual) = (weights(&whole), weights(&out));
        assert_eq!(expected.names().count(), actual.names().count());
        for (key, tensor) in expected.iter() {
            assert_bits(&format!("{name} {key}"), actual.require(key).unwrap(), tensor);
        }
        assert_eq!(losses(&out), losses(&whole), "{name}");
    }
    assert!(stopped > 0, "every training was over before its signal came");
}

#[test]
fn what_was_killed_between_the_last_step_and_the_saving_is_saved() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let settings = ["--set", "train.steps=12", "--set", "train.ema=0.5"];
    trained("sort", &out, &settings);
    let expected = weights(&out);
    std::fs::remove_dir_all(out.join("model")).unwrap();
    trained("sort", &out, &[&settings[..], &["--resume"]].concat());
    for (name, tensor) in weights(&out).iter() {
        assert_bits(name, tensor, expected.require(name).unwrap());
    }
}
