//! Reading a schedule's state back, with all that is wrong said at once.

use tch::Tensor;

use crate::optim::state::numbers;
use crate::{Error, Result, StateDict};

/// A flat state whose numbers are asked for one after another.
pub(super) struct Saved<'a> {
    state: &'a StateDict,
    problems: Vec<String>,
}

impl<'a> Saved<'a> {
    pub fn new(state: &'a StateDict) -> Self {
        Self { state, problems: Vec::new() }
    }

    /// As many numbers as there are now; zeros and a note where there are not.
    pub fn numbers(&mut self, key: &str, count: usize) -> Vec<f64> {
        match numbers(self.state, key) {
            Some(values) if values.len() == count => return values,
            Some(values) => {
                let found = values.len();
                self.problems.push(format!("{key} has {found} numbers but should have {count}"));
            }
            None => self.problems.push(format!("{key} is missing")),
        }
        vec![0.0; count]
    }

    pub fn number(&mut self, key: &str) -> f64 {
        self.numbers(key, 1)[0]
    }

    pub fn integer(&mut self, key: &str) -> i64 {
        let number = self.number(key);
        if number.fract() != 0.0 || number.abs() > 1e15 {
            self.problems.push(format!("{key} is {number}, not a whole number"));
        }
        number as i64
    }

    /// What is wrong inside the state of a schedule in this one.
    pub fn problem(&mut self, what: String) {
        self.problems.push(what);
    }

    /// # Errors
    /// When anything was missing or misshapen.
    pub fn finish(self) -> Result<()> {
        if self.problems.is_empty() {
            return Ok(());
        }
        let what = self.problems.join("; ");
        Err(Error::value(format!("the state_dict does not fit the scheduler: {what}"))
            .mend("make the same scheduler, on as many parameter groups, as the saved one"))
    }
}

/// Puts a number, or a list of them, into a flat state.
pub(super) fn save(state: &mut StateDict, key: &str, values: &[f64], list: bool) {
    let tensor = match values {
        [value] if !list => Tensor::from(*value),
        _ => Tensor::from_slice(values),
    };
    state.insert(key, tensor);
}
