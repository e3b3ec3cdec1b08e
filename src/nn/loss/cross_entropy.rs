//! torch's `CrossEntropyLoss`.

use tch::Tensor;

use super::{Reduction, targets};
use crate::Result;
use crate::attention::probability;

/// Cross entropy between logits and the right classes: `-log softmax(input)[target]`.
///
/// | argument | shape |
/// |---|---|
/// | `input` | logits `[C]`, `[B, C]` or `[B, C, d1, …]` |
/// | `target` | classes `[]`, `[B]` or `[B, d1, …]` of kind `Int64`, or probabilities of the shape of `input` |
/// | result | a scalar; with [`Reduction::None`] the shape of `target`'s classes |
///
/// With every target ignored the mean is `NaN`, as in torch. Label smoothing spreads `ε` over all `C` classes, the
/// right one included, as torch does; the Annotated Transformer's spreads it over the others but padding.
/// Sources: `torch.nn.CrossEntropyLoss`; Szegedy et al. 2015, section 7; Vaswani et al. 2017, section 5.4.
///
/// ```
/// use atencion::{nn::CrossEntropyLoss, tensor};
/// let loss = CrossEntropyLoss { label_smoothing: 0.1, ..CrossEntropyLoss::default() };
/// let value = loss.forward(&tensor![[2.0, 1.0, 0.1]], &tensor![0])?;
/// assert!((value.double_value(&[]) - 0.5136967).abs() < 1e-6);
/// # Ok::<(), atencion::Error>(())
/// ```
#[derive(Debug)]
pub struct CrossEntropyLoss {
    /// `[C]`: a factor for each class.
    pub weight: Option<Tensor>,
    /// Items of this class count nothing; only with classes as target.
    pub ignore_index: i64,
    /// What becomes of the single losses.
    pub reduction: Reduction,
    /// `ε` from 0 to 1: mixes the target with the uniform distribution.
    pub label_smoothing: f64,
}

impl Default for CrossEntropyLoss {
    /// torch's defaults: no weights, `ignore_index` -100, mean, no smoothing.
    fn default() -> Self {
        Self { weight: None, ignore_index: -100, reduction: Reduction::Mean, label_smoothing: 0.0 }
    }
}

impl CrossEntropyLoss {
    /// The loss of `input` against `target`.
    ///
    /// # Errors
    /// When a shape, kind or class does not fit; the message names the argument.
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> Result<Tensor> {
        probability("label_smoothing", self.label_smoothing)?;
        let classes = targets::classes(input)?;
        targets::class_weights(self.weight.as_ref(), input, classes)?;
        targets::fit(input, target)?;
        input
            .f_cross_entropy_loss(
                target,
                self.weight.as_ref(),
                self.reduction.into(),
                self.ignore_index,
                self.label_smoothing,
            )
            .map_err(|refusal| targets::out_of_bounds(refusal, classes, self.ignore_index))
    }
}
