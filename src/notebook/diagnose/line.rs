//! Which line of the notebook computes a step: the line to change.

use super::super::python::code::{Code, Place, Statement};
use super::recipe::Step;

/// The statement that computes that step for a value that stands at `before`: the last such one up to there, else
/// the first anywhere.
pub fn guilty(code: &Code, step: Step, before: Place) -> Option<&Statement> {
    words_of(step).iter().find_map(|words| last_with(code, words, before))
}

/// What betrays each step; where a step was left out, the one before it.
fn words_of(step: Step) -> &'static [&'static [&'static str]] {
    const PRODUCT: &[&str] = &["@", "matmul", "mm", "bmm", "einsum", "dot"];
    const SCORES: &[&str] =
        &["T", "mT", "t", "transpose", "permute", "swapaxes", "view", "reshape", "einsum"];
    const SOFTMAX: &[&str] = &["softmax", "Softmax", "exp", "log_softmax", "sigmoid", "Sigmoid"];
    match step {
        Step::Scores => &[SCORES, PRODUCT],
        Step::Scale => &[&["sqrt", "rsqrt", "0.5"], &["/"], SCORES, PRODUCT],
        Step::Mask => &[&["masked_fill", "masked_fill_", "where", "tril", "triu"], SOFTMAX],
        Step::Softmax => &[SOFTMAX, PRODUCT],
        Step::Output => &[PRODUCT],
        Step::Dtype => &[&["half", "float16", "bfloat16", "HalfTensor", "autocast"], PRODUCT],
        Step::LayerNorm => &[&["var", "std", "layer_norm", "LayerNorm"], &["mean"]],
    }
}

fn last_with<'a>(code: &'a Code, words: &[&str], before: Place) -> Option<&'a Statement> {
    let has = |statement: &&Statement| words.iter().any(|word| statement.words.contains(*word));
    let earlier = |statement: &&Statement| {
        (statement.place.cell, statement.place.line) <= (before.cell, before.line)
    };
    code.statements
        .iter()
        .rfind(|s| has(s) && earlier(s))
        .or_else(|| code.statements.iter().find(has))
}
