//! Parameters, their options and their state: what all optimisers have in common.

use tch::{COptimizer, Device, Kind, Tensor};

use super::state::Options;
use crate::{Error, Result, StateDict};

/// torch's `param_groups[g]`: parameters that share their options.
#[derive(Debug)]
pub struct ParamGroup<C> {
    /// The parameters.
    pub params: Vec<Tensor>,
    /// Learning rate and the rest; may be changed between steps.
    pub config: C,
    /// By parameter; empty until its first step.
    pub(super) state: Vec<StateDict>,
}

impl<C: Options> ParamGroup<C> {
    pub(super) fn new(params: Vec<Tensor>, config: C) -> Result<Self> {
        config.check()?;
        params.iter().enumerate().try_for_each(|(at, param)| check(at, param))?;
        let state = params.iter().map(|_| StateDict::new()).collect();
        Ok(Self { params, config, state })
    }

    /// Calls `update` with each parameter that has a gradient, the gradient and the state.
    pub(super) fn update(
        &mut self,
        update: impl Fn(&Tensor, Tensor, &mut StateDict, &C) -> Result<()>,
    ) -> Result<()> {
        let _no_grad = tch::no_grad_guard();
        for (param, state) in self.params.iter().zip(&mut self.state) {
            let grad = param.grad();
            if !grad.defined() {
                continue;
            }
            if grad.is_sparse() {
                let what =
                    "the gradient of a parameter is sparse, which this optimizer does not support";
                return Err(
                    Error::value(what).mend("set sparse to false in the embedding's config")
                );
            }
            update(param, grad, state, &self.config)?;
        }
        Ok(())
    }
}

/// Takes the gradients away. tch's own `zero_grad` fills them with zeros, which an optimiser with momentum or weight
/// decay treats differently from none at all; libtorch's optimisers know how to.
pub(super) fn zero_grad<C>(groups: &[ParamGroup<C>]) -> Result<()> {
    let mut remover = COptimizer::sgd(0.0, 0.0, 0.0, 0.0, false)?;
    for param in groups.iter().flat_map(|group| &group.params) {
        remover.add_parameters(param, 0)?;
    }
    Ok(remover.zero_grad()?)
}

/// The tensor of that name, made by `fresh` the first time. Another handle on the same storage.
pub(super) fn state_or(
    state: &mut StateDict,
    name: &str,
    fresh: impl FnOnce() -> std::result::Result<Tensor, tch::TchError>,
) -> Result<Tensor> {
    if let Some(tensor) = state.get(name) {
        return Ok(tensor.shallow_clone());
    }
    let tensor = fresh()?;
    state.insert(name, tensor.shallow_clone());
    Ok(tensor)
}

/// torch's `tensor.clone()`.
pub(super) fn clone(tensor: &Tensor) -> Result<Tensor> {
    let mut copy = tensor.f_zeros_like()?;
    copy.f_copy_(tensor)?;
    Ok(copy)
}

/// torch's `step`: a `float32` on the CPU, wherever the parameter is.
pub(super) fn step_tensor() -> std::result::Result<Tensor, tch::TchError> {
    Tensor::f_zeros([0i64; 0], (Kind::Float, Device::Cpu))
}

fn check(at: usize, param: &Tensor) -> Result<()> {
    match param.f_kind()? {
        Kind::Half | Kind::BFloat16 | Kind::Float | Kind::Double => Ok(()),
        other => {
            Err(Error::kind_mismatch(format!("parameter {at} is {other:?}, not floating point")))
        }
    }
}
