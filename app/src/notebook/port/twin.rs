//! A whole notebook.

use std::collections::{HashMap, HashSet};

use super::super::lines::ast::{Expr, Stmt};
use super::super::lines::observe::{Observed, Shape, in_rust};
use super::super::lines::{Limits, Problem, Why, read, run_observed};
use super::super::python::source::prepare;
use super::code::{Code, Form, Names};
use crate::i18n::Lang;

/// A cell of the twin.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    /// Functions and structs.
    pub items: String,
    /// What stands in `fn main`, or in a cell of a Rust notebook.
    pub body: String,
}

/// The twin of a notebook.
#[derive(Debug, Default)]
pub struct Ported {
    /// Its cells of code, in order.
    pub cells: Vec<Cell>,
    /// The Python lines that were said.
    pub said: usize,
    /// Those that were not, and why.
    pub not_said: Vec<String>,
    /// How many cells have all of their lines in Rust.
    pub whole: usize,
    /// The tensors at the end: Python's name and Rust's.
    pub tensors: Vec<(String, String)>,
}

/// The twin of a notebook's cells of code.
pub fn port(cells: &[&str], limits: Limits) -> Ported {
    let run = run_observed(cells, limits);
    let observed = run.observed.unwrap_or_default();
    let mut porter = Porter::new(&observed, &run.problems);
    porter.numpy_seeded = cells.iter().any(|cell| {
        ["random.seed(", "default_rng", "RandomState"].iter().any(|sign| cell.contains(sign))
    });
    let mut ported = Ported::default();
    for (number, text) in cells.iter().enumerate() {
        let prepared = prepare(text);
        let body = match read::read(number, &prepared.text) {
            Ok(body) if prepared.lifted.is_empty() => body,
            _ => {
                let comment = text.lines().map(|line| format!("// {line}\n")).collect::<String>();
                ported.not_said.push("a cell that is not read".to_owned());
                ported.cells.push(Cell {
                    body: comment + "// not ported: this cell\n",
                    items: String::new(),
                });
                continue;
            }
        };
        let before = porter.not_said.len();
        ported.cells.push(porter.cell(&prepared.text, &body));
        ported.whole += usize::from(porter.not_said.len() == before);
    }
    ported.said = porter.said;
    ported.not_said.append(&mut porter.not_said);
    let mut tensors: Vec<(String, String)> = porter.scopes[0]
        .variables
        .iter()
        .filter(|(_, variable)| variable.shape == Shape::Tensor && variable.depth == 0)
        .map(|(python, variable)| (python.clone(), variable.rust.clone()))
        .collect();
    tensors.sort();
    ported.tensors = tensors;
    for cell in &mut ported.cells {
        cell.items = written_out(&cell.items);
        cell.body = written_out(&cell.body);
    }
    ported
}

/// What would steer a terminal, or turn the direction of the letters after it, by its number: the notebook's lines are
/// its comments, and rustc itself refuses marks of direction there.
fn written_out(code: &str) -> String {
    let mut text = String::with_capacity(code.len());
    for letter in code.chars() {
        if atencion::is_hidden(letter) && !matches!(letter, '\n' | '\t') {
            text.extend(letter.escape_default());
        } else {
            text.push(letter);
        }
    }
    text
}

impl Ported {
    /// The twin as one Rust file: `run` is the notebook.
    pub fn file(&self) -> String {
        let items: String = self.cells.iter().map(|cell| cell.items.as_str()).collect();
        let body: String =
            self.cells.iter().map(|cell| cell.body.as_str()).collect::<Vec<_>>().join("\n");
        format!(
            "{HEAD}\n{items}fn main() -> atencion::Result<()> {{\n{}    Ok(())\n}}\n",
            indented(&body)
        )
    }
}

/// What the twin uses.
pub const HEAD: &str = "#![allow(unused)]\n\nuse atencion::nn::{self, Forward, Module, Path};\nuse atencion::nn::{Dropout, Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig};\nuse atencion::tensor::TorchDisplay;\nuse atencion::{scalar, tensor};\nuse tch::{Device, Kind, Tensor};\n";

/// Four blanks before each line.
pub fn indented(text: &str) -> String {
    text.lines()
        .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") })
        .collect()
}

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
    pub depth: usize,
    /// `self.x` in `__init__` is the variable `x`; in other methods it is a field.
    pub in_init: bool,
    /// What it returns.
    pub returns: Option<Shape>,
}

/// A function of the notebook.
#[derive(Debug, Clone)]
pub(super) struct Ready {
    pub rust: String,
    /// Name, shape and default of each parameter.
    pub parameters: Vec<(String, Shape, Option<Code>)>,
    pub returns: Shape,
}

/// Writes the twin.
pub(super) struct Porter<'a> {
    pub observed: &'a Observed,
    pub names: Names,
    pub scopes: Vec<Scope>,
    pub functions: HashMap<String, Ready>,
    /// Classes: their constructors, and methods by `Class.method`.
    pub methods: HashMap<String, Ready>,
    pub fields: HashMap<String, HashMap<String, Shape>>,
    /// The class whose method is being written.
    pub class: Option<String>,
    pub text: String,
    pub items: String,
    pub said: usize,
    pub not_said: Vec<String>,
    /// What stopped the notebook's lines as they were run.
    problems: &'a [Problem],
    /// The names that were bound by lines that are not ported.
    pub dropped: HashSet<String>,
    /// Whether NumPy's generator is seeded: its draws are its own.
    pub numpy_seeded: bool,
    /// The classes of the notebook that are no modules.
    pub plain: HashSet<String>,
}

impl<'a> Porter<'a> {
    fn new(observed: &'a Observed, problems: &'a [Problem]) -> Self {
        Self {
            observed,
            problems,
            dropped: HashSet::new(),
            numpy_seeded: false,
            plain: HashSet::new(),
            names: Names::default(),
            scopes: vec![Scope::default()],
            functions: HashMap::new(),
            methods: HashMap::new(),
            fields: HashMap::new(),
            class: None,
            text: String::new(),
            items: String::new(),
            said: 0,
            not_said: Vec::new(),
        }
    }

    pub fn scope(&mut self) -> &mut Scope {
        let last = self.scopes.len() - 1;
        &mut self.scopes[last]
    }

    /// The kind of value an expression had when it was run.
    pub fn shape(&self, expr: &Expr) -> Result<Shape, String> {
        self.observed.get(expr).map(in_rust).ok_or_else(|| self.unreached(expr))
    }

    /// Why an expression was not run: a name that it needs, what stopped its line or the lines before it in its cell,
    /// or what ended the notebook.
    pub fn unreached(&self, expr: &Expr) -> String {
        let text = self.text.get(expr.bytes.0..expr.bytes.1).unwrap_or_default();
        let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        if let Some(name) = words.find(|word| self.dropped.contains(*word)) {
            return format!("{name} is not ported");
        }
        let here =
            |problem: &&Problem| problem.at.cell == expr.at.cell && problem.at.line <= expr.at.line;
        let over = |problem: &&Problem| {
            matches!(problem.why, Why::Limit(_)) && problem.at.cell < expr.at.cell
        };
        let stopped = self.problems.iter().rfind(here);
        let stopped = stopped.or_else(|| self.problems.iter().rfind(over));
        let said = stopped.map(|problem| problem.message(Lang::En));
        said.unwrap_or_else(|| "this was never reached".to_owned())
    }

    fn cell(&mut self, text: &str, body: &[Stmt]) -> Cell {
        self.text = text.to_owned();
        self.items.clear();
        let changed = super::changed::changed(body);
        self.scope().changed.extend(changed);
        let body = self.block(body);
        Cell { items: std::mem::take(&mut self.items), body }
    }

    /// The lines of Python that a statement stands on, as comments.
    pub fn comment(&self, from: usize, to: usize) -> String {
        let start = self.text[..from].rfind('\n').map_or(0, |at| at + 1);
        let indent = self.text[start..].len() - self.text[start..].trim_start_matches(' ').len();
        let lines = self.text[start..to].lines();
        lines
            .map(|line| format!("// {}\n", line.get(indent..).unwrap_or(line.trim_start())))
            .collect()
    }
}
