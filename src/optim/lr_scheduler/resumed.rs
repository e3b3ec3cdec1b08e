//! The constructors' argument `last_epoch`.

use crate::optim::{Group, Optimizer};
use crate::{Error, Result, StateDict};

/// What [`resumed`] makes: the same optimiser, on which a schedule begins after step `last_epoch`.
pub struct Resumed<'a> {
    optimizer: &'a mut dyn Optimizer,
    last_epoch: i64,
}

/// The optimiser for a schedule that goes on after step `last_epoch` without a state of its own: what is the last
/// argument of every constructor in Python (and of `transformers`' functions) is said here once.
///
/// ```
/// use atencion::optim::lr_scheduler::{LRScheduler, StepLR, resumed};
/// use atencion::optim::{Optimizer, Sgd, SgdConfig};
///
/// let mut optimizer = Sgd::new(vec![], SgdConfig { lr: 0.1, ..Default::default() })?;
/// let mut scheduler = StepLR::new(&mut optimizer, 2, 0.5)?;
/// scheduler.step(&mut optimizer)?;
/// let saved = optimizer.state_dict(); // has the rates, and those that the schedule started with
///
/// let mut optimizer = Sgd::new(vec![], SgdConfig { lr: 0.1, ..Default::default() })?;
/// optimizer.load_state_dict(&saved)?;
/// // StepLR(optimizer, 2, 0.5, last_epoch=0)
/// let mut scheduler = StepLR::new(&mut resumed(&mut optimizer, 0)?, 2, 0.5)?;
/// scheduler.step(&mut optimizer)?;
/// assert_eq!(scheduler.get_last_lr(), [0.05]);
/// # Ok::<(), atencion::Error>(())
/// ```
///
/// Source: `LRScheduler.__init__` in `torch/optim/lr_scheduler.py`.
///
/// # Errors
/// When `last_epoch` is below -1 (-1 is the beginning), or no schedule has run on a parameter group yet: its
/// `initial_lr`, which the optimiser saves, is not there.
pub fn resumed(optimizer: &mut dyn Optimizer, last_epoch: i64) -> Result<Resumed<'_>> {
    if last_epoch < -1 {
        let what = format!("last_epoch should be -1 or more, but it is {last_epoch}");
        return Err(Error::value(what).mend("-1 is the beginning: no step was made"));
    }
    let fresh =
        optimizer.param_groups().iter().position(|group| group.note("initial_lr").is_none());
    match fresh {
        Some(at) if last_epoch >= 0 => Err(Error::value(format!(
            "param 'initial_lr' is not specified in param_groups[{at}] when resuming scheduler with last_epoch >= 0"
        ))
        .mend("load the state of the optimizer that the schedule ran on, or begin with last_epoch = -1")),
        _ => Ok(Resumed { optimizer, last_epoch }),
    }
}

impl Optimizer for Resumed<'_> {
    fn last_epoch(&self) -> i64 {
        self.last_epoch
    }

    fn step(&mut self) -> Result<()> {
        self.optimizer.step()
    }

    fn param_groups(&self) -> Vec<&dyn Group> {
        self.optimizer.param_groups()
    }

    fn param_groups_mut(&mut self) -> Vec<&mut dyn Group> {
        self.optimizer.param_groups_mut()
    }

    fn state_dict(&self) -> StateDict {
        self.optimizer.state_dict()
    }

    fn load_state_dict(&mut self, state: &StateDict) -> Result<()> {
        self.optimizer.load_state_dict(state)
    }
}
