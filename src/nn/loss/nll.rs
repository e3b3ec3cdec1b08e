//! torch's `NLLLoss`.

use tch::Tensor;

use super::{Reduction, targets};
use crate::{Error, Result};

/// Negative log-likelihood: `-input[target]`, for `input` that is log-probabilities already.
///
/// Shapes, class weights and reductions as in [`CrossEntropyLoss`](super::CrossEntropyLoss), which is this after
/// `log_softmax`. Source: `torch.nn.NLLLoss`.
#[derive(Debug)]
pub struct NllLoss {
    /// `[C]`: a factor for each class.
    pub weight: Option<Tensor>,
    /// Items of this class count nothing.
    pub ignore_index: i64,
    /// What becomes of the single losses.
    pub reduction: Reduction,
}

impl Default for NllLoss {
    /// torch's defaults: no weights, `ignore_index` -100, mean.
    fn default() -> Self {
        Self { weight: None, ignore_index: -100, reduction: Reduction::Mean }
    }
}

impl NllLoss {
    /// The loss of the log-probabilities `input` against the classes `target`.
    ///
    /// # Errors
    /// When a shape, kind or class does not fit; the message names the argument.
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> Result<Tensor> {
        let classes = targets::classes(input)?;
        targets::class_weights(self.weight.as_ref(), input, classes)?;
        if target.is_floating_point() {
            return Err(Error::kind_mismatch(format!(
                "target is {:?} but should hold classes, of kind Int64",
                target.kind()
            ))
            .mend("for probabilities as target use CrossEntropyLoss on logits"));
        }
        targets::fit(input, target)?;
        input
            .f_nll_loss_nd(target, self.weight.as_ref(), self.reduction.into(), self.ignore_index)
            .map_err(|refusal| targets::out_of_bounds(refusal, classes, self.ignore_index))
    }
}
