//! `torch.optim.AdamW`.

use tch::Tensor;

use super::{Adam, AdamConfig, Optimizer, ParamGroup};
use crate::{Result, StateDict};

/// [`Adam`] whose weight decay shrinks the weights directly, instead of going through the averages.
///
/// ```
/// use atencion::train::{AdamConfig, AdamW};
///
/// let config = AdamConfig { lr: 3e-4, ..AdamW::defaults() };
/// let optimizer = AdamW::new(vec![], config)?;
/// assert_eq!(optimizer.param_groups()[0].config.weight_decay, 0.01);
/// # Ok::<(), atencion::Error>(())
/// ```
///
/// Source: [torch.optim.AdamW](https://docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html);
/// [Loshchilov & Hutter 2019](https://arxiv.org/abs/1711.05101).
#[derive(Debug)]
pub struct AdamW(Adam);

impl AdamW {
    /// torch's defaults: Adam's, with a weight decay of 0.01.
    pub fn defaults() -> AdamConfig {
        AdamConfig { weight_decay: 1e-2, ..AdamConfig::default() }
    }

    /// On the parameters of a module, all with the same options.
    ///
    /// # Errors
    /// When an option is out of its range, or a parameter is not floating point.
    pub fn new(params: Vec<Tensor>, config: AdamConfig) -> Result<Self> {
        Adam::with_decay(params, config, true).map(Self)
    }

    /// Further parameters, with options of their own: biases without decay, say.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn add_param_group(&mut self, params: Vec<Tensor>, config: AdamConfig) -> Result<()> {
        self.0.add_param_group(params, config)
    }

    /// Parameters with their options.
    pub fn param_groups(&self) -> &[ParamGroup<AdamConfig>] {
        &self.0.param_groups
    }

    /// The same, to change options between steps.
    pub fn param_groups_mut(&mut self) -> &mut [ParamGroup<AdamConfig>] {
        &mut self.0.param_groups
    }
}

impl Optimizer for AdamW {
    fn step(&mut self) -> Result<()> {
        self.0.step()
    }

    fn zero_grad(&mut self) -> Result<()> {
        self.0.zero_grad()
    }

    fn set_lr(&mut self, lr: f64) {
        self.0.set_lr(lr);
    }

    fn state_dict(&self) -> StateDict {
        self.0.state_dict()
    }

    fn load_state_dict(&mut self, state: &StateDict) -> Result<()> {
        self.0.load_state_dict(state)
    }
}
