//! BLEU.

use super::{common, is_space, ngrams, pairs};
use crate::Result;

/// Runs of up to this many words.
const ORDER: usize = 4;

/// `sacrebleu.BLEU().corpus_score(said, [expected]).score`, 0 to 100: runs of one to four words, mteval-13a's words,
/// exponential smoothing of runs that never match.
///
/// Source: [Papineni et al. 2002](https://aclanthology.org/P02-1040/); `sacrebleu/metrics/bleu.py`.
///
/// # Errors
/// When there is no sentence, or not one reference for each.
pub fn bleu<S: AsRef<str>, R: AsRef<str>>(said: &[S], expected: &[R]) -> Result<f64> {
    let (mut correct, mut total) = ([0u64; ORDER], [0u64; ORDER]);
    let (mut ours, mut theirs) = (0, 0);
    for (said, expected) in pairs(said, expected)? {
        let (said, expected) = (words(said), words(expected));
        ours += said.len();
        theirs += expected.len();
        for n in 1..=ORDER {
            correct[n - 1] += common(&ngrams(&said, n), &ngrams(&expected, n));
            total[n - 1] += (said.len() + 1).saturating_sub(n) as u64;
        }
    }
    // Without four words in a row anywhere a precision is 0, and so is the mean.
    if correct.iter().all(|&n| n == 0) || total.contains(&0) {
        return Ok(0.0);
    }
    let mut smooth = 1.0;
    let mut logarithms = 0.0;
    for (correct, total) in correct.into_iter().zip(total) {
        let precision = if correct == 0 {
            smooth *= 2.0;
            100.0 / (smooth * total as f64)
        } else {
            100.0 * correct as f64 / total as f64
        };
        logarithms += precision.ln();
    }
    let brevity = if ours < theirs { (1.0 - theirs as f64 / ours as f64).exp() } else { 1.0 };
    Ok(brevity * (logarithms / ORDER as f64).exp())
}

/// mteval-v13a's words: punctuation stands alone, but not the point and the comma in a number.
fn words(line: &str) -> Vec<String> {
    let mut line = line.trim_end_matches(is_space).replace("<skipped>", "").replace("-\n", "");
    for (name, character) in
        [("\n", " "), ("&quot;", "\""), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")]
    {
        line = line.replace(name, character);
    }
    let line: Vec<char> = format!(" {line} ").chars().collect();
    let mut apart = Vec::with_capacity(2 * line.len());
    for c in line {
        if matches!(c, '{'..='~' | '['..='`' | ' '..='&' | '('..='+' | ':'..='@' | '/') {
            apart.extend([' ', c, ' ']);
        } else {
            apart.push(c);
        }
    }
    let point = |c: char| matches!(c, '.' | ',');
    let apart = between(&apart, |a, b| !a.is_ascii_digit() && point(b), |a, b| [a, ' ', b, ' ']);
    let apart = between(&apart, |a, b| point(a) && !b.is_ascii_digit(), |a, b| [' ', a, ' ', b]);
    let apart = between(&apart, |a, b| a.is_ascii_digit() && b == '-', |a, b| [a, ' ', b, ' ']);
    let line: String = apart.into_iter().collect();
    line.split(is_space).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// `re.sub` of two characters: from left to right, none twice.
fn between(
    line: &[char],
    matches: impl Fn(char, char) -> bool,
    with: impl Fn(char, char) -> [char; 4],
) -> Vec<char> {
    let mut out = Vec::with_capacity(2 * line.len());
    let mut at = 0;
    while at < line.len() {
        match line.get(at + 1) {
            Some(&next) if matches(line[at], next) => {
                out.extend(with(line[at], next));
                at += 2;
            }
            _ => {
                out.push(line[at]);
                at += 1;
            }
        }
    }
    out
}
