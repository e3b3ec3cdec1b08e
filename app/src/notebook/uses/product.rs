//! Products in one form, however they were written: rows `[.., a, e]` times the rows of the other side `[.., b, e]`.

use tch::{Kind, Tensor};

use super::super::lines::trace::Input;
use super::graph::Graph;

/// A product.
pub struct Product {
    /// Its node.
    pub node: usize,
    /// The nodes of both sides.
    pub sides: [usize; 2],
    /// The left side, `[.., a, e]`.
    pub left: Tensor,
    /// The right side, `[.., b, e]`.
    pub right: Tensor,
    /// The order of dimensions that puts what was computed into `[.., a, b]`; `None`: it is so.
    order: Option<Vec<i64>>,
    /// The sizes as they were computed.
    raw: Vec<i64>,
    /// The product, where no single node has it.
    computed: Option<Tensor>,
}

impl Product {
    /// The product that this node is.
    pub fn of(graph: &Graph, at: usize) -> Option<Self> {
        let node = graph.node(at)?;
        if graph.word(at) == "einsum" {
            return Self::of_einsum(graph, at);
        }
        let tensors: Vec<usize> = node
            .inputs
            .iter()
            .filter_map(|(_, input)| match input {
                Input::Tensor(node) => Some(*node),
                _ => None,
            })
            .collect();
        let [left, right, ..] = tensors[..] else { return None };
        let value = |at: usize| graph.value(at)?.f_to_kind(Kind::Double).ok();
        let (mut a, mut b) = (value(left)?, value(right)?);
        if a.dim() == 0 || b.dim() == 0 {
            return None;
        }
        let inner = graph.word(at) == "inner";
        if a.dim() == 1 {
            a = a.f_unsqueeze(0).ok()?;
        }
        b = match b.dim() {
            1 => b.f_unsqueeze(0).ok()?,
            _ if inner => b,
            _ => b.f_transpose(-2, -1).ok()?,
        };
        Some(Self {
            node: at,
            sides: [left, right],
            left: a,
            right: b,
            order: None,
            raw: node.shape.clone(),
            computed: None,
        })
    }

    /// The product of two tensors that a loop multiplies row by row, into the layout of `like`.
    pub fn by_rows(graph: &Graph, like: usize, sides: [usize; 2]) -> Option<Self> {
        let value = |at: usize| graph.value(at)?.f_to_kind(Kind::Double).ok();
        let [left, right] = [value(sides[0])?, value(sides[1])?];
        let computed = left.f_matmul(&right.f_transpose(-2, -1).ok()?).ok()?;
        let raw = graph.node(like)?.shape.clone();
        (computed.size() == raw).then_some(())?;
        Some(Self { node: like, sides, left, right, order: None, raw, computed: Some(computed) })
    }

    /// `'bhid,bhjd->bhij'`: one letter summed over, one of each side's own, the others shared.
    fn of_einsum(graph: &Graph, at: usize) -> Option<Self> {
        let node = graph.node(at)?;
        let text = node.inputs.iter().find_map(|(_, input)| match input {
            Input::Given(text) => Some(text.replace(['\'', '"', ' '], "")),
            _ => None,
        })?;
        let (from, to) = text.split_once("->")?;
        let (a, b) = from.split_once(',')?;
        let nodes = node.inputs.iter().find_map(|(_, input)| match input {
            Input::Tensors(nodes) => Some(nodes.clone()),
            _ => None,
        });
        let nodes = nodes.unwrap_or_else(|| graph.parents(at));
        let [left, right] = nodes[..] else { return None };
        let all = |letters: &str| letters.chars().all(|c| c.is_ascii_alphabetic());
        if !all(a) || !all(b) || !all(to) {
            return None;
        }
        let one = |has: &dyn Fn(char) -> bool, of: &str| {
            let mut found = of.chars().filter(|c| has(*c));
            found.next().filter(|_| found.next().is_none())
        };
        let summed = one(&|c| b.contains(c) && !to.contains(c), a)?;
        let own_a = one(&|c| !b.contains(c) && to.contains(c), a)?;
        let own_b = one(&|c| !a.contains(c) && to.contains(c), b)?;
        let shared: String = to.chars().filter(|c| *c != own_a && *c != own_b).collect();
        let order = |letters: &str, of: &str| -> Option<Vec<i64>> {
            (letters.len() == of.len())
                .then(|| letters.chars().map(|c| of.find(c).map(|i| i as i64)).collect())?
        };
        let sorted = |at: usize, letters: String, of: &str| {
            let order = order(&letters, of)?;
            graph.value(at)?.f_to_kind(Kind::Double).ok()?.f_permute(&order).ok()
        };
        Some(Self {
            node: at,
            sides: [left, right],
            left: sorted(left, format!("{shared}{own_a}{summed}"), a)?,
            right: sorted(right, format!("{shared}{own_b}{summed}"), b)?,
            order: Some(order(&format!("{shared}{own_a}{own_b}"), to)?),
            raw: node.shape.clone(),
            computed: None,
        })
    }

    /// A tensor that has the product's layout, as `[.., a, b]`.
    pub fn sorted(&self, value: &Tensor) -> Option<Tensor> {
        let value = value.f_to_kind(Kind::Double).ok()?;
        let fits =
            |a: &[i64], b: &[i64]| a.iter().filter(|n| **n != 1).eq(b.iter().filter(|n| **n != 1));
        let size = value.size();
        let value = match () {
            () if size == self.raw => value,
            () if fits(&size, &self.raw) => value.f_reshape(&self.raw).ok()?,
            // `scores.T` before the softmax.
            () if size.len() == self.raw.len() && size.len() > 1 => {
                let swapped = value.f_transpose(-2, -1).ok()?;
                if swapped.size() != self.raw {
                    return None;
                }
                swapped
            }
            () => return None,
        };
        match &self.order {
            Some(order) => value.f_permute(order).ok(),
            None => {
                let a = self.left.size();
                let b = self.right.size();
                let mut want = value.size();
                let vectors = want.len() < 2 || want.len() < a.len().max(b.len());
                if vectors {
                    want = a[..a.len() - 1].to_vec();
                    want.push(b[b.len() - 2]);
                }
                value.f_reshape(&want).ok()
            }
        }
    }

    /// A product whose sides were put together here, in the layout of that node.
    pub fn of_parts(
        node: usize,
        sides: [usize; 2],
        left: Tensor,
        right: Tensor,
        raw: Vec<i64>,
    ) -> Option<Self> {
        let computed = left.f_matmul(&right.f_transpose(-2, -1).ok()?).ok()?;
        Some(Self { node, sides, left, right, order: None, raw, computed: Some(computed) })
    }

    /// A part of it, computed here.
    pub fn part(&self, left: Tensor, right: Tensor, raw: Vec<i64>, computed: Tensor) -> Self {
        let (node, sides) = (self.node, self.sides);
        Self { node, sides, left, right, order: None, raw, computed: Some(computed) }
    }

    /// The product itself, as `[.., a, b]`.
    pub fn value(&self, graph: &Graph) -> Option<Tensor> {
        match &self.computed {
            Some(computed) => Some(computed.shallow_clone()),
            None => self.sorted(graph.value(self.node)?),
        }
    }
}
