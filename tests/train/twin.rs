//! examples/train_loop.rs against examples/train_loop.py, and against itself, killed and started again.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use atencion::StateDict;
use support::{assert_bits, python_with_torch, repository};

/// Cargo builds the examples with the tests, two folders up from where these lie.
fn example() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let folder = tests.ancestors().nth(2).unwrap().join("examples");
    folder.join(format!("train_loop{}", std::env::consts::EXE_SUFFIX))
}

fn start(folder: &Path, arguments: &[&str]) -> Child {
    let mut command = Command::new(example());
    command.arg(folder).args(arguments).stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().expect("the example is built with the tests")
}

fn finish(child: Child) {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn trained(folder: &Path) -> StateDict {
    StateDict::load(folder.join("rust.safetensors")).unwrap()
}

/// Losses, norms, weights and the optimiser's state.
fn same(what: &str, actual: &StateDict, expected: &StateDict, keys: impl Fn(&str) -> bool) {
    let mut compared = 0;
    for (key, tensor) in actual.iter().filter(|(key, _)| keys(key)) {
        let expected = expected.get(key).unwrap_or_else(|| panic!("{what}: no {key}"));
        assert_bits(&format!("{what} {key}"), tensor, expected);
        compared += 1;
    }
    assert!(compared > 60, "{what}: {compared} tensors");
}

#[test]
fn the_loop_ends_with_pythons_weights() {
    let Some(python) = python_with_torch() else { return };
    for arguments in [&["1"][..], &["2"], &["3"], &["4", "bfloat16"]] {
        let folder = tempfile::tempdir().unwrap();
        let script = repository("examples/train_loop.py");
        let ran = Command::new(python).arg(script).arg(folder.path()).args(arguments).output();
        let ran = ran.unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        finish(start(folder.path(), arguments));
        let expected = StateDict::load_flat(folder.path().join("python.pt")).unwrap();
        let actual = trained(folder.path());
        let what = arguments.join(" ");
        assert_eq!(actual.get("losses").unwrap().size(), [128]);
        assert_eq!(actual.get("norms").unwrap().size(), [64]);
        same(&format!("seed {what}"), &actual, &expected, |_| true);
    }
}

/// `ATENCION_KILLS` asks for more of them.
#[test]
fn a_run_that_is_killed_again_and_again_ends_with_the_same_weights() {
    let undisturbed = tempfile::tempdir().unwrap();
    finish(start(undisturbed.path(), &["5"]));
    let expected = trained(undisturbed.path());
    let wanted = std::env::var("ATENCION_KILLS").map_or(12, |kills| kills.parse().unwrap());
    let (mut kills, mut runs, mut moment) = (0, 0, 0x9e37_79b9_u64);
    while kills < wanted {
        let folder = tempfile::tempdir().unwrap();
        loop {
            moment = moment.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695);
            let workers = format!("workers={}", moment >> 62);
            let mut child = start(folder.path(), &["5", "checkpoints=1", &workers]);
            if kills < wanted {
                std::thread::sleep(Duration::from_millis(150 + (moment >> 33) % 900));
            }
            if kills == wanted || child.try_wait().unwrap().is_some() {
                finish(child);
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;
        }
        // Losses and norms are those of the last part alone.
        same("killed", &trained(folder.path()), &expected, |key| key.contains('.'));
        runs += 1;
    }
    println!("{kills} kills in {runs} runs");
}
