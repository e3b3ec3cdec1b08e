//! The value that flows from step to step, and the trace it leaves.

use tch::Tensor;

use crate::{Step, Trace};

/// A [`Trace`] in the making. The newest tensor is what the next step starts from.
pub(super) struct Flow {
    steps: Vec<Step>,
    name: &'static str,
    tensor: Tensor,
}

/// Computes the next step of a [`Flow`] from the newest tensor, called `it`, and shows the very line that did.
///
/// `step!(flow, it; name, formula, python, rust)`: the Rust line shown is the source of the expression `rust` itself,
/// so that it cannot drift; in both lines `it` is shown under the name of the step that it came from.
macro_rules! step {
    ($flow:expr, $it:ident; $name:expr, $formula:expr, $python:expr, $rust:expr) => {{
        #[allow(unused_variables, reason = "the scores start from query and key")]
        let $it = $flow.current().shallow_clone();
        let tensor = $rust;
        $flow.push($name, $formula, $python, stringify!($rust), tensor);
    }};
}
pub(super) use step;

impl Flow {
    pub(super) fn new() -> Self {
        Self { steps: Vec::new(), name: "", tensor: Tensor::new() }
    }

    /// A step that is an argument as it was given.
    pub(super) fn given(&mut self, name: &'static str, formula: &str, tensor: &Tensor) {
        self.keep(name, formula.into(), name.into(), format!("&{name}"), tensor.shallow_clone());
    }

    /// A step that was computed by the expression whose source is `rust`.
    pub(super) fn push(
        &mut self,
        name: &'static str,
        formula: impl Into<String>,
        python: &str,
        rust: &str,
        tensor: Tensor,
    ) {
        let python = format!("{name} = {}", replace_word(python, "it", self.name));
        let rust = replace_word(&panicking_twin(rust), "it", self.name);
        self.keep(name, formula.into(), python, format!("let {name} = {rust};"), tensor);
    }

    fn keep(
        &mut self,
        name: &'static str,
        formula: String,
        python: String,
        rust: String,
        tensor: Tensor,
    ) {
        self.tensor = tensor.shallow_clone();
        // Key repeated over its group is still the step `key`.
        if self.name == name {
            self.steps.pop();
        }
        self.name = name;
        self.steps.push(Step { name: name.into(), formula, python, rust, tensor });
    }

    /// The newest tensor.
    pub(super) fn current(&self) -> &Tensor {
        &self.tensor
    }

    /// The newest step's name.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn into_trace(self) -> Trace {
        let mut trace = Trace::new();
        self.steps.into_iter().for_each(|step| trace.push(step));
        trace
    }
}

/// `x.f_op(y)?` as `x.op(y)`: in tch the same call, which panics where the other returns an error. Shown for its
/// likeness to Python; the library itself runs the one that returns errors.
fn panicking_twin(source: &str) -> String {
    let words: Vec<&str> = source.split_whitespace().collect();
    words.join(" ").replace(".f_", ".").replace('?', "")
}

fn replace_word(text: &str, word: &str, by: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let (before, after) = (&rest[..at], &rest[at + word.len()..]);
        let alone = !before.ends_with(is_part) && !after.starts_with(is_part);
        out.push_str(before);
        out.push_str(if alone { by } else { word });
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::{panicking_twin, replace_word};

    #[test]
    fn only_whole_words_are_replaced() {
        assert_eq!(replace_word("it.with(it, item, _it)", "it", "x"), "x.with(x, item, _it)");
    }

    #[test]
    fn fallible_calls_are_shown_by_their_short_names() {
        assert_eq!(panicking_twin("q.f_matmul(&k.f_tr()?)?"), "q.matmul(&k.tr())");
    }
}
