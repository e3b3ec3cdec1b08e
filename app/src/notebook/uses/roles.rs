//! Q, K and V that have changed places: only their names tell, where all three have one.

use tch::Kind;

use super::super::inputs::Role;
use super::super::lines::trace::Input;
use super::find::{Attention, Turned};
use super::graph::{Does, Graph};
use super::numbers::distance;

/// What a tensor is called for, by the names on its way; nothing where it has the names of several: `f(x, x, x)`.
fn role(graph: &Graph, node: usize) -> Option<(Role, usize)> {
    let mut found = None;
    for (at, _) in graph.roots(node) {
        for role in graph.names(at).iter().filter_map(|name| Role::of_name(name)) {
            match found {
                None => found = Some((role, at)),
                Some((known, _)) if known == role => {}
                Some(_) => return None,
            }
        }
    }
    found
}

/// Those that are in each other's place.
pub fn mistakes(
    graph: &Graph,
    attention: &Attention,
    turned: &Turned,
) -> Vec<(&'static str, usize)> {
    let mut found = Vec::new();
    let [q, k] = turned.nodes.map(|node| role(graph, node));
    let v = attention.output.as_ref().and_then(|output| role(graph, output.value_node));
    // Another tensor of that role, of that shape, was there to be taken.
    let there = |role: Role, like: usize| {
        let shape = graph.node(like).map(|node| &node.shape);
        let until = attention.product.node;
        let scope = graph.node(until).and_then(|node| node.function.as_deref());
        graph.trace.names.iter().any(|named| {
            named.node < until
                && named.function.as_deref() == scope
                && Role::of_name(&named.name) == Some(role)
                && graph.node(named.node).map(|node| &node.shape) == shape
        })
    };
    let product = attention.product.node;
    if let (Some((q, q_at)), Some((k, k_at))) = (q, k) {
        let name = match (q, k) {
            (Role::K, Role::Q) => Some("q-k-reversed"),
            (Role::Q, Role::Q) if there(Role::K, k_at) => Some("q-with-itself"),
            (Role::K, Role::K) if there(Role::Q, q_at) => Some("k-with-itself"),
            (Role::Q, Role::V) if there(Role::K, k_at) => Some("v-for-k"),
            _ => None,
        };
        found.extend(name.map(|name| (name, product)));
    }
    if let (Some((v, v_at)), Some(output)) = (v, &attention.output) {
        let name = match v {
            Role::K if there(Role::V, v_at) => Some("weights-times-k"),
            Role::Q if there(Role::V, v_at) => Some("weights-times-q"),
            _ => None,
        };
        found.extend(name.map(|name| (name, output.node)));
    }
    let values = attention.output.as_ref().map(|output| output.value_node);
    let inputs = turned.nodes.into_iter().chain(values);
    found.extend(
        inputs.filter_map(|at| truncated(graph, at)).map(|at| ("integer-inputs", at)).take(1),
    );
    if let Some(at) = reread(graph, attention) {
        found.push(("view-for-transpose", at));
    }
    found
}

/// A literal whose numbers had digits after the point, and that is of whole numbers.
fn truncated(graph: &Graph, at: usize) -> Option<usize> {
    graph.roots(at).into_iter().map(|(at, _)| at).find(|at| {
        let Some(node) = graph.node(*at) else { return false };
        let whole =
            node.kind.is_some_and(|kind| matches!(kind, Kind::Int64 | Kind::Int | Kind::Int16));
        let written = node.inputs.iter().find_map(|(_, input)| match input {
            Input::Given(text) if text.starts_with('[') => Some(text),
            _ => None,
        });
        let fractions = |text: &String| {
            let numbers = text.split(|c: char| !c.is_ascii_digit() && c != '.' && c != '-');
            numbers
                .filter_map(|number| number.parse::<f64>().ok())
                .any(|number| number.fract() != 0.0)
        };
        let cast = graph.does(*at) == Does::Cast
            && graph.parents(*at).first().is_some_and(|before| {
                let lost = graph.value(*before).zip(graph.value(*at));
                lost.is_some_and(|(before, after)| distance(before, after) > 1e-6)
            });
        whole
            && (cast
                || (matches!(graph.word(*at), "tensor" | "array")
                    && written.is_some_and(fractions)))
    })
}

/// A view that has the transpose's shape, and reads the numbers in the old order.
fn reread(graph: &Graph, attention: &Attention) -> Option<usize> {
    let right = attention.product.sides[1];
    graph.roots(right).into_iter().map(|(at, _)| at).find(|at| {
        let is_view = matches!(graph.word(*at), "view" | "reshape");
        let after = graph.node(*at).map(|node| node.shape.as_slice());
        let before = graph.parents(*at).first().and_then(|at| graph.node(*at));
        let before = before.map(|node| node.shape.as_slice());
        match (is_view, before, after) {
            (true, Some([rest @ .., m, n]), Some([same @ .., a, b])) => {
                rest == same && (m, n) == (b, a) && m != n && *m > 1 && *n > 1
            }
            _ => false,
        }
    })
}
