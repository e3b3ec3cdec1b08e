//! `CosineAnnealingLR`.

use std::f64::consts::PI;

use super::base::{Base, LRScheduler, at_least, lrs};
use crate::Result;
use crate::optim::Optimizer;

/// From the initial rate to `eta_min` along half a cosine in `t_max` steps, and up again in as many more.
///
/// Source: [torch](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html);
/// [Loshchilov & Hutter 2017](https://arxiv.org/abs/1608.03983), equation 5, without the restarts.
#[derive(Debug)]
pub struct CosineAnnealingLR {
    t_max: i64,
    eta_min: f64,
    base: Base,
}

impl CosineAnnealingLR {
    /// `CosineAnnealingLR(optimizer, T_max, eta_min)`; torch's default for `eta_min` is 0.
    ///
    /// # Errors
    /// When `t_max` is not positive.
    pub fn new(optimizer: &mut dyn Optimizer, t_max: i64, eta_min: f64) -> Result<Self> {
        at_least(1, "T_max", t_max)?;
        let mut scheduler = Self { t_max, eta_min, base: Base::new(optimizer) };
        scheduler.initial_step(optimizer)?;
        Ok(scheduler)
    }

    /// `1 + cos(π · step / T_max)`
    fn height(&self, step: i64) -> f64 {
        1.0 + (PI * step as f64 / self.t_max as f64).cos()
    }
}

impl LRScheduler for CosineAnnealingLR {
    fn base(&self) -> &Base {
        &self.base
    }

    fn base_mut(&mut self) -> &mut Base {
        &mut self.base
    }

    fn get_lr(&self, optimizer: &mut dyn Optimizer) -> Result<Vec<f64>> {
        let now = lrs(optimizer);
        if self.base.is_initial {
            return Ok(now);
        }
        let (step, t_max, eta_min) = (self.base.last_epoch, self.t_max, self.eta_min);
        if (step - 1 - t_max).rem_euclid(2 * t_max) == 0 {
            // At the bottom the recurrence below would divide by zero.
            let rise = 1.0 - (PI / t_max as f64).cos();
            let climb = |(lr, base_lr): (f64, &f64)| lr + (base_lr - eta_min) * rise / 2.0;
            return Ok(now.into_iter().zip(&self.base.base_lrs).map(climb).collect());
        }
        let factor = self.height(step) / self.height(step - 1);
        Ok(now.into_iter().map(|lr| factor * (lr - eta_min) + eta_min).collect())
    }

    fn closed_form_lr(&self) -> Option<Vec<f64>> {
        let height = self.height(self.base.last_epoch);
        let lr = |base_lr: &f64| self.eta_min + (base_lr - self.eta_min) * height / 2.0;
        Some(self.base.base_lrs.iter().map(lr).collect())
    }

    fn options(&self) -> Vec<(&'static str, f64)> {
        vec![("T_max", self.t_max as f64), ("eta_min", self.eta_min)]
    }

    fn set_option(&mut self, name: &str, value: f64) {
        match name {
            "T_max" => self.t_max = value as i64,
            _ => self.eta_min = value,
        }
    }

    fn check(&self) -> Result<()> {
        at_least(1, "T_max", self.t_max)
    }
}
