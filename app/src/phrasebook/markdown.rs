//! The book as a document: `docs/phrasebook.md`.

use std::fmt::Write as _;

use super::{Phrase, groups, inputs};
use crate::i18n::Lang;

/// The whole book as Markdown.
pub fn markdown(lang: Lang) -> String {
    let mut text = format!(
        "# {}\n\n{}\n\n",
        lang.text("phrasebook-title"),
        lang.text("phrasebook-document-introduction")
    );
    for (at, group) in groups().iter().enumerate() {
        let title = group.title(lang);
        let _ = writeln!(text, "{}. [{title}](#{})", at + 1, anchor(&title));
    }
    section(&mut text, &lang.text("phrasebook-inputs"), inputs(), lang);
    for group in groups() {
        section(&mut text, &group.title(lang), group.phrases, lang);
    }
    text
}

fn section(text: &mut String, title: &str, phrases: &[Phrase], lang: Lang) {
    let _ = write!(text, "\n## {title}\n");
    for phrase in phrases {
        let inputs = if phrase.inputs.is_empty() {
            String::new()
        } else {
            format!(" ({})", phrase.inputs.join(", "))
        };
        let name = phrase.name.replace('_', " ");
        let _ = write!(text, "\n**{name}**{inputs}\n\n");
        let _ = write!(text, "```python\n{}\n```\n\n", phrase.python());
        let _ = write!(text, "```rust\n{}\n```\n", phrase.rust());
        if let Some(note) = phrase.note(lang) {
            let _ = write!(text, "\n> {note}\n");
        }
    }
}

/// The anchor that a heading gets.
fn anchor(title: &str) -> String {
    title
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == ' ' || *c == '-')
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}
