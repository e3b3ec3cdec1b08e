//! torch's `KLDivLoss`.

use tch::Tensor;

use super::Reduction;
use crate::{Error, Result};

/// What becomes of the pointwise losses of [`KlDivLoss`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KlReduction {
    /// One of the usual reductions, over elements.
    Elements(Reduction),
    /// The sum divided by the batch size: the mathematical definition.
    BatchMean,
}

/// Kullback–Leibler divergence: `target · (log target − input)`, `input` being log-probabilities.
///
/// `input` and `target` broadcast, most often both `[B, C]`. Source: `torch.nn.KLDivLoss`.
#[derive(Debug)]
pub struct KlDivLoss {
    /// What becomes of the pointwise losses.
    pub reduction: KlReduction,
    /// `target` is log-probabilities, too.
    pub log_target: bool,
}

impl Default for KlDivLoss {
    /// torch's defaults: the mean over elements (not the mathematical one), probabilities as target.
    fn default() -> Self {
        Self { reduction: KlReduction::Elements(Reduction::Mean), log_target: false }
    }
}

impl KlDivLoss {
    /// The divergence of `target` from `input`.
    ///
    /// # Errors
    /// When the shapes do not broadcast or a kind is not a float.
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> Result<Tensor> {
        for (name, tensor) in [("input", input), ("target", target)] {
            if !tensor.is_floating_point() {
                return Err(Error::kind_mismatch(format!(
                    "{name} is {:?} but should be of a float kind",
                    tensor.kind()
                )));
            }
        }
        let reduction = match self.reduction {
            KlReduction::Elements(reduction) => reduction,
            KlReduction::BatchMean => Reduction::Sum,
        };
        let loss = input.f_kl_div(target, reduction.into(), self.log_target)?;
        match (self.reduction, input.size().first()) {
            (KlReduction::BatchMean, Some(&batch)) if batch != 0 => Ok(loss.f_div_scalar(batch)?),
            _ => Ok(loss),
        }
    }
}
