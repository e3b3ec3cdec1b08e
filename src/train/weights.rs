//! Weights as a whole: which of them decay, and averages of them.

use tch::{Kind, Tensor};

use crate::nn::Module;
use crate::{Error, Result, StateDict};

/// The parameters that weight decay acts on, matrices and embeddings, and the others: biases and norms' weights, with
/// less than two dimensions. In the order of `named_parameters()`, a tied one once.
///
/// Source: nanoGPT, `configure_optimizers`.
pub fn decay_groups(model: &(impl Module + ?Sized)) -> (Vec<Tensor>, Vec<Tensor>) {
    let trained = model.parameters().into_iter().filter(Tensor::requires_grad);
    trained.partition(|parameter| parameter.dim() >= 2)
}

/// An exponential moving average of a model's parameters: `torch.optim.swa_utils.AveragedModel` with
/// `get_ema_multi_avg_fn(decay)`.
#[derive(Debug)]
pub struct Ema {
    decay: f64,
    shadow: StateDict,
    started: bool,
}

impl Ema {
    /// An average that forgets as slowly as `decay` is near to 1.
    ///
    /// # Errors
    /// When `decay` is not in [0, 1].
    pub fn new(model: &(impl Module + ?Sized), decay: f64) -> Result<Self> {
        if !(0.0..=1.0).contains(&decay) {
            let what = format!("Invalid decay value {decay} provided.");
            return Err(Error::value(what).mend("it should be in [0, 1]; 0.999 is usual"));
        }
        Ok(Self { decay, shadow: copy(&model.state_dict())?, started: false })
    }

    /// After each step: `averaged.update_parameters(model)`. The first takes the weights as they are.
    ///
    /// # Errors
    /// When the model has other parameters than before.
    pub fn update(&mut self, model: &(impl Module + ?Sized)) -> Result<()> {
        let _no_grad = tch::no_grad_guard();
        for (name, parameter) in model.state_dict().iter() {
            let mut average = self.shadow.require(name)?.shallow_clone();
            if self.started && parameter.is_floating_point() {
                let _ = average.f_lerp_(parameter, 1.0 - self.decay)?;
            } else {
                average.f_copy_(parameter)?;
            }
        }
        self.started = true;
        Ok(())
    }

    /// The averages, under the model's names.
    pub fn state_dict(&self) -> &StateDict {
        &self.shadow
    }

    /// Takes up averages that were saved.
    ///
    /// # Errors
    /// When one is missing.
    pub fn load_state_dict(&mut self, state: &StateDict) -> Result<()> {
        for (name, average) in self.shadow.iter() {
            average.shallow_clone().f_copy_(state.require(name)?)?;
        }
        self.started = true;
        Ok(())
    }
}

/// The mean of several models' weights: of the last checkpoints, as in the paper's section 6.1. Whole numbers are taken
/// from the last.
///
/// # Errors
/// When there is none, or their names differ.
pub fn average(models: &[StateDict]) -> Result<StateDict> {
    let Some(last) = models.last() else {
        return Err(Error::value("there is no checkpoint to average"));
    };
    let mut mean = StateDict::new();
    for (name, tensor) in last.iter() {
        if !tensor.is_floating_point() {
            mean.insert(name, copy_of(tensor)?);
            continue;
        }
        let all = models.iter().map(|model| Ok(model.require(name)?.f_to_kind(Kind::Double)?));
        let all = Tensor::f_stack(&all.collect::<Result<Vec<_>>>()?, 0)?;
        let dim: &[i64] = &[0];
        mean.insert(name, all.f_mean_dim(dim, false, Kind::Double)?.f_to_kind(tensor.kind())?);
    }
    Ok(mean)
}

fn copy(state: &StateDict) -> Result<StateDict> {
    state.iter().map(|(name, tensor)| Ok((name.to_owned(), copy_of(tensor)?))).collect()
}

fn copy_of(tensor: &Tensor) -> Result<Tensor> {
    let mut copy = tensor.f_zeros_like()?;
    copy.f_copy_(tensor)?;
    Ok(copy)
}
