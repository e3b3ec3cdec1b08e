//! How good a translation is, as [sacrebleu](https://github.com/mjpost/sacrebleu) counts it, with its defaults.
//!
//! ```
//! use atencion::metrics::{bleu, chrf};
//!
//! let said = ["The cat sat on the mat."];
//! let expected = ["The cat is on the mat."];
//! assert_eq!(format!("{:.2}", bleu(&said, &expected)?), "48.89"); // BLEU().corpus_score(said, [expected]).score
//! assert_eq!(format!("{:.2}", chrf(&said, &expected)?), "67.17"); // CHRF().corpus_score(said, [expected]).score
//! # Ok::<(), atencion::Error>(())
//! ```

mod bleu;
mod chrf;

use std::collections::HashMap;
use std::hash::Hash;

use crate::{Error, Result};

pub use bleu::bleu;
pub use chrf::chrf;

/// Each sentence with its reference.
///
/// # Errors
/// When there is none, or one has no other.
fn pairs<'a, S: AsRef<str>, R: AsRef<str>>(
    said: &'a [S],
    expected: &'a [R],
) -> Result<impl Iterator<Item = (&'a str, &'a str)>> {
    if said.is_empty() || said.len() != expected.len() {
        let (said, expected) = (said.len(), expected.len());
        return Err(Error::value(format!("{said} sentences are to be held against {expected}"))
            .mend("give one reference for each sentence, in the same order"));
    }
    Ok(said.iter().map(AsRef::as_ref).zip(expected.iter().map(AsRef::as_ref)))
}

/// How often each run of `n` items comes.
fn ngrams<T: Eq + Hash>(items: &[T], n: usize) -> HashMap<&[T], u64> {
    let mut counts = HashMap::new();
    for gram in items.windows(n) {
        *counts.entry(gram).or_default() += 1;
    }
    counts
}

/// How many of them come in both, each as often as in the one that has fewer.
fn common<T: Eq + Hash>(ours: &HashMap<&[T], u64>, theirs: &HashMap<&[T], u64>) -> u64 {
    let both = |(gram, count): (&&[T], &u64)| theirs.get(gram).map_or(0, |other| *count.min(other));
    ours.iter().map(both).sum()
}

/// What Python's `str.split` splits at.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}
