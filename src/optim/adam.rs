//! `torch.optim.Adam`, and `AdamW`, which is an Adam that decays the weights apart from the gradient.

use std::hint::black_box;
use std::ops::{Deref, DerefMut};

use tch::Tensor;

use super::Optimizer;
use super::groups::{self, Group, ParamGroup, state_or, step_tensor};
use super::state::{self, Options};
use crate::libtorch::{add, addcdiv_, addcmul_};
use crate::tensor::times_;
use crate::{Error, Result, StateDict};

/// The options of [`Adam`]; `default()` has torch's defaults. [`AdamW`] has its own [`defaults`](AdamW::defaults).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamConfig {
    /// Learning rate.
    pub lr: f64,
    /// How slowly the running averages of the gradient and of its square forget.
    pub betas: (f64, f64),
    /// Added to the denominator.
    pub eps: f64,
    /// How much the weights shrink: in Adam as a part of the gradient (L2), in AdamW on their own.
    pub weight_decay: f64,
    /// Whether to divide by the largest average of squares so far.
    pub amsgrad: bool,
    /// Whether to climb instead of descending.
    pub maximize: bool,
    /// Whether the weights shrink on their own, as in AdamW, instead of through the gradient.
    pub decoupled_weight_decay: bool,
}

impl Default for AdamConfig {
    fn default() -> Self {
        Self {
            lr: 1e-3,
            betas: (0.9, 0.999),
            eps: 1e-8,
            weight_decay: 0.0,
            amsgrad: false,
            maximize: false,
            decoupled_weight_decay: false,
        }
    }
}

/// Adam: the step of each weight is its average gradient over the root of its average squared gradient.
///
/// ```
/// use atencion::optim::{Adam, AdamConfig, Optimizer};
/// use tch::{Kind, Tensor};
///
/// let w = Tensor::from(3.0f32).set_requires_grad(true);
/// let mut optimizer = Adam::new(vec![w.shallow_clone()], AdamConfig { lr: 0.1, ..Default::default() })?;
/// for _ in 0..200 {
///     optimizer.zero_grad()?;
///     w.square().backward();
///     optimizer.step()?;
/// }
/// assert!(w.double_value(&[]).abs() < 0.01);
/// # Ok::<(), atencion::Error>(())
/// ```
///
/// Source: [torch.optim.Adam](https://docs.pytorch.org/docs/stable/generated/torch.optim.Adam.html);
/// [Kingma & Ba 2015](https://arxiv.org/abs/1412.6980), algorithm 1.
#[derive(Debug)]
pub struct Adam {
    /// Parameters with their options.
    pub param_groups: Vec<ParamGroup<AdamConfig>>,
}

impl Adam {
    /// On the parameters of a module, all with the same options.
    ///
    /// # Errors
    /// When an option is out of its range, or a parameter is not floating point.
    pub fn new(params: Vec<Tensor>, config: AdamConfig) -> Result<Self> {
        let mut param_groups = Vec::new();
        groups::add(&mut param_groups, params, config)?;
        Ok(Self { param_groups })
    }

    /// Further parameters, with options of their own.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn add_param_group(&mut self, params: Vec<Tensor>, config: AdamConfig) -> Result<()> {
        groups::add(&mut self.param_groups, params, config)
    }
}

impl Optimizer for Adam {
    fn step(&mut self) -> Result<()> {
        self.param_groups.iter_mut().try_for_each(|group| group.update(single_tensor_adam))
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

/// [`Adam`] whose weight decay shrinks the weights directly, instead of going through the averages.
///
/// ```
/// use atencion::optim::{AdamConfig, AdamW};
///
/// let config = AdamConfig { lr: 3e-4, ..AdamW::defaults() };
/// let optimizer = AdamW::new(vec![], config)?;
/// assert_eq!(optimizer.param_groups[0].config.weight_decay, 0.01);
/// # Ok::<(), atencion::Error>(())
/// ```
///
/// Source: [torch.optim.AdamW](https://docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html);
/// [Loshchilov & Hutter 2019](https://arxiv.org/abs/1711.05101).
#[derive(Debug)]
pub struct AdamW(Adam);

impl AdamW {
    /// torch's defaults: Adam's, with a weight decay of 0.01 that is decoupled.
    pub fn defaults() -> AdamConfig {
        AdamConfig { weight_decay: 1e-2, decoupled_weight_decay: true, ..AdamConfig::default() }
    }

    /// On the parameters of a module, all with the same options. `decoupled_weight_decay` is always on.
    ///
    /// # Errors
    /// When an option is out of its range, or a parameter is not floating point.
    pub fn new(params: Vec<Tensor>, config: AdamConfig) -> Result<Self> {
        Adam::new(params, decoupled(config)).map(Self)
    }

    /// Further parameters, with options of their own: biases without decay, say.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn add_param_group(&mut self, params: Vec<Tensor>, config: AdamConfig) -> Result<()> {
        self.0.add_param_group(params, decoupled(config))
    }
}

fn decoupled(config: AdamConfig) -> AdamConfig {
    AdamConfig { decoupled_weight_decay: true, ..config }
}

impl Deref for AdamW {
    type Target = Adam;

    fn deref(&self) -> &Adam {
        &self.0
    }
}

impl DerefMut for AdamW {
    fn deref_mut(&mut self) -> &mut Adam {
        &mut self.0
    }
}

impl Optimizer for AdamW {
    fn step(&mut self) -> Result<()> {
        self.0.step()
    }

    fn param_groups(&self) -> Vec<&dyn Group> {
        self.0.param_groups()
    }

    fn param_groups_mut(&mut self) -> Vec<&mut dyn Group> {
        self.0.param_groups_mut()
    }

    fn state_dict(&self) -> StateDict {
        self.0.state_dict()
    }

    /// As in torch, an AdamW stays one, whatever the state was saved by.
    fn load_state_dict(&mut self, state: &StateDict) -> Result<()> {
        self.0.load_state_dict(state)?;
        let groups = self.0.param_groups.iter_mut();
        groups.for_each(|group| group.config.decoupled_weight_decay = true);
        Ok(())
    }
}

/// `torch/optim/adam.py`, `_single_tensor_adam`, line by line.
fn single_tensor_adam(
    param: &Tensor,
    grad: Tensor,
    state: &mut StateDict,
    config: &AdamConfig,
) -> Result<()> {
    let &AdamConfig { lr, betas: (beta1, beta2), eps, weight_decay, amsgrad, maximize, .. } =
        config;
    let mut step_t = state_or(state, "step", step_tensor)?;
    let mut exp_avg = state_or(state, "exp_avg", || param.f_zeros_like())?;
    let exp_avg_sq = state_or(state, "exp_avg_sq", || param.f_zeros_like())?;
    let mut grad = if maximize { grad.f_neg()? } else { grad };

    let _ = step_t.f_add_scalar_(1)?;
    if weight_decay != 0.0 {
        if config.decoupled_weight_decay {
            times_(param, 1.0 - lr * weight_decay)?;
        } else {
            grad = add(&grad, param, weight_decay)?;
        }
    }

    let _ = exp_avg.f_lerp_(&grad, 1.0 - beta1)?;
    times_(&exp_avg_sq, beta2)?;
    addcmul_(&exp_avg_sq, &grad, &grad, 1.0 - beta2)?;

    let step = step_t.f_double_value(&[])?;
    let bias_correction1 = 1.0 - beta1.powf(step);
    let bias_correction2 = 1.0 - beta2.powf(step);
    let step_size = lr / bias_correction1;
    // Python calls pow here. Seeing the constant, the compiler would call sqrt, which may differ in the last bit.
    let bias_correction2_sqrt = bias_correction2.powf(black_box(0.5));

    let squares = if amsgrad {
        let max_exp_avg_sq = state_or(state, "max_exp_avg_sq", || param.f_zeros_like())?;
        max_exp_avg_sq.f_maximum_out(&max_exp_avg_sq, &exp_avg_sq)?
    } else {
        exp_avg_sq
    };
    let denom = squares.f_sqrt()?.f_div_scalar(bias_correction2_sqrt)?.f_add_scalar_(eps)?;
    addcdiv_(param, &exp_avg, &denom, -step_size)?;
    Ok(())
}

impl Options for AdamConfig {
    fn check(&self) -> Result<()> {
        let Self { lr, betas, eps, weight_decay, .. } = *self;
        let unit = 0.0..1.0;
        for (what, value, fits) in [
            ("learning rate", lr, lr >= 0.0),
            ("epsilon value", eps, eps >= 0.0),
            ("beta parameter at index 0", betas.0, unit.contains(&betas.0)),
            ("beta parameter at index 1", betas.1, unit.contains(&betas.1)),
            ("weight_decay value", weight_decay, weight_decay >= 0.0),
        ] {
            if !fits {
                let range = if what.starts_with("beta") { "in [0, 1)" } else { "0 or more" };
                return Err(Error::value(format!("Invalid {what}: {value}"))
                    .mend(format!("it should be {range}")));
            }
        }
        Ok(())
    }

    fn values(&self) -> Vec<(&'static str, Vec<f64>)> {
        vec![
            ("lr", vec![self.lr]),
            ("betas", vec![self.betas.0, self.betas.1]),
            ("eps", vec![self.eps]),
            ("weight_decay", vec![self.weight_decay]),
            ("amsgrad", vec![f64::from(self.amsgrad)]),
            ("maximize", vec![f64::from(self.maximize)]),
            ("decoupled_weight_decay", vec![f64::from(self.decoupled_weight_decay)]),
        ]
    }

    fn set(&mut self, name: &str, values: &[f64]) {
        match (name, values) {
            ("lr", &[lr]) => self.lr = lr,
            ("betas", &[beta1, beta2]) => self.betas = (beta1, beta2),
            ("eps", &[eps]) => self.eps = eps,
            ("weight_decay", &[decay]) => self.weight_decay = decay,
            ("amsgrad", &[flag]) => self.amsgrad = flag != 0.0,
            ("maximize", &[flag]) => self.maximize = flag != 0.0,
            ("decoupled_weight_decay", &[flag]) => self.decoupled_weight_decay = flag != 0.0,
            _ => {}
        }
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn momentum(&self) -> f64 {
        self.betas.0
    }

    fn set_momentum(&mut self, momentum: f64) {
        self.betas.0 = momentum;
    }

    fn state_names(&self) -> Vec<&'static str> {
        let names = ["step", "exp_avg", "exp_avg_sq"].into_iter();
        names.chain(self.amsgrad.then_some("max_exp_avg_sq")).collect()
    }
}
