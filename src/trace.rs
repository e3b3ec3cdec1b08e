//! [`Trace`]: the steps of an attention computation as one value.
//!
//! Everything that is shown, printed as JSON, compared or drawn is a `Trace`; it is the value that flows
//! through the crate.

use serde_json::{Value, json};
use tch::Tensor;

use crate::Result;

/// One step: what it is called, how it is written, and the tensor that came out.
#[derive(Debug)]
pub struct Step {
    /// Short name under which other code finds the step, such as `scores` or `weights`.
    pub name: String,
    /// The formula, in plain Unicode text: `QKᵀ / √d_k`.
    pub formula: String,
    /// The line of Python that computes it.
    pub python: String,
    /// The line of Rust that computes it.
    pub rust: String,
    /// The result.
    pub tensor: Tensor,
}

impl Step {
    fn to_json(&self) -> Result<Value> {
        Ok(json!({
            "name": self.name,
            "formula": self.formula,
            "python": self.python,
            "rust": self.rust,
            "dtype": format!("{:?}", self.tensor.kind()),
            "shape": self.tensor.size(),
            "data": crate::io::json::to_value(&self.tensor)?,
        }))
    }
}

/// Named steps in the order in which they were computed.
#[derive(Debug, Default)]
pub struct Trace {
    steps: Vec<Step>,
}

impl Trace {
    /// An empty trace.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a step.
    pub fn push(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// The steps, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The steps' names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().map(|step| step.name.as_str())
    }

    /// Every step as JSON: `name`, `formula`, `python`, `rust`, `dtype`, `shape`, `data` at full precision.
    ///
    /// # Errors
    /// When a tensor's numbers cannot be read.
    pub fn to_json(&self) -> Result<Value> {
        self.steps.iter().map(Step::to_json).collect()
    }

    /// The step of that name, if there is one.
    pub fn get(&self, name: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.name == name)
    }
}

/// `trace["weights"]`: the tensor of that step.
///
/// # Panics
/// When there is no such step; [`Trace::get`] is for names that come from outside.
impl std::ops::Index<&str> for Trace {
    type Output = Tensor;

    fn index(&self, name: &str) -> &Tensor {
        match self.get(name) {
            Some(step) => &step.tensor,
            None => panic!("no step {name:?}, only {:?}", self.names().collect::<Vec<_>>()),
        }
    }
}

impl IntoIterator for Trace {
    type Item = Step;
    type IntoIter = std::vec::IntoIter<Step>;

    fn into_iter(self) -> Self::IntoIter {
        self.steps.into_iter()
    }
}
