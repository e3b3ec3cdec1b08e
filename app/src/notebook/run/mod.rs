//! `--run`: executes a copy of the notebook with the user's own Python, through Jupyter's own machinery.
//!
//! This program starts a `guard`, which starts the driver, which starts the kernel and hands it the cells. What
//! happens comes back through a private `channel`; what the cells assigned is read from a file (`values`). However
//! this program ends, the guard ends everything below it; should the guard be killed, we do it (`orphans`).

mod channel;
mod guard;
mod orphans;
mod sandbox;
mod signals;
mod values;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use values::Recorded;

use self::channel::{Event, Heard};
use self::guard::Guard;
use atencion::{Error, Result};

/// What a kernel may take to start, besides the time of a cell.
const GRACE: Duration = Duration::from_secs(90);
/// What the driver may take to shut its kernel down, once it has said how it went.
const LEAVE: Duration = Duration::from_secs(10);

/// How to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The Python to run with.
    pub python: PathBuf,
    /// How long a cell may take.
    pub seconds: u64,
    /// Whether to shut it in with bubblewrap: no network, and nothing writable but a temporary folder.
    pub sandbox: bool,
}

/// How it ended.
#[derive(Debug, PartialEq)]
pub enum End {
    /// All cells ran.
    Whole,
    /// It could not begin.
    Impossible(Error),
    /// All cells ran, and these raised exceptions: the cell, and what.
    Raised(Vec<(usize, String)>),
    /// That cell took too long.
    Endless(usize),
    /// The kernel died in that cell.
    Died(usize),
}

/// What running a notebook gave.
#[derive(Debug)]
pub struct Ran {
    /// How it ended.
    pub end: End,
    /// What was assigned until then.
    pub recorded: Vec<Recorded>,
    /// What each cell printed and showed, by its number from 0.
    pub fresh: BTreeMap<usize, String>,
}

impl Ran {
    fn impossible(error: Error) -> Self {
        Self { end: End::Impossible(error), recorded: Vec::new(), fresh: BTreeMap::new() }
    }
}

/// The Python that is active: the virtual environment's, else `python3`.
pub fn active_python() -> PathBuf {
    let inside = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
    match std::env::var_os("VIRTUAL_ENV") {
        Some(folder) => Path::new(&folder).join(inside),
        None => "python3".into(),
    }
}

/// Runs a copy of the notebook; what was assigned until it ended comes with how it ended.
///
/// When this returns, nothing that the run started is left: no process, no file. A signal that ends the program
/// (SIGINT, SIGTERM, SIGHUP) meanwhile does so only after that.
///
/// # Errors
/// When the notebook cannot be found.
pub fn run(notebook: &Path, options: &Options) -> Result<Ran> {
    let notebook = notebook.canonicalize().map_err(|error| Error::file(notebook, error))?;
    if options.sandbox
        && let Err(error) = sandbox::check()
    {
        return Ok(Ran::impossible(error));
    }
    let signals = signals::listen();
    let guard = match Guard::start(&notebook, options) {
        Ok(guard) => guard,
        Err(error) => return Ok(Ran::impossible(error)),
    };
    signals.tell(guard.ear());
    let end = follow(&guard, options);
    let (recorded, fresh) = match guard.folder() {
        Some(folder) => {
            let secret = guard.secret();
            (values::recorded(folder, secret), values::fresh(folder, secret))
        }
        None => (Vec::new(), BTreeMap::new()),
    };
    guard.end();
    match end {
        Some(end) => Ok(Ran { end, recorded, fresh }),
        // The thread that heard the signal ends the program as soon as every run is cleared away.
        None => {
            drop(signals);
            loop {
                std::thread::park();
            }
        }
    }
}

/// Listens until the driver says how it ended. `None`: a signal came.
fn follow(guard: &Guard, options: &Options) -> Option<End> {
    let patience = Duration::from_secs(options.seconds).saturating_add(GRACE);
    let mut cell = 0;
    let mut end = None;
    let mut raised = Vec::new();
    loop {
        match guard.listen(if end.is_some() { LEAVE } else { patience }) {
            Heard::Event(Event::Cell { cell: next }) => cell = next,
            // By now the driver has nothing left to do but to shut its kernel down.
            Heard::Event(Event::End { status }) => {
                return Some(end.unwrap_or_else(|| silent(options, status)));
            }
            Heard::Event(Event::Raised { cell: at, name, message }) => {
                let first = message.lines().next().unwrap_or_default();
                raised.push((at.unwrap_or(cell), format!("{name}: {first}")));
            }
            Heard::Event(Event::Whole) if !raised.is_empty() => {
                end = Some(End::Raised(std::mem::take(&mut raised)));
            }
            Heard::Event(event) => end = Some(ended(event, cell, options)),
            Heard::Signal => return None,
            Heard::Nothing => return Some(end.unwrap_or(End::Endless(cell))),
            Heard::Closed => return Some(end.unwrap_or_else(|| silent(options, 0))),
        }
    }
}

fn ended(event: Event, cell: usize, options: &Options) -> End {
    let python = options.python.display();
    match event {
        Event::Whole | Event::Cell { .. } | Event::Raised { .. } | Event::End { .. } => End::Whole,
        Event::Endless { cell: at } => End::Endless(at.unwrap_or(cell)),
        Event::Died { cell: at } => End::Died(at.unwrap_or(cell)),
        Event::Missing { modules } => End::Impossible(
            Error::value(format!("{python} lacks {}", modules.join(", ")))
                .mend(format!("{python} -m pip install {}", modules.join(" "))),
        ),
        Event::Failed { message } => {
            let first = message.lines().next().unwrap_or_default();
            End::Impossible(Error::value(format!("Jupyter could not run it: {first}")))
        }
    }
}

/// The driver is gone and has not said how it went.
fn silent(options: &Options, status: i32) -> End {
    let python = options.python.display();
    // As wait(2) has it: the lower seven bits are the signal.
    let what = match status & 0x7f {
        0 => format!("{python} ended without a word"),
        signal => format!("{python} was ended by signal {signal}"),
    };
    End::Impossible(Error::value(what).mend("name a Python 3.9 or newer: --python /path/to/python"))
}
