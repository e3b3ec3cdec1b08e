//! What is a mistake in one notebook is another's lesson: attention without a scale is right where nobody asked for
//! one. A mistake stands only where the notebook says what it means to do.

use super::super::ipynb::{CellKind, Notebook};
use super::super::lines::ast::At;
use super::graph::Graph;
use super::judge::Judged;

type Found = (At, Vec<i64>, Judged);

/// Takes back what is not certain.
pub fn weigh(notebook: &Notebook, graph: &Graph, found: &mut [Found]) {
    let scaled_elsewhere = found.iter().any(|(_, _, judged)| judged.scaled);
    let lines_that_are_right: Vec<At> =
        found.iter().filter(|(_, _, judged)| judged.scaled).map(|(at, _, _)| *at).collect();
    for (at, _, judged) in found {
        // A line that runs with several scales tries out temperatures.
        let tries = lines_that_are_right.iter().any(|right| right == at) && !judged.scaled;
        let section = before_from_heading(notebook, at.cell);
        let before = before(notebook, 0, at.cell);
        for (name, node) in &mut judged.mistakes {
            if *name == "scaled-by-d-or-sqrt-length" {
                let root = line_of(notebook, graph, *node).is_some_and(|line| {
                    ["sqrt", "0.5", "**.5", "1/2"].iter().any(|word| line.contains(word))
                });
                *name = if root { "scaled-by-sqrt-length" } else { "scaled-by-d" };
            }
        }
        judged.mistakes.retain(|(name, node)| match *name {
            "no-scaling" => !scaled_elsewhere && asks_for_a_scale(&section, &before),
            // What the masks that are tried look like is our doing, unless the notebook makes them itself.
            "mask-hides-itself" | "mask-one-ahead" | "mask-upside-down" | "mask-inverted" => {
                !judged.tried || matches!(graph.word(*node), "tril" | "triu")
            }
            "scaled-by-sqrt-length" | "scaled-by-d" | "scaled-by-sqrt-all" => !tries,
            _ => true,
        });
        if judged.agrees == Some(false) && judged.mistakes.is_empty() {
            judged.agrees = judged.held.then_some(true);
        }
    }
}

/// The line that a node stands in.
fn line_of<'n>(notebook: &'n Notebook, graph: &Graph, node: usize) -> Option<&'n str> {
    let at = graph.node(node)?.at;
    notebook.cells.get(at.cell)?.source.lines().nth(at.line.checked_sub(1)?)
}

/// The text from the last heading up to a cell, in lower case.
fn before_from_heading(notebook: &Notebook, cell: usize) -> String {
    let is_heading = |at: &usize| {
        let of = &notebook.cells[*at];
        of.kind == CellKind::Markdown && of.source.lines().any(|line| line.starts_with('#'))
    };
    let last = notebook.cells.len().min(cell + 1);
    let from = (0..last).rev().find(is_heading).unwrap_or(0);
    before(notebook, from, cell)
}

/// The text of the cells from one to another, in lower case.
fn before(notebook: &Notebook, from: usize, cell: usize) -> String {
    let cells = notebook.cells.iter().take(cell + 1).skip(from);
    let mut text = String::new();
    for cell in cells {
        if text.len() > 1 << 20 {
            break;
        }
        text.push_str(&cell.source.to_lowercase());
        text.push('\n');
    }
    text
}

/// A section that gives the formula asks for the root, whatever a lesson before it left out.
fn asks_for_a_scale(section: &str, before: &str) -> bool {
    let asks = [
        "sqrt",
        "√",
        "raíz",
        "raiz cuadrada",
        "square root",
        "scaled",
        "escalad",
        "d_k",
        "skaliert",
        "échelle",
    ];
    let waives = [
        "simplified",
        "unscaled",
        "without scal",
        "no scaling",
        "sin escal",
        "simplificad",
        "not scale",
    ];
    let formula =
        ["\\sqrt{d", "\\sqrt{\\text{d", "\\sqrt d", "√d", "√(d", "scaled dot", "scaled-dot"];
    let any = |text: &str, words: &[&str]| words.iter().any(|word| text.contains(word));
    // Why the root is there is often told by what would be without it.
    let leaves_out = ["simplified", "simplificad", "unscaled", "no scaling", "sin escal"];
    match any(section, &leaves_out) {
        false if any(section, &formula) => true,
        _ => any(before, &asks) && !any(before, &waives),
    }
}
