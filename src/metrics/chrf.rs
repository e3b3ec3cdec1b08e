//! chrF.

use super::{common, is_space, ngrams, pairs};
use crate::Result;

/// Runs of up to this many characters.
const ORDER: usize = 6;
/// Recall counts this many times as much as precision, squared.
const BETA: f64 = 2.0;

/// `sacrebleu.CHRF().corpus_score(said, [expected]).score`, 0 to 100: runs of one to six characters without spaces,
/// recall weighted twice.
///
/// Source: [Popović 2015](https://aclanthology.org/W15-3049/); `sacrebleu/metrics/chrf.py`.
///
/// # Errors
/// When there is no sentence, or not one reference for each.
pub fn chrf<S: AsRef<str>, R: AsRef<str>>(said: &[S], expected: &[R]) -> Result<f64> {
    let mut counts = [[0u64; 3]; ORDER];
    for (said, expected) in pairs(said, expected)? {
        let letters = |text: &str| text.chars().filter(|&c| !is_space(c)).collect::<Vec<char>>();
        let (said, expected) = (letters(said), letters(expected));
        for n in 1..=ORDER {
            let (ours, theirs) = (ngrams(&said, n), ngrams(&expected, n));
            let [said, expected, both] = &mut counts[n - 1];
            // Where a reference is too short to have any, nothing is held against it.
            *said += if theirs.is_empty() { 0 } else { ours.values().sum() };
            *expected += theirs.values().sum::<u64>();
            *both += common(&ours, &theirs);
        }
    }
    let there = counts.iter().filter(|[said, expected, _]| *said > 0 && *expected > 0);
    let (mut precision, mut recall, mut orders) = (0.0, 0.0, 0.0);
    for [said, expected, both] in there {
        precision += *both as f64 / *said as f64;
        recall += *both as f64 / *expected as f64;
        orders += 1.0;
    }
    if precision + recall == 0.0 {
        return Ok(0.0);
    }
    let (precision, recall) = (precision / orders, recall / orders);
    let factor = BETA * BETA;
    Ok(100.0 * (1.0 + factor) * precision * recall / (factor * precision + recall))
}
