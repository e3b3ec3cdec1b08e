//! Warming up and then falling: the paper's schedule, and those of `transformers`. Each is a [`LambdaLR`].

use std::f64::consts::PI;

use super::base::at_least;
use super::lambda::LambdaLR;
use crate::optim::Optimizer;
use crate::{Error, Result};

/// `d_model^-0.5 · min(step^-0.5, step · warmup^-1.5)`: the rate grows in proportion to the step for `warmup` steps and
/// then falls with its square root. Steps count from 1; step 0 has rate 0.
///
/// Source: [Vaswani et al. 2017](https://arxiv.org/abs/1706.03762), section 5.3, where `warmup` is 4000.
///
/// ```
/// use atencion::optim::lr_scheduler::noam;
///
/// let rates: Vec<f64> = (1..=8000).map(|step| noam(512, step, 4000)).collect();
/// assert!(rates[..4000].is_sorted());
/// assert!(rates[3999..].is_sorted_by(|a, b| a > b));
/// ```
pub fn noam(d_model: i64, step: u64, warmup: u64) -> f64 {
    let (d_model, step, warmup) = (d_model as f64, step as f64, warmup as f64);
    d_model.powf(-0.5) * step.powf(-0.5).min(step * warmup.powf(-1.5))
}

/// [`noam`] times the optimiser's `lr`, which is 1 in the paper. Step 0 counts as step 1.
///
/// ```python
/// LambdaLR(optimizer, lambda step: rate(step, d_model, factor=1.0, warmup=warmup))
/// ```
///
/// Source: [The Annotated Transformer](https://nlp.seas.harvard.edu/annotated-transformer/), "Optimizer".
///
/// # Errors
/// When `d_model` or `warmup` is not positive.
pub fn get_noam_schedule(
    optimizer: &mut dyn Optimizer,
    d_model: i64,
    warmup: i64,
) -> Result<LambdaLR> {
    at_least(1, "d_model", d_model)?;
    at_least(1, "warmup", warmup)?;
    LambdaLR::new(optimizer, move |step| noam(d_model, step.max(1) as u64, warmup as u64))
}

/// From 0 to the optimiser's `lr` in `num_warmup_steps` equal steps, and that from then on.
///
/// Source: `transformers.get_constant_schedule_with_warmup`.
///
/// # Errors
/// When a number is negative.
pub fn get_constant_schedule_with_warmup(
    optimizer: &mut dyn Optimizer,
    num_warmup_steps: i64,
) -> Result<LambdaLR> {
    at_least(0, "num_warmup_steps", num_warmup_steps)?;
    LambdaLR::new(optimizer, move |step| rising(step, num_warmup_steps).unwrap_or(1.0))
}

/// From 0 to the optimiser's `lr` in `num_warmup_steps` equal steps, then to 0 again at `num_training_steps`.
///
/// Source: `transformers.get_linear_schedule_with_warmup`.
///
/// # Errors
/// When a number is negative.
pub fn get_linear_schedule_with_warmup(
    optimizer: &mut dyn Optimizer,
    num_warmup_steps: i64,
    num_training_steps: i64,
) -> Result<LambdaLR> {
    at_least(0, "num_warmup_steps", num_warmup_steps)?;
    at_least(0, "num_training_steps", num_training_steps)?;
    let falling = (num_training_steps - num_warmup_steps).max(1) as f64;
    LambdaLR::new(optimizer, move |step| {
        rising(step, num_warmup_steps)
            .unwrap_or_else(|| ((num_training_steps - step) as f64 / falling).max(0.0))
    })
}

/// From 0 to the optimiser's `lr` in `num_warmup_steps` equal steps, then to 0 along `num_cycles` cosine waves;
/// `transformers`' default is 0.5, which falls only.
///
/// Source: `transformers.get_cosine_schedule_with_warmup`.
///
/// # Errors
/// When a number is negative.
pub fn get_cosine_schedule_with_warmup(
    optimizer: &mut dyn Optimizer,
    num_warmup_steps: i64,
    num_training_steps: i64,
    num_cycles: f64,
) -> Result<LambdaLR> {
    at_least(0, "num_warmup_steps", num_warmup_steps)?;
    at_least(0, "num_training_steps", num_training_steps)?;
    if num_cycles < 0.0 || num_cycles.is_nan() {
        return Err(Error::value(format!(
            "num_cycles should be 0 or more, but it is {num_cycles}"
        )));
    }
    let falling = (num_training_steps - num_warmup_steps).max(1) as f64;
    LambdaLR::new(optimizer, move |step| {
        rising(step, num_warmup_steps).unwrap_or_else(|| {
            let progress = (step - num_warmup_steps) as f64 / falling;
            (0.5 * (1.0 + (PI * num_cycles * 2.0 * progress).cos())).max(0.0)
        })
    })
}

/// From 0 to the optimiser's `lr` in `num_warmup_steps` equal steps, then falling with the square root of the step:
/// `lr / √(1 + (step − num_warmup_steps) / timescale)`. `timescale` is `num_warmup_steps` if `None` (10,000 if that is 0).
///
/// Source: `transformers.get_inverse_sqrt_schedule`.
///
/// # Errors
/// When a number is negative, or `timescale` is 0.
pub fn get_inverse_sqrt_schedule(
    optimizer: &mut dyn Optimizer,
    num_warmup_steps: i64,
    timescale: Option<i64>,
) -> Result<LambdaLR> {
    at_least(0, "num_warmup_steps", num_warmup_steps)?;
    let default = if num_warmup_steps == 0 { 10_000 } else { num_warmup_steps };
    let timescale = timescale.unwrap_or(default);
    at_least(1, "timescale", timescale)?;
    let shift = timescale - num_warmup_steps;
    LambdaLR::new(optimizer, move |step| {
        rising(step, num_warmup_steps)
            .unwrap_or_else(|| 1.0 / ((step + shift) as f64 / timescale as f64).sqrt())
    })
}

/// The factor while warming up.
fn rising(step: i64, num_warmup_steps: i64) -> Option<f64> {
    (step < num_warmup_steps).then(|| step as f64 / num_warmup_steps.max(1) as f64)
}
