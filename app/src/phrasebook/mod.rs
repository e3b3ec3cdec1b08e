//! The phrasebook: how does one say this line of torch in tch?
//!
//! A phrase is a Rust block whose comments are the lines of Python that it says:
//!
//! ```ignore
//! softmax(x) {
//!     // torch.softmax(x, dim=-1)
//!     x.softmax(-1, None::<Kind>)
//! }
//! ```
//!
//! The block is compiled, and its text is read from this very source, so that what is shown is what runs. A test runs
//! every phrase in both languages on the same inputs and compares the results bit for bit; what cannot be run is not
//! in the book.

mod inputs;
mod markdown;
mod phrase;
mod rows;
mod search;
mod value;

use crate::i18n::Lang;

pub use markdown::markdown;
pub use phrase::Phrase;
pub use search::{Found, search};
pub use value::Value;

/// Phrases that belong together.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// Names it among the texts: `phrasebook-group-NAME`.
    pub name: &'static str,
    /// Its phrases, in the order in which they are read.
    pub phrases: &'static [Phrase],
}

impl Group {
    /// What it is called in that language.
    pub fn title(&self, lang: Lang) -> String {
        lang.text(&format!("phrasebook-group-{}", self.name))
    }
}

/// All groups, in the order in which a beginner needs them.
pub fn groups() -> &'static [Group] {
    &rows::GROUPS
}

/// The inputs of the phrases, as phrases themselves.
pub fn inputs() -> &'static [Phrase] {
    inputs::PHRASES
}
