//! What the driver tells, and the proof that it was the driver.
//!
//! Each line begins with a secret that the guard made and told this program first, before any cell ran. The kernel
//! has neither the descriptor nor the secret, so what a cell writes to its standard output is never taken for an event.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::sync::mpsc::Sender;

use serde::Deserialize;

/// No line of the driver's is longer; one that is, is not the driver's.
const LONGEST: u64 = 1 << 16;

/// What the driver tells.
#[derive(Debug, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum Event {
    /// This cell begins.
    Cell { cell: usize },
    /// All cells ran.
    Whole,
    /// A cell took too long.
    Endless { cell: Option<usize> },
    /// The kernel died.
    Died { cell: Option<usize> },
    /// A cell raised an exception.
    Raised { cell: Option<usize>, name: String, message: String },
    /// That Python lacks these.
    Missing { modules: Vec<String> },
    /// Jupyter's machinery failed.
    Failed { message: String },
    /// The guard's word: the driver has ended, with that status of wait(2), and nothing is left of it.
    End { status: i32 },
}

/// What is heard while a notebook runs.
#[derive(Debug)]
pub(super) enum Heard {
    Event(Event),
    /// A signal that ends this program.
    Signal,
    /// Nothing for a long while.
    Nothing,
    /// Guard and driver are gone.
    Closed,
}

/// The guard's first line.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Greeting {
    Ready { secret: String, folder: PathBuf },
    Failed { failed: String },
}

/// Reads the greeting; `None` if there is none.
pub(super) fn greeting(from: &mut impl BufRead) -> Option<Greeting> {
    let mut line = Vec::new();
    from.take(LONGEST).read_until(b'\n', &mut line).ok()?;
    serde_json::from_slice(&line).ok()
}

/// Passes on the events that carry the secret, until the channel is closed.
pub(super) fn pass_on<R: Read>(mut from: BufReader<R>, secret: &str, tell: &Sender<Heard>) {
    let mut line = Vec::new();
    while matches!(from.by_ref().take(LONGEST).read_until(b'\n', &mut line), Ok(1..)) {
        if let Some(event) = event(&line, secret)
            && tell.send(Heard::Event(event)).is_err()
        {
            return;
        }
        line.clear();
    }
    let _ = tell.send(Heard::Closed);
}

fn event(line: &[u8], secret: &str) -> Option<Event> {
    let told = line.strip_prefix(secret.as_bytes())?.strip_prefix(b" ")?;
    serde_json::from_slice(told).ok()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn only_the_holder_of_the_secret_is_heard() {
        let long = "x".repeat(3 << 16);
        let lines = format!(
            "{{\"event\":\"whole\"}}\nguess {{\"event\":\"whole\"}}\n{long}\n\u{0}\n\nsecret {{\"event\":\"cell\",\"cell\":3}}\nsecret nonsense"
        );
        let (tell, heard) = channel();
        pass_on(BufReader::new(lines.as_bytes()), "secret", &tell);
        assert!(matches!(heard.recv(), Ok(Heard::Event(Event::Cell { cell: 3 }))));
        assert!(matches!(heard.recv(), Ok(Heard::Closed)));
    }

    #[test]
    fn a_greeting_or_none() {
        let read = |text: &str| greeting(&mut text.as_bytes());
        assert!(matches!(
            read("{\"secret\":\"s\",\"folder\":\"f\"}\n"),
            Some(Greeting::Ready { .. })
        ));
        assert!(matches!(read("{\"failed\":\"full\"}\n"), Some(Greeting::Failed { .. })));
        assert!(read("Traceback").is_none());
        assert!(read("").is_none());
    }
}
