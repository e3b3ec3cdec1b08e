//! A whole notebook.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use super::super::lines::ast::{Expr, Stmt};
use super::super::lines::observe::{Observed, Shape, in_rust};
use super::super::lines::{Limits, Problem, Why, read, run_observed};
use super::super::python::source::prepare;
use super::code::{NOT_COPIED, Names};
use super::records::Records;
pub(super) use super::scope::{Field, Ready, Scope, Variable};
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
    /// Those that were not, and why; what stands inside of one that was not is counted with it.
    pub not_said: Vec<String>,
    /// How many lines were not said.
    pub unsaid: usize,
    /// Plots: a twin has none.
    pub passed: usize,
    /// How many cells have all of their lines in Rust.
    pub whole: usize,
    /// The tensors at the end: Python's name and Rust's.
    pub tensors: Vec<(String, String)>,
}

/// The twin of a notebook's cells of code.
pub fn port(cells: &[&str], limits: Limits) -> Ported {
    // Classes that nothing calls are tried, so that they have types; draws without a seed have any value at all.
    let limits = Limits { tries: true, unseeded: true, ..limits };
    let run = run_observed(cells, limits);
    // What takes too long is run again on less of it: the kinds of its values are the same.
    let run = match run.left || run.ended {
        true => run_observed(cells, Limits { small: true, ..limits }),
        false => run,
    };
    let observed = run.observed.unwrap_or_default();
    let mut porter = Porter::new(&observed, &run.problems);
    porter.numpy_seeded = cells.iter().any(|cell| {
        ["random.seed(", "default_rng", "RandomState"].iter().any(|sign| cell.contains(sign))
    });
    for (number, text) in cells.iter().enumerate() {
        if let Ok(body) = read::read(number, &prepare(text).text) {
            porter.scope().changed.extend(super::changed::changed(&body));
        }
    }
    porter.all = cells.join("\n");
    let mut ported = Ported::default();
    for (number, text) in cells.iter().enumerate() {
        porter.next += text.len() + 1;
        let prepared = prepare(text);
        let body = match read::read(number, &prepared.text) {
            Ok(body) if prepared.lifted.is_empty() => body,
            _ => {
                let comment = text.lines().map(|line| format!("// {line}\n")).collect::<String>();
                ported.not_said.push("a cell that is not read".to_owned());
                ported.unsaid += text.lines().filter(|line| !line.trim().is_empty()).count();
                ported.cells.push(Cell {
                    body: comment + "// not ported: this cell\n",
                    items: String::new(),
                });
                continue;
            }
        };
        let before = porter.unsaid;
        ported.cells.push(porter.cell(&prepared.text, &body));
        ported.whole += usize::from(porter.unsaid == before);
    }
    ported.said = porter.said;
    ported.unsaid += porter.unsaid;
    ported.passed = porter.passed;
    ported.not_said.append(&mut porter.not_said);
    let mut tensors: Vec<(String, String)> = porter.scopes[0]
        .variables
        .iter()
        .filter(|(_, variable)| variable.shape == Shape::Tensor && variable.depth == 0)
        .filter(|(python, _)| !python.starts_with("self."))
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
pub const HEAD: &str = "#![allow(unused)]\n\nuse atencion::nn::{self, Forward, Module};\nuse atencion::optim::Optimizer as _;\nuse atencion::tensor::TorchDisplay;\nuse atencion::{scalar, tensor};\nuse tch::{Device, Kind, Tensor};\n";

/// Four blanks before each line.
pub fn indented(text: &str) -> String {
    text.lines()
        .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") })
        .collect()
}

/// So far is looked for whether a name is used again.
const MOST_AHEAD: usize = 100_000;

/// The path of a module that stands alone.
pub(super) const ROOT: &str = "nn::Path::root(Device::Cpu)";

/// Writes the twin.
pub(super) struct Porter<'a> {
    pub observed: &'a Observed,
    pub names: Names,
    pub scopes: Vec<Scope>,
    pub functions: HashMap<String, Ready>,
    /// Classes: their constructors, and methods by `Class.method`.
    pub methods: HashMap<String, Ready>,
    pub fields: HashMap<String, Vec<Field>>,
    /// The notebook's classes that are ported: Rust's name by Python's.
    pub classes: HashMap<String, String>,
    /// The types of configurations.
    pub records: RefCell<Records>,
    /// The names of functions and types that are taken.
    pub taken: HashSet<String>,
    /// Whether the class that is being written has a `forward`: `__call__` is then another method.
    pub has_forward: bool,
    /// Whether what is made has no order: a map may be gone through.
    pub any_order: bool,
    /// Where the module that is being made stands.
    pub path: String,
    /// The class whose method is being written.
    pub class: Option<String>,
    pub text: String,
    pub items: String,
    pub said: usize,
    pub not_said: Vec<String>,
    pub unsaid: usize,
    pub passed: usize,
    /// The cell that is being said.
    pub number: usize,
    /// The text of all cells, and where the next one begins.
    all: String,
    next: usize,
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
            unsaid: 0,
            passed: 0,
            number: 0,
            all: String::new(),
            next: 0,
            classes: HashMap::new(),
            records: RefCell::default(),
            taken: HashSet::new(),
            path: ROOT.to_owned(),
            any_order: false,
            has_forward: false,
        }
    }

    pub fn scope(&mut self) -> &mut Scope {
        let last = self.scopes.len() - 1;
        &mut self.scopes[last]
    }

    /// The kind of value an expression had when it was run.
    pub fn shape(&self, expr: &Expr) -> Result<Shape, String> {
        let shape = self.observed.get(expr).ok_or_else(|| self.unreached(expr))?;
        Ok(self.named(shape))
    }

    /// A kind of value under the names that the twin has for types.
    pub fn named(&self, shape: &Shape) -> Shape {
        let all = |shapes: &[Shape]| shapes.iter().map(|shape| self.named(shape)).collect();
        match in_rust(shape) {
            Shape::Object(path) if !path.starts_with("torch.") && !path.starts_with('?') => {
                let known = self.classes.get(&path).cloned();
                Shape::Object(known.unwrap_or_else(|| format!("?{path}")))
            }
            Shape::List(Some(inner)) => Shape::List(Some(Box::new(self.named(&inner)))),
            Shape::Optional(inner) => Shape::Optional(Box::new(self.named(&inner))),
            Shape::Modules(inner) => Shape::Modules(Box::new(self.named(&inner))),
            Shape::Map(key, value) => {
                Shape::Map(Box::new(self.named(&key)), Box::new(self.named(&value)))
            }
            Shape::Tuple(items) => Shape::Tuple(all(&items)),
            Shape::Record(_, fields) => {
                let fields: Vec<(String, Shape)> =
                    fields.into_iter().map(|(name, shape)| (name, self.named(&shape))).collect();
                self.records.borrow_mut().named(fields, &self.taken)
            }
            shape => shape,
        }
    }

    /// What comes after the cell that is being said, up to a bound.
    pub fn rest(&self) -> &str {
        let rest = self.all.get(self.next..).unwrap_or_default();
        let mut end = rest.len().min(MOST_AHEAD);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        &rest[..end]
    }

    /// A name for a function or type that no other has.
    pub fn own_name(&mut self, name: String) -> String {
        let mut own = name.clone();
        let mut count = 1;
        while !self.taken.insert(own.clone()) {
            count += 1;
            own = format!("{name}_{count}");
        }
        own
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
        self.number = body.first().map_or(self.number, |stmt| stmt.at.cell);
        self.items.clear();
        let body = self.block(body);
        let items = std::mem::take(&mut self.items);
        let records = self.records.borrow_mut().written(&mut self.taken);
        Cell { items: records + &items, body }
    }

    /// A line that has what Rust does not copy is not said.
    pub fn unless_copied(&self, text: String) -> Result<String, String> {
        if text.contains(NOT_COPIED) {
            return Err("a value under two names that Rust does not copy".to_owned());
        }
        Ok(text)
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
