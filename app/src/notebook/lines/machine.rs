//! The state of a run: scopes, bounds, what was printed, and what went wrong.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tch::Kind;

use super::ast::{At, Expr};
use super::problem::{Limit, Problem, Step, Stop, Why};
use super::scope::Scope;
use super::trace::Trace;
use super::value::{Class, Value};

/// The bounds of a run.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Steps: each expression, each item of a list.
    pub steps: u64,
    /// How long it may compute: the thread's own time, so that a busy machine changes nothing. Of the clock's time it may
    /// take eight times as much.
    pub time: Duration,
    /// Bytes of all tensors together.
    pub bytes: usize,
    /// Bytes printed.
    pub output: usize,
    /// Calls inside calls; Python's own bound is 1000.
    pub depth: usize,
    /// Steps of one cell; a cell that takes more is left, what it touches has no value, and the next is run. Large
    /// tensors then count as many steps.
    pub cell_steps: Option<u64>,
    /// Whether NumPy's draws without a seed have values: others than Python's, as torch's always have.
    pub unseeded: bool,
    /// Whether functions and classes of attention that nothing calls are tried on inputs made for them.
    pub tries: bool,
    /// Whether batches, sequences and vocabularies are made smaller, by the names that their sizes have.
    pub small: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps: 20_000_000,
            time: Duration::from_secs(60),
            bytes: 1 << 30,
            output: 4 << 20,
            depth: 1000,
            cell_steps: None,
            unseeded: false,
            tries: false,
            small: false,
        }
    }
}

/// A function, class body or notebook being run.
pub struct Frame {
    /// Its names.
    pub scope: Rc<Scope>,
    /// The names that it declared `global`.
    pub globals: Vec<Rc<str>>,
    /// The names that it declared `nonlocal`.
    pub outer: Vec<Rc<str>>,
    /// The names that are its own.
    pub locals: Option<Rc<super::ast::Function>>,
    /// The class and object of a method, for `super()`.
    pub method: Option<(Rc<Class>, Value)>,
    /// What a generator has yielded.
    pub yielded: Vec<Value>,
    /// What it is called, for the trace.
    pub name: Option<String>,
}

/// What a run printed in one place.
#[derive(Debug, Clone)]
pub struct Printed {
    /// Where.
    pub at: At,
    /// The text.
    pub text: String,
    /// The nodes of the tensors that were printed.
    pub nodes: Vec<usize>,
}

/// The interpreter.
pub struct Machine {
    /// The bounds.
    pub limits: Limits,
    /// Steps taken.
    pub steps: u64,
    began: Instant,
    /// What the thread had computed by then.
    spent_before: Duration,
    /// The steps at which the present cell began.
    pub cell_began: u64,
    /// Whether something was drawn without a seed.
    pub drew_unseeded: bool,
    /// The notebook's names.
    pub globals: Rc<Scope>,
    /// What is being run, innermost last.
    pub frames: Vec<Frame>,
    /// What the cell has printed so far.
    pub out: String,
    /// Bytes printed by the cells before.
    pub printed_before: usize,
    /// Each print.
    pub prints: Vec<Printed>,
    /// Whether something that the cell would print is missing.
    pub partial: bool,
    /// What went wrong, in order.
    pub problems: Vec<Rc<Problem>>,
    /// The rows of the table that were run, each once.
    pub rows: Vec<&'static super::ops::Op>,
    /// Where each tensor came from.
    pub trace: Trace,
    /// Where the machine is.
    pub at: At,
    /// Expressions inside expressions.
    pub depth: usize,
    /// torch's default dtype.
    pub default: Kind,
    /// Whether the generator's state is known: set by `torch.manual_seed`.
    pub seeded: bool,
    /// The classes of Rust's making, by path.
    pub classes: HashMap<String, Rc<Class>>,
    /// NumPy's generator, once seeded.
    pub numpy: Option<super::numpy::random::Generator>,
    /// Which kinds of value each expression had, for a port: by cell and bytes.
    pub observed: Option<super::observe::Observed>,
    /// The contexts that are open: where gradients are taken away, and where nothing is.
    pub modes: Vec<Option<tch::NoGradGuard>>,
    /// Exceptions being handled, for a bare `raise`.
    pub handling: Vec<super::problem::Raised>,
    /// Where Python's `random` stands.
    pub dice: u64,
    /// The functions and classes that cells define, in order.
    pub definitions: Vec<super::tries::Definition>,
    /// The imports of all cells, read once a name is missing.
    pub imports: Option<Vec<super::ast::Stmt>>,
    /// The cells' texts.
    pub sources: Rc<[String]>,
    /// What the notebook has put into a module: `F.softargmax = F.softmax`.
    pub patches: HashMap<String, Value>,
}

/// Deeper expressions and calls than this would outgrow the stack of the thread that a run has.
const DEEPEST: usize = 12_000;

impl Machine {
    /// A machine that has run nothing.
    pub fn new(limits: Limits) -> Self {
        let globals = Scope::new(None, false);
        let frame = Frame {
            scope: globals.clone(),
            globals: Vec::new(),
            outer: Vec::new(),
            locals: None,
            method: None,
            yielded: Vec::new(),
            name: None,
        };
        globals.set(&Rc::from("__name__"), Value::str("__main__"));
        Self {
            limits,
            steps: 0,
            began: Instant::now(),
            spent_before: spent(),
            cell_began: 0,
            drew_unseeded: false,
            globals,
            frames: vec![frame],
            out: String::new(),
            printed_before: 0,
            prints: Vec::new(),
            partial: false,
            problems: Vec::new(),
            rows: Vec::new(),
            trace: Trace::default(),
            at: At::default(),
            depth: 0,
            default: Kind::Float,
            seeded: false,
            classes: HashMap::new(),
            numpy: None,
            observed: None,
            modes: Vec::new(),
            handling: Vec::new(),
            dice: 0,
            definitions: Vec::new(),
            imports: None,
            sources: Rc::from([]),
            patches: HashMap::new(),
        }
    }

    /// The innermost frame.
    pub fn frame(&mut self) -> &mut Frame {
        // The notebook's own frame is never popped.
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    /// What the running function is called.
    pub fn function_name(&self) -> Option<String> {
        self.frames.last().and_then(|frame| frame.name.clone())
    }

    /// One step.
    pub fn tick(&mut self) -> Step<()> {
        self.charge(1)
    }

    /// Many steps at once: what is made costs as much as it is large.
    pub fn charge(&mut self, steps: usize) -> Step<()> {
        let before = self.steps;
        self.steps = self.steps.saturating_add(steps as u64);
        let own = self.steps - self.cell_began;
        if self.steps > self.limits.steps || self.limits.cell_steps.is_some_and(|most| own > most) {
            return self.over(Limit::Steps);
        }
        if before >> 8 != self.steps >> 8 && self.is_late() {
            return self.over(Limit::Time);
        }
        Ok(())
    }

    /// Whether there are steps and time left for another cell.
    pub fn may_go_on(&self) -> bool {
        self.limits.cell_steps.is_some() && self.steps <= self.limits.steps && !self.is_late()
    }

    fn is_late(&self) -> bool {
        let clock = self.began.elapsed();
        // Asking the kernel takes longer than looking at the clock, which is never behind.
        clock > self.limits.time
            && (clock > self.limits.time * 8
                || spent().saturating_sub(self.spent_before) > self.limits.time)
    }

    /// A list of so many items, refused before it is made.
    pub fn charge_items(&mut self, items: usize) -> Step<()> {
        if items > 1 << 22 {
            return self.unknown(Why::Limit(Limit::Memory));
        }
        self.charge(items)
    }

    /// A text of so many bytes, refused before it is made.
    pub fn charge_text(&mut self, bytes: usize) -> Step<()> {
        if bytes > 16 << 20 {
            return self.unknown(Why::Limit(Limit::Memory));
        }
        self.charge(bytes / 8)
    }

    /// Ends the run.
    pub fn over<T>(&mut self, limit: Limit) -> Step<T> {
        self.problem(Why::Limit(limit));
        Err(Stop::Over)
    }

    /// A new time and new steps, for what is tried after the run.
    pub fn renew(&mut self, time: Duration, steps: u64) {
        (self.began, self.spent_before, self.limits.time) = (Instant::now(), spent(), time);
        self.cell_began = self.steps;
        self.limits.steps = self.steps + steps;
        self.limits.cell_steps = Some(steps);
    }

    /// Notes a problem at the present place, once.
    pub fn problem(&mut self, why: Why) -> Rc<Problem> {
        let problem = Problem { at: self.at, why };
        if let Some(known) = self.problems.iter().rev().take(200).find(|known| ***known == problem)
        {
            return known.clone();
        }
        let problem = Rc::new(problem);
        // A loop that meets a thousand of them has said enough.
        if self.problems.len() < 1000 {
            self.problems.push(problem.clone());
        }
        problem
    }

    /// What is not known here has no value.
    pub fn unknown<T>(&mut self, why: Why) -> Step<T> {
        Err(Stop::Unknown(self.problem(why)))
    }

    /// The same, for a name.
    pub fn not_known<T>(&mut self, name: impl Into<String>) -> Step<T> {
        self.unknown(Why::NotKnown(name.into()))
    }

    /// Runs `step` one level deeper.
    pub fn deeper<T>(&mut self, step: impl FnOnce(&mut Self) -> Step<T>) -> Step<T> {
        if self.depth >= DEEPEST {
            return super::problem::raise("RecursionError", "maximum recursion depth exceeded");
        }
        self.depth += 1;
        let result = step(self);
        self.depth -= 1;
        result
    }

    /// Prints a text and a newline or what stands for it.
    pub fn print(&mut self, text: &str, nodes: Vec<usize>) -> Step<()> {
        if self.printed_before + self.out.len() + text.len() > self.limits.output {
            return self.over(Limit::Output);
        }
        self.out.push_str(text);
        if self.prints.len() < 100_000 {
            self.prints.push(Printed { at: self.at, text: text.to_owned(), nodes });
        }
        Ok(())
    }

    /// The value of a name.
    pub fn look_up(&mut self, name: &str) -> Step<Value> {
        let frame = self.frame();
        let found = match &frame.locals {
            _ if frame.globals.iter().any(|global| &**global == name) => self.globals.find(name),
            Some(function) if function.locals.iter().any(|local| &**local == name) => {
                match frame.scope.own(name) {
                    Some(value) => Some(value),
                    None => {
                        return super::problem::raise(
                            "UnboundLocalError",
                            format!(
                                "cannot access local variable '{name}' where it is not associated with a value"
                            ),
                        );
                    }
                }
            }
            _ => frame.scope.find(name),
        };
        match found {
            Some(Value::Unknown(problem)) => Err(Stop::Unknown(problem)),
            Some(value) => Ok(value),
            None => self.builtin(name),
        }
    }

    /// Binds a name in the innermost frame.
    pub fn bind(&mut self, name: &Rc<str>, value: Value) {
        let globals = self.globals.clone();
        let frame = self.frame();
        if frame.globals.contains(name) {
            globals.set(name, value);
        } else if !(frame.outer.contains(name) && frame.scope.set_outer(name, value.clone())) {
            frame.scope.set(name, value);
        }
    }

    /// Notes which kind of value an expression had.
    pub fn observe(&mut self, expr: &Expr, value: &Value) {
        if let Some(observed) = &mut self.observed {
            observed.note(expr, value);
        }
    }
}

/// What this thread has computed so far.
#[cfg(target_os = "linux")]
fn spent() -> Duration {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;
    let Ok(usage) = getrusage(UsageWho::RUSAGE_THREAD) else { return Duration::MAX };
    let micros =
        |time: nix::sys::time::TimeVal| u64::try_from(time.num_microseconds()).unwrap_or(0);
    Duration::from_micros(micros(usage.user_time()) + micros(usage.system_time()))
}

/// Where a thread's own time is not told, the clock's decides.
#[cfg(not(target_os = "linux"))]
fn spent() -> Duration {
    static BEGAN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    BEGAN.get_or_init(Instant::now).elapsed()
}
