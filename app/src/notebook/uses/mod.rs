//! `verify` by use: the notebook's own lines are run in Rust, and each tensor is known by what is done to it.
//!
//! 1. `graph`: the trace of the run, and what each operation does in attention's eyes.
//! 2. `find`: a product whose result goes through a softmax and then weighs something is an attention, whatever its
//!    names, heads, batches and ways to write a product (`product`).
//!    `assembled`: the same where a loop takes the softmax row by row.
//! 3. `judge`: its steps, held one by one against this crate's on its own queries, keys and values.
//! 4. `evidence`: what would be right elsewhere is a mistake only where the notebook says what it means to do.
//! 5. `stored`: the outputs that stand in the file, held against what the code gives.

mod assembled;
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
use super::inputs::Role;
use super::ipynb::{Cell, CellKind, Notebook};
use super::lines::ast::At;
use super::lines::tries::Definition;
use super::lines::{Limits, Problem, Run, Why, run};
use super::python::code::Place;
use super::report::{Diagnosis, Location};
use super::truth::locate;

pub use stored::{Stored, Why as StoredWhy, fresh};

/// More of what kept lines from being computed is not listed.
const MOST_PROBLEMS: usize = 200;

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
    /// Whether it was computed on inputs made here, because the notebook's own are elsewhere or nothing calls it.
    pub tried: bool,
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
    /// Whether running the cells in order gives the same numbers each time.
    pub repeatable: bool,
    /// The definitions that say they are attention, of which nothing could be computed here.
    pub written: Vec<Location>,
    /// What kept lines from being computed: the first of it.
    pub problems: Vec<Problem>,
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
pub fn limits() -> Limits {
    Limits {
        steps: 1_200_000,
        cell_steps: Some(400_000),
        unseeded: true,
        time: Duration::from_millis(2500),
        bytes: 256 << 20,
        output: 1 << 20,
        tries: true,
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
pub fn run_cells(notebook: &Notebook, limits: Limits) -> Run {
    run(&sources(notebook), limits)
}

fn sources(notebook: &Notebook) -> Vec<&str> {
    let code = |cell: &'_ Cell| cell.kind == CellKind::Code;
    notebook.cells.iter().map(|cell| if code(cell) { cell.source.as_str() } else { "" }).collect()
}

/// All that a run shows; where its sizes were too large, what smaller ones show.
pub fn look_or_smaller(notebook: &Notebook, run: &Run) -> Uses {
    let mut uses = look(notebook, run);
    let own = uses.found.iter().any(|found| !found.tried);
    let limited = run.problems.iter().any(|problem| matches!(problem.why, Why::Limit(_)));
    let too_large = limited || run.trace.nodes.iter().any(|node| node.value.is_none());
    if own || !too_large || !run.definitions.iter().any(Definition::attends) {
        return uses;
    }
    let smaller = super::lines::run(&sources(notebook), Limits { small: true, ..limits() });
    let again = look(notebook, &smaller);
    if !again.found.is_empty() {
        uses.found = again.found;
        uses.written = again.written;
        uses.found.iter_mut().for_each(|found| found.tried = true);
    }
    uses
}

/// All that a run shows.
pub fn look(notebook: &Notebook, run: &Run) -> Uses {
    let graph = graph::Graph::new(&run.trace);
    let mut attentions = find::find(&graph);
    // A classifier's scores are products under a softmax, too, and its gradient is weighed by what is left of it.
    if !speaks_of_attention(notebook, run) {
        attentions.retain(find::Attention::weighs_as_it_is);
    }
    let _no_grad = tch::no_grad_guard();
    let mut judged: Vec<(At, Vec<i64>, judge::Judged)> = attentions
        .iter()
        .filter_map(|attention| {
            let at = graph.node(attention.weights.0)?.at;
            let mut judged = judge::judge(&graph, attention)?;
            judged.tried = attention.weights.0 >= run.tried_from;
            Some((at, attention.product.left.size(), judged))
        })
        .collect();
    judged.extend(fused::find(&graph).into_iter().map(|(node, at, shape, judged)| {
        (at, shape, judge::Judged { tried: node >= run.tried_from, ..judged })
    }));
    judged.extend(variants(notebook, run, &graph, &attentions));
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
    let written = if found.is_empty() { written(notebook, run) } else { Vec::new() };
    let problems = run.problems.iter().take(MOST_PROBLEMS).cloned().collect();
    let repeatable = stored::repeatable(notebook, run, &graph);
    Uses { found, stored, confirmed, copies, half, repeatable, written, problems }
}

/// Whether the notebook says what it is about: in words, or by tensors called after queries, keys and values.
fn speaks_of_attention(notebook: &Notebook, run: &Run) -> bool {
    const WORDS: [&str; 10] = [
        "atten",
        "attn",
        "atenc",
        "atenç",
        "aufmerk",
        "transformer",
        "query",
        "queries",
        "qk^",
        "注意力",
    ];
    let called =
        |role| run.trace.names.iter().any(|named| Role::of_name(&named.name) == Some(role));
    Role::ALL.into_iter().all(called)
        || notebook.cells.iter().any(|cell| {
            let text = cell.source.to_lowercase();
            WORDS.iter().any(|word| text.contains(word))
        })
}

/// The definitions that say they are attention.
fn written(notebook: &Notebook, run: &Run) -> Vec<Location> {
    let say_so = run.definitions.iter().filter(|definition| definition.says_so());
    let place = |at: At| locate(notebook, Place { cell: at.cell, line: at.line });
    say_so.map(|definition| place(definition.at)).take(20).collect()
}

/// Weights that come of no product of queries and keys, in cells that speak of attention.
fn variants(
    notebook: &Notebook,
    run: &Run,
    graph: &graph::Graph,
    attentions: &[find::Attention],
) -> Vec<(At, Vec<i64>, judge::Judged)> {
    let known = attentions.iter().map(|attention| attention.weights.0).collect();
    let says_so = |at: At| {
        let text = notebook.cells.get(at.cell).map_or("", |cell| cell.source.as_str());
        ["ttention", "attn", "tenci"].iter().any(|sign| text.contains(sign))
    };
    let found = find::variants(graph, &known).into_iter().filter_map(|(node, shape)| {
        let at = graph.node(node)?.at;
        let judged = judge::Judged {
            agrees: None,
            largest: f64::INFINITY,
            mistakes: Vec::new(),
            causal: false,
            scaled: false,
            held: false,
            tried: node >= run.tried_from,
        };
        says_so(at).then_some((at, shape, judged))
    });
    found.collect()
}

/// What is said of it: a loop that says the same again and again says it once.
fn told(found: &Use) -> (Option<bool>, bool, Vec<&'static str>) {
    let names = found.mistakes.iter().flat_map(|diagnosis| diagnosis.mistakes.clone()).collect();
    // Tried with a mask and without, it is the same mistake.
    (found.agrees, found.causal && !(found.tried && found.agrees == Some(false)), names)
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
        tried: judged.tried,
    }
}
