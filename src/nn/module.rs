//! What all modules have in common: torch's `nn.Module`.

use std::borrow::Cow;

use tch::{Device, Kind, Tensor};

use super::problems::Problems;
use super::{Buffer, repr};
use crate::libtorch::{clear_grad, is_same};
use crate::{Result, StateDict};

/// torch's `nn.Module`: what a module is made of, and everything that follows from it.
///
/// [`module!`](crate::module!) declares a module; nobody writes this trait's four required functions by hand.
///
/// ```
/// use atencion::nn::{Forward, Linear, LinearConfig, Module, Path, module};
/// use tch::{Device, Tensor};
///
/// module! {
///     /// Two maps, one after the other.
///     pub struct Mlp(width: i64) {
///         pub c_fc: Linear = LinearConfig::new(width, 4 * width),
///         pub c_proj: Linear = LinearConfig::new(4 * width, width),
///     }
/// }
///
/// impl Forward for Mlp {
///     fn forward(&self, x: &Tensor) -> atencion::Result<Tensor> {
///         self.c_proj.forward(&self.c_fc.forward(x)?.f_gelu("none")?)
///     }
/// }
///
/// let mlp = Mlp::new(Path::root(Device::Cpu), 8)?;
/// assert_eq!(mlp.num_parameters(), 8 * 32 + 32 + 32 * 8 + 8);
/// assert_eq!(mlp.named_parameters()[2].0, "c_proj.weight");
/// assert_eq!(mlp.to_string(), "\
/// Mlp(
///   (c_fc): Linear(in_features=8, out_features=32, bias=True)
///   (c_proj): Linear(in_features=32, out_features=8, bias=True)
/// )");
/// # Ok::<(), atencion::Error>(())
/// ```
pub trait Module {
    /// Parameters, buffers and children under torch's names, in the order in which torch registers them.
    fn parts(&self) -> Parts<'_>;

    /// Whether the module is in training mode (dropout acts) or in evaluation mode.
    fn training(&self) -> bool;

    /// Sets training mode (`true`) or evaluation mode (`false`), in this module and in its children.
    fn train(&mut self, mode: bool);

    /// The module as one of any type.
    fn as_module(&self) -> &dyn Module;

    /// The class, as `print(model)` names it.
    fn name(&self) -> String {
        let name = std::any::type_name::<Self>();
        let name = name.split('<').next().unwrap_or(name);
        name.rsplit("::").next().unwrap_or(name).to_owned()
    }

    /// The options that `print(model)` shows in brackets.
    fn extra_repr(&self) -> String {
        String::new()
    }

    /// How `print(model)` shows it.
    fn repr(&self) -> String {
        repr::of(self.as_module())
    }

    /// Evaluation mode: `train(false)`.
    fn eval(&mut self) {
        self.train(false);
    }

    /// The children under their names.
    fn named_children(&self) -> Vec<(String, &dyn Module)> {
        let children = self.parts().children.into_iter();
        children.map(|(name, child)| (name.into_owned(), child)).collect()
    }

    /// This module (under the name `""`), its children and theirs.
    fn named_modules(&self) -> Vec<(String, &dyn Module)> {
        let mut modules = Vec::new();
        collect("", self.as_module(), &mut modules);
        modules
    }

    /// The parameters under torch's names, in the order of torch's `named_parameters()`. They are the module's very
    /// tensors. A tied one comes once, under its first name.
    fn named_parameters(&self) -> Vec<(String, Tensor)> {
        once(all_parameters(self.as_module()))
    }

    /// The parameters without their names, as an optimiser takes them: a tied one once.
    fn parameters(&self) -> Vec<Tensor> {
        self.named_parameters().into_iter().map(|(_, parameter)| parameter).collect()
    }

    /// The buffers under torch's names, each once.
    fn named_buffers(&self) -> Vec<(String, Tensor)> {
        let buffers = all_buffers(self.as_module()).into_iter();
        once(buffers.map(|(name, buffer)| (name, buffer.shallow_clone())).collect())
    }

    /// How many numbers the parameters hold: a tied one counts once.
    fn num_parameters(&self) -> i64 {
        self.parameters().iter().map(|parameter| parameter.numel() as i64).sum()
    }

    /// Parameters and persistent buffers as a [`StateDict`]: detached, sharing storage with the module's. As in
    /// torch, a tied parameter is there under each of its names.
    fn state_dict(&self) -> StateDict {
        let state = state(self.as_module()).into_iter();
        state.map(|(name, tensor)| (name, tensor.detach())).collect()
    }

    /// Copies the values of `state` into the module, as torch's `load_state_dict(strict=True)`, and stricter: kinds
    /// must agree too. Everything is checked before anything is copied.
    ///
    /// # Errors
    /// Names every missing, unexpected, misshapen and wrongly typed tensor, all at once.
    fn load_state_dict(&mut self, state_dict: &StateDict) -> Result<()> {
        let tensors = state(self.as_module());
        let mut problems = Problems::default();
        for (name, tensor) in &tensors {
            match state_dict.get(name) {
                Some(given) => {
                    problems.compare(name, given, &tensor.size(), tensor.kind());
                }
                None => problems.missing(name),
            }
        }
        let known = |name: &str| tensors.iter().any(|(known, _)| known == name);
        state_dict.names().filter(|name| !known(name)).for_each(|name| problems.unexpected(name));
        problems.into_result(&self.name())?;
        let _no_grad = tch::no_grad_guard();
        for (name, mut tensor) in tensors {
            if let Some(given) = state_dict.get(&name) {
                tensor.f_copy_(given)?;
            }
        }
        Ok(())
    }

    /// Moves the module to `device`, and its floating-point tensors to `kind` if one is given: torch's
    /// `module.to(device, dtype)`. The parameters stay the same tensors, so that ties and optimisers hold.
    ///
    /// # Errors
    /// When the device is not there or lacks memory, or `kind` is not floating point.
    fn to(&mut self, device: Device, kind: Option<Kind>) -> Result<()> {
        if let Some(kind) = kind.filter(|kind| !is_floating(*kind)) {
            let kind = super::dtype_name(kind);
            return Err(crate::Error::kind_mismatch(format!(
                "a module only takes floating-point kinds, but got {kind}"
            )));
        }
        let _no_grad = tch::no_grad_guard();
        for (_, tensor) in self.named_parameters().into_iter().chain(self.named_buffers()) {
            move_to(&tensor, device, kind)?;
            let grad = tensor.grad();
            if grad.defined() {
                move_to(&grad, device, kind)?;
            }
        }
        Ok(())
    }

    /// Whether gradients are wanted for the parameters, all of them: torch's `requires_grad_(..)`.
    ///
    /// # Errors
    /// When libtorch refuses.
    fn requires_grad_(&mut self, requires_grad: bool) -> Result<()> {
        for parameter in self.parameters() {
            let _ = parameter.f_set_requires_grad(requires_grad)?;
        }
        Ok(())
    }

    /// Takes the parameters' gradients away: torch's `zero_grad(set_to_none=True)`.
    ///
    /// # Errors
    /// When libtorch refuses.
    fn zero_grad(&mut self) -> Result<()> {
        self.parameters().iter().try_for_each(clear_grad)
    }
}

/// A module of one tensor in and one tensor out, such as `Linear`, a norm or an encoder.
pub trait Forward: Module + Send {
    /// Computes the module.
    ///
    /// # Errors
    /// When shape or kind do not fit.
    fn forward(&self, input: &Tensor) -> Result<Tensor>;
}

/// What a [`Module`] is made of, each part under its own name.
#[derive(Default)]
pub struct Parts<'a> {
    /// Trained tensors.
    pub parameters: Vec<(Cow<'static, str>, &'a Tensor)>,
    /// Tensors that are not trained.
    pub buffers: Vec<(Cow<'static, str>, &'a Buffer)>,
    /// Modules.
    pub children: Vec<(Cow<'static, str>, &'a dyn Module)>,
}

impl std::fmt::Display for dyn Module + '_ {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.repr())
    }
}

impl std::fmt::Debug for dyn Forward + '_ {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.repr())
    }
}

/// A child behind a pointer is that child.
impl<M: Module + ?Sized> Module for Box<M> {
    fn parts(&self) -> Parts<'_> {
        (**self).parts()
    }

    fn training(&self) -> bool {
        (**self).training()
    }

    fn train(&mut self, mode: bool) {
        (**self).train(mode);
    }

    fn as_module(&self) -> &dyn Module {
        (**self).as_module()
    }

    fn name(&self) -> String {
        (**self).name()
    }

    fn extra_repr(&self) -> String {
        (**self).extra_repr()
    }

    fn repr(&self) -> String {
        (**self).repr()
    }
}

impl<F: Forward + ?Sized> Forward for Box<F> {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        (**self).forward(input)
    }
}

fn collect<'a>(name: &str, module: &'a dyn Module, modules: &mut Vec<(String, &'a dyn Module)>) {
    modules.push((name.to_owned(), module));
    for (child_name, child) in module.parts().children {
        collect(&joined(name, &child_name), child, modules);
    }
}

/// `encoder` and `weight` make `encoder.weight`.
fn joined(name: &str, inner: &str) -> String {
    if name.is_empty() { inner.to_owned() } else { format!("{name}.{inner}") }
}

fn all_parameters(module: &dyn Module) -> Vec<(String, Tensor)> {
    let mut parameters = Vec::new();
    for (name, module) in module.named_modules() {
        for (inner, parameter) in module.parts().parameters {
            parameters.push((joined(&name, &inner), parameter.shallow_clone()));
        }
    }
    parameters
}

fn all_buffers(module: &dyn Module) -> Vec<(String, &Buffer)> {
    let mut buffers = Vec::new();
    for (name, module) in module.named_modules() {
        for (inner, buffer) in module.parts().buffers {
            buffers.push((joined(&name, &inner), buffer));
        }
    }
    buffers
}

/// torch's `state_dict(keep_vars=True)`: module by module, parameters before buffers.
fn state(module: &dyn Module) -> Vec<(String, Tensor)> {
    let mut state = Vec::new();
    for (name, module) in module.named_modules() {
        let Parts { parameters, buffers, .. } = module.parts();
        let persistent = buffers.into_iter().filter(|(_, buffer)| buffer.persistent);
        let buffers = persistent.map(|(name, buffer)| (name, &buffer.value));
        for (inner, tensor) in parameters.into_iter().chain(buffers) {
            state.push((joined(&name, &inner), tensor.shallow_clone()));
        }
    }
    state
}

/// torch's `remove_duplicate=True`: of one and the same tensor, the first name.
fn once(tensors: Vec<(String, Tensor)>) -> Vec<(String, Tensor)> {
    let mut kept: Vec<(String, Tensor)> = Vec::with_capacity(tensors.len());
    for (name, tensor) in tensors {
        if !kept.iter().any(|(_, known)| is_same(known, &tensor)) {
            kept.push((name, tensor));
        }
    }
    kept
}

fn is_floating(kind: Kind) -> bool {
    matches!(kind, Kind::Half | Kind::BFloat16 | Kind::Float | Kind::Double)
}

/// torch's `tensor.data = tensor.to(device, kind)`: another value in the same tensor.
fn move_to(tensor: &Tensor, device: Device, kind: Option<Kind>) -> Result<()> {
    let old = tensor.kind();
    let kind = kind.filter(|_| is_floating(old)).unwrap_or(old);
    if (tensor.device(), old) != (device, kind) {
        let moved = tensor.detach().f_to_device(device)?.f_to_kind(kind)?;
        tensor.shallow_clone().f_set_data(&moved)?;
    }
    Ok(())
}
