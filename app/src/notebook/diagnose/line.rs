//! Which line of the notebook makes a mistake: the line to change.

use super::super::python::code::{Code, Place, Statement};
use super::{Mistake, Step};

/// The statement that makes that mistake in a value that stands at `before`.
///
/// First what betrays it in the same cell, then anywhere above; where the step was left out, what was computed
/// before it.
pub fn guilty<'a>(code: &'a Code, mistake: &Mistake, before: Place) -> Option<&'a Statement> {
    let betrayed =
        |statement: &Statement| mistake.clues.iter().any(|clue| statement.text.contains(clue));
    let named = |statement: &Statement| {
        let name = name_of(mistake.step);
        statement.assigns.iter().any(|assigned| assigned.to_lowercase().contains(name))
    };
    let (own, instead) = words_of(mistake.step);
    let here = |has: &dyn Fn(&Statement) -> bool| last(code, before, true, has);
    let above = |has: &dyn Fn(&Statement) -> bool| last(code, before, false, has);
    here(&betrayed)
        .or_else(|| own.iter().find_map(|words| here(&|statement| has_word(statement, words))))
        .or_else(|| here(&named))
        .or_else(|| above(&betrayed))
        .or_else(|| own.iter().find_map(|words| above(&|statement| has_word(statement, words))))
        .or_else(|| above(&named))
        .or_else(|| instead.iter().find_map(|words| above(&|statement| has_word(statement, words))))
}

/// Whether a statement has one of these names or operators.
fn has_word(statement: &Statement, words: &[&str]) -> bool {
    let in_name = |c: char| c.is_alphanumeric() || c == '_';
    let names = || {
        statement.text.split(|c: char| !in_name(c) && c != '.').flat_map(|part| {
            // `0.5` is one word, `K.T` is two.
            let number = part.starts_with(|c: char| c.is_ascii_digit());
            part.split(move |c| c == '.' && !number)
        })
    };
    words.iter().any(|word| {
        let operator = !word.starts_with(in_name);
        if operator { statement.text.contains(word) } else { names().any(|name| name == *word) }
    })
}

/// The last such statement up to a place, in its cell alone or in all.
fn last<'a>(
    code: &'a Code,
    before: Place,
    same_cell: bool,
    has: &dyn Fn(&Statement) -> bool,
) -> Option<&'a Statement> {
    code.statements.iter().rfind(|statement| {
        let place = statement.place;
        let earlier = (place.cell, place.line) <= (before.cell, before.line);
        earlier && (!same_cell || place.cell == before.cell) && has(statement)
    })
}

type Words = &'static [&'static [&'static str]];

/// The words that betray each step, and those of the step before it, for a step that was left out.
fn words_of(step: Step) -> (Words, Words) {
    const PRODUCT: &[&str] = &["@", "matmul", "mm", "bmm", "einsum", "dot"];
    const SCORES: &[&str] =
        &["T", "mT", "t", "transpose", "permute", "swapaxes", "view", "reshape"];
    const SOFTMAX: &[&str] = &["softmax", "Softmax", "exp", "log_softmax", "sigmoid", "Sigmoid"];
    const MASK: &[&str] = &["masked_fill", "masked_fill_", "where", "tril", "triu"];
    const HALF: &[&str] = &["half", "float16", "bfloat16", "HalfTensor", "autocast"];
    match step {
        Step::Scores => (&[SCORES], &[PRODUCT]),
        Step::Scale => (&[&["sqrt", "rsqrt", "0.5"], &["/"]], &[SCORES, PRODUCT]),
        Step::Mask => (&[MASK], &[SOFTMAX]),
        Step::Softmax => (&[SOFTMAX], &[PRODUCT]),
        Step::Output => (&[PRODUCT], &[]),
        Step::Dtype => (&[HALF], &[PRODUCT]),
        Step::LayerNorm => (&[&["var", "std", "layer_norm", "LayerNorm"]], &[&["mean"]]),
    }
}

/// Part of the name that people give to what a step gives.
fn name_of(step: Step) -> &'static str {
    match step {
        Step::Scores => "score",
        Step::Scale => "scal",
        Step::Mask => "mask",
        Step::Softmax => "weight",
        Step::Output => "out",
        Step::Dtype => "half",
        Step::LayerNorm => "norm",
    }
}
