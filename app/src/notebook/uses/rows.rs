//! Attention row by row: a loop that leaves one of the rows out.

use std::collections::{BTreeSet, HashMap};

use super::super::lines::ast::At;
use super::super::lines::trace::Input;
use super::find::Attention;
use super::graph::Graph;
use super::judge::Judged;

/// The loops over the rows of one tensor that leave out exactly one of them.
pub fn skipped(graph: &Graph, attentions: &[Attention]) -> Vec<(At, Vec<i64>, Judged)> {
    let mut loops: HashMap<(usize, usize, usize), (BTreeSet<i64>, usize)> = HashMap::new();
    for attention in attentions {
        let Some((base, row)) =
            attention.product.sides.iter().find_map(|side| row_of(graph, *side))
        else {
            continue;
        };
        let Some(node) = graph.node(attention.product.node) else { continue };
        let place = (node.at.cell, node.at.line, base);
        let found = loops.entry(place).or_insert((BTreeSet::new(), attention.product.node));
        found.0.insert(row);
    }
    let mut wrong: Vec<_> = loops
        .into_iter()
        .filter_map(|((_, _, base), (rows, node))| {
            let all = *graph.node(base)?.shape.first()?;
            let one_less = all > 2 && rows.len() as i64 == all - 1;
            let at = graph.node(node)?.at;
            let judged = Judged {
                agrees: Some(false),
                largest: f64::INFINITY,
                mistakes: vec![("row-skipped", node)],
                causal: false,
                scaled: true,
                held: false,
                tried: false,
            };
            one_less.then(|| (at, graph.node(base).map(|node| node.shape.clone()), judged))
        })
        .filter_map(|(at, shape, judged)| Some((at, shape?, judged)))
        .collect();
    wrong.sort_by_key(|(at, _, _)| (at.cell, at.line));
    wrong
}

/// The matrix of which this is a row, and which row it is.
fn row_of(graph: &Graph, at: usize) -> Option<(usize, i64)> {
    let (row, _) = graph.roots(at).into_iter().find(|(at, _)| graph.word(*at) == "[]")?;
    let base = *graph.parents(row).first()?;
    let shape = &graph.node(base)?.shape;
    let index = graph.node(row)?.inputs.iter().find_map(|(_, input)| match input {
        Input::Given(text) => text.trim_matches(['(', ')', '[', ']', ',']).parse::<i64>().ok(),
        _ => None,
    })?;
    (shape.len() == 2).then(|| (base, if index < 0 { index + shape[0] } else { index }))
}
