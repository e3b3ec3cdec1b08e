//! Long text on a terminal goes through the user's pager, as git's does.

use std::io::{self, Write};
use std::process::{Child, Command, Stdio};

use crate::view::Terminal;

/// Writes the text: through a pager where standard output is a terminal with fewer lines, else to `out`.
pub(super) fn write(
    text: &str,
    wanted: bool,
    terminal: &Terminal,
    out: &mut dyn Write,
) -> io::Result<()> {
    let long = terminal.lines.is_some_and(|lines| text.lines().count() >= lines);
    if wanted
        && long
        && let Some(pager) = start()
        && feed(pager, text)?
    {
        return Ok(());
    }
    out.write_all(text.as_bytes())
}

/// `PAGER`, else `less`; none where `PAGER` is empty or `cat`, or where it cannot be started.
fn start() -> Option<Child> {
    let pager = std::env::var("PAGER").unwrap_or_else(|_| default().to_owned());
    if pager.trim().is_empty() || pager.trim() == "cat" {
        return None;
    }
    let mut command = through_shell(&pager);
    // git's settings: leave at once if it fits, colours through, the text stays on the screen afterwards.
    for (name, value) in [("LESS", "FRX"), ("LV", "-c")] {
        if std::env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
    command.stdin(Stdio::piped()).spawn().ok()
}

#[cfg(unix)]
fn default() -> &'static str {
    // Without less the text is better written as it is than lost in an error of the shell's.
    "command -v less >/dev/null && exec less || exec cat"
}

#[cfg(not(unix))]
fn default() -> &'static str {
    "more"
}

/// `PAGER` may hold arguments.
#[cfg(unix)]
fn through_shell(pager: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", pager]);
    command
}

#[cfg(not(unix))]
fn through_shell(pager: &str) -> Command {
    let mut command = Command::new("cmd");
    command.args(["/C", pager]);
    command
}

/// What a shell says of a command that is not there.
const NOT_FOUND: i32 = 127;

/// Whether there was a pager to show the text.
fn feed(mut pager: Child, text: &str) -> io::Result<bool> {
    if let Some(mut input) = pager.stdin.take() {
        match input.write_all(text.as_bytes()) {
            // Who has read enough quits.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            written => written?,
        }
    }
    Ok(pager.wait()?.code() != Some(NOT_FOUND))
}
