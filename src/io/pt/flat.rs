//! A nested checkpoint as flat names.

use super::pickle::{Graph, Id, Node, TensorPlan};

/// Dicts and lists in one another, in a checkpoint.
const MAX_DEPTH: usize = 16;

pub(super) enum Leaf<'g> {
    Tensor(&'g TensorPlan),
    /// One number (`true`) or a list of them, as `float64`.
    Numbers(Vec<f64>, bool),
}

/// Walks dicts and lists; `None` and strings are left out. Shared values are visited each time, so that every
/// leaf is paid for.
pub(super) fn flatten<'g>(
    graph: &'g Graph,
    id: Id,
    name: String,
    depth: usize,
    allowance: &mut u64,
    leaves: &mut Vec<(String, Leaf<'g>)>,
) -> std::result::Result<(), String> {
    if depth > MAX_DEPTH {
        return Err(format!("more than {MAX_DEPTH} dicts in one another"));
    }
    let mut pay = |bytes: usize| {
        *allowance = allowance.checked_sub(bytes as u64).ok_or("it repeats itself without end")?;
        Ok::<(), String>(())
    };
    pay(name.len() + size_of::<(String, Leaf)>())?;
    if let Some(number) = number(graph.node(id)) {
        leaves.push((name, Leaf::Numbers(vec![number], true)));
        return Ok(());
    }
    let inside =
        |key: &str| if name.is_empty() { key.to_string() } else { format!("{name}.{key}") };
    match graph.node(id) {
        Node::Tensor(plan) => leaves.push((name, Leaf::Tensor(plan))),
        Node::Dict(items) | Node::OrderedDict(items) => {
            for &(key, value) in items {
                let key = match graph.node(key) {
                    Node::Int(key) => key.to_string(),
                    _ => graph
                        .text(key)
                        .ok_or("a key in it is neither text nor integer")?
                        .to_string(),
                };
                flatten(graph, value, inside(&key), depth + 1, allowance, leaves)?;
            }
        }
        Node::List(_) | Node::Tuple(_) => {
            let items = match graph.node(id) {
                Node::List(items) => &items[..],
                Node::Tuple(items) => &items[..],
                _ => &[],
            };
            pay(8 * items.len())?;
            let numbers: Option<Vec<f64>> =
                items.iter().map(|&item| number(graph.node(item))).collect();
            match numbers {
                Some(numbers) => leaves.push((name, Leaf::Numbers(numbers, false))),
                None => {
                    for (index, &item) in items.iter().enumerate() {
                        let name = inside(&index.to_string());
                        flatten(graph, item, name, depth + 1, allowance, leaves)?;
                    }
                }
            }
        }
        _ => {}
    }
    Ok(())
}

fn number(node: &Node) -> Option<f64> {
    match *node {
        Node::Bool(value) => Some(f64::from(value)),
        Node::Int(value) => Some(value as f64),
        Node::Float(value) => Some(value),
        _ => None,
    }
}
