//! What is a mistake in one notebook is another's lesson: attention without a scale is right where nobody asked for
//! one. A mistake stands only where the notebook says what it means to do.

use super::super::ipynb::Notebook;
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
        let before = before(notebook, at.cell);
        for (name, node) in &mut judged.mistakes {
            if *name == "scaled-by-d-or-sqrt-length" {
                let root = line_of(notebook, graph, *node).is_some_and(|line| {
                    ["sqrt", "0.5", "**.5", "1/2"].iter().any(|word| line.contains(word))
                });
                *name = if root { "scaled-by-sqrt-length" } else { "scaled-by-d" };
            }
        }
        judged.mistakes.retain(|(name, _)| match *name {
            "no-scaling" => !scaled_elsewhere && asks_for_a_scale(&before),
            // The masks that are tried are made here.
            name if judged.tried && name.starts_with("mask-") => false,
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

/// All text up to a cell, in lower case.
fn before(notebook: &Notebook, cell: usize) -> String {
    let cells = notebook.cells.iter().take(cell + 1);
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

fn asks_for_a_scale(text: &str) -> bool {
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
    asks.iter().any(|word| text.contains(word)) && !waives.iter().any(|word| text.contains(word))
}
