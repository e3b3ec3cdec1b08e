//! A disk that is full: a clear line, exit 2, nothing half-written, and the last good checkpoint is gone on from.
//!
//! A limit on the size of files stands in for it: a write is refused in its middle, as on a full disk.

use std::path::Path;
use std::process::{Command, Output};

use super::command::atencion;
use super::{SMALL, trained};

const STEPS: [&str; 4] = ["--set", "train.steps=40", "--set", "train.checkpoint=10"];

/// `atencion train sort` where no file may have more than this many blocks of 512 bytes.
fn with_room(blocks: u32, out: &Path, more: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_atencion");
    // The signal of the limit is not heard, so that the write fails as it does on a full disk.
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &script, "sh", program, "train", "sort", "--device", "cpu"]);
    command.args(["--out", out.to_str().unwrap()]).args(SMALL).args(STEPS).args(more);
    command.env("LC_ALL", "C").output().expect("sh starts")
}

fn checkpoints(out: &Path) -> Vec<String> {
    let all = std::fs::read_dir(out.join("checkpoints")).unwrap();
    let mut all: Vec<String> =
        all.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    all.sort();
    all
}

#[test]
fn the_last_good_checkpoint_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, out) = (folder.path().join("whole"), folder.path().join("run"));
    trained("sort", &whole, &STEPS);
    // One that came to step 20, and finds no room for what comes then.
    trained("sort", &out, &STEPS);
    for gone in ["checkpoints/step-00000040", "checkpoints/step-00000030", "model", "best"] {
        std::fs::remove_dir_all(out.join(gone)).unwrap();
    }
    let mut earlier = atencion(&["train", "sort", "--out", out.to_str().unwrap(), "--resume"]);
    let keeps = ["--device", "cpu", "--set", "train.keep=4"];
    assert!(earlier.args(SMALL).args(STEPS).args(keeps).output().unwrap().status.success());
    for gone in ["checkpoints/step-00000040", "checkpoints/step-00000030", "model"] {
        let _ = std::fs::remove_dir_all(out.join(gone));
    }
    let before = checkpoints(&out);

    let stopped = with_room(8, &out, &["--resume"]);
    let said = String::from_utf8_lossy(&stopped.stderr).into_owned();
    assert_eq!(stopped.status.code(), Some(2), "{said}");
    assert_eq!(said.lines().count(), 2, "{said}");
    assert!(said.contains(".safetensors: "), "{said}");
    assert!(said.contains("make room; the checkpoints before this one are whole"), "{said}");
    assert_eq!(checkpoints(&out), before, "nothing is half-written");
    assert!(!out.join("model").exists());

    // With room again it comes to the weights of one that always had some.
    trained("sort", &out, &[&STEPS[..], &["--resume"]].concat());
    let weights = |out: &Path| std::fs::read(out.join("model/model.safetensors")).unwrap();
    assert!(weights(&out) == weights(&whole));
}

#[test]
fn where_there_is_no_room_from_the_start_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let stopped = with_room(0, &out, &[]);
    let said = String::from_utf8_lossy(&stopped.stderr).into_owned();
    assert_eq!(stopped.status.code(), Some(2), "{said}");
    assert!(said.contains("File too large") && said.lines().count() <= 2, "{said}");
    assert!(!out.join("model").exists());
}
