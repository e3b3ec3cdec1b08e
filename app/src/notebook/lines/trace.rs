//! Where each tensor came from: the operation, and the tensors it was given.

use tch::{Kind, Tensor};

use super::ast::At;

/// Nodes beyond these are not noted: a training loop makes millions.
const MOST_NODES: usize = 200_000;
/// A tensor of up to so many numbers is copied into its node.
const LARGEST_COPY: usize = 1 << 18;
/// The bytes of all copies together.
const MOST_BYTES: usize = 128 << 20;

/// The tensors of a run in the order in which they were made.
#[derive(Debug, Default)]
pub struct Trace {
    /// The nodes.
    pub nodes: Vec<Node>,
    /// Which names were bound to which nodes, in order.
    pub names: Vec<Named>,
    /// Whether there was more than is noted.
    pub cut: bool,
    bytes: usize,
}

/// A tensor when it was made, or changed in place.
#[derive(Debug)]
pub struct Node {
    /// What made it: `torch.softmax`, `Tensor.view`, `@`, `[]`, `[]=`, `torch.nn.Linear`.
    pub op: String,
    /// What it was given, by parameter name (`input`, `dim`), tensors as nodes.
    pub inputs: Vec<(String, Input)>,
    /// Where.
    pub at: At,
    /// The notebook's function or method that was running.
    pub function: Option<String>,
    /// Its shape.
    pub shape: Vec<i64>,
    /// Its kind.
    pub kind: Option<Kind>,
    /// Its numbers at that time, unless they are too many.
    pub value: Option<Tensor>,
    /// Drawn without `manual_seed`: Python would draw others each time.
    pub unseeded: bool,
}

/// What an operation was given.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A tensor: its node.
    Tensor(usize),
    /// Several tensors.
    Tensors(Vec<usize>),
    /// Anything else, as Python writes it.
    Given(String),
}

/// A name bound to a tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The name; `self.w` for an attribute.
    pub name: String,
    /// The node.
    pub node: usize,
    /// Where.
    pub at: At,
    /// The notebook's function that was running.
    pub function: Option<String>,
}

/// The node of tensors that came after the trace was full.
pub const UNTRACED: usize = usize::MAX;

impl Trace {
    /// Notes a tensor; its node.
    pub fn push(&mut self, mut node: Node, tensor: &Tensor) -> usize {
        if self.nodes.len() >= MOST_NODES {
            self.cut = true;
            return UNTRACED;
        }
        node.shape = tensor.size();
        node.kind = tensor.f_kind().ok();
        let bytes = tensor.numel() * node.kind.map_or(0, Kind::elt_size_in_bytes);
        // Weights that are drawn tell little and are large.
        let drawn = node.inputs.is_empty() && node.op.starts_with("torch.nn.");
        let largest = if drawn { LARGEST_COPY >> 4 } else { LARGEST_COPY };
        if tensor.numel() <= largest && self.bytes + bytes <= MOST_BYTES {
            node.value = copy(tensor);
            self.bytes += bytes;
        }
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// Room for the copies of another run's tensors, once.
    pub fn make_room(&mut self) {
        self.bytes = 0;
    }

    /// The node of that number.
    pub fn get(&self, node: usize) -> Option<&Node> {
        self.nodes.get(node)
    }

    /// The nodes that an operation was given.
    pub fn parents(&self, node: usize) -> Vec<usize> {
        let inputs = self.get(node).map_or(&[][..], |node| &node.inputs);
        let of = |input: &Input| match input {
            Input::Tensor(node) => vec![*node],
            Input::Tensors(nodes) => nodes.clone(),
            Input::Given(_) => Vec::new(),
        };
        inputs.iter().flat_map(|(_, input)| of(input)).collect()
    }

    /// Whether running the notebook again would give the same numbers: nothing that it came from was drawn unseeded.
    pub fn is_reproducible(&self, node: usize) -> bool {
        let mut seen = std::collections::HashSet::new();
        let mut open = vec![node];
        while let Some(at) = open.pop() {
            let Some(found) = self.get(at) else { return false };
            if found.unseeded {
                return false;
            }
            open.extend(self.parents(at).into_iter().filter(|parent| seen.insert(*parent)));
        }
        true
    }

    /// The nodes that were given this one.
    pub fn uses(&self, node: usize) -> Vec<usize> {
        let later = node.saturating_add(1)..self.nodes.len();
        later.filter(|&user| self.parents(user).contains(&node)).collect()
    }
}

fn copy(tensor: &Tensor) -> Option<Tensor> {
    let _no_grad = tch::no_grad_guard();
    let mut kept = tensor.f_detach().ok()?;
    // Later changes in place must not reach the copy.
    kept = kept.f_copy_to_new().ok()?;
    Some(kept)
}

/// A copy of its own.
trait CopyToNew {
    fn f_copy_to_new(&self) -> Result<Tensor, tch::TchError>;
}

impl CopyToNew for Tensor {
    fn f_copy_to_new(&self) -> Result<Tensor, tch::TchError> {
        let mut new = self.f_empty_like()?;
        new.f_copy_(self)?;
        Ok(new)
    }
}
