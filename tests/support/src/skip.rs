//! Saying that something was passed over.

use std::io::Write;

/// Says that this test compares nothing here, and why. libtest knows only "ok" and "FAILED" for a test that ran, so
/// the line goes past its capture, before its own; `scripts/test` shows it in place of that "ok" and counts it.
pub fn skipped(why: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    // One write, so that lines of tests that run side by side stay whole.
    let line = format!("test {test} ... skipped: {why}\n");
    std::io::stdout().write_all(line.as_bytes()).expect("standard output");
}
