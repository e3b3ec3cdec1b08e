//! Rust reads the lines: a small interpreter for the Python that attention notebooks are written in, on tch tensors.
//!
//! No Python runs, nothing is imported, no file or network is touched. What is not known here is named with its place
//! (`cell 7:3: torch.fft is not known here`), and what does not depend on it goes on.
//!
//! ```
//! use atencion_cli::notebook::lines::{Limits, run};
//! let run = run(&["import torch\nQ = torch.eye(2)", "Q @ Q"], Limits::default());
//! assert_eq!(run.cells[1].value.as_deref(), Some("tensor([[1., 0.],\n        [0., 1.]])"));
//! assert!(run.problems.is_empty());
//! ```
//!
//! | what | where |
//! |---|---|
//! | the tree of a cell | [`ast`], read by `read` |
//! | statements, expressions, calls, classes | `statements`, `expressions`, `calls`, `classes` |
//! | Python's numbers, texts, containers | `numbers`, `text`, `containers`, `format`, `repr` |
//! | the table of operations: name, arguments, the Rust | [`ops`] |
//! | tensors, `torch.nn`, optimisers, NumPy | `tensors`, `modules`, `optimizers`, `numpy` |
//! | where each tensor came from | [`trace`] |
//! | attention that nothing calls, tried out | [`tries`] |
//! | bounds | [`Limits`] |
//!
//! Run in a notebook's own order, its cells share one scope; results are [`Run`].

mod assign;
pub mod ast;
mod attributes;
mod builtins;
mod calls;
mod chance;
mod classes;
mod compare;
mod containers;
mod expressions;
mod format;
mod items;
mod iterate;
mod known;
mod machine;
mod math;
mod memory;
mod modules;
mod names;
mod numbers;
mod numpy;
pub mod observe;
mod operators;
pub mod ops;
mod optimizers;
mod problem;
mod ranges;
pub mod read;
mod repr;
mod run;
mod scope;
mod sizes;
mod statements;
mod tensors;
mod text;
mod torch;
pub mod trace;
pub mod tries;
mod value;

pub use ast::At;

/// The names that a statement binds.
pub fn bound_names(stmt: &ast::Stmt) -> Vec<String> {
    names::Bound::by_one(stmt).names.iter().map(|name| name.to_string()).collect()
}
pub use machine::{Limits, Printed};
pub use problem::{Limit, Problem, Why};
pub use run::{CellRun, Plain, Run, THREAD, run, run_observed};
