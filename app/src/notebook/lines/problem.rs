//! What stopped a line: named, with its place, and said in the reader's language.

use std::rc::Rc;

use super::ast::At;
use crate::i18n::{FluentValue, Lang};

/// Something that a line needed and did not get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub at: At,
    /// What.
    pub why: Why,
}

/// Why a line has no value here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// A name, operation or form of Python that is not known here.
    NotKnown(String),
    /// A module that is not known here; nothing is ever imported.
    Module(String),
    /// What is never run: `exec`, `open`, `os.system`.
    Refused(String),
    /// A bound of this run: what it bounds.
    Limit(Limit),
    /// A Python exception that nothing caught: its class and message.
    Raised {
        /// `ValueError`
        class: String,
        /// What `str(e)` is.
        message: String,
    },
    /// The cell is no Python; nothing of it is run.
    Syntax,
    /// Brackets or blocks nested deeper than is read here.
    TooDeep,
    /// More code than anybody writes.
    TooLong,
}

/// What a run is bounded in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Steps of the interpreter.
    Steps,
    /// Seconds.
    Time,
    /// Bytes of tensors, or items of a list.
    Memory,
    /// Bytes printed.
    Output,
    /// A whole number beyond 64 bits.
    Integer,
}

impl Limit {
    fn name(self) -> &'static str {
        match self {
            Limit::Steps => "steps",
            Limit::Time => "time",
            Limit::Memory => "memory",
            Limit::Output => "output",
            Limit::Integer => "integer",
        }
    }
}

impl Problem {
    /// What it says: `cell 7:3: torch.fft is not known here`. Cells are counted from 1, as people do.
    pub fn message(&self, lang: Lang) -> String {
        let what = |id: &str, value: &str| {
            lang.text_with(id, &[("what", FluentValue::from(escaped(value)))])
        };
        let text = match &self.why {
            Why::NotKnown(name) => what("lines-not-known", name),
            Why::Module(name) => what("lines-module", name),
            Why::Refused(name) => what("lines-refused", name),
            Why::Limit(limit) => lang.text(&format!("lines-limit-{}", limit.name())),
            Why::Raised { class, message } if message.is_empty() => escaped(class),
            Why::Raised { class, message } => format!("{}: {}", escaped(class), escaped(message)),
            Why::Syntax => lang.text("lines-syntax"),
            Why::TooDeep => lang.text("lines-too-deep"),
            Why::TooLong => lang.text("lines-too-long"),
        };
        let At { cell, line, column } = self.at;
        let place = format!("{}:{line}:{column}", cell + 1);
        lang.text_with(
            "lines-problem",
            &[("place", FluentValue::from(place)), ("text", FluentValue::from(text))],
        )
    }
}

/// One line, without control characters and marks that turn text around: names and messages are the notebook's.
fn escaped(text: &str) -> String {
    let strange = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut out = String::new();
    for c in text.chars().take(400) {
        if strange(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

/// Why a step has no value.
#[derive(Debug, Clone)]
pub enum Stop {
    /// A Python exception: its class, its message, and the instance where a program made one.
    Raise(Box<Raised>),
    /// What it depends on is not known; what does not depend on it goes on.
    Unknown(Rc<Problem>),
    /// A bound of the whole run, noted among its problems: nothing goes on.
    Over,
}

/// A Python exception on its way.
#[derive(Debug, Clone)]
pub struct Raised {
    /// `ValueError`
    pub class: Rc<str>,
    /// What `str(e)` is.
    pub message: String,
    /// The exception object, where the program made it.
    pub value: Option<super::value::Value>,
    /// Where it was raised.
    pub at: Option<At>,
}

/// The result of a step.
pub type Step<T> = Result<T, Stop>;

/// A Python exception of that class.
pub fn raise<T>(class: &str, message: impl Into<String>) -> Step<T> {
    let (class, message) = (Rc::from(class), message.into());
    Err(Stop::Raise(Box::new(Raised { class, message, value: None, at: None })))
}

/// `TypeError`
pub fn type_error<T>(message: impl Into<String>) -> Step<T> {
    raise("TypeError", message)
}

/// `ValueError`
pub fn value_error<T>(message: impl Into<String>) -> Step<T> {
    raise("ValueError", message)
}
