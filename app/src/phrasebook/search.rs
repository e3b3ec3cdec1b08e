//! Finding phrases by a word of either language's texts, and what was probably meant where there is none.

use std::collections::BTreeSet;

use super::{Group, Phrase, groups};
use crate::i18n::Lang;

/// What was found.
#[derive(Debug)]
pub enum Found {
    /// The phrases that have every word, under their groups.
    Phrases(Vec<(&'static Group, Vec<&'static Phrase>)>),
    /// None has; the closest words that the book does have.
    Nothing(Vec<String>),
}

const MOST_SUGGESTIONS: usize = 5;

/// The phrases in which each of `words` stands: in the Python, the Rust, the name, the notes or the name of the group,
/// in either language. Case and accents do not matter.
pub fn search(words: &[String]) -> Found {
    let words: Vec<String> = words.iter().map(|word| folded(word.trim())).collect();
    let found: Vec<_> = groups()
        .iter()
        .map(|group| {
            let titles = in_both(|lang| group.title(lang));
            let has_all = |phrase: &&Phrase| {
                let text = titles.clone() + &text_of(phrase);
                words.iter().all(|word| text.contains(word.as_str()))
            };
            (group, group.phrases.iter().filter(has_all).collect::<Vec<_>>())
        })
        .filter(|(_, phrases)| !phrases.is_empty())
        .collect();
    if found.is_empty() { Found::Nothing(suggestions(&words)) } else { Found::Phrases(found) }
}

fn text_of(phrase: &Phrase) -> String {
    let name = phrase.name.replace('_', " ");
    let notes = in_both(|lang| phrase.note(lang).unwrap_or_default());
    folded(&format!("{name}\n{}\n{}\n", phrase.python(), phrase.rust())) + &notes
}

fn in_both(text: impl Fn(Lang) -> String) -> String {
    Lang::ALL.map(|lang| folded(&text(lang)) + "\n").concat()
}

/// Lower case, without the accents of Spanish.
fn folded(text: &str) -> String {
    let plain = |c: char| match c {
        'á' => 'a',
        'é' => 'e',
        'í' => 'i',
        'ó' => 'o',
        'ú' | 'ü' => 'u',
        'ñ' => 'n',
        _ => c,
    };
    text.to_lowercase().chars().map(plain).collect()
}

/// The book's words that are most like the first of these that it lacks.
fn suggestions(words: &[String]) -> Vec<String> {
    let vocabulary = vocabulary();
    let lacking = words.iter().find(|word| !vocabulary.iter().any(|known| known.contains(*word)));
    let Some(word) = lacking.or(words.first()) else { return Vec::new() };
    let mut close: Vec<(f64, &String)> = vocabulary
        .iter()
        .map(|known| (strsim::jaro_winkler(word, known), known))
        .filter(|(likeness, _)| *likeness > 0.75)
        .collect();
    close.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    close.into_iter().take(MOST_SUGGESTIONS).map(|(_, known)| known.clone()).collect()
}

/// Every word of three letters or more in the code and in the names of the groups.
fn vocabulary() -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for group in groups() {
        add_words(&mut words, &in_both(|lang| group.title(lang)));
        for phrase in group.phrases {
            add_words(&mut words, &folded(&phrase.python()));
            add_words(&mut words, &folded(&phrase.rust()));
        }
    }
    words
}

fn add_words(words: &mut BTreeSet<String>, text: &str) {
    let split = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.extend(split.filter(|word| word.chars().count() >= 3).map(str::to_owned));
}
