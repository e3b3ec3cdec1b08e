//! What all modules have in common: parameters by name, and a training flag.

use tch::Tensor;

use super::parameters::Problems;
use crate::{Result, StateDict};

/// torch's `nn.Module`, as far as parameters and the training flag go.
pub trait Module {
    /// The parameters under torch's names, in the order of torch's `state_dict()`. The tensors share storage with
    /// the module's.
    fn named_parameters(&self) -> Vec<(String, Tensor)>;

    /// Whether the module is in training mode (dropout acts) or in evaluation mode.
    fn training(&self) -> bool;

    /// Sets training mode (`true`) or evaluation mode (`false`), in this module and in its children.
    fn train(&mut self, mode: bool);

    /// Evaluation mode: `train(false)`.
    fn eval(&mut self) {
        self.train(false);
    }

    /// The parameters without their names, as an optimiser takes them.
    fn parameters(&self) -> Vec<Tensor> {
        self.named_parameters().into_iter().map(|(_, parameter)| parameter).collect()
    }

    /// The parameters as a [`StateDict`]: detached, sharing storage with the module's.
    fn state_dict(&self) -> StateDict {
        let mut state = StateDict::new();
        for (name, parameter) in self.named_parameters() {
            state.insert(name, parameter.detach());
        }
        state
    }

    /// Copies the values of `state` into the parameters, as torch's `load_state_dict(strict=True)`, and stricter:
    /// kinds must agree too. Everything is checked before anything is copied.
    ///
    /// # Errors
    /// Names every missing, unexpected, misshapen and wrongly typed tensor, all at once.
    fn load_state_dict(&mut self, state: &StateDict) -> Result<()> {
        let parameters = self.named_parameters();
        let mut problems = Problems::default();
        for (name, parameter) in &parameters {
            match state.get(name) {
                Some(tensor) => problems.compare(name, tensor, &parameter.size(), parameter.kind()),
                None => problems.missing(name),
            }
        }
        for name in state.names().filter(|name| !parameters.iter().any(|(known, _)| known == name))
        {
            problems.unexpected(name);
        }
        problems.into_result(short_type_name::<Self>())?;
        let _no_grad = tch::no_grad_guard();
        for (name, mut parameter) in parameters {
            if let Some(tensor) = state.get(&name) {
                parameter.f_copy_(tensor)?;
            }
        }
        Ok(())
    }
}

/// A module of one tensor in and one tensor out, such as `Linear` or a norm.
pub trait Forward: Module + std::fmt::Debug + Send {
    /// Computes the module.
    ///
    /// # Errors
    /// When shape or kind do not fit.
    fn forward(&self, input: &Tensor) -> Result<Tensor>;
}

/// `Linear` for `atencion::nn::linear::Linear`.
fn short_type_name<T: ?Sized>() -> &'static str {
    let name = std::any::type_name::<T>();
    let name = name.split('<').next().unwrap_or(name);
    name.rsplit("::").next().unwrap_or(name)
}

/// A child's parameters under the child's name: `weight` becomes `out_proj.weight`.
pub(crate) fn child_parameters<M: Module + ?Sized>(
    name: &str,
    child: &M,
) -> impl Iterator<Item = (String, Tensor)> + use<M> {
    let parameters = child.named_parameters().into_iter();
    let name = name.to_owned();
    parameters.map(move |(inner, parameter)| (format!("{name}.{inner}"), parameter))
}

/// The parameters a module has itself; those that it does without (`None`) are left out.
pub(crate) fn own_parameters(parameters: &[(&str, Option<&Tensor>)]) -> Vec<(String, Tensor)> {
    let named = parameters.iter().filter_map(|(name, parameter)| Some((*name, (*parameter)?)));
    named.map(|(name, parameter)| (name.to_owned(), parameter.shallow_clone())).collect()
}
