//! Where a module's parameters come from: fresh, in a `VarStore`, or given in a state_dict.

mod given;
mod names;

use std::cell::RefCell;
use std::fmt;
use std::ops::Div;
use std::rc::Rc;

use tch::{Device, Kind, Tensor, nn};

use self::given::Given;
use self::names::{Taken, already, wrong_name};
use super::{Buffer, Lora, Packed};
use crate::libtorch::PackedWeight;
use crate::{Error, Result};

/// A place in a model, from which a module takes its parameters while it is built.
///
/// It is a value: `&p / "c_attn"` is the place of the child `c_attn`, `&p / 0` that of the first in a list. The same
/// constructor then serves three sources:
///
/// | made by | parameters are |
/// |---|---|
/// | [`Path::root`]`(device)` | fresh, drawn as PyTorch draws them |
/// | `&vs.root()` of a [`tch::nn::VarStore`] | fresh, and registered there |
/// | [`StateDict::build`](crate::StateDict::build) | the given tensors; their storage is shared |
///
/// ```
/// use atencion::nn::{Linear, LinearConfig, Module, Path};
/// use tch::Device;
///
/// let p = Path::root(Device::Cpu);
/// let fresh = Linear::new(&p / "c_fc", LinearConfig::new(4, 16))?;
/// let state = fresh.state_dict();
/// let given = state.build("", |p| Linear::new(p, LinearConfig::new(4, 16)))?;
/// assert_eq!(given.weight, fresh.weight);
/// # Ok::<(), atencion::Error>(())
/// ```
#[derive(Clone)]
pub struct Path<'a> {
    source: Source<'a>,
    /// `""`, or the names down to here, each with its dot: `h.0.attn.`
    prefix: String,
    kind: Option<Kind>,
    draws: bool,
    /// A name on the way here that no module can have.
    wrong: Option<String>,
    /// Parameters of this place that are other modules' tensors.
    tied: Vec<(&'static str, Rc<Tensor>)>,
    /// Whether what is built here says how likely each token is.
    gives_logits: bool,
}

#[derive(Clone)]
enum Source<'a> {
    Fresh { device: Device, taken: Rc<RefCell<Taken>> },
    Store { path: nn::Path<'a>, taken: Rc<RefCell<Taken>> },
    Given(Rc<Given<'a>>),
}

impl Path<'static> {
    /// Where a model begins: fresh parameters of kind `Float` on `device`.
    pub fn root(device: Device) -> Self {
        Self::of(Source::Fresh { device, taken: Rc::default() }, Some(Kind::Float))
    }
}

impl<'a> Path<'a> {
    fn of(source: Source<'a>, kind: Option<Kind>) -> Self {
        let draws = !matches!(source, Source::Given(_));
        Self {
            source,
            prefix: String::new(),
            kind,
            draws,
            wrong: None,
            tied: Vec::new(),
            gives_logits: false,
        }
    }

    /// The same place, its parameters and those below of another kind; `None` changes nothing.
    #[must_use]
    pub fn with_kind(mut self, kind: impl Into<Option<Kind>>) -> Self {
        self.kind = kind.into().or(self.kind);
        self
    }

    /// The same place, whose parameters and those below are left as libtorch allocated them: they are to be
    /// overwritten.
    #[must_use]
    pub fn without_drawing(mut self) -> Self {
        self.draws = false;
        self
    }

    /// The same place, whose parameter `name` is another module's tensor: torch's `lm_head.weight = wte.weight`.
    ///
    /// A state_dict may then lack it; if it has it, the values must be the same. Fresh, the module is built on a
    /// tensor of its own that takes the draws it takes in Python, and is dropped when the module's field is assigned:
    /// [`Linear::tied`](super::Linear::tied) does both.
    #[must_use]
    pub fn tied(mut self, name: &'static str, tensor: &Tensor) -> Self {
        self.tied.push((name, Rc::new(tensor.shallow_clone())));
        self
    }

    /// The same place, where the linear map stands that says how likely each token is: see
    /// [`WeightFormat::Int4`](crate::libtorch::WeightFormat::Int4).
    #[must_use]
    pub(crate) fn for_logits(mut self) -> Self {
        self.gives_logits = true;
        self
    }

    /// Whether a module built here is to draw its parameters now. Given ones are not drawn, nor are copies.
    pub fn draws(&self) -> bool {
        self.draws
    }

    /// A linear map's weight `[out, in]` of this place packed, where that is what the state_dict is for.
    ///
    /// # Errors
    /// When the weight is not on the CPU.
    pub(crate) fn pack(&self, weight: &Tensor) -> Result<Packed> {
        let Source::Given(given) = &self.source else { return Ok(Packed::default()) };
        let Some(packing) = given.state.packing() else { return Ok(Packed::default()) };
        let format = match self.gives_logits {
            true => packing.format.for_logits(),
            false => packing.format,
        };
        Ok(Packed(Some(match packing.forgets_pages {
            true => PackedWeight::of_file(weight, format)?,
            false => PackedWeight::new(weight, format)?,
        })))
    }

    /// What a linear map of this place learns beside its weight, where that is what the state_dict is for; `sizes` are
    /// those of its input and output.
    ///
    /// # Errors
    /// When its numbers cannot be, or it has one of its two matrices only.
    pub(crate) fn lora(&self, weight: &Tensor, sizes: [i64; 2]) -> Result<Option<Lora>> {
        let Source::Given(given) = &self.source else { return Ok(None) };
        let module = self.prefix.trim_end_matches('.');
        let config = given.state.adapter().map(|adapter| &adapter.config);
        let config = config.filter(|config| config.targets(module));
        config.map(|config| Lora::new(self, config, weight, sizes)).transpose()
    }

    /// The parameter called `name` if the state_dict has it.
    pub(super) fn given(&self, name: &str, shape: &[i64]) -> Result<Option<Tensor>> {
        let full = format!("{}{name}", self.prefix);
        let has = matches!(&self.source, Source::Given(given) if given.has(&full));
        has.then(|| self.parameter(name, shape)).transpose()
    }

    /// Whether what is built here computes in float32 on packed weights, whatever the kind of the others is.
    pub(crate) fn is_packed(&self) -> bool {
        matches!(&self.source, Source::Given(given) if given.state.packing().is_some())
    }

    /// The device of the parameters: a state_dict's first tensor says it.
    pub fn device(&self) -> Device {
        match &self.source {
            Source::Fresh { device, .. } => *device,
            Source::Store { path, .. } => path.device(),
            Source::Given(given) => {
                given.state.iter().next().map_or(Device::Cpu, |(_, tensor)| tensor.device())
            }
        }
    }

    /// The kind of the parameters; `None` where a state_dict's tensors have not said it yet.
    pub fn kind(&self) -> Option<Kind> {
        match &self.source {
            Source::Given(given) => self.kind.or(*given.kind.borrow()),
            _ => self.kind,
        }
    }

    /// The parameter called `name` of this module: torch's `Parameter(torch.empty(shape))` if fresh.
    ///
    /// # Errors
    /// When the name is taken, empty or has a dot, here or on the way here. What a state_dict lacks is said by
    /// [`StateDict::build`](crate::StateDict::build), all at once.
    pub fn parameter(&self, name: &str, shape: &[i64]) -> Result<Tensor> {
        let full = self.take(name)?;
        let tied = self.tied.iter().find(|(tied, _)| *tied == name).map(|(_, tensor)| tensor);
        match &self.source {
            Source::Given(given) => given.parameter(&full, shape, self.kind, tied.map(|t| &**t)),
            Source::Store { path, .. } if tied.is_none() => {
                Ok(path.add(name, self.empty(shape)?, true))
            }
            _ => self.empty(shape),
        }
    }

    /// The parameter called `name` if the module has it.
    ///
    /// # Errors
    /// As [`parameter`](Self::parameter).
    pub fn optional(&self, has: bool, name: &str, shape: &[i64]) -> Result<Option<Tensor>> {
        has.then(|| self.parameter(name, shape)).transpose()
    }

    /// The buffer called `name`, `value` if fresh: torch's `register_buffer(name, value, persistent)`. A state_dict
    /// has the persistent ones.
    ///
    /// # Errors
    /// As [`parameter`](Self::parameter).
    pub fn buffer(&self, name: &str, value: Tensor, persistent: bool) -> Result<Buffer> {
        let full = self.take(name)?;
        let value = match &self.source {
            Source::Given(given) if persistent => given.buffer(&full, value),
            Source::Store { path, .. } if persistent => path.add(name, value, false),
            _ => value,
        };
        Ok(Buffer { value, persistent })
    }

    /// torch's `Parameter(torch.empty(shape))`
    fn empty(&self, shape: &[i64]) -> Result<Tensor> {
        let options = (self.kind.unwrap_or(Kind::Float), self.device());
        Ok(Tensor::f_empty(shape, options)?.f_set_requires_grad(true)?)
    }

    /// Notes that `name` is taken here, and returns it with the names on the way.
    fn take(&self, name: &str) -> Result<String> {
        let wrong = self.wrong.clone().or_else(|| wrong_name(name));
        if let Some(wrong) = wrong {
            return Err(Error::value(wrong)
                .mend("give one name at a time: &(&p / \"encoder\") / \"layers\""));
        }
        let full = format!("{}{name}", self.prefix);
        match &self.source {
            Source::Fresh { taken, .. } => taken.borrow_mut().take(&full, "this model")?,
            Source::Given(given) => given.taken.borrow_mut().take(&full, "this model")?,
            Source::Store { path, .. } if path.get(name).is_some() => {
                return Err(already(&path.path(name), "this VarStore"));
            }
            Source::Store { taken, .. } => taken.borrow_mut().take(&full, "this VarStore")?,
        }
        Ok(full)
    }

    fn child(&self, name: String) -> Self {
        let mut child = self.clone();
        child.tied.clear();
        child.wrong = self.wrong.clone().or_else(|| wrong_name(&name));
        if child.wrong.is_none() {
            if let Source::Store { path, .. } = &mut child.source {
                *path = path.sub(&name);
            }
            child.prefix.push_str(&name);
            child.prefix.push('.');
        }
        child
    }
}

impl fmt::Debug for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Path({:?})", self.prefix.trim_end_matches('.'))
    }
}

impl<'a, N: ToString> Div<N> for &Path<'a> {
    type Output = Path<'a>;

    fn div(self, name: N) -> Path<'a> {
        self.child(name.to_string())
    }
}

impl<'a, N: ToString> Div<N> for Path<'a> {
    type Output = Path<'a>;

    fn div(self, name: N) -> Path<'a> {
        self.child(name.to_string())
    }
}

impl<'a> From<&Path<'a>> for Path<'a> {
    fn from(path: &Path<'a>) -> Self {
        path.clone()
    }
}

impl<'a> From<&nn::Path<'a>> for Path<'a> {
    fn from(path: &nn::Path<'a>) -> Self {
        path.clone().into()
    }
}

impl<'a> From<nn::Path<'a>> for Path<'a> {
    fn from(path: nn::Path<'a>) -> Self {
        let kind = path.kind();
        Self::of(Source::Store { path, taken: Rc::default() }, Some(kind))
    }
}
