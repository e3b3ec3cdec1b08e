//! What the twin knows of variables, functions and fields.

use std::collections::{HashMap, HashSet};

use super::super::lines::observe::Shape;
use super::code::{Code, Form};

/// A variable of the twin.
#[derive(Debug, Clone)]
pub(super) struct Variable {
    pub rust: String,
    pub shape: Shape,
    pub form: Form,
    /// How deep in blocks it was declared.
    pub depth: usize,
}

/// The variables of a function, or of the notebook.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub variables: HashMap<String, Variable>,
    /// Those that are changed after they are declared.
    pub changed: HashSet<String>,
    /// The tensors that began as a number.
    pub numbers: HashSet<String>,
    pub depth: usize,
    /// Where the body ends that is being said: what is used up to there is needed after a block.
    pub end: usize,
    /// `self.x` in `__init__` is the variable `x`; in other methods it is a field.
    pub in_init: bool,
    /// Whether there is a `self`.
    pub is_method: bool,
    /// What it returns.
    pub returns: Option<Shape>,
    /// The variables from further out that it uses, which become its last parameters.
    pub captured: Vec<(String, Shape)>,
}

/// A function of the notebook.
#[derive(Debug, Clone)]
pub(super) struct Ready {
    pub rust: String,
    /// Name, shape and default of each parameter.
    pub parameters: Vec<(String, Shape, Option<Code>)>,
    pub returns: Shape,
    /// The variables from further out that it uses, which are its last parameters.
    pub captured: Vec<(String, Shape)>,
    /// The parameters that are changed: modules in training, optimisers.
    pub changed: HashSet<String>,
    /// Whether it takes `self`.
    pub takes_self: bool,
}

/// A field of a struct.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub python: String,
    pub rust: String,
    /// The variable that it is in the constructor.
    pub local: String,
    pub shape: Shape,
    /// A tensor that is not trained.
    pub is_buffer: bool,
}

impl Field {
    /// As the constructor gives it to the struct.
    pub fn given(&self) -> String {
        if self.rust == self.local {
            return self.rust.clone();
        }
        format!("{}: {}", self.rust, self.local)
    }
}
