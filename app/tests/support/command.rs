//! Running `atencion` as a user types it. Each test program takes of it what it needs.
#![allow(dead_code)]

use std::io::Write;
use std::process::{Command, Output, Stdio};

/// The command, with nothing on standard input and English by the locale.
pub fn atencion(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atencion"));
    command.args(arguments).stdin(Stdio::null());
    for name in ["LANG", "LANGUAGE", "LC_MESSAGES", "PAGER", "NO_COLOR", "FORCE_COLOR"] {
        command.env_remove(name);
    }
    command.env("LC_ALL", "C");
    command
}

/// What it says on standard output when all is well.
pub fn said(arguments: &[&str]) -> String {
    fine(atencion(arguments).output().expect("atencion starts"))
}

/// What it says when that text comes through standard input.
pub fn said_to(arguments: &[&str], input: &str) -> String {
    let mut command = atencion(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("atencion starts");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("atencion reads");
    fine(child.wait_with_output().expect("atencion ends"))
}

fn fine(output: Output) -> String {
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{complaint}");
    assert_eq!(complaint, "");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Its lines on standard error when it refuses with exit code 2: what is wrong, and how to mend it, if that is known.
pub fn refused(arguments: &[&str]) -> (String, String) {
    let output = atencion(arguments).output().expect("atencion starts");
    let complaint = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2), "{complaint}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    let lines: Vec<&str> = complaint.lines().collect();
    assert!((1..=2).contains(&lines.len()), "one or two lines, not {complaint:?}");
    (lines[0].to_owned(), lines.get(1).copied().unwrap_or_default().to_owned())
}
