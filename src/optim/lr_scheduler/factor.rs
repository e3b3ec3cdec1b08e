//! `StepLR`, `ConstantLR` and `LinearLR`: now and then the rate is multiplied by a factor.

use super::base::{Base, LRScheduler, at_least, lrs, lrs_times};
use crate::optim::Optimizer;
use crate::{Error, Result};

/// Multiplies the rate by `gamma` every `step_size` steps.
///
/// Source: [torch](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html).
#[derive(Debug)]
pub struct StepLR {
    step_size: i64,
    gamma: f64,
    base: Base,
}

impl StepLR {
    /// `StepLR(optimizer, step_size, gamma)`; torch's default for `gamma` is 0.1.
    ///
    /// # Errors
    /// When `step_size` is not positive.
    pub fn new(optimizer: &mut dyn Optimizer, step_size: i64, gamma: f64) -> Result<Self> {
        at_least(1, "step_size", step_size)?;
        let mut scheduler = Self { step_size, gamma, base: Base::new(optimizer) };
        scheduler.initial_step(optimizer)?;
        Ok(scheduler)
    }
}

impl LRScheduler for StepLR {
    fn base(&self) -> &Base {
        &self.base
    }

    fn base_mut(&mut self) -> &mut Base {
        &mut self.base
    }

    fn get_lr(&self, optimizer: &mut dyn Optimizer) -> Result<Vec<f64>> {
        if self.base.last_epoch == 0 || self.base.last_epoch % self.step_size != 0 {
            return Ok(lrs(optimizer));
        }
        Ok(lrs_times(optimizer, self.gamma))
    }

    fn closed_form_lr(&self) -> Option<Vec<f64>> {
        let factor = self.gamma.powf((self.base.last_epoch / self.step_size) as f64);
        Some(self.base.base_lrs.iter().map(|base_lr| base_lr * factor).collect())
    }

    fn options(&self) -> Vec<(&'static str, f64)> {
        vec![("step_size", self.step_size as f64), ("gamma", self.gamma)]
    }

    fn set_option(&mut self, name: &str, value: f64) {
        match name {
            "step_size" => self.step_size = value as i64,
            _ => self.gamma = value,
        }
    }

    fn check(&self) -> Result<()> {
        at_least(1, "step_size", self.step_size)
    }
}

/// A part of the rate for the first `total_iters` steps, then all of it.
///
/// Source: [torch](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ConstantLR.html).
#[derive(Debug)]
pub struct ConstantLR {
    factor: f64,
    total_iters: i64,
    base: Base,
}

impl ConstantLR {
    /// `ConstantLR(optimizer, factor, total_iters)`; torch's defaults are 1/3 and 5.
    ///
    /// # Errors
    /// When `factor` is not between 0 and 1, or `total_iters` is negative.
    pub fn new(optimizer: &mut dyn Optimizer, factor: f64, total_iters: i64) -> Result<Self> {
        check_constant(factor, total_iters)?;
        let mut scheduler = Self { factor, total_iters, base: Base::new(optimizer) };
        scheduler.initial_step(optimizer)?;
        Ok(scheduler)
    }
}

impl LRScheduler for ConstantLR {
    fn base(&self) -> &Base {
        &self.base
    }

    fn base_mut(&mut self) -> &mut Base {
        &mut self.base
    }

    fn get_lr(&self, optimizer: &mut dyn Optimizer) -> Result<Vec<f64>> {
        Ok(match self.base.last_epoch {
            0 => lrs_times(optimizer, self.factor),
            step if step != self.total_iters => lrs(optimizer),
            _ => lrs_times(optimizer, 1.0 / self.factor),
        })
    }

    fn closed_form_lr(&self) -> Option<Vec<f64>> {
        let over = f64::from(self.base.last_epoch >= self.total_iters);
        let factor = self.factor + over * (1.0 - self.factor);
        Some(self.base.base_lrs.iter().map(|base_lr| base_lr * factor).collect())
    }

    fn options(&self) -> Vec<(&'static str, f64)> {
        vec![("factor", self.factor), ("total_iters", self.total_iters as f64)]
    }

    fn set_option(&mut self, name: &str, value: f64) {
        match name {
            "factor" => self.factor = value,
            _ => self.total_iters = value as i64,
        }
    }

    fn check(&self) -> Result<()> {
        check_constant(self.factor, self.total_iters)
    }
}

fn check_constant(factor: f64, total_iters: i64) -> Result<()> {
    if !(0.0..=1.0).contains(&factor) {
        let what = "Constant multiplicative factor expected to be between 0 and 1.";
        return Err(Error::value(what).mend(format!("it is {factor}")));
    }
    at_least(0, "total_iters", total_iters)
}

/// From one part of the rate to another in `total_iters` equal steps: a warm-up, say.
///
/// ```
/// use atencion::optim::lr_scheduler::{LRScheduler, LinearLR};
/// use atencion::optim::{Sgd, SgdConfig};
///
/// let mut optimizer = Sgd::new(vec![], SgdConfig { lr: 1.0, ..Default::default() })?;
/// let mut scheduler = LinearLR::new(&mut optimizer, 0.25, 1.0, 3)?;
/// let mut rates = vec![scheduler.get_last_lr()[0]];
/// for _ in 0..4 {
///     scheduler.step(&mut optimizer)?;
///     rates.push(scheduler.get_last_lr()[0]);
/// }
/// assert_eq!(rates, [0.25, 0.5, 0.75, 1.0, 1.0]);
/// # Ok::<(), atencion::Error>(())
/// ```
///
/// Source: [torch](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LinearLR.html).
#[derive(Debug)]
pub struct LinearLR {
    start_factor: f64,
    end_factor: f64,
    total_iters: i64,
    base: Base,
}

impl LinearLR {
    /// `LinearLR(optimizer, start_factor, end_factor, total_iters)`; torch's defaults are 1/3, 1 and 5.
    ///
    /// # Errors
    /// When `start_factor` is not in (0, 1], `end_factor` not in [0, 1], or `total_iters` is negative.
    pub fn new(
        optimizer: &mut dyn Optimizer,
        start_factor: f64,
        end_factor: f64,
        total_iters: i64,
    ) -> Result<Self> {
        check_linear(start_factor, end_factor, total_iters)?;
        let base = Base::new(optimizer);
        let mut scheduler = Self { start_factor, end_factor, total_iters, base };
        scheduler.initial_step(optimizer)?;
        Ok(scheduler)
    }
}

impl LRScheduler for LinearLR {
    fn base(&self) -> &Base {
        &self.base
    }

    fn base_mut(&mut self) -> &mut Base {
        &mut self.base
    }

    fn get_lr(&self, optimizer: &mut dyn Optimizer) -> Result<Vec<f64>> {
        let (step, total) = (self.base.last_epoch, self.total_iters);
        if step == 0 {
            return Ok(lrs_times(optimizer, self.start_factor));
        }
        if self.base.is_initial || step > total {
            return Ok(lrs(optimizer));
        }
        let rise = self.end_factor - self.start_factor;
        let so_far = total as f64 * self.start_factor + (step - 1) as f64 * rise;
        Ok(lrs_times(optimizer, 1.0 + rise / so_far))
    }

    fn closed_form_lr(&self) -> Option<Vec<f64>> {
        let (step, total) = (self.base.last_epoch, self.total_iters);
        let rise = self.end_factor - self.start_factor;
        let factor = self.start_factor + rise * step.min(total) as f64 / total as f64;
        Some(self.base.base_lrs.iter().map(|base_lr| base_lr * factor).collect())
    }

    fn options(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("start_factor", self.start_factor),
            ("end_factor", self.end_factor),
            ("total_iters", self.total_iters as f64),
        ]
    }

    fn set_option(&mut self, name: &str, value: f64) {
        match name {
            "start_factor" => self.start_factor = value,
            "end_factor" => self.end_factor = value,
            _ => self.total_iters = value as i64,
        }
    }

    fn check(&self) -> Result<()> {
        check_linear(self.start_factor, self.end_factor, self.total_iters)
    }
}

fn check_linear(start_factor: f64, end_factor: f64, total_iters: i64) -> Result<()> {
    if !(start_factor > 0.0 && start_factor <= 1.0) {
        let what =
            "Starting multiplicative factor expected to be greater than 0 and less or equal to 1.";
        return Err(Error::value(what).mend(format!("it is {start_factor}")));
    }
    if !(0.0..=1.0).contains(&end_factor) {
        let what = "Ending multiplicative factor expected to be between 0 and 1.";
        return Err(Error::value(what).mend(format!("it is {end_factor}")));
    }
    at_least(0, "total_iters", total_iters)
}
