//! A whole notebook, cell by cell.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};

use tch::Tensor;

use super::super::python::parse::Unreadable;
use super::super::python::source::{Lifted, lifted_name, prepare};
use super::ast::{At, Stmt, StmtKind};
use super::machine::{Limits, Machine, Printed};
use super::observe::Observed;
use super::problem::{Problem, Stop, Why};
use super::read::read;
use super::trace::Trace;
use super::value::{Key, Value};

/// What running a notebook gave.
#[derive(Debug, Default)]
pub struct Run {
    /// Each cell, in order.
    pub cells: Vec<CellRun>,
    /// The notebook's names at the end.
    pub variables: BTreeMap<String, Plain>,
    /// What went wrong, in order.
    pub problems: Vec<Problem>,
    /// Where each tensor came from.
    pub trace: Trace,
    /// Each print, in order.
    pub prints: Vec<Printed>,
    /// Which kinds of value each expression had, if that was asked for.
    pub observed: Option<Observed>,
    /// The rows of the table that were run, each once.
    pub rows: Vec<&'static super::ops::Op>,
    /// Whether a bound ended the run before the last cell.
    pub ended: bool,
    /// Whether a cell was left before its end, and the next were run.
    pub left: bool,
    /// Whether something was drawn without a seed: Python would draw others each time.
    pub unseeded: bool,
    /// The functions and classes that its cells define, in order.
    pub definitions: Vec<super::tries::Definition>,
    /// The first node of the trace that comes of trying definitions out.
    pub tried_from: usize,
}

/// What running a cell gave.
#[derive(Debug, Default, Clone)]
pub struct CellRun {
    /// What it printed.
    pub stdout: String,
    /// `repr` of its last expression, where Jupyter would show one.
    pub value: Option<String>,
    /// The node of that value, if it is a tensor.
    pub node: Option<usize>,
    /// Whether something that it would print or show is missing.
    pub partial: bool,
    /// Whether all of it was run: no exception, no bound.
    pub whole: bool,
}

/// A value without the interpreter.
#[derive(Debug)]
pub enum Plain {
    /// `None`
    None,
    /// `True`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A float.
    Float(f64),
    /// Text.
    Text(String),
    /// A tensor or array, its node, and whether it is NumPy's.
    Tensor {
        /// The tensor.
        tensor: Tensor,
        /// Its node in the trace.
        node: usize,
        /// `np.ndarray`
        array: bool,
    },
    /// A list or tuple.
    List(Vec<Plain>),
    /// A dict, its keys as text.
    Dict(Vec<(String, Plain)>),
    /// A module: its parameters and buffers by dotted name.
    Module(Vec<(String, Tensor)>),
    /// Not known here.
    Unknown,
    /// Anything else, by its type's name.
    Other(String),
}

/// torch's generator is the process's: runs that draw take turns.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
/// What a run's thread is called.
pub const THREAD: &str = "notebook lines";
/// The stack of a run's thread; pages that are not used cost nothing.
const STACK: usize = 512 << 20;

/// Runs the cells, each given as its source, in order.
pub fn run(cells: &[&str], limits: Limits) -> Run {
    on_a_thread(cells, limits, false)
}

/// The same, noting which kind of value each expression had.
pub fn run_observed(cells: &[&str], limits: Limits) -> Run {
    on_a_thread(cells, limits, true)
}

fn on_a_thread(cells: &[&str], limits: Limits, observe: bool) -> Run {
    let cells: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let thread = std::thread::Builder::new()
        .name(THREAD.to_owned())
        .stack_size(STACK)
        .spawn(move || all(&cells, limits, observe));
    thread.ok().and_then(|thread| thread.join().ok()).unwrap_or_default()
}

fn all(cells: &[String], limits: Limits, observe: bool) -> Run {
    let _bound = atencion::libtorch::MemoryBound::enter(limits.bytes);
    let _quiet = atencion::libtorch::QuietWarnings::enter();
    let mut machine = Machine::new(limits);
    machine.observed = observe.then(Observed::default);
    machine.sources = Rc::from(cells);
    let mut run = Run::default();
    for (number, cell) in cells.iter().enumerate() {
        let (cell, over) = machine.cell(number, cell);
        run.cells.push(cell);
        if over && machine.may_go_on() {
            machine.forget(&cells[number]);
            run.left = true;
        } else if over {
            run.ended = true;
            break;
        }
    }
    run.unseeded = machine.drew_unseeded;
    run.tried_from = machine.trace.nodes.len();
    if limits.tries {
        machine.try_definitions();
    }
    for (name, value) in machine.globals.all() {
        if !name.starts_with("__") {
            run.variables.insert(name.to_string(), plain(&value, 0));
        }
    }
    run.problems = machine.problems.iter().map(|problem| (**problem).clone()).collect();
    run.trace = std::mem::take(&mut machine.trace);
    run.prints = std::mem::take(&mut machine.prints);
    run.rows = std::mem::take(&mut machine.rows);
    run.observed = machine.observed.take();
    run.definitions = std::mem::take(&mut machine.definitions);
    machine.globals.clear();
    run
}

impl Machine {
    /// Runs a cell; whether a bound of the whole run was met.
    fn cell(&mut self, number: usize, text: &str) -> (CellRun, bool) {
        self.at = At { cell: number, line: 1, column: 1 };
        self.cell_began = self.steps;
        let mut result = CellRun { whole: true, ..CellRun::default() };
        let source = prepare(text);
        let read = match source.too_deep {
            Some(line) => Err(Unreadable::TooDeep(line)),
            None => read(number, &source.text),
        };
        let body = match read {
            Ok(body) => body,
            Err(why) => {
                let (line, why) = match why {
                    Unreadable::Syntax(line) => (line, Why::Syntax),
                    Unreadable::TooDeep(line) => (line, Why::TooDeep),
                    Unreadable::TooLong => (1, Why::TooLong),
                };
                self.at.line = line;
                self.problem(why);
                return (CellRun { partial: true, ..CellRun::default() }, false);
            }
        };
        self.lift(source.lifted);
        self.partial = false;
        self.note_definitions(&body, &source.text);
        let over = self.run_body(&body, text, &mut result);
        result.partial = self.partial;
        self.printed_before += self.out.len();
        result.stdout = std::mem::take(&mut self.out);
        // A cell leaves no call open.
        self.frames.truncate(1);
        self.modes.clear();
        self.depth = 0;
        (result, over)
    }

    /// What a cell that was left has touched is no longer known.
    fn forget(&mut self, text: &str) {
        let Some(why) = self.problems.last().cloned() else { return };
        let in_name = |c: char| c.is_alphanumeric() || c == '_';
        let words: std::collections::HashSet<&str> = text.split(|c| !in_name(c)).collect();
        for (name, value) in self.globals.all() {
            let changes = matches!(
                value,
                Value::Tensor(_)
                    | Value::Object(_)
                    | Value::List(_)
                    | Value::Dict(_)
                    | Value::Set(_)
                    | Value::Int(_)
                    | Value::Float(_)
            );
            if changes && words.contains(&*name) {
                self.globals.set(&name, Value::Unknown(why.clone()));
            }
        }
    }

    /// The statements, and the last expression, whose value a notebook shows.
    fn run_body(&mut self, body: &[Stmt], text: &str, result: &mut CellRun) -> bool {
        let shows = !text.trim_end().ends_with(';');
        let (last, before) = match body.split_last() {
            Some((Stmt { kind: StmtKind::Expr(last), .. }, before)) if shows => {
                (Some(last), before)
            }
            _ => (None, body),
        };
        let shown = self.block(before).map(drop).and_then(|()| {
            let Some(last) = last else { return Ok(None) };
            self.at = last.at;
            let value = self.expr(last)?;
            match value {
                Value::None => Ok(None),
                value => {
                    result.node = self.nodes_of(&value).first().copied();
                    self.repr(&value).map(Some)
                }
            }
        });
        match shown {
            Ok(value) => result.value = value,
            Err(Stop::Unknown(_)) => self.partial = true,
            Err(Stop::Raise(raised)) => {
                self.uncaught(&raised);
                result.whole = false;
            }
            Err(Stop::Over) => {
                self.partial = true;
                result.whole = false;
                return true;
            }
        }
        false
    }

    /// Long lists of numbers are read beside the parser; each is a list under a name of its own.
    fn lift(&mut self, lists: Vec<Option<Lifted>>) {
        for (index, list) in lists.into_iter().enumerate() {
            let value = match list {
                Some(list) => {
                    let mut numbers = list.values.iter().copied();
                    let sizes: Vec<usize> = list.shape.clone();
                    lifted(&sizes, &mut numbers, list.floats)
                }
                None => Value::Unknown(self.problem(Why::NotKnown("[…]".to_owned()))),
            };
            self.globals.set(&Rc::from(lifted_name(index)), value);
        }
    }
}

fn lifted(sizes: &[usize], numbers: &mut impl Iterator<Item = f64>, floats: bool) -> Value {
    match sizes.split_first() {
        None => match numbers.next() {
            Some(number) if floats => Value::Float(number),
            Some(number) => Value::Int(number as i64),
            None => Value::None,
        },
        Some((&count, inner)) => {
            Value::list((0..count).map(|_| lifted(inner, numbers, floats)).collect())
        }
    }
}

/// A value without the interpreter.
fn plain(value: &Value, depth: usize) -> Plain {
    if depth > 20 {
        return Plain::Other(value.type_name());
    }
    match value {
        Value::None => Plain::None,
        Value::Bool(value) => Plain::Bool(*value),
        Value::Int(value) => Plain::Int(*value),
        Value::Float(value) => Plain::Float(*value),
        Value::Str(text) => Plain::Text(text.to_string()),
        Value::Tensor(held) => Plain::Tensor {
            tensor: held.tensor.shallow_clone(),
            node: held.node.get(),
            array: held.is_array(),
        },
        Value::List(items) => {
            Plain::List(items.borrow().iter().map(|item| plain(item, depth + 1)).collect())
        }
        Value::Tuple(tuple) => {
            Plain::List(tuple.items.iter().map(|item| plain(item, depth + 1)).collect())
        }
        Value::Dict(dict) => Plain::Dict(
            dict.borrow()
                .iter()
                .map(|(key, (_, value))| (key_text(key), plain(value, depth + 1)))
                .collect(),
        ),
        Value::Object(object) if object.class.is("torch.nn.Module") => {
            Plain::Module(super::modules::state_of(object))
        }
        Value::Unknown(_) => Plain::Unknown,
        other => Plain::Other(other.type_name()),
    }
}

fn key_text(key: &Key) -> String {
    match key {
        Key::Str(text) => text.to_string(),
        Key::Int(value) => value.to_string(),
        other => format!("{other:?}"),
    }
}
