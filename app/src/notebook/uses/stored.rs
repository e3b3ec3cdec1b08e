//! The outputs that stand in the file, held against what the code gives in Rust.

use std::collections::{BTreeMap, HashSet};

use super::super::array::Array;
use super::super::ipynb::{Cell, CellKind, Notebook};
use super::super::lines::Run;
use super::super::python::code::Place;
use super::super::report::{Fresh, Location};
use super::super::table;
use super::super::truth::locate;
use super::graph::Graph;

/// An output that its code does not give.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Where, the line in the output.
    pub place: Location,
    /// What it is.
    pub why: Why,
    /// The first number that differs, as it stands there, and as the code gives it.
    pub first: (String, String),
}

/// Why an output is not its code's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The code was changed after it ran.
    Stale,
    /// It is the expected table, which the code does not give.
    TypedIn,
    /// It is the expected table, which the code writes down and does not compute.
    Copied,
}

/// The cells that show numbers which the code writes down and which are a table's of the text: the cell, the table's.
pub fn copies(notebook: &Notebook, run: &Run, graph: &Graph) -> Vec<(usize, usize)> {
    let tables: Vec<(usize, table::Table)> = notebook
        .cells
        .iter()
        .enumerate()
        .filter(|(_, cell)| cell.kind == CellKind::Markdown)
        .flat_map(|(at, cell)| table::in_markdown(&cell.source).into_iter().map(move |it| (at, it)))
        .take(100)
        .collect();
    let is = |table: &table::Table, node: usize| {
        let numbers = graph.value(node).and_then(|value| Array::of(value).ok());
        numbers.is_some_and(|numbers| {
            let pairs = table.values.iter().zip(&numbers.values).enumerate();
            numbers.values.len() == table.values.len()
                && pairs
                    .into_iter()
                    .all(|(i, (a, b))| (a - b).abs() <= 2.0 * table.precision.half_unit(i, *a))
        })
    };
    let shown = run
        .prints
        .iter()
        .flat_map(|printed| printed.nodes.iter().map(|node| (printed.at.cell, *node)));
    let last = run.cells.iter().enumerate().filter_map(|(cell, ran)| Some((cell, ran.node?)));
    let written = shown.chain(last).filter(|(_, node)| is_written(graph, *node)).take(200);
    written
        .flat_map(|(cell, node)| {
            let same = tables.iter().filter(move |(_, table)| is(table, node));
            same.map(move |(at, _)| (cell, *at)).collect::<Vec<_>>()
        })
        .collect()
}

/// Whether the numbers of a tensor are written in the code.
fn is_written(graph: &Graph, node: usize) -> bool {
    graph.roots(node).last().is_some_and(|(at, _)| {
        matches!(graph.word(*at), "tensor" | "array" | "Tensor" | "FloatTensor")
            && graph.parents(*at).is_empty()
    })
}

/// Those that the code does not give, and the cells whose outputs it gives.
pub fn hold(
    notebook: &Notebook,
    run: &Run,
    graph: &Graph,
    products: &[usize],
) -> (Vec<Stored>, HashSet<usize>) {
    let mut stored = Vec::new();
    let mut confirmed = HashSet::new();
    let repeatable = repeatable(notebook, run, graph);
    for (number, (cell, ran)) in notebook.cells.iter().zip(&run.cells).enumerate() {
        if cell.kind != CellKind::Code || !ran.whole || ran.partial {
            continue;
        }
        let own = format!("{}{}", ran.stdout, ran.value.as_deref().unwrap_or(""));
        let text = text_of(cell);
        let (there, given) = (pieces(&text), pieces(&own));
        if there.numbers.is_empty() || there.rest != given.rest {
            continue;
        }
        match there.numbers.iter().zip(&given.numbers).find(|(a, b)| !a.agrees(b)) {
            None => {
                confirmed.insert(number);
            }
            Some((a, b)) if repeatable && of_attention(number, run, graph, products) => {
                let why = if in_a_table(notebook, &there) { Why::TypedIn } else { Why::Stale };
                let place = locate(notebook, Place { cell: number, line: a.line });
                stored.push(Stored { place, why, first: (a.text.clone(), b.text.clone()) });
            }
            Some(_) => {}
        }
    }
    (stored, confirmed)
}

/// The outputs that a run gives otherwise than they are stored.
pub fn fresh(notebook: &Notebook, given: &BTreeMap<usize, String>, certain: bool) -> Vec<Fresh> {
    let mut changed = Vec::new();
    for (number, text) in given {
        let Some(cell) = notebook.cells.get(*number) else { continue };
        let stored = text_of(cell);
        let (there, now) = (pieces(&stored), pieces(text));
        if there.numbers.is_empty() || there.rest != now.rest {
            continue;
        }
        if let Some((a, b)) = there.numbers.iter().zip(&now.numbers).find(|(a, b)| !a.agrees(b)) {
            let place = locate(notebook, Place { cell: *number, line: a.line });
            changed.push(Fresh { place, first: (a.text.clone(), b.text.clone()), certain });
        }
    }
    changed
}

fn text_of(cell: &Cell) -> String {
    cell.outputs.iter().filter_map(|output| output.text.as_deref()).collect()
}

/// Whether running the cells in order gives the same numbers each time, and they were run in order.
pub(super) fn repeatable(notebook: &Notebook, run: &Run, graph: &Graph) -> bool {
    let counts: Vec<i64> = notebook.cells.iter().filter_map(|cell| cell.count).collect();
    let in_order = counts.windows(2).all(|pair| pair[0] <= pair[1]);
    let unseeded = run.unseeded || run.left;
    let draws = (0..run.tried_from.min(run.trace.nodes.len())).any(|at| {
        let word = graph.word(at);
        let parameter =
            run.trace.nodes[at].op.starts_with("torch.nn.") && graph.parents(at).is_empty();
        word.contains("rand") || word == "normal" || parameter || word.to_lowercase() == "dropout"
    });
    // What is not known here may have drawn numbers, too.
    in_order && !unseeded && !run.trace.cut && (!draws || run.problems.is_empty())
}

/// Whether the cell shows an attention, or what comes of one.
fn of_attention(cell: usize, run: &Run, graph: &Graph, products: &[usize]) -> bool {
    let shown = run.prints.iter().filter(|printed| printed.at.cell == cell);
    let shown: Vec<usize> = shown
        .flat_map(|printed| printed.nodes.iter().copied())
        .chain(run.cells.get(cell).and_then(|cell| cell.node))
        .collect();
    let here = products.iter().any(|at| graph.node(*at).is_some_and(|node| node.at.cell == cell));
    here || shown
        .iter()
        .any(|at| products.iter().take(50).any(|product| graph.comes_from(*at, *product)))
}

/// Whether the numbers are those of a table in the notebook's text.
fn in_a_table(notebook: &Notebook, there: &Pieces) -> bool {
    let markdown = notebook.cells.iter().filter(|cell| cell.kind == CellKind::Markdown);
    markdown.flat_map(|cell| table::in_markdown(&cell.source)).any(|table| {
        let mut digits = table.values.iter().enumerate().zip(&there.numbers);
        let fits = |(i, value): (usize, f64), number: &Number| {
            (value - number.value).abs() <= table.precision.half_unit(i, value) + number.half()
        };
        table.values.len() == there.numbers.len()
            && digits.all(|((i, value), number)| fits((i, *value), number))
    })
}

/// A text as its numbers and what stands around them.
struct Pieces {
    numbers: Vec<Number>,
    rest: String,
}

struct Number {
    value: f64,
    decimals: u32,
    exponent: i32,
    text: String,
    line: usize,
}

impl Number {
    /// Half a unit of its last digit.
    fn half(&self) -> f64 {
        0.5 * 10f64.powi(self.exponent - self.decimals as i32)
    }

    /// Whether both may be one number: two units of the coarser one's last digit are no certain difference.
    fn agrees(&self, other: &Self) -> bool {
        let (a, b) = (self.value, other.value);
        let both_whole = self.decimals == 0 && other.decimals == 0 && self.exponent == 0;
        if a == b || (a.is_nan() && b.is_nan()) {
            return true;
        }
        !both_whole && (a - b).abs() <= 4.0 * self.half().max(other.half()) + 1e-4 * b.abs()
    }
}

fn pieces(text: &str) -> Pieces {
    let (mut numbers, mut rest) = (Vec::new(), String::new());
    let bytes = text.as_bytes();
    let (mut at, mut line) = (0, 1);
    while at < bytes.len() {
        let before = at.checked_sub(1).map(|before| bytes[before]);
        let in_word = before.is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.');
        let digits = bytes[at].is_ascii_digit()
            || (bytes[at] == b'-' && bytes.get(at + 1).is_some_and(u8::is_ascii_digit));
        if digits && !in_word {
            let end = number_end(bytes, at);
            numbers.extend(number(&text[at..end], line));
            rest.push('#');
            at = end;
            continue;
        }
        line += usize::from(bytes[at] == b'\n');
        if !bytes[at].is_ascii_whitespace() {
            rest.push(char::from(bytes[at]));
        }
        at += 1;
    }
    Pieces { numbers, rest }
}

fn number_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        let c = bytes[at];
        let exponent = matches!(c, b'e' | b'E')
            && bytes
                .get(at + 1)
                .is_some_and(|next| matches!(next, b'+' | b'-') || next.is_ascii_digit());
        let sign = matches!(c, b'+' | b'-') && matches!(bytes[at - 1], b'e' | b'E');
        if !(c.is_ascii_digit() || c == b'.' || exponent || sign) {
            break;
        }
        at += 1;
    }
    at
}

fn number(text: &str, line: usize) -> Option<Number> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let decimals = mantissa.split_once('.').map_or(0, |(_, after)| after.len());
    Some(Number {
        value: text.parse().ok()?,
        decimals: u32::try_from(decimals).ok()?,
        exponent: exponent.parse().ok()?,
        text: text.chars().take(30).collect(),
        line,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_its_numbers_and_the_rest() {
        let found = pieces("Z1: tensor([[0.25, -1.5e-03],\n [3., 4]])");
        let values: Vec<f64> = found.numbers.iter().map(|number| number.value).collect();
        assert_eq!(values, [0.25, -1.5e-3, 3.0, 4.0]);
        assert_eq!(found.rest, "Z1:tensor([[#,#],[#,#]])");
        assert_eq!(found.numbers[3].line, 2);
    }

    #[test]
    fn what_only_rounds_otherwise_agrees() {
        let of = |text| number(text, 1).unwrap();
        assert!(of("0.2500").agrees(&of("0.25")) && of("0.19").agrees(&of("0.1892")));
        assert!(!of("0.1892").agrees(&of("0.1951")) && !of("3").agrees(&of("4")));
    }
}
