//! `verify` by use: the notebook's own lines are run in Rust, and each tensor is known by what is done to it.
//!
//! 1. `graph`: the trace of the run, and what each operation does in attention's eyes.
//! 2. `find`: a product whose result goes through a softmax and then weighs something is an attention, whatever its
//!    names, heads, batches and ways to write a product (`product`).
//! 3. `judge`: its steps, held one by one against this crate's on its own queries, keys and values.
//! 4. `evidence`: what would be right elsewhere is a mistake only where the notebook says what it means to do.
//! 5. `stored`: the outputs that stand in the file, held against what the code gives.

mod evidence;
mod find;
mod fused;
mod graph;
mod judge;
mod numbers;
mod product;
mod roles;
mod rows;
mod scores;
mod stored;

use std::collections::HashSet;
use std::time::Duration;

use super::diagnose::museum;
use super::ipynb::{CellKind, Notebook};
use super::lines::ast::At;
use super::lines::{Limits, Run, run};
use super::python::code::Place;
use super::report::{Diagnosis, Location};
use super::truth::locate;

pub use stored::{Stored, Why as StoredWhy};

/// An attention that the notebook's code computes, as Rust computed it.
#[derive(Debug, Clone, PartialEq)]
pub struct Use {
    /// Where its weights, or all of it, are computed.
    pub place: Location,
    /// The shape of its queries.
    pub shape: Vec<i64>,
    /// Whether it is this crate's attention; `None`: a variant that is not known here.
    pub agrees: Option<bool>,
    /// The largest difference from this crate's.
    pub largest: f64,
    /// Whether each word sees only itself and what came before.
    pub causal: bool,
    /// What it does wrong: each with the line that does.
    pub mistakes: Vec<Diagnosis>,
}

/// What running the lines showed.
#[derive(Debug, Default)]
pub struct Uses {
    /// The attentions, in the order of the notebook.
    pub found: Vec<Use>,
    /// The outputs that the code does not give.
    pub stored: Vec<Stored>,
    /// The cells whose stored outputs are what the code gives.
    pub confirmed: HashSet<usize>,
    /// The cells that show a table of the text which the code writes down: the cell, and the table's.
    pub copies: Vec<(usize, usize)>,
    /// Whether anything is computed in half precision.
    pub half: bool,
}

impl Uses {
    /// Whether something of it is certainly wrong.
    pub fn differ(&self) -> bool {
        !self.stored.is_empty() || self.found.iter().any(|found| found.agrees == Some(false))
    }

    /// The names of its mistakes, in order.
    pub fn mistakes(&self) -> impl Iterator<Item = &'static str> {
        let all = self.found.iter().flat_map(|found| &found.mistakes);
        all.flat_map(|diagnosis| diagnosis.mistakes.iter().copied())
    }
}

/// What a notebook's lines may cost: an exercise is small.
fn limits() -> Limits {
    Limits {
        steps: 300_000,
        cell_steps: Some(60_000),
        unseeded: true,
        time: Duration::from_millis(1500),
        bytes: 256 << 20,
        output: 1 << 20,
        ..Limits::default()
    }
}

/// Whether anything in the notebook may be an attention, or a table to be held: the rest need not be run.
pub fn may_hold_attention(notebook: &Notebook) -> bool {
    const SIGNS: [&str; 6] = ["softm", "ttention", "exp(", "Transformer", "sigmoid", "<td"];
    let sign = |text: &str| SIGNS.iter().any(|sign| text.contains(sign)) || text.contains("|--");
    notebook.cells.iter().any(|cell| sign(&cell.source))
}

/// Runs the code cells in Rust.
pub fn run_cells(notebook: &Notebook) -> Run {
    let sources: Vec<&str> = notebook
        .cells
        .iter()
        .map(|cell| if cell.kind == CellKind::Code { cell.source.as_str() } else { "" })
        .collect();
    run(&sources, limits())
}

/// All that a run shows.
pub fn look(notebook: &Notebook, run: &Run) -> Uses {
    let graph = graph::Graph::new(&run.trace);
    let attentions = find::find(&graph);
    let _no_grad = tch::no_grad_guard();
    let mut judged: Vec<(At, Vec<i64>, judge::Judged)> = attentions
        .iter()
        .filter_map(|attention| {
            let at = graph.node(attention.weights.0)?.at;
            Some((at, attention.product.left.size(), judge::judge(&graph, attention)?))
        })
        .collect();
    judged.extend(fused::find(&graph));
    judged.sort_by_key(|(at, _, _)| (at.cell, at.line));
    evidence::weigh(notebook, &graph, &mut judged);
    judged.extend(rows::skipped(&graph, &attentions));
    let mut seen = HashSet::new();
    let found: Vec<Use> = judged
        .into_iter()
        .map(|(at, shape, judged)| shown(notebook, &graph, at, shape, judged))
        .filter(|found| seen.insert((found.place.cell, found.place.line, told(found))))
        .collect();
    let nodes: Vec<usize> = attentions.iter().map(|attention| attention.product.node).collect();
    let (stored, confirmed) = stored::hold(notebook, run, &graph, &nodes);
    let copies = stored::copies(notebook, run, &graph);
    let half = run
        .trace
        .nodes
        .iter()
        .any(|node| matches!(node.kind, Some(tch::Kind::Half | tch::Kind::BFloat16)));
    Uses { found, stored, confirmed, copies, half }
}

/// What is said of it: a loop that says the same again and again says it once.
fn told(found: &Use) -> (Option<bool>, bool, Vec<&'static str>) {
    let names = found.mistakes.iter().flat_map(|diagnosis| diagnosis.mistakes.clone()).collect();
    (found.agrees, found.causal, names)
}

fn shown(
    notebook: &Notebook,
    graph: &graph::Graph,
    at: At,
    shape: Vec<i64>,
    judged: judge::Judged,
) -> Use {
    let place = |at: At| locate(notebook, Place { cell: at.cell, line: at.line });
    let known = museum();
    let mut names = HashSet::new();
    let mistakes = judged
        .mistakes
        .iter()
        .filter(|(name, _)| names.insert(*name))
        .filter_map(|(name, node)| {
            let mistake = known.iter().find(|known| known.name == *name)?;
            let line = graph.node(*node).map(|node| {
                let text = notebook.cells.get(node.at.cell).map_or("", |cell| cell.source.as_str());
                let text = text.lines().nth(node.at.line.saturating_sub(1)).unwrap_or("");
                (place(node.at), text.trim().chars().take(200).collect())
            });
            Some(Diagnosis { mistakes: vec![mistake.name], line, right: mistake.right })
        })
        .collect();
    Use {
        place: place(at),
        shape,
        agrees: judged.agrees,
        largest: judged.largest,
        causal: judged.causal,
        mistakes,
    }
}
