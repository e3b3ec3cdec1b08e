//! A softmax that a loop takes row by row of a matrix of scores, and the matrix of weights that it puts together.

use tch::{Kind, Tensor};

use super::super::lines::trace::{Input, Node};
use super::find::{Attention, output, product_above};
use super::graph::{Does, Graph};
use super::numbers::{close, slack};
use super::product::Product;

/// A row of a matrix of scores.
struct Row {
    /// The matrix as the product made it, before any of its rows was changed.
    scores: usize,
    /// What the row was multiplied by before the softmax.
    factor: f64,
    /// Which row.
    index: i64,
}

/// The row that a softmax's input is.
fn row_of(graph: &Graph, input: usize) -> Option<Row> {
    let (row, factor) = graph.roots(input).into_iter().find(|(at, _)| graph.word(*at) == "[]")?;
    let base = *graph.parents(row).first()?;
    let shape = graph.node(base)?.shape.clone();
    let [rows, columns] = shape[..] else { return None };
    (graph.node(row)?.shape.iter().product::<i64>() == columns && rows > 1).then_some(())?;
    let index = graph.node(row)?.inputs.iter().find_map(|(_, input)| match input {
        Input::Given(text) => text.trim_matches(['(', ')', '[', ']', ',']).parse::<i64>().ok(),
        _ => None,
    })?;
    let mut scores = base;
    while graph.word(scores) == "[]=" {
        let before = *graph.parents(scores).first()?;
        if graph.node(before)?.shape != shape {
            break;
        }
        scores = before;
    }
    let index = if index < 0 { index + rows } else { index };
    (0..rows).contains(&index).then_some(Row { scores, factor, index })
}

/// The attention whose last row this softmax is.
pub fn of(graph: &Graph, input: usize, at: usize) -> Option<Attention> {
    let row = row_of(graph, input)?;
    let product = product_above(graph, row.scores)?;
    let whole = last_put_into(graph, at, &graph.node(row.scores)?.shape)?;
    let scores = graph.value(row.scores)?.f_to_kind(Kind::Double).ok()?;
    let scores = product.sorted(&scores.f_mul_scalar(row.factor).ok()?)?;
    let weights = product.sorted(graph.value(whole)?)?;
    let kind = graph.node(whole).and_then(|node| node.kind);
    let right = scores.f_softmax(-1, None::<Kind>).ok()?;
    close(&right, &weights, slack(kind)).then_some(())?;
    let output = output(graph, whole, &weights);
    Some(Attention {
        product,
        scores: (row.scores, scores),
        weights: (whole, weights),
        output,
        slack: slack(kind),
    })
}

/// The matrix of that shape that the row is put into, if it is the last that is.
fn last_put_into(graph: &Graph, at: usize, shape: &[i64]) -> Option<usize> {
    let puts =
        |at: usize| graph.word(at) == "[]=" && graph.node(at).is_some_and(|n| n.shape == shape);
    let mut row = at;
    for _ in 0..6 {
        let children = graph.children(row);
        if let Some(&whole) = children.iter().find(|child| puts(**child)) {
            let later = graph.children(whole).iter().any(|child| puts(*child));
            return (!later).then_some(whole);
        }
        row = *children.first()?;
    }
    None
}

/// The product of one query and all keys that the row alone is.
pub fn row(graph: &Graph, input: usize) -> Option<Product> {
    let row = row_of(graph, input)?;
    let whole = product_above(graph, row.scores)?;
    let shape: Vec<i64> = graph.node(input)?.shape.clone();
    whole.row(row.index, &shape)
}

/// The product of one query and all keys, put together from their dot products one by one.
pub fn dots(graph: &Graph, input: usize) -> Option<Product> {
    let mut at = graph.roots(input).last()?.0;
    let shape = graph.node(at)?.shape.clone();
    let [count] = shape[..] else { return None };
    let mut sides: Vec<Option<[usize; 2]>> = vec![None; usize::try_from(count).ok()?];
    if !(2..=4096).contains(&count) {
        return None;
    }
    while graph.word(at) == "[]=" {
        let node = graph.node(at)?;
        let index = given_index(node)?;
        let put = node.inputs.iter().find_map(|(name, input)| match input {
            Input::Tensor(of) if name == "value" => Some(*of),
            _ => None,
        })?;
        let dot = graph.roots(put).into_iter().map(|(at, _)| at).find(|at| {
            let of_vectors = |at: &usize| graph.node(*at).is_some_and(|node| node.shape.len() == 1);
            graph.does(*at) == Does::Product && graph.parents(*at).iter().all(of_vectors)
        })?;
        let [left, right] = graph.parents(dot)[..] else { return None };
        let place = sides.get_mut(usize::try_from(index).ok()?)?;
        // What is put there last is what stands there.
        place.get_or_insert([left, right]);
        at = *graph.parents(at).first()?;
    }
    let sides: Vec<[usize; 2]> = sides.into_iter().collect::<Option<_>>()?;
    let same = |side: usize| {
        let first = graph.value(sides[0][side])?;
        sides
            .iter()
            .all(|pair| graph.value(pair[side]).is_some_and(|x| x.equal(first)))
            .then_some(())
    };
    let query = (0..2).find(|side| same(*side).is_some())?;
    let double = |at: usize| graph.value(at)?.f_to_kind(Kind::Double).ok();
    let keys = sides.iter().map(|pair| double(pair[1 - query])).collect::<Option<Vec<_>>>()?;
    let left = double(sides[0][query])?.f_unsqueeze(0).ok()?;
    let right = Tensor::f_stack(&keys, 0).ok()?;
    Product::of_parts(input, [sides[0][query], sides[0][1 - query]], left, right, shape)
}

/// The one whole number that an index is.
fn given_index(node: &Node) -> Option<i64> {
    node.inputs.iter().find_map(|(name, input)| match input {
        Input::Given(text) if name == "index" => text.trim_matches(['(', ')', ',']).parse().ok(),
        _ => None,
    })
}

/// A product's rows, one of them.
impl Product {
    fn row(&self, index: i64, shape: &[i64]) -> Option<Self> {
        if self.left.dim() != 2 || self.right.dim() != 2 {
            return None;
        }
        let left: Tensor = self.left.f_narrow(0, index, 1).ok()?;
        let computed = left.f_matmul(&self.right.f_transpose(0, 1).ok()?).ok()?;
        Some(self.part(left, self.right.shallow_clone(), shape.to_vec(), computed))
    }
}
