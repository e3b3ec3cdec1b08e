//! Attention, recognised by what is done: a product whose result, on its way through a softmax, weighs something.

use std::collections::HashSet;

use tch::Tensor;

use super::assembled;
use super::graph::{Does, Graph};
use super::numbers::{close, slack};
use super::product::Product;

/// More places than this are no exercise.
const MOST: usize = 400;
/// Of one line, that runs again and again, so many are looked at.
const MOST_OF_A_LINE: usize = 3;

/// An attention that the notebook's code computes.
pub struct Attention {
    /// The product of queries and keys.
    pub product: Product,
    /// The softmax's input: its node, and its numbers `[.., a, b]`.
    pub scores: (usize, Tensor),
    /// The softmax: its node, and its numbers `[.., a, b]`.
    pub weights: (usize, Tensor),
    /// What weighs the values, and what comes of it.
    pub output: Option<Output>,
    /// What the numbers may differ by.
    pub slack: f64,
}

/// The product of the weights and the values.
pub struct Output {
    /// Its node.
    pub node: usize,
    /// The side that the weights are on.
    pub weights_side: usize,
    /// The node of the values.
    pub value_node: usize,
    /// The weights as they are multiplied, `[.., L, S]`.
    pub weights: Tensor,
    /// The values, `[.., S, E]`.
    pub value: Tensor,
    /// What came out, `[.., L, E]`.
    pub output: Tensor,
}

/// All of them, in the order of the run.
pub fn find(graph: &Graph) -> Vec<Attention> {
    let mut found: Vec<Attention> = Vec::new();
    let mut lines = std::collections::HashMap::new();
    for at in 0..graph.trace.nodes.len() {
        let Some((input, node)) = softmax_at(graph, at) else { continue };
        let place = graph.node(at).map(|node| (node.at.cell, node.at.line));
        let before = lines.entry(place).or_insert(0);
        if *before >= MOST_OF_A_LINE * 40 || found.len() >= MOST {
            continue;
        }
        *before += 1;
        found.extend(attention(graph, input, node));
    }
    found
}

/// The input and the result of a softmax that ends at this node, written out or not.
fn softmax_at(graph: &Graph, at: usize) -> Option<(usize, usize)> {
    if graph.does(at) == Does::Softmax {
        return Some((*graph.parents(at).first()?, at));
    }
    if !matches!(graph.word(at), "/" | "div" | "divide" | "true_divide") {
        return None;
    }
    let exp_of =
        |at: usize| graph.roots(at).iter().map(|(at, _)| *at).find(|at| graph.word(*at) == "exp");
    let (above, below) = match graph.parents(at)[..] {
        [above, below] => (above, Some(below)),
        // NumPy's sum of everything is a number.
        [above] => (above, None),
        _ => return None,
    };
    let exp = exp_of(above)?;
    let is_sum = |at: &usize| matches!(graph.word(*at), "sum" | "+" | "add");
    let sums = match below {
        Some(below) => {
            let summed = graph.roots(below).iter().any(|(at, _)| is_sum(at));
            summed || graph.value(at).is_some_and(sums_to_one_somewhere)
        }
        None => graph.value(at).is_some_and(sums_to_one_in_all),
    };
    let input = without_largest(graph, *graph.parents(exp).first()?);
    sums.then_some((input, at))
}

/// `x - x.max()`: the softmax is that of `x`.
fn without_largest(graph: &Graph, input: usize) -> usize {
    if !matches!(graph.word(input), "-" | "sub" | "subtract") {
        return input;
    }
    let is_largest =
        |at: usize| graph.roots(at).iter().any(|(at, _)| matches!(graph.word(*at), "max" | "amax"));
    match graph.parents(input)[..] {
        [of, largest] if is_largest(largest) => of,
        // NumPy's largest of everything is a number.
        [of] => of,
        _ => input,
    }
}

fn sums_to_one_in_all(weights: &Tensor) -> bool {
    let sum = weights.f_sum(tch::Kind::Double).and_then(|sum| sum.f_double_value(&[]));
    weights.numel() > 1 && sum.is_ok_and(|sum| (sum - 1.0).abs() < 1e-4)
}

/// A sum that was written as a product with ones, or spread over the rows, is known by what it makes.
fn sums_to_one_somewhere(weights: &Tensor) -> bool {
    let dims = weights.dim() as i64;
    weights.numel() > 1 && (0..dims).any(|dim| super::numbers::sums_to_one(weights, dim, 1e-6))
}

fn attention(graph: &Graph, input: usize, at: usize) -> Option<Attention> {
    if let Some(assembled) = assembled::of(graph, input, at) {
        return Some(assembled);
    }
    let product = product_above(graph, input)
        .or_else(|| assembled::row(graph, input))
        .or_else(|| assembled::dots(graph, input))
        .or_else(|| product_by_rows(graph, input))?;
    let scores = product.sorted(graph.value(input)?)?;
    let weights = turned_as_needed(&scores, product.sorted(graph.value(at)?)?);
    let kind = graph.node(at).and_then(|node| node.kind);
    let output = output(graph, at, &weights);
    Some(Attention {
        product,
        scores: (input, scores),
        weights: (at, weights),
        output,
        slack: slack(kind),
    })
}

/// The softmaxes that weigh something without being made by a product of queries and keys, as additive attention does:
/// where each weighs, and the shape of what it weighs with.
pub fn variants(graph: &Graph, known: &HashSet<usize>) -> Vec<(usize, Vec<i64>)> {
    let all = (0..graph.trace.nodes.len()).filter_map(|at| softmax_at(graph, at));
    let others = all.filter(|(_, at)| !known.contains(at)).filter_map(|(_, at)| {
        let weights = graph.value(at).filter(|weights| weights.dim() > 1 || weights.numel() > 1)?;
        let output = output(graph, at, weights)?;
        Some((output.node, graph.node(at)?.shape.clone()))
    });
    others.take(MOST_OF_A_LINE * 4).collect()
}

/// `(exp(x).T / sum).T`: on the way the weights of a square are turned.
fn turned_as_needed(scores: &Tensor, weights: Tensor) -> Tensor {
    let is_softmax = |weights: &Tensor| {
        [-1, -2].iter().any(|dim| {
            let own = scores.f_softmax(*dim, None::<tch::Kind>);
            own.is_ok_and(|own| close(&own, weights, 2e-5))
        })
    };
    match weights.f_transpose(-2, -1) {
        Ok(turned) if !is_softmax(&weights) && is_softmax(&turned) => turned,
        _ => weights,
    }
}

/// Two tensors whose rows, multiplied one by one in a loop, are the softmax's input up to a scale and what is hidden.
fn product_by_rows(graph: &Graph, input: usize) -> Option<Product> {
    let scores = graph.value(input)?.f_to_kind(tch::Kind::Double).ok()?;
    let [rows, columns] = scores.size()[..] else { return None };
    let mut matrices = matrices_above(graph, input);
    if matrices.is_empty() {
        matrices = named_matrices(graph, input);
    }
    let fits = |at: usize, rows: i64| graph.node(at).is_some_and(|node| node.shape[0] == rows);
    for &left in matrices.iter().filter(|at| fits(**at, rows)) {
        for &right in matrices.iter().filter(|at| fits(**at, columns)) {
            let Some(product) = Product::by_rows(graph, input, [left, right]) else { continue };
            let Some(own) = product.value(graph) else { continue };
            if explains(&own, &scores, product.left.size()[1] as f64).unwrap_or(false) {
                return Some(product);
            }
        }
    }
    None
}

/// The matrices that a tensor came from, nearest first.
fn matrices_above(graph: &Graph, from: usize) -> Vec<usize> {
    let mut open = std::collections::VecDeque::from(graph.parents(from));
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    let whole = graph.node(from).map(|node| node.shape.clone()).unwrap_or_default();
    while let Some(at) = open.pop_front() {
        if !seen.insert(at) || seen.len() > 3000 || found.len() > 6 {
            continue;
        }
        let Some(node) = graph.node(at) else { continue };
        let chain = node.shape == whole && graph.word(at) == "[]=";
        if node.shape.len() == 2 && !chain && !graph.names(at).is_empty() && node.shape[1] > 1 {
            found.push(at);
        }
        open.extend(graph.parents(at));
    }
    found
}

/// The matrices that have a name by then, the last first: NumPy's products of rows are numbers, and tell no more where
/// they came from.
fn named_matrices(graph: &Graph, before: usize) -> Vec<usize> {
    let named = graph.trace.names.iter().rev().map(|named| named.node).filter(|at| *at < before);
    let mut found: Vec<usize> = Vec::new();
    for at in named.take(200) {
        let matrix = graph.node(at).is_some_and(|node| node.shape.len() == 2 && node.shape[1] > 1);
        if matrix && !found.contains(&at) {
            found.push(at);
        }
    }
    found.truncate(8);
    found
}

/// Whether all scores that can be seen are the product's, by one of the scales that people use.
fn explains(product: &Tensor, scores: &Tensor, width: f64) -> Option<bool> {
    let seen = scores.f_gt(-1e4).ok()?;
    let half = scores.numel() as i64 / 2;
    if seen.f_sum(tch::Kind::Int64).ok()?.f_int64_value(&[]).ok()? < half.max(2) {
        return Some(false);
    }
    let own = scores.f_masked_select(&seen).ok()?;
    let expected = product.f_masked_select(&seen).ok()?;
    let scales = [1.0 / width.sqrt(), 1.0, 1.0 / width, width.sqrt(), -1.0 / width.sqrt()];
    let any =
        scales.iter().any(|by| expected.f_mul_scalar(*by).is_ok_and(|it| close(&it, &own, 2e-5)));
    let constant = own.f_sub(&own.f_mean(tch::Kind::Double).ok()?).ok()?.f_abs().ok()?;
    Some(any && constant.f_max().ok()?.f_double_value(&[]).ok()? > 1e-9)
}

/// The nearest product that the softmax's input was made from, number by number.
pub(super) fn product_above(graph: &Graph, input: usize) -> Option<Product> {
    let numel = graph.node(input)?.shape.iter().product::<i64>();
    let mut open = std::collections::VecDeque::from([input]);
    let mut seen = HashSet::new();
    while let Some(at) = open.pop_front() {
        if !seen.insert(at) || seen.len() > 60 {
            continue;
        }
        let same_size =
            graph.node(at).is_some_and(|node| node.shape.iter().product::<i64>() == numel);
        match graph.does(at) {
            Does::Product if same_size => return Product::of(graph, at),
            Does::View
            | Does::Cast
            | Does::Pointwise
            | Does::Round
            | Does::Dropout
            | Does::Softmax => open.extend(graph.parents(at)),
            _ => {}
        }
    }
    None
}

/// The product that the weights go into.
pub(super) fn output(graph: &Graph, from: usize, weights: &Tensor) -> Option<Output> {
    let mut open = std::collections::VecDeque::from([from]);
    let mut seen = HashSet::new();
    while let Some(at) = open.pop_front() {
        if !seen.insert(at) || seen.len() > 60 {
            continue;
        }
        for &child in graph.children(at) {
            match graph.does(child) {
                Does::Product => {
                    if let Some(output) = weighed(graph, child, at, weights) {
                        return Some(output);
                    }
                }
                Does::View | Does::Cast | Does::Pointwise | Does::Round | Does::Dropout => {
                    open.push_back(child);
                }
                _ if matches!(graph.word(child), "tril" | "triu") => open.push_back(child),
                _ => {}
            }
        }
    }
    None
}

fn weighed(graph: &Graph, node: usize, side: usize, weights: &Tensor) -> Option<Output> {
    let product = Product::of(graph, node)?;
    let result = product.value(graph)?;
    let [left, right] = product.sides;
    let entries = weights.numel();
    let swap = |x: &Tensor| x.f_transpose(-2, -1).ok();
    if left == side && product.left.numel() == entries {
        return Some(Output {
            node,
            weights_side: side,
            value_node: right,
            weights: product.left.shallow_clone(),
            value: swap(&product.right)?,
            output: result,
        });
    }
    (right == side && product.right.numel() == entries).then_some(())?;
    Some(Output {
        node,
        weights_side: side,
        value_node: left,
        weights: product.right.shallow_clone(),
        value: swap(&product.left)?,
        output: swap(&result)?,
    })
}

/// An attention turned so that rows ask and columns answer.
pub struct Turned {
    /// The nodes of the queries and the keys.
    pub nodes: [usize; 2],
    /// Queries `[.., L, E]`.
    pub q: Tensor,
    /// Keys `[.., S, E]`.
    pub k: Tensor,
    /// Their product, `[.., L, S]`.
    pub product: Tensor,
    /// What the softmax was given, `[.., L, S]`.
    pub scores: Tensor,
    /// What it gave, `[.., L, S]`.
    pub weights: Tensor,
    /// Whether the weights were turned round before they weighed the values.
    pub transposed: bool,
}

impl Attention {
    /// Whether the weights weigh something, as the softmax made them.
    pub fn weighs_as_it_is(&self) -> bool {
        let swapped = |x: &Tensor| x.f_transpose(-2, -1).ok();
        self.output.as_ref().is_some_and(|output| {
            let same = |x: &Tensor| close(x, &self.weights.1, self.slack);
            same(&output.weights) || swapped(&output.weights).is_some_and(|turned| same(&turned))
        })
    }

    /// Rows ask: unless the way the values are weighed says that the columns do.
    pub fn turned(&self, graph: &Graph) -> Option<Turned> {
        let product = self.product.value(graph)?;
        let swap = |x: &Tensor| x.f_transpose(-2, -1).ok();
        let (scores, weights) = (&self.scores.1, &self.weights.1);
        let columns_ask = self.output.as_ref().is_some_and(|output| {
            let same = |x: &Tensor| close(x, &output.weights, self.slack);
            !same(weights) && swap(weights).is_some_and(|turned| same(&turned))
        });
        let over_columns = super::numbers::sums_to_one(weights, -2, self.slack)
            && !super::numbers::sums_to_one(weights, -1, self.slack);
        let turn = columns_ask && over_columns;
        let [left, right] = self.product.sides;
        let (q, k) = (&self.product.left, &self.product.right);
        Some(Turned {
            nodes: if turn { [right, left] } else { [left, right] },
            q: if turn { k.shallow_clone() } else { q.shallow_clone() },
            k: if turn { q.shallow_clone() } else { k.shallow_clone() },
            product: if turn { swap(&product)? } else { product },
            scores: if turn { swap(scores)? } else { scores.shallow_clone() },
            weights: if turn { swap(weights)? } else { weights.shallow_clone() },
            transposed: columns_ask && !turn,
        })
    }
}
