//! The trace as a graph: what an operation is in attention's eyes, and the way from one tensor to another.

use std::collections::HashMap;

use tch::{Kind, Tensor};

use super::super::lines::trace::{Input, Node, Trace};

/// What an operation does, as far as attention cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    /// The same numbers in another shape or order.
    View,
    /// The same numbers in another dtype, or a copy of them.
    Cast,
    /// A product of matrices or vectors.
    Product,
    /// A softmax, whole.
    Softmax,
    /// Drops some.
    Dropout,
    /// Rounds.
    Round,
    /// Adds, multiplies, fills: anything number by number.
    Pointwise,
    /// torch's own attention.
    Attention,
    /// Anything else.
    Other,
}

/// A trace, with what is asked of it again and again.
pub struct Graph<'a> {
    /// The nodes.
    pub trace: &'a Trace,
    children: Vec<Vec<usize>>,
    names: HashMap<usize, Vec<&'a str>>,
}

impl<'a> Graph<'a> {
    /// The graph of a trace.
    pub fn new(trace: &'a Trace) -> Self {
        let mut children = vec![Vec::new(); trace.nodes.len()];
        for node in 0..trace.nodes.len() {
            for parent in trace.parents(node) {
                if let Some(list) = children.get_mut(parent) {
                    list.push(node);
                }
            }
        }
        let mut names: HashMap<usize, Vec<&str>> = HashMap::new();
        for named in &trace.names {
            names.entry(named.node).or_default().push(&named.name);
        }
        Self { trace, children, names }
    }

    /// The node.
    pub fn node(&self, at: usize) -> Option<&'a Node> {
        self.trace.get(at)
    }

    /// Its numbers.
    pub fn value(&self, at: usize) -> Option<&'a Tensor> {
        self.node(at)?.value.as_ref()
    }

    /// The nodes that were given it.
    pub fn children(&self, at: usize) -> &[usize] {
        self.children.get(at).map_or(&[], Vec::as_slice)
    }

    /// The names that were bound to it.
    pub fn names(&self, at: usize) -> &[&'a str] {
        self.names.get(&at).map_or(&[], Vec::as_slice)
    }

    /// What it was made from.
    pub fn parents(&self, at: usize) -> Vec<usize> {
        self.trace.parents(at)
    }

    /// The last word of its operation, without what says that it was done in place.
    pub fn word(&self, at: usize) -> &'a str {
        let op = self.node(at).map_or("", |node| node.op.as_str());
        if !op.starts_with(|c: char| c.is_alphanumeric()) {
            return if op.len() > 1 && op != "[]=" { op.trim_end_matches('=') } else { op };
        }
        op.rsplit('.').next().unwrap_or(op).trim_end_matches('_')
    }

    /// What it does.
    pub fn does(&self, at: usize) -> Does {
        match self.word(at) {
            "view" | "reshape" | "transpose" | "permute" | "t" | "T" | "mT" | "H" | "swapaxes"
            | "swapdims" | "unsqueeze" | "squeeze" | "expand" | "expand_as" | "contiguous"
            | "flatten" | "unflatten" | "movedim" | "moveaxis" | "view_as" | "reshape_as"
            | "ravel" | "expand_dims" | "broadcast_to" | "atleast_2d" => Does::View,
            "clone" | "detach" | "float" | "double" | "half" | "bfloat16" | "to" | "type"
            | "astype" | "from_numpy" | "numpy" | "asarray" | "as_tensor" | "cpu"
            | "requires_grad" | "Parameter" | "type_as" | "copy" | "cuda" | "long" | "int" => {
                Does::Cast
            }
            "tensor" | "array" if !self.parents(at).is_empty() => Does::Cast,
            "@" | "matmul" | "mm" | "bmm" | "einsum" | "dot" | "mv" | "inner" | "vdot" => {
                Does::Product
            }
            "softmax" | "Softmax" | "log_softmax" | "LogSoftmax" | "_softmax" => Does::Softmax,
            "dropout" | "Dropout" => Does::Dropout,
            "round" | "around" | "floor" | "ceil" | "trunc" | "//" => Does::Round,
            "scaled_dot_product_attention"
            | "MultiheadAttention"
            | "TransformerEncoderLayer"
            | "TransformerDecoderLayer"
            | "TransformerEncoder"
            | "TransformerDecoder"
            | "Transformer" => Does::Attention,
            "+" | "-" | "*" | "/" | "add" | "sub" | "mul" | "div" | "multiply" | "divide"
            | "true_divide" | "masked_fill" | "where" | "neg" | "[]=" | "nan_to_num" | "clamp"
            | "subtract" | "exp" | "masked_scatter" | "fill_diagonal" => Does::Pointwise,
            _ => Does::Other,
        }
    }

    /// A number that it was given under that name.
    fn number(&self, input: &Input) -> Option<f64> {
        match input {
            Input::Given(text) => text.trim().parse().ok(),
            Input::Tensor(at) => {
                let value = self.value(*at).filter(|value| value.numel() == 1)?;
                value
                    .f_to_kind(Kind::Double)
                    .ok()?
                    .f_double_value(&[])
                    .ok()
                    .or_else(|| value.f_flatten(0, -1).ok()?.f_double_value(&[0]).ok())
            }
            Input::Tensors(_) => None,
        }
    }

    /// Where it is a tensor times or divided by one number: the tensor and the factor.
    pub fn scaled(&self, at: usize) -> Option<(usize, f64)> {
        let node = self.node(at)?;
        let word = self.word(at);
        if word == "neg" {
            return Some((*self.parents(at).first()?, -1.0));
        }
        let divides = matches!(word, "/" | "div" | "divide" | "true_divide");
        let multiplies = matches!(word, "*" | "mul" | "multiply");
        let [(_, left), (_, right), ..] = node.inputs.as_slice() else { return None };
        let tensor = |input: &Input| match input {
            Input::Tensor(at) => Some(*at),
            _ => None,
        };
        if (divides || multiplies)
            && let (Some(of), Some(number)) = (tensor(left), self.number(right))
        {
            return Some((of, if divides { 1.0 / number } else { number }));
        }
        match (multiplies, self.number(left), tensor(right)) {
            (true, Some(number), Some(of)) => Some((of, number)),
            _ => None,
        }
    }

    /// The way up through views, copies and scalings: every node on it, and the factor up to each.
    pub fn roots(&self, from: usize) -> Vec<(usize, f64)> {
        let mut way = vec![(from, 1.0)];
        let mut factor = 1.0;
        let mut at = from;
        for _ in 0..30 {
            let next = match self.does(at) {
                Does::View | Does::Cast => self.parents(at).first().copied(),
                _ => self.scaled(at).map(|(of, by)| {
                    factor *= by;
                    of
                }),
            };
            let Some(next) = next else { break };
            way.push((next, factor));
            at = next;
        }
        way
    }

    /// Whether one of these words was done on the way from `from` down to `to`, both included.
    pub fn way(&self, from: usize, to: usize) -> Vec<usize> {
        let mut open = vec![vec![to]];
        let mut seen = std::collections::HashSet::new();
        while let Some(path) = open.pop() {
            let at = path[path.len() - 1];
            if at == from {
                return path;
            }
            if path.len() > 40 || seen.len() > 500 {
                continue;
            }
            for parent in self.parents(at) {
                if parent >= from && seen.insert(parent) {
                    open.push([path.as_slice(), &[parent]].concat());
                }
            }
        }
        Vec::new()
    }

    /// Whether it came from that one.
    pub fn comes_from(&self, at: usize, from: usize) -> bool {
        !self.way(from, at).is_empty()
    }
}
