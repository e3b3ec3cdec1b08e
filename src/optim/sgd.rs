//! `torch.optim.SGD`.

use tch::Tensor;

use super::Optimizer;
use super::groups::{self, Group, ParamGroup, clone};
use super::state::{self, Options};
use crate::libtorch::{add, add_};
use crate::tensor::times_;
use crate::{Error, Result, StateDict};

/// The options of [`Sgd`]; `default()` has torch's defaults.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SgdConfig {
    /// Learning rate.
    pub lr: f64,
    /// How slowly the running sum of gradients forgets; 0 keeps none.
    pub momentum: f64,
    /// How much of a new gradient is left out of the sum.
    pub dampening: f64,
    /// How much the weights shrink (L2).
    pub weight_decay: f64,
    /// Whether to look one step ahead (Nesterov).
    pub nesterov: bool,
    /// Whether to climb instead of descending.
    pub maximize: bool,
}

impl Default for SgdConfig {
    fn default() -> Self {
        Self {
            lr: 1e-3,
            momentum: 0.0,
            dampening: 0.0,
            weight_decay: 0.0,
            nesterov: false,
            maximize: false,
        }
    }
}

/// Stochastic gradient descent, with momentum if asked for.
///
/// Source: [torch.optim.SGD](https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html).
#[derive(Debug)]
pub struct Sgd {
    /// Parameters with their options.
    pub param_groups: Vec<ParamGroup<SgdConfig>>,
}

impl Sgd {
    /// On the parameters of a module, all with the same options.
    ///
    /// # Errors
    /// When an option is out of its range, or a parameter is not floating point.
    pub fn new(params: Vec<Tensor>, config: SgdConfig) -> Result<Self> {
        let mut param_groups = Vec::new();
        groups::add(&mut param_groups, params, config)?;
        Ok(Self { param_groups })
    }

    /// Further parameters, with options of their own.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn add_param_group(&mut self, params: Vec<Tensor>, config: SgdConfig) -> Result<()> {
        groups::add(&mut self.param_groups, params, config)
    }
}

impl Optimizer for Sgd {
    fn step(&mut self) -> Result<()> {
        self.param_groups.iter_mut().try_for_each(|group| group.update(single_tensor_sgd))
    }

    fn param_groups(&self) -> Vec<&dyn Group> {
        self.param_groups.iter().map(|group| group as &dyn Group).collect()
    }

    fn param_groups_mut(&mut self) -> Vec<&mut dyn Group> {
        self.param_groups.iter_mut().map(|group| group as &mut dyn Group).collect()
    }

    fn state_dict(&self) -> StateDict {
        state::save(&self.param_groups)
    }

    fn load_state_dict(&mut self, state: &StateDict) -> Result<()> {
        state::load(&mut self.param_groups, state)
    }
}

/// `torch/optim/sgd.py`, `_single_tensor_sgd`, line by line.
fn single_tensor_sgd(
    param: &Tensor,
    grad: Tensor,
    state: &mut StateDict,
    config: &SgdConfig,
) -> Result<()> {
    let &SgdConfig { lr, momentum, dampening, weight_decay, nesterov, maximize } = config;
    let mut grad = if maximize { grad.f_neg()? } else { grad };
    if weight_decay != 0.0 {
        grad = add(&grad, param, weight_decay)?;
    }
    if momentum != 0.0 {
        let buf = match state.get("momentum_buffer") {
            None => clone(&grad.f_detach()?)?,
            Some(buf) => {
                times_(buf, momentum)?;
                add_(buf, &grad, 1.0 - dampening)?
            }
        };
        state.insert("momentum_buffer", buf.shallow_clone());
        grad = if nesterov { add(&grad, &buf, momentum)? } else { buf };
    }
    let _ = add_(param, &grad, -lr)?;
    Ok(())
}

impl Options for SgdConfig {
    fn check(&self) -> Result<()> {
        let Self { lr, momentum, dampening, weight_decay, nesterov, .. } = *self;
        for (what, value) in [
            ("learning rate", lr),
            ("momentum value", momentum),
            ("weight_decay value", weight_decay),
        ] {
            if value.is_nan() || value < 0.0 {
                return Err(
                    Error::value(format!("Invalid {what}: {value}")).mend("it should be 0 or more")
                );
            }
        }
        if nesterov && (momentum <= 0.0 || dampening != 0.0) {
            let what = "Nesterov momentum requires a momentum and zero dampening";
            return Err(Error::value(format!(
                "{what}, but momentum={momentum} and dampening={dampening}"
            )));
        }
        Ok(())
    }

    fn values(&self) -> Vec<(&'static str, Vec<f64>)> {
        vec![
            ("lr", vec![self.lr]),
            ("momentum", vec![self.momentum]),
            ("dampening", vec![self.dampening]),
            ("weight_decay", vec![self.weight_decay]),
            ("nesterov", vec![f64::from(self.nesterov)]),
            ("maximize", vec![f64::from(self.maximize)]),
        ]
    }

    fn set(&mut self, name: &str, values: &[f64]) {
        match (name, values) {
            ("lr", &[lr]) => self.lr = lr,
            ("momentum", &[momentum]) => self.momentum = momentum,
            ("dampening", &[dampening]) => self.dampening = dampening,
            ("weight_decay", &[decay]) => self.weight_decay = decay,
            ("nesterov", &[flag]) => self.nesterov = flag != 0.0,
            ("maximize", &[flag]) => self.maximize = flag != 0.0,
            _ => {}
        }
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn momentum(&self) -> f64 {
        self.momentum
    }

    fn set_momentum(&mut self, momentum: f64) {
        self.momentum = momentum;
    }

    fn state_names(&self) -> Vec<&'static str> {
        if self.momentum == 0.0 { Vec::new() } else { vec!["momentum_buffer"] }
    }
}
