//! torch's own: the names that a pickle mentions, and its calls, which are described and never made.

use tch::Kind;

use super::super::global::Global;
use super::super::refusal::Refusal;
use super::{EMPTY_TUPLE, Id, Machine, NONE, Node, Result, Storage, TensorPlan, text_at};
use crate::libtorch::bytes::MAX_RANK;

/// `_rebuild_tensor_v3` has as many.
const MAX_ARGUMENTS: usize = 8;

impl Machine<'_> {
    pub(super) fn global(&mut self) -> Result<()> {
        let (module, name) = (self.line()?, self.line()?);
        self.add(Node::Global(Global::find(module, name)?))
    }

    pub(super) fn stack_global(&mut self) -> Result<()> {
        let names = self.pop_many(2)?;
        let text = |id: Id| match self.nodes[id as usize] {
            Node::Str(start, length) => text_at(self.bytes, start, length),
            _ => None,
        };
        match (text(names[0]), text(names[1])) {
            (Some(module), Some(name)) => self.add(Node::Global(Global::find(module, name)?)),
            _ => Err("a name in it is not text".into()),
        }
    }

    /// `('storage', torch.FloatStorage, '0', 'cpu', 12)`
    pub(super) fn persistent(&mut self) -> Result<()> {
        let wrong = || Refusal::odd("storage");
        let id = self.pop()?;
        let Node::Tuple(items) = &self.nodes[id as usize] else { return Err(wrong()) };
        let &[word, kind, key, _, elements] = &items[..] else { return Err(wrong()) };
        let Node::Str(start, length) = self.nodes[word as usize] else { return Err(wrong()) };
        if text_at(self.bytes, start, length) != Some("storage") {
            return Err(wrong());
        }
        let kind = match self.nodes[kind as usize] {
            Node::Global(Global::Storage(kind)) => kind,
            // Its tensors have kinds that are refused by name.
            Node::Global(Global::UntypedStorage) => Kind::Uint8,
            _ => return Err(wrong()),
        };
        let Node::Str(start, length) = self.nodes[key as usize] else { return Err(wrong()) };
        let elements = self.count(elements).ok_or_else(wrong)?;
        let storage = Storage { key: (start, length), kind, elements };
        self.paid(size_of::<Storage>(), Node::Storage(Box::new(storage)))
    }

    pub(super) fn reduce(&mut self) -> Result<()> {
        let popped = self.pop_many(2)?;
        let Node::Global(global) = self.nodes[popped[0] as usize] else {
            return Err("it calls what is not a function".into());
        };
        let Node::Tuple(given) = &self.nodes[popped[1] as usize] else {
            return Err("it calls a function with what is not a tuple".into());
        };
        // No function has more, and a long tuple may be given again and again.
        let mut arguments = [NONE; MAX_ARGUMENTS];
        let arguments = match arguments.get_mut(..given.len()) {
            Some(place) => {
                place.copy_from_slice(given);
                &*place
            }
            None => &[],
        };
        match (global, arguments) {
            (Global::OrderedDict, []) if popped[1] == EMPTY_TUPLE => {
                self.add(Node::OrderedDict(Vec::new()))
            }
            (Global::Size, &[tuple]) if self.counts(tuple).is_some() => self.shared(tuple),
            (Global::RebuildParameter, &[tensor, requires_grad, hooks]) => {
                self.rebuild_parameter(tensor, requires_grad, hooks)
            }
            (Global::RebuildTensor, &[storage, offset, size, stride, requires_grad, hooks]) => {
                self.rebuild_tensor([storage, offset, size, stride], [requires_grad, hooks, NONE])
            }
            (
                Global::RebuildTensor,
                &[storage, offset, size, stride, requires_grad, hooks, bits],
            ) => self.rebuild_tensor([storage, offset, size, stride], [requires_grad, hooks, bits]),
            (Global::RebuildTensorV3, &[_, _, _, _, _, _, dtype, ..]) => {
                match self.nodes[dtype as usize] {
                    Node::Global(Global::Dtype(name)) => Err(Refusal::dtype(name)),
                    _ => Err(Refusal::odd("tensor")),
                }
            }
            _ => {
                Err(format!("it calls {global:?} with arguments that torch.save does not write")
                    .into())
            }
        }
    }

    /// `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks, metadata=None)`
    fn rebuild_tensor(
        &mut self,
        [storage, offset, size, stride]: [Id; 4],
        [requires_grad, hooks, bits]: [Id; 3],
    ) -> Result<()> {
        let wrong = || Refusal::odd("tensor");
        let Node::Storage(storage) = &self.nodes[storage as usize] else { return Err(wrong()) };
        let (conj, neg) = self.bits(bits).ok_or_else(wrong)?;
        self.no_hooks(hooks)?;
        let plan = TensorPlan {
            storage: **storage,
            offset: self.count(offset).ok_or_else(wrong)?,
            size: self.counts(size).ok_or_else(wrong)?,
            stride: self.counts(stride).ok_or_else(wrong)?,
            requires_grad: self.bool(requires_grad).ok_or_else(wrong)?,
            conj,
            neg,
        };
        let heap = 8 * (plan.size.len() + plan.stride.len()) + size_of::<TensorPlan>();
        self.paid(heap, Node::Tensor(Box::new(plan)))
    }

    /// `_rebuild_parameter(data, requires_grad, backward_hooks)`
    fn rebuild_parameter(&mut self, tensor: Id, requires_grad: Id, hooks: Id) -> Result<()> {
        let wrong = || Refusal::odd("parameter");
        self.no_hooks(hooks)?;
        let requires_grad = self.bool(requires_grad).ok_or_else(wrong)?;
        let Node::Tensor(plan) = &self.nodes[tensor as usize] else { return Err(wrong()) };
        // Python makes a new tensor on the same storage, and this must not change the one that was given.
        if plan.requires_grad == requires_grad {
            return self.shared(tensor);
        }
        let plan = TensorPlan { requires_grad, ..TensorPlan::clone(plan) };
        let heap = 8 * (plan.size.len() + plan.stride.len()) + size_of::<TensorPlan>();
        self.paid(heap, Node::Tensor(Box::new(plan)))
    }

    /// The conjugate and the negative bit: `{'conj': True}`. torch writes those that are set, and sets those that are there,
    /// whatever they are worth: `False` would be another number here and there.
    fn bits(&self, metadata: Id) -> Option<(bool, bool)> {
        let items = match &self.nodes[metadata as usize] {
            Node::None => return Some((false, false)),
            node => node.items().filter(|items| items.len() <= 2)?,
        };
        let (mut conj, mut neg) = (false, false);
        for &(key, value) in items {
            let Node::Str(start, length @ 0..=4) = self.nodes[key as usize] else { return None };
            match text_at(self.bytes, start, length)? {
                "conj" => conj = self.bool(value).filter(|&set| set)?,
                "neg" => neg = self.bool(value).filter(|&set| set)?,
                _ => return None,
            }
        }
        Some((conj, neg))
    }

    /// Functions that Python would call on each backward; torch.save itself warns and leaves them out.
    fn no_hooks(&self, hooks: Id) -> Result<()> {
        match &self.nodes[hooks as usize] {
            Node::None => Ok(()),
            node if node.items().is_some_and(<[_]>::is_empty) => Ok(()),
            _ => Err("a tensor in it has backward hooks".into()),
        }
    }

    /// Attributes of an object. A state_dict carries `_metadata`, which holds version numbers and no tensors.
    pub(super) fn build(&mut self) -> Result<()> {
        let attributes = self.pop()?;
        let named = self.nodes[attributes as usize].items().is_some();
        match self.top_mut()? {
            Node::OrderedDict(_) if named => Ok(()),
            _ => Err("it sets attributes as no state_dict does".into()),
        }
    }

    fn count(&self, id: Id) -> Option<u64> {
        match self.nodes[id as usize] {
            Node::Int(value) => u64::try_from(value).ok(),
            _ => None,
        }
    }

    fn bool(&self, id: Id) -> Option<bool> {
        match self.nodes[id as usize] {
            Node::Bool(value) => Some(value),
            _ => None,
        }
    }

    fn counts(&self, id: Id) -> Option<Box<[u64]>> {
        match &self.nodes[id as usize] {
            Node::Tuple(items) if items.len() <= MAX_RANK => {
                items.iter().map(|&item| self.count(item)).collect()
            }
            _ => None,
        }
    }
}
