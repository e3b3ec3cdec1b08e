//! The crate's one error: what is wrong, and how to mend it.

use std::any::Any;
use std::fmt;

use crate::printable;

/// `Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Which of Python's exceptions an [`Error`] corresponds to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A value, shape or option that cannot be (`ValueError`).
    Value,
    /// A kind (dtype) or type that cannot be (`TypeError`).
    Type,
    /// A file that cannot be read, written or understood (`OSError`).
    File,
    /// libtorch refused (`RuntimeError`); only the first line of its message is kept.
    Torch,
}

/// What is wrong, in one line, and, where it is known, how to mend it in another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    what: String,
    mend: Option<String>,
}

impl Error {
    /// A value, shape or option that cannot be.
    pub fn value(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Value, what)
    }

    /// A kind (dtype) or type that cannot be.
    pub fn kind_mismatch(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Type, what)
    }

    /// A file that cannot be read, written or understood.
    pub fn file(path: impl AsRef<std::path::Path>, why: impl fmt::Display) -> Self {
        Self::new(ErrorKind::File, format!("{}: {why}", path.as_ref().display()))
    }

    /// What it says may hold a path, an argument or a file's own words: none of them reaches a terminal as it is.
    fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self { kind, what: printable(&what.into()), mend: None }
    }

    /// Adds the line that says how to mend it.
    #[must_use]
    pub fn mend(mut self, how: impl Into<String>) -> Self {
        self.mend = Some(printable(&how.into()));
        self
    }

    /// The exception that this would be in Python.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What is wrong, in one line.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// How to mend it, where that is known.
    pub fn how_to_mend(&self) -> Option<&str> {
        self.mend.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Error {}

/// Keeps the first line of libtorch's message and drops its C++ frames.
impl From<tch::TchError> for Error {
    fn from(error: tch::TchError) -> Self {
        let text = match &error {
            tch::TchError::Torch(text) => text.clone(),
            other => other.to_string(),
        };
        Self::new(ErrorKind::Torch, first_line(&text))
    }
}

/// The first line of a libtorch message, without the `Exception raised from …` tail.
pub fn first_line(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    line.split("Exception raised from").next().unwrap_or(line).trim()
}

/// What a panic said, in one line. tch's own carry libtorch's whole message with a page of C++ frames, in quotes.
pub fn line_of_panic(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("internal error");
    let unwrapped = text.split_once("on an `Err` value: Torch(\"").map(|(_, message)| message);
    match unwrapped {
        Some(message) => {
            first_line(message).split("\\n").next().unwrap_or(message).replace("\\\"", "\"")
        }
        None => first_line(text).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_tch_is_libtorchs_first_line() {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let x = tch::Tensor::ones([1, 2], tch::kind::FLOAT_CPU);
        let panic = std::panic::catch_unwind(|| x.matmul(&x)).unwrap_err();
        std::panic::set_hook(hook);
        let line = line_of_panic(&*panic);
        assert_eq!(line, "mat1 and mat2 shapes cannot be multiplied (1x2 and 1x2)");
    }

    #[test]
    fn what_came_from_outside_is_written_out() {
        let error =
            Error::file("a\u{1b}]0;x\u{7}\n.npy", "no such file\u{202e}").mend("name\u{2066} it");
        assert_eq!(error.what(), "a\\u{1b}]0;x\\u{7}\\n.npy: no such file\\u{202e}");
        assert_eq!(error.how_to_mend(), Some("name\\u{2066} it"));
    }

    #[test]
    fn other_panics_keep_their_first_line() {
        let line = |text: &str| line_of_panic(&text.to_owned());
        assert_eq!(line("index out of bounds\nmore"), "index out of bounds");
        assert_eq!(line_of_panic(&"a word"), "a word");
        assert_eq!(line_of_panic(&7), "internal error");
    }
}
