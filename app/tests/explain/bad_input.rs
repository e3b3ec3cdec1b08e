//! What `atencion explain` refuses: exit code 2, a line of what and mostly one of how to mend it, in either language.

use std::fs;
use std::path::Path;

use crate::command::{atencion, refused, said};

/// `--q --k --v` from JSON files with these texts.
fn with(name: &str, [q, k, v]: [&str; 3], more: &[&str]) -> (String, String) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = |letter: &str, text: &str| {
        let path = folder.path().join(format!("{name}_{letter}.json"));
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (q, k, v) = (path("q", q), path("k", k), path("v", v));
    refused(&[&["explain", "--q", &q, "--k", &k, "--v", &v], more].concat())
}

const ONE: &str = "[[1.0, 2.0]]";

#[test]
fn what_is_no_number_is_counted() {
    let (what, mend) = with("nan", [r#"[["NaN", 1.0]]"#, ONE, ONE], &[]);
    assert!(what.contains("query holds a number that is nan or infinite"), "{what}");
    assert!(mend.starts_with("mend it: "), "{mend}");
    let (what, _) = with("inf", [ONE, ONE, r#"[["Infinity", "-Infinity"]]"#], &["--lang", "es"]);
    assert!(what.contains("value contiene 2 números"), "{what}");
}

#[test]
fn shapes_that_do_not_fit_are_named() {
    let (what, _) = with("shape", [ONE, "[[1.0, 2.0, 3.0]]", ONE], &[]);
    assert!(what.contains("key") && what.contains('3') && what.contains('2'), "{what}");
}

#[test]
fn nothing_is_too_little() {
    let (what, _) = with("empty", ["[[]]", "[[]]", "[[]]"], &[]);
    assert!(what.contains("query is empty") && what.contains("[1, 0]"), "{what}");
}

#[test]
fn one_word_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.json");
    fs::write(&file, ONE).unwrap();
    let file = file.to_str().unwrap();
    let text = said(&["explain", "--q", file, "--k", file, "--v", file]);
    assert!(text.contains("weights [L=1, S=1]"), "{text}");
}

#[test]
fn thousands_of_words_have_a_limit_and_a_cut() {
    let row = "[1.0],".repeat(9_000);
    let long = format!("[{}]", row.trim_end_matches(','));
    let (what, mend) = with("long", [&long, &long, &long], &[]);
    assert!(what.contains("9000 queries × 9000 keys are too many"), "{what}");
    assert!(mend.contains(":1000, :]"), "{mend}");
}

#[test]
fn heads_must_divide() {
    let (what, mend) = refused(&["explain", "--heads", "2"]);
    assert!(
        what.contains("3 numbers a word in query") && mend.contains("divides it"),
        "{what} {mend}"
    );
    let (what, mend) = with("flat", ["[1.0, 2.0]", ONE, ONE], &["--heads", "2"]);
    assert!(
        what.contains("query cannot be split into heads") && mend.contains("[L, E]"),
        "{what} {mend}"
    );
}

#[test]
fn rows_steps_and_words_that_are_not_there() {
    let (what, mend) = refused(&["explain", "--row", "5"]);
    assert!(what.contains("no row 5") && mend.contains("--row 4"), "{what} {mend}");
    for arguments in [["--row", "0"], ["--step", "7"], ["--heads", "0"], ["--heads", "two"]] {
        let (what, _) = refused(&[&["explain"], &arguments[..]].concat());
        assert!(what.contains(arguments[0]) && what.contains(arguments[1]), "{what}");
    }
    let (what, _) = refused(&["explain", "--tokens", "only three words"]);
    assert!(what.contains("3 words in --tokens, but 4 queries and 4 keys"), "{what}");
}

#[test]
fn arguments_that_exclude_or_need_one_another() {
    let (what, _) = refused(&["explain", "--q", "q.npy"]);
    assert!(what.contains("--k <FILE>") && what.contains("--v <FILE>"), "{what}");
    let (what, _) = refused(&["explain", "--causal", "--mask", "m.npy"]);
    assert!(what.contains("--causal") && what.contains("--mask"), "{what}");
    let (what, _) = refused(&["explain", "--q", "-", "--k", "-", "--v", "v.npy"]);
    assert!(what.contains("standard input can be read only once"), "{what}");
    let (what, _) = refused(&["explain", "--picture", "causal", "--json"]);
    assert!(what.contains("--picture") && what.contains("--json"), "{what}");
}

#[test]
fn files_that_cannot_be_read() {
    let (what, _) = refused(&["explain", "--q", "no.npy", "--k", "no.npy", "--v", "no.npy"]);
    assert!(what.contains("no.npy"), "{what}");
    let (what, _) = refused(&["explain", "--mask", "mask.txt"]);
    assert!(what.contains("mask.txt"), "{what}");
    let (what, _) = with("broken", ["[[1.0,", ONE, ONE], &["--lang", "es"]);
    assert!(what.contains("broken_q.json") && what.contains("línea 1"), "{what}");
}

#[test]
fn a_mask_of_nan_or_of_another_shape() {
    let folder = tempfile::tempdir().unwrap();
    let mask = |text: &str| {
        let path = folder.path().join("mask.json");
        fs::write(&path, text).unwrap();
        refused(&["explain", "--mask", path.to_str().unwrap()])
    };
    assert!(mask(r#"[["NaN", 0.0, 0.0, 0.0]]"#).0.contains("the mask holds a nan"));
    assert!(mask("[[1, 0, 1]]").0.contains('3'));
}

#[test]
fn sizes_that_are_none() {
    for size in ["0", "x", "20x", "3x4x5", "-1x4", "5000", "20x5000"] {
        let (what, mend) = refused(&["explain", "--picture", "positional", "--size", size]);
        assert!(!what.is_empty() && !mend.is_empty(), "{size}: {what} {mend}");
    }
    let (what, _) = refused(&["explain", "--size", "4"]);
    assert!(what.contains("--picture"), "{what}");
    let (what, _) = refused(&["explain", "--picture", "padding", "--size", "9x8"]);
    assert!(what.contains("9 words"), "{what}");
}

#[test]
fn pictures_that_cannot_be_written_leave_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let inside = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (what, mend) = refused(&["explain", "--svg", &inside("absent/a.svg")]);
    assert!(what.contains("absent") && mend.contains("folder"), "{what} {mend}");
    let (what, _) = refused(&["explain", "--png", folder.path().to_str().unwrap()]);
    assert!(what.contains("folder"), "{what}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// `/dev/full` is there on Linux alone: writing to it finds the disk full.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said() {
    assert!(Path::new("/dev/full").exists());
    let (what, _) = refused(&["explain", "--step", "2", "--svg", "/dev/full"]);
    assert!(what.contains("/dev/full"), "{what}");
}

#[test]
fn a_closed_pipe_is_no_error() {
    for arguments in [&["explain"][..], &["explain", "--json"]] {
        let mut command = atencion(arguments);
        let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{arguments:?}");
    }
}
