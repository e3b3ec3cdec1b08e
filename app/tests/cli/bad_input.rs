//! What a user types wrong, or a machine lacks: exit code 2, one or two lines on stderr, never a panic or C++ frames.

use std::fs::File;
use std::process::{Command, Output, Stdio};

fn atencion(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atencion"));
    command.args(arguments).stdin(Stdio::null()).env_remove("LANG").env("LC_ALL", "C");
    command
}

fn run(arguments: &[&str]) -> Output {
    atencion(arguments).output().expect("atencion starts")
}

/// It ended with 2, said what and how to mend it in two lines, and nothing on stdout.
fn refusal(output: &Output) -> String {
    let said = String::from_utf8(output.stderr.clone()).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    let lines: Vec<&str> = said.lines().collect();
    assert!((1..=2).contains(&lines.len()), "{said}");
    assert!(lines[0].starts_with("error: "), "{said}");
    for trace in ["panicked", "RUST_BACKTRACE", "Exception raised from", "frame #"] {
        assert!(!said.contains(trace), "{said}");
    }
    said
}

#[test]
fn unknown_command() {
    let said = refusal(&run(&["notebok"]));
    assert!(
        said.contains("no command 'notebok'") && said.contains("did you mean notebook?"),
        "{said}"
    );
    assert!(refusal(&run(&["xyzzy"])).contains("atencion --help"));
}

#[test]
fn unknown_flag() {
    let said = refusal(&run(&["notebook", "--jsom"]));
    assert!(said.contains("'--jsom'") && said.contains("--json"), "{said}");
    assert!(refusal(&run(&["doctor", "extra"])).contains("'extra' is not expected"));
}

#[test]
fn unknown_or_missing_value() {
    let said = refusal(&run(&["--lang", "fr"]));
    assert!(said.contains("'fr'") && said.contains("es, en"), "{said}");
    assert!(refusal(&run(&["notebook", "--device"])).contains("lacks its value"));
    assert!(refusal(&run(&["verify"])).contains("missing: <FILE"));
}

#[test]
fn unknown_device() {
    for name in ["gpu", "cuda:x", "cuda:-1", "CPU", ""] {
        let said = refusal(&run(&["notebook", &format!("--device={name}")]));
        assert!(said.contains("auto, cpu, cuda, cuda:N or mps") || name.is_empty(), "{said}");
    }
}

#[test]
fn absent_device() {
    let said = refusal(&run(&["notebook", "--device", "cuda:99"]));
    assert!(said.contains("cuda") && said.contains("not available"), "{said}");
    if !tch::Cuda::is_available() {
        let said = refusal(&run(&["notebook", "--device", "cuda"]));
        assert!(
            said.contains("device cuda is not available") && said.contains("--device cpu"),
            "{said}"
        );
    }
    if !tch::utils::has_mps() {
        let said = refusal(&run(&["notebook", "--device", "mps"]));
        assert!(said.contains("device mps is not available"), "{said}");
    }
}

#[test]
fn the_mistake_is_explained_in_the_language_asked_for() {
    assert!(refusal(&run(&["--lang", "es", "notebok"])).contains("no existe la orden"));
    assert!(refusal(&run(&["--lang=es", "notebook", "--device", "cuda:99"])).contains("arreglo: "));
}

#[test]
fn closed_stdout() {
    for arguments in [&["notebook"][..], &["notebook", "--json"], &["doctor"], &["--help"]] {
        let mut child = atencion(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("atencion starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("atencion ends");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    }
}

/// A full disk is an error all the same, though it too shows while writing to stdout.
#[cfg(target_os = "linux")]
#[test]
fn stdout_that_cannot_be_written() {
    for arguments in [&["notebook"][..], &["--help"], &["verify", "--help"], &["--version"]] {
        let full = File::options().write(true).open("/dev/full").expect("/dev/full");
        let output = atencion(arguments).stdout(full).output().expect("atencion starts");
        assert!(refusal(&output).contains("No space left"), "{arguments:?}");
    }
}

#[test]
fn no_terminal_and_an_empty_environment() {
    let output = Command::new(env!("CARGO_BIN_EXE_atencion"))
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .expect("atencion starts");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!output.stdout.contains(&0x1b), "no colour without a terminal");
    assert!(String::from_utf8(output.stdout).expect("UTF-8").contains("0.5432"));
}
