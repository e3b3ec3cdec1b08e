//! `SequentialLR`.

use std::fmt;

use super::base::{Base, LRScheduler};
use super::saved::{Saved, save};
use crate::optim::Optimizer;
use crate::{Error, Result, StateDict};

/// One schedule after another: a warm-up and then a cosine, say. The next one takes over at each milestone.
///
/// ```
/// use atencion::optim::lr_scheduler::{CosineAnnealingLR, LRScheduler, LinearLR, SequentialLR};
/// use atencion::optim::{Sgd, SgdConfig};
///
/// let mut optimizer = Sgd::new(vec![], SgdConfig { lr: 0.1, ..Default::default() })?;
/// let warm_up = LinearLR::new(&mut optimizer, 0.1, 1.0, 10)?;
/// let cosine = CosineAnnealingLR::new(&mut optimizer, 90, 0.0)?;
/// let schedulers: Vec<Box<dyn LRScheduler>> = vec![Box::new(warm_up), Box::new(cosine)];
/// let mut scheduler = SequentialLR::new(&mut optimizer, schedulers, vec![10])?;
/// (0..10).try_for_each(|_| scheduler.step(&mut optimizer))?;
/// assert_eq!(scheduler.get_last_lr(), [0.1]);
/// # Ok::<(), atencion::Error>(())
/// ```
///
/// Source: [torch](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.SequentialLR.html). As there,
/// a `SequentialLR` inside another can only come first.
pub struct SequentialLR {
    schedulers: Vec<Box<dyn LRScheduler>>,
    milestones: Vec<i64>,
    /// Of this, torch's class has only `last_epoch` and `_last_lr`.
    base: Base,
}

impl SequentialLR {
    /// `SequentialLR(optimizer, schedulers, milestones)`: the step at which each schedule after the first takes over.
    ///
    /// # Errors
    /// When there is no schedule, there is not one milestone less than schedules, or the milestones do not grow.
    pub fn new(
        optimizer: &mut dyn Optimizer,
        schedulers: Vec<Box<dyn LRScheduler>>,
        milestones: Vec<i64>,
    ) -> Result<Self> {
        check(schedulers.len(), &milestones)?;
        for group in optimizer.param_groups_mut() {
            let initial = group.note("initial_lr").unwrap_or(group.lr());
            group.set_lr(initial);
        }
        let mut base = Base::new(optimizer);
        base.last_epoch += 1;
        let mut scheduler = Self { schedulers, milestones, base };
        scheduler.undo();
        let first = scheduler.current(0);
        scheduler.schedulers[first].initial_step(optimizer)?;
        scheduler.base.last_lr = scheduler.schedulers[first].get_last_lr().to_vec();
        Ok(scheduler)
    }

    /// torch's `bisect_right(milestones, step)`
    fn current(&self, step: i64) -> usize {
        self.milestones.partition_point(|milestone| *milestone <= step)
    }
}

impl LRScheduler for SequentialLR {
    fn base(&self) -> &Base {
        &self.base
    }

    fn base_mut(&mut self) -> &mut Base {
        &mut self.base
    }

    fn get_lr(&self, _optimizer: &mut dyn Optimizer) -> Result<Vec<f64>> {
        Err(Error::value("a SequentialLR cannot start again from its first step")
            .mend("inside another SequentialLR, put it first"))
    }

    fn step(&mut self, optimizer: &mut dyn Optimizer) -> Result<()> {
        let step = self.base.last_epoch + 1;
        let current = self.current(step);
        let scheduler = &mut self.schedulers[current];
        if current > 0 && self.milestones[current - 1] == step {
            scheduler.update_lr(optimizer, Some(0))?;
        } else {
            scheduler.step(optimizer)?;
        }
        self.base.last_lr = scheduler.get_last_lr().to_vec();
        self.base.last_epoch = step;
        Ok(())
    }

    /// torch's `recursive_undo`: the schedules inside, but not the count of this one.
    fn undo(&mut self) {
        self.schedulers.iter_mut().for_each(|scheduler| scheduler.undo());
    }

    fn state_dict(&self) -> StateDict {
        let mut state = StateDict::new();
        let milestones: Vec<f64> = self.milestones.iter().map(|step| *step as f64).collect();
        save(&mut state, "_milestones", &milestones, true);
        save(&mut state, "last_epoch", &[self.base.last_epoch as f64], false);
        save(&mut state, "_last_lr", &self.base.last_lr, true);
        for (at, scheduler) in self.schedulers.iter().enumerate() {
            for (name, tensor) in scheduler.state_dict() {
                state.insert(format!("_schedulers.{at}.{name}"), tensor);
            }
        }
        state
    }

    fn load_state_dict(&mut self, state: &StateDict) -> Result<()> {
        let mut saved = Saved::new(state);
        let last_epoch = saved.integer("last_epoch");
        let milestones = saved.numbers("_milestones", self.milestones.len());
        let milestones: Vec<i64> = milestones.into_iter().map(|step| step as i64).collect();
        let last_lr = saved.numbers("_last_lr", self.base.base_lrs.len());
        let before: Vec<_> = self.schedulers.iter().map(|inner| inner.state_dict()).collect();
        for (at, scheduler) in self.schedulers.iter_mut().enumerate() {
            let name = format!("_schedulers.{at}");
            if let Err(error) = scheduler.load_state_dict(&state.under(&name)) {
                saved.problem(format!("{name}: {}", error.what()));
            }
        }
        let fits = saved.finish().and_then(|()| check(self.schedulers.len(), &milestones));
        if let Err(error) = fits {
            for (scheduler, state) in self.schedulers.iter_mut().zip(before) {
                scheduler.load_state_dict(&state)?;
            }
            return Err(error);
        }
        self.milestones = milestones;
        self.base = Base { last_epoch, last_lr, ..self.base.clone() };
        Ok(())
    }
}

impl fmt::Debug for SequentialLR {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("SequentialLR");
        debug.field("milestones", &self.milestones).field("last_epoch", &self.base.last_epoch);
        debug.finish_non_exhaustive()
    }
}

fn check(schedulers: usize, milestones: &[i64]) -> Result<()> {
    if schedulers == 0 {
        let what = "SequentialLR expects at least one scheduler, but got no scheduler.";
        return Err(Error::value(what).mend("give the first schedule"));
    }
    if milestones.len() + 1 != schedulers {
        let what = "Sequential Schedulers expects number of schedulers provided to be one more than the number of milestone points";
        let found = milestones.len();
        return Err(Error::value(format!(
            "{what}, but got number of schedulers {schedulers} and the number of milestones to be equal to {found}"
        ))
        .mend("give the step at which each schedule after the first takes over"));
    }
    if !milestones.is_sorted() || milestones.first().is_some_and(|first| *first < 0) {
        return Err(Error::value(format!("the milestones {milestones:?} do not grow from 0"))
            .mend("count all of them from the first step"));
    }
    Ok(())
}
