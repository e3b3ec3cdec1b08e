//! `atencion doctor`: what it says is what is so.

use std::process::{Command, Output};

use serde_json::Value;

fn doctor(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_atencion"))
        .arg("doctor")
        .args(arguments)
        .output()
        .expect("atencion starts")
}

fn report() -> Value {
    let output = doctor(&["--json"]);
    serde_json::from_slice(&output.stdout).expect("one JSON document")
}

#[test]
fn names_the_libtorch_that_is_loaded() {
    let report = report();
    let folder = report["libtorch"]["folder"].as_str().expect("a folder");
    assert!(std::path::Path::new(folder).join(library("torch_cpu")).exists(), "{folder}");
    assert_eq!(report["libtorch"]["version"], report["libtorch"]["built_for"]);
    assert!(
        ["2.11.0", "2.13.0"].contains(&report["libtorch"]["version"].as_str().expect("a version"))
    );
}

fn library(name: &str) -> String {
    format!("{}{name}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX)
}

/// tch 0.24 goes with libtorch 2.11, tch 0.26 with 2.13.
#[test]
fn names_the_tch_that_fits_it() {
    let report = report();
    let fits = if report["libtorch"]["version"] == "2.11.0" { "0.24.0" } else { "0.26.0" };
    assert_eq!(report["tch"], fits);
}

#[test]
fn describes_the_devices() {
    let report = report();
    assert_eq!(report["cpu"]["threads"], tch::get_num_threads());
    assert_eq!(report["mps"], tch::utils::has_mps());
    let devices = if tch::Cuda::is_available() { tch::Cuda::device_count() } else { 0 };
    assert_eq!(report["cuda"]["devices"], devices);
    assert_eq!(report["cuda"]["why_not"].is_null(), devices > 0, "{report}");
}

#[test]
fn agrees_with_python_about_the_cpu() {
    let Some(python) = support::python_with_torch() else { return };
    let code = "import torch; print(torch.backends.cpu.get_cpu_capability(), torch.__version__.split('+')[0])";
    let output = Command::new(python).args(["-c", code]).output().expect("Python starts");
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    let report = report();
    let capability = report["cpu"]["capability"].as_str().expect("a capability");
    let version = report["libtorch"]["version"].as_str().expect("a version");
    assert_eq!(said.trim(), format!("{capability} {version}"));
}

#[test]
fn the_exit_code_says_whether_there_are_problems() {
    let output = doctor(&["--json"]);
    let report: Value = serde_json::from_slice(&output.stdout).expect("one JSON document");
    let problems = report["problems"].as_array().expect("a list");
    assert_eq!(output.status.code(), Some(if problems.is_empty() { 0 } else { 2 }));
    for problem in problems {
        assert!(problem["mend"].as_str().is_some_and(|mend| !mend.is_empty()), "{problem}");
    }
}

#[test]
fn speaks_both_languages() {
    let say = |lang| String::from_utf8(doctor(&["--lang", lang]).stdout).expect("UTF-8");
    let (english, spanish) = (say("en"), say("es"));
    for label in ["libtorch", "tch", "C++ ABI", "CPU", "CUDA", "MPS"] {
        assert!(english.lines().any(|line| line.starts_with(label)), "{english}");
        assert!(spanish.lines().any(|line| line.starts_with(label)), "{spanish}");
    }
    assert!(english.contains("found: ") && spanish.contains("hallado: "));
    assert!(english.lines().all(|line| line.chars().count() <= 200));
}

/// The libtorch that the tests run on is what pip or scripts/setup put there.
#[test]
fn deep_reads_every_library() {
    let output = doctor(&["--deep", "--json"]);
    let report: Value = serde_json::from_slice(&output.stdout).expect("one JSON document");
    let names = |key: &str| report["deep"][key].as_array().expect("a list").clone();
    let (same, changed, unknown) = (names("same"), names("changed"), names("unknown"));
    assert_eq!(changed, [0; 0].map(Value::from), "{report}");
    let cpu = Value::from(library("torch_cpu"));
    assert!(same.contains(&cpu) || unknown.contains(&cpu), "{report}");
    assert!(self::report().get("deep").is_none(), "without --deep nothing is read");
}
