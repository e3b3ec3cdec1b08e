//! Parameters, their options and their state: what all optimisers have in common.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;
use tch::{Device, Kind, Tensor};

use super::state::Options;
use crate::libtorch::clear_grad;
use crate::{Error, Result, StateDict};

/// torch's `param_groups[g]`: parameters that share their options.
#[derive(Debug)]
pub struct ParamGroup<C> {
    /// The parameters.
    pub params: Vec<Tensor>,
    /// Learning rate and the rest; may be changed between steps.
    pub config: C,
    /// What a schedule notes here, under torch's names: `initial_lr`, `max_lr`, …
    pub(super) schedule: IndexMap<&'static str, f64>,
    /// By parameter; empty until its first step.
    pub(super) state: Vec<StateDict>,
}

/// One of an optimiser's `param_groups`, whichever optimiser it is: what a schedule or a loop reads and changes.
///
/// ```
/// use atencion::optim::{Optimizer, Sgd, SgdConfig};
///
/// let mut optimizer = Sgd::new(vec![], SgdConfig { lr: 0.1, momentum: 0.9, ..Default::default() })?;
/// for group in optimizer.param_groups_mut() {
///     group.set_lr(group.lr() * 0.5); // group["lr"] *= 0.5
/// }
/// assert_eq!(optimizer.param_groups[0].config.lr, 0.05);
/// assert_eq!(optimizer.param_groups()[0].momentum(), 0.9);
/// # Ok::<(), atencion::Error>(())
/// ```
pub trait Group {
    /// The parameters.
    fn params(&self) -> &[Tensor];

    /// Learning rate.
    fn lr(&self) -> f64;

    /// Changes the learning rate.
    fn set_lr(&mut self, lr: f64);

    /// SGD's momentum, Adam's first beta.
    fn momentum(&self) -> f64;

    /// Changes SGD's momentum, Adam's first beta.
    fn set_momentum(&mut self, momentum: f64);

    /// Whether [`momentum`](Self::momentum) is the first of two betas.
    fn uses_beta1(&self) -> bool;

    /// A schedule's own note in the group: `initial_lr`, and for a [`OneCycleLR`](super::lr_scheduler::OneCycleLR)
    /// `max_lr`, `min_lr`, `max_momentum` and `base_momentum`. The optimiser saves it with the options, as torch does.
    fn note(&self, name: &str) -> Option<f64>;

    /// Notes a number for the schedule.
    fn set_note(&mut self, name: &'static str, value: f64);
}

impl<C: Options> Group for ParamGroup<C> {
    fn params(&self) -> &[Tensor] {
        &self.params
    }

    fn lr(&self) -> f64 {
        self.config.lr()
    }

    fn set_lr(&mut self, lr: f64) {
        self.config.set("lr", &[lr]);
    }

    fn momentum(&self) -> f64 {
        self.config.momentum()
    }

    fn set_momentum(&mut self, momentum: f64) {
        self.config.set_momentum(momentum);
    }

    fn uses_beta1(&self) -> bool {
        self.config.values().iter().any(|(name, _)| *name == "betas")
    }

    fn note(&self, name: &str) -> Option<f64> {
        self.schedule.get(name).copied()
    }

    fn set_note(&mut self, name: &'static str, value: f64) {
        self.schedule.insert(name, value);
    }
}

impl<C: Options> ParamGroup<C> {
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

/// torch's `add_param_group`.
pub(super) fn add<C: Options>(
    groups: &mut Vec<ParamGroup<C>>,
    params: Vec<Tensor>,
    config: C,
) -> Result<()> {
    config.check()?;
    params.iter().enumerate().try_for_each(|(at, param)| check(at, param))?;
    check_each_once(groups, &params)?;
    let state = params.iter().map(|_| StateDict::new()).collect();
    groups.push(ParamGroup { params, config, schedule: IndexMap::new(), state });
    Ok(())
}

/// Takes the gradients away. tch's own `zero_grad` fills them with zeros, which an optimiser with momentum or weight
/// decay treats differently from none at all.
pub(super) fn zero_grad(groups: &[&dyn Group]) -> Result<()> {
    groups.iter().flat_map(|group| group.params()).try_for_each(clear_grad)
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

/// A tied parameter stepped twice would move twice as far. torch refuses it in two groups and warns within one.
fn check_each_once<C>(groups: &[ParamGroup<C>], params: &[Tensor]) -> Result<()> {
    let known = groups.iter().flat_map(|group| &group.params);
    let known: HashSet<_> = known.filter_map(identity).collect();
    let mut own = HashMap::new();
    for (at, param) in params.iter().enumerate() {
        let Some(identity) = identity(param) else { continue };
        if known.contains(&identity) {
            let what = "some parameters appear in more than one parameter group";
            return Err(Error::value(format!(
                "{what}: number {at} of the new group is in another"
            ))
            .mend("give each parameter to one group, a tied one too"));
        }
        if let Some(first) = own.insert(identity, at) {
            let what = "a parameter group with duplicate parameters";
            return Err(Error::value(format!("{what}: {first} and {at} are the same tensor"))
                .mend("give a tied parameter once, as module.parameters() does"));
        }
    }
    Ok(())
}

/// Two handles on one parameter have the same; tensors without elements, which have no storage, none.
fn identity(param: &Tensor) -> Option<(usize, Vec<i64>, Vec<i64>)> {
    let address = param.data_ptr() as usize;
    (param.numel() > 0).then(|| (address, param.size(), param.stride()))
}

fn check(at: usize, param: &Tensor) -> Result<()> {
    match param.f_kind()? {
        Kind::Half | Kind::BFloat16 | Kind::Float | Kind::Double => Ok(()),
        other => {
            Err(Error::kind_mismatch(format!("parameter {at} is {other:?}, not floating point")))
        }
    }
}
