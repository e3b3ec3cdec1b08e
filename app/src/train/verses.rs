//! The verses that come with the program: 1,557 of Mark and John, in Spanish and in English, in the public domain.

use super::recipe::VersesIn;

/// Spanish, tab, English.
const VERSES: &str = include_str!("../../recipes/data/verses.tsv");

/// Each verse in one language.
pub(super) fn of(language: VersesIn) -> Vec<String> {
    pairs().map(|(es, en)| if language == VersesIn::En { en } else { es }.to_owned()).collect()
}

/// `(Spanish, English)`
pub(super) fn pairs() -> impl Iterator<Item = (&'static str, &'static str)> {
    VERSES.lines().filter_map(|line| line.split_once('\t'))
}

/// The first verse of John; those before it are Mark's.
const JOHN: usize = 678;

/// `(verse, gospel)`
pub(super) fn labelled(spanish: bool) -> Vec<(String, String)> {
    let gospel = |at: usize| if at < JOHN { "Mark" } else { "John" };
    let verse = |(at, (es, en)): (usize, (&str, &str))| {
        (if spanish { es } else { en }.to_owned(), gospel(at).to_owned())
    };
    pairs().enumerate().map(verse).collect()
}
