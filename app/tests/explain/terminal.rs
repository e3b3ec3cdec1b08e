//! `atencion explain` on a terminal: colours by what it has, its width, and the pager.
#![cfg(unix)]

use std::io::Read;

use pty_process::blocking::{Command, open};

/// What appears on a terminal of that size.
fn on_terminal(
    arguments: &[&str],
    settings: &[(&str, &str)],
    (rows, columns): (u16, u16),
) -> String {
    let (mut terminal, inside) = open().unwrap();
    terminal.resize(pty_process::Size::new(rows, columns)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_atencion")).args(arguments);
    for name in [
        "LANG",
        "LANGUAGE",
        "LC_MESSAGES",
        "PAGER",
        "LESS",
        "NO_COLOR",
        "FORCE_COLOR",
        "COLORTERM",
        "TERM_PROGRAM",
        "CI",
    ] {
        command = command.env_remove(name);
    }
    command = command.env("LC_ALL", "C.UTF-8").env("TERM", "xterm");
    for (name, value) in settings {
        command = command.env(name, value);
    }
    let mut child = command.spawn(inside).unwrap();
    let mut seen = Vec::new();
    // At its end a terminal reports an error on Linux, and nothing more on macOS.
    let mut chunk = [0; 4096];
    while let Ok(length @ 1..) = terminal.read(&mut chunk) {
        seen.extend_from_slice(&chunk[..length]);
    }
    assert!(child.wait().unwrap().success());
    String::from_utf8(seen).unwrap().replace("\r\n", "\n")
}

const STEP: [&str; 3] = ["explain", "--step", "5"];
const LARGE: (u16, u16) = (200, 80);

#[test]
fn all_colours_where_there_are_all() {
    let seen = on_terminal(&STEP, &[("COLORTERM", "truecolor")], LARGE);
    assert!(seen.contains("\x1b[38;2;68;1;84m███"), "{seen:?}");
    assert!(seen.contains("\x1b[1mStep 5 of 6"), "{seen:?}");
}

#[test]
fn two_hundred_and_fifty_six_where_there_are_no_more() {
    let seen = on_terminal(&STEP, &[("TERM", "xterm-256color")], LARGE);
    assert!(seen.contains("\x1b[38;5;") && !seen.contains("\x1b[38;2;"), "{seen:?}");
}

#[test]
fn shades_where_there_are_sixteen_or_none() {
    let sixteen = on_terminal(&STEP, &[], LARGE);
    assert!(
        sixteen.contains("\x1b[1m") && !sixteen.contains("\x1b[38;") && sixteen.contains('░'),
        "{sixteen:?}"
    );
    for setting in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let none = on_terminal(&STEP, &[("COLORTERM", "truecolor"), setting], LARGE);
        assert!(!none.contains('\x1b') && none.contains('░'), "{none:?}");
    }
}

#[test]
fn text_is_as_wide_as_the_terminal() {
    let narrow = on_terminal(&STEP, &[("NO_COLOR", "1")], (200, 50));
    let prose: Vec<&str> =
        narrow.lines().filter(|line| line.starts_with("Softmax turns")).collect();
    assert!(prose.len() == 1 && prose[0].chars().count() <= 50, "{narrow}");
}

const PAGER: (&str, &str) = ("PAGER", "sed 's/^/paged: /'");

#[test]
fn long_text_goes_through_the_pager() {
    let seen = on_terminal(&["explain"], &[PAGER, ("NO_COLOR", "1")], (24, 80));
    assert!(seen.starts_with("paged: Attention in six steps"), "{seen}");
    assert!(seen.lines().all(|line| line.starts_with("paged: ")), "{seen}");
}

#[test]
fn short_text_and_no_pager_do_not() {
    let seen = on_terminal(&["explain", "--row", "2"], &[PAGER], (24, 80));
    assert!(!seen.contains("paged"), "{seen}");
    let seen = on_terminal(&["explain", "--no-pager"], &[PAGER], (24, 80));
    assert!(!seen.contains("paged") && seen.contains("Step 6 of 6"), "{seen}");
    let seen = on_terminal(&["explain"], &[("PAGER", "")], (24, 80));
    assert!(seen.contains("Step 6 of 6"), "{seen}");
}

#[test]
fn a_pager_that_quits_early_is_no_error() {
    let seen = on_terminal(&["explain"], &[("PAGER", "head -n 1"), ("NO_COLOR", "1")], (24, 80));
    assert_eq!(seen, "Attention in six steps\n");
}

#[test]
fn a_pager_that_is_not_there_loses_nothing() {
    let seen =
        on_terminal(&["explain"], &[("PAGER", "no-such-pager"), ("NO_COLOR", "1")], (24, 80));
    assert!(seen.contains("Step 6 of 6"), "{seen}");
}
