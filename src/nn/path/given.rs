//! A module built on the tensors of a state_dict.

use std::cell::RefCell;
use std::rc::Rc;

use tch::{Device, Kind, Tensor};

use super::names::Taken;
use super::{Path, Source};
use crate::nn::problems::Problems;
use crate::{Result, StateDict};

/// The tensors of a state_dict, and what has been asked of them so far.
pub(super) struct Given<'a> {
    pub(super) state: &'a StateDict,
    pub(super) taken: RefCell<Taken>,
    problems: RefCell<Problems>,
    /// Without a kind asked for, the first parameter sets it for the others.
    pub(super) kind: RefCell<Option<Kind>>,
}

impl StateDict {
    /// Builds a module on the tensors whose names start with `prefix` (`""`, `"encoder"` or `"encoder."`), by the
    /// constructor that draws fresh ones. Storage is shared, so gradients land in these tensors.
    ///
    /// ```
    /// # use atencion::nn::{LayerNorm, LayerNormConfig};
    /// # use atencion::{StateDict, tensor};
    /// # let state: StateDict = [("ln_f.weight".to_string(), tensor![1.0, 2.0]), ("ln_f.bias".to_string(), tensor![0.0, 0.0])].into_iter().collect();
    /// let ln_f = state.build("ln_f", |p| LayerNorm::new(p, LayerNormConfig::new(&[2])))?;
    /// # Ok::<(), atencion::Error>(())
    /// ```
    ///
    /// # Errors
    /// Names every tensor that is missing, unexpected, misshapen or of another kind, all at once; and what the
    /// constructor refuses.
    pub fn build<M>(
        &self,
        prefix: &str,
        constructor: impl FnOnce(&Path<'_>) -> Result<M>,
    ) -> Result<M> {
        let prefix = match prefix {
            "" => String::new(),
            other => format!("{}.", other.trim_end_matches('.')),
        };
        let given = Rc::new(Given {
            state: self,
            taken: RefCell::default(),
            problems: RefCell::default(),
            kind: RefCell::default(),
        });
        let root = Path { prefix, ..Path::of(Source::Given(Rc::clone(&given)), None) };
        let module = constructor(&root)?;
        let mut problems = given.problems.take();
        let inside = self.names().filter(|name| name.starts_with(&root.prefix));
        for name in inside.filter(|name| !given.taken.borrow().has(name)) {
            problems.unexpected(name);
        }
        let learned = self.adapter().into_iter().flat_map(|adapter| adapter.weights.names());
        for name in learned.filter(|name| !given.taken.borrow().has(name)) {
            problems.unexpected(name);
        }
        problems.into_result("the module")?;
        Ok(module)
    }
}

impl Given<'_> {
    /// The tensor of that name: an adapter's before the model's.
    fn get(&self, name: &str) -> Option<&Tensor> {
        let adapter = self.state.adapter();
        adapter.and_then(|adapter| adapter.weights.get(name)).or_else(|| self.state.get(name))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(super) fn parameter(
        &self,
        name: &str,
        shape: &[i64],
        kind: Option<Kind>,
        tied: Option<&Tensor>,
    ) -> Result<Tensor> {
        let mut problems = self.problems.borrow_mut();
        let Some(tensor) = self.get(name) else {
            if tied.is_none() {
                problems.missing(name);
            }
            return Ok(tied.map_or_else(|| placeholder(shape), Tensor::shallow_clone));
        };
        // Packed weights are of no kind of tensor's: there what is kept beside them may be of any.
        let packed = self.state.packing().is_some();
        let wanted = match kind {
            None if packed => tensor.kind(),
            _ => kind.unwrap_or_else(|| *self.kind.borrow_mut().get_or_insert(tensor.kind())),
        };
        if !problems.compare(name, tensor, shape, wanted) {
            return Ok(placeholder(shape));
        }
        if tied.is_some_and(|tied| tied.size() == shape && !tied.equal(tensor)) {
            problems.disagrees(name);
        }
        // They are multiplied with float32, and so a bias and what a norm has are float32.
        match tied {
            None if packed && shape.len() < 2 => Ok(tensor.f_to_kind(Kind::Float)?),
            _ => Ok(tied.unwrap_or(tensor).shallow_clone()),
        }
    }

    pub(super) fn buffer(&self, name: &str, value: Tensor) -> Tensor {
        let mut problems = self.problems.borrow_mut();
        let given = self.state.get(name);
        let widened =
            given.filter(|_| self.state.packing().is_some()).map(|t| t.to_kind(value.kind()));
        match widened.as_ref().or(given) {
            Some(tensor) if problems.compare(name, tensor, &value.size(), value.kind()) => {
                tensor.shallow_clone()
            }
            Some(_) => value,
            None => {
                problems.missing(name);
                value
            }
        }
    }
}

/// What a constructor may go on with where a tensor is missing: the right shape, and no memory behind it.
fn placeholder(shape: &[i64]) -> Tensor {
    Tensor::zeros([0i64; 0], (Kind::Float, Device::Cpu)).expand(shape, false)
}
