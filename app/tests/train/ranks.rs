//! One training on several processes: the numbers of one, whatever is killed meanwhile; and what does not fit is named.

use std::path::Path;
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

use atencion::dist::{Launch, free_port};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::command::atencion;
use super::{SMALL, train, trained};

const STEPS: [&str; 4] = ["--set", "train.steps=60", "--set", "train.checkpoint=5"];
const CPU: [&str; 2] = ["--device", "cpu"];
/// Long enough to be killed in the middle.
const LONG: [&str; 4] = ["--set", "train.steps=150", "--set", "train.checkpoint=10"];

fn with<'a>(steps: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [steps, more].concat()
}

fn losses(out: &Path) -> Vec<(u64, f64)> {
    let text = std::fs::read_to_string(out.join("metrics.jsonl")).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    lines.filter_map(|line| Some((line["step"].as_u64()?, line["loss"].as_f64()?))).collect()
}

fn weights(out: &Path) -> Vec<u8> {
    std::fs::read(out.join("model/model.safetensors")).unwrap()
}

#[track_caller]
fn assert_near(actual: &Path, expected: &Path) {
    let (actual, expected) = (losses(actual), losses(expected));
    assert_eq!(actual.len(), expected.len());
    for ((step, actual), (at, expected)) in actual.into_iter().zip(expected) {
        assert_eq!(step, at);
        // Adam makes of the last bits of a gradient that is zero a step of full length.
        assert!((actual - expected).abs() < 2e-3, "step {step}: {actual} and {expected}");
    }
}

fn begin(out: &Path, more: &[&str]) -> Child {
    let mut command =
        atencion(&["train", "sort", "--out", out.to_str().unwrap(), "--device", "cpu"]);
    let command = command.args(SMALL).args(more);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("atencion starts")
}

/// One process of a group that nothing minds.
fn begin_as(place: &Launch, out: &Path, more: &[&str]) -> Child {
    let mut command = atencion(&["train", "sort", "--out", out.to_str().unwrap()]);
    command.args(SMALL).args(more).envs(place.to_env()).env("OMP_NUM_THREADS", "1");
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("atencion starts")
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The step of its last checkpoint.
fn saved(out: &Path) -> Option<u64> {
    let all = std::fs::read_dir(out.join("checkpoints")).ok()?.flatten();
    let steps =
        all.filter_map(|it| it.file_name().to_string_lossy().strip_prefix("step-")?.parse().ok());
    steps.max()
}

/// Waits until it has saved once more than before.
fn saved_after(before: Option<u64>, out: &Path, child: &mut Child) {
    let began = Instant::now();
    while saved(out) <= before && child.try_wait().unwrap().is_none() {
        assert!(began.elapsed() < Duration::from_secs(240), "no checkpoint");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The processes that another started.
fn children(of: u32) -> Vec<i32> {
    let mut command = std::process::Command::new("pgrep");
    let listed = command.args(["-P", &of.to_string()]).output().expect("pgrep").stdout;
    String::from_utf8_lossy(&listed).split_whitespace().map(|id| id.parse().unwrap()).collect()
}

#[test]
fn two_processes_learn_what_one_learns() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
    let said = trained("sort", &two, &with(&STEPS, &["--nproc", "2", "--check-ranks", "7"]));
    assert_eq!(said.matches("60 steps").count(), 1, "one process speaks: {said}");
    trained("sort", &one, &with(&STEPS, &["--nproc", "1"]));
    assert_near(&two, &one);
    let shared = ["--set", "train.accumulate=2", "--set", "train.steps=12"];
    let [one, two] = ["one more", "two more"].map(|name| folder.path().join(name));
    for (out, count) in [(&one, "1"), (&two, "2")] {
        trained("sort", out, &with(&shared, &["--nproc", count]));
    }
    assert_near(&two, &one);
}

#[test]
fn pairs_of_sentences_are_shared_too() {
    let folder = tempfile::tempdir().unwrap();
    let small = [
        "--set",
        "model.d_model=16",
        "--set",
        "train.steps=6",
        "--set",
        "train.evaluate=6",
        "--set",
        "model.dropout=0.0",
        "--set",
        "data.batch_tokens=300",
        "--set",
        "train.warmup=2",
    ];
    let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
    for (out, count) in [(&one, "1"), (&two, "2")] {
        trained("translation", out, &with(&small, &["--nproc", count]));
    }
    assert_near(&two, &one);
}

#[test]
fn a_process_that_is_killed_is_started_again_with_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, killed] = ["whole", "killed"].map(|name| folder.path().join(name));
    let dropout = ["--set", "model.resid_pdrop=0.1", "--nproc", "2"];
    trained("sort", &whole, &with(&LONG, &dropout));
    let again = with(&dropout, &["--max-restarts", "3"]);
    let mut child = begin(&killed, &with(&LONG, &again));
    saved_after(None, &killed, &mut child);
    let processes = children(child.id());
    if let Some(last) = processes.last() {
        kill(Pid::from_raw(*last), Signal::SIGKILL).unwrap();
    }
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", complaint(&output));
    assert!(
        !processes.is_empty() && complaint(&output).contains("1 of 3"),
        "{}",
        complaint(&output)
    );
    assert!(weights(&killed) == weights(&whole), "other weights than undisturbed");
    assert_eq!(losses(&killed), losses(&whole));
}

#[test]
fn a_training_goes_on_with_another_number_of_processes() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, changed] = ["whole", "changed"].map(|name| folder.path().join(name));
    trained("sort", &whole, &with(&LONG, &["--nproc", "2"]));
    let mut child = begin(&changed, &with(&LONG, &["--nproc", "2"]));
    let mut before = None;
    for count in ["1", "2"] {
        saved_after(before, &changed, &mut child);
        kill(Pid::from_raw(child.id() as i32), Signal::SIGTERM).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(143), "{said}{}", complaint(&output));
        assert_eq!(said.matches("--resume").count(), 1, "{said}");
        before = saved(&changed);
        child = begin(&changed, &with(&LONG, &["--nproc", count, "--resume"]));
    }
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", complaint(&output));
    assert_near(&changed, &whole);
}

#[test]
fn processes_that_were_started_with_other_things_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let together = |more: [&[&str]; 2]| {
        let out = tempfile::tempdir_in(folder.path()).unwrap().keep().join("run");
        let places = Launch::on_this_machine(2, free_port().unwrap());
        let begun: Vec<Child> =
            places.iter().zip(more).map(|(place, more)| begin_as(place, &out, more)).collect();
        let ended: Vec<Output> =
            begun.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
        assert_eq!([ended[0].status.code(), ended[1].status.code()], [Some(2), Some(2)]);
        assert_eq!(complaint(&ended[1]), "", "one line is enough");
        assert_eq!(complaint(&ended[0]).lines().count(), 2, "{}", complaint(&ended[0]));
        complaint(&ended[0])
    };
    let said = together([&CPU, &["--device", "cpu", "--set", "train.seed=9"]]);
    assert!(
        said.contains("the recipes differ: rank 0 has seed = 0, rank 1 has seed = 9"),
        "{said}"
    );
    // What only one of them finds, the first says.
    let said = together([&CPU, &["--device", "cuda:7"]]);
    assert!(said.contains("rank 1: ") && said.contains("cuda"), "{said}");
}

#[test]
fn what_cannot_be_shared_is_refused_once() {
    let folder = tempfile::tempdir().unwrap();
    let output = train("sort", &folder.path().join("a"), &["--nproc", "3"]);
    assert_eq!(output.status.code(), Some(2));
    let said = complaint(&output);
    assert!(said.contains("a batch of 8 is not shared out evenly to 3 processes"), "{said}");
    assert_eq!(said.lines().count(), 2, "{said}");
    let place = &Launch::on_this_machine(2, free_port().unwrap())[0];
    let child = begin_as(place, &folder.path().join("b"), &["--nproc", "2"]);
    let output = child.wait_with_output().unwrap();
    assert!(complaint(&output).contains("RANK is set"), "{}", complaint(&output));
}

#[test]
fn torchrun_starts_and_restarts_it_as_any_script() {
    let Some(python) = support::python_with_torch() else { return };
    let folder = tempfile::tempdir().unwrap();
    let [whole, killed] = ["whole", "killed"].map(|name| folder.path().join(name));
    trained("sort", &whole, &with(&LONG, &["--nproc", "2"]));
    let mut command = std::process::Command::new(python);
    command
        .args(["-m", "torch.distributed.run", "--standalone", "--no-python"])
        .args(["--nproc-per-node", "2", "--max-restarts", "2", env!("CARGO_BIN_EXE_atencion")])
        .args(["train", "sort", "--device", "cpu", "--out", killed.to_str().unwrap()])
        .args(SMALL)
        .args(LONG)
        .env("LC_ALL", "C")
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    saved_after(None, &killed, &mut child);
    let processes = children(child.id());
    if let Some(first) = processes.first() {
        kill(Pid::from_raw(*first), Signal::SIGKILL).unwrap();
    }
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", complaint(&output));
    assert!(!processes.is_empty(), "torchrun started nothing");
    assert!(weights(&killed) == weights(&whole), "other weights than undisturbed");
}
