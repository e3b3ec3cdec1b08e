//! `LambdaLR`.

use std::fmt;

use super::base::{Base, LRScheduler};
use crate::optim::Optimizer;
use crate::{Error, Result};

/// A factor for each step.
pub type Lambda = Box<dyn Fn(i64) -> f64 + Send>;

/// The initial rate times a function of the step, which counts from 0.
///
/// ```
/// use atencion::optim::lr_scheduler::{LRScheduler, LambdaLR};
/// use atencion::optim::{Sgd, SgdConfig};
///
/// let mut optimizer = Sgd::new(vec![], SgdConfig { lr: 0.5, ..Default::default() })?;
/// let mut scheduler = LambdaLR::new(&mut optimizer, |step| 1.0 / (step + 1) as f64)?;
/// scheduler.step(&mut optimizer)?;
/// assert_eq!(scheduler.get_last_lr(), [0.25]);
/// # Ok::<(), atencion::Error>(())
/// ```
///
/// The function is no part of the state: make the schedule with the same one to go on.
///
/// Source: [torch](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html).
pub struct LambdaLR {
    lambdas: Vec<Lambda>,
    base: Base,
}

impl LambdaLR {
    /// `LambdaLR(optimizer, lr_lambda)`: one function for all parameter groups.
    ///
    /// # Errors
    /// When the function gives no finite number for step 0.
    pub fn new(
        optimizer: &mut dyn Optimizer,
        lambda: impl Fn(i64) -> f64 + Send + Clone + 'static,
    ) -> Result<Self> {
        let groups = optimizer.param_groups().len();
        let boxed = || -> Lambda { Box::new(lambda.clone()) };
        Self::per_group(optimizer, (0..groups).map(|_| boxed()).collect())
    }

    /// `LambdaLR(optimizer, [lambda1, lambda2])`: a function for each parameter group.
    ///
    /// # Errors
    /// When there are more or fewer functions than groups, or one gives no finite number for step 0.
    pub fn per_group(optimizer: &mut dyn Optimizer, lambdas: Vec<Lambda>) -> Result<Self> {
        let groups = optimizer.param_groups().len();
        if lambdas.len() != groups {
            let what = format!("Expected {groups} lr_lambdas, but got {}", lambdas.len());
            return Err(Error::value(what).mend("give one function for each parameter group"));
        }
        let mut scheduler = Self { lambdas, base: Base::new(optimizer) };
        scheduler.initial_step(optimizer)?;
        Ok(scheduler)
    }
}

impl LRScheduler for LambdaLR {
    fn base(&self) -> &Base {
        &self.base
    }

    fn base_mut(&mut self) -> &mut Base {
        &mut self.base
    }

    fn get_lr(&self, _optimizer: &mut dyn Optimizer) -> Result<Vec<f64>> {
        let lambdas = self.lambdas.iter().zip(&self.base.base_lrs);
        Ok(lambdas.map(|(lambda, base_lr)| base_lr * lambda(self.base.last_epoch)).collect())
    }
}

impl fmt::Debug for LambdaLR {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LambdaLR").field("base", &self.base).finish_non_exhaustive()
    }
}
