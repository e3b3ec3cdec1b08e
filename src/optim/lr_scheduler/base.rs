//! What all schedules have in common: torch's class `LRScheduler`.

use super::saved::{Saved, save};
use crate::optim::Optimizer;
use crate::{Error, Result, StateDict};

/// Where a schedule stands: the attributes of torch's `LRScheduler`.
#[derive(Debug, Clone, PartialEq)]
pub struct Base {
    /// The rate that each parameter group started with.
    pub base_lrs: Vec<f64>,
    /// How many steps were made; -1 before the first, which making the schedule does.
    pub last_epoch: i64,
    /// Whether the schedule is being made, or begun by a [`SequentialLR`](super::SequentialLR).
    pub is_initial: bool,
    pub(super) step_count: i64,
    pub(super) last_lr: Vec<f64>,
}

impl Base {
    /// Notes the optimiser's rates as the initial ones, in its groups too, unless a schedule already has. It begins at
    /// the first step, or on a [`resumed`](super::resumed) optimiser after its `last_epoch`.
    pub fn new(optimizer: &mut dyn Optimizer) -> Self {
        let mut base_lrs = Vec::new();
        for group in optimizer.param_groups_mut() {
            let initial = group.note("initial_lr").unwrap_or(group.lr());
            group.set_note("initial_lr", initial);
            base_lrs.push(initial);
        }
        let last_epoch = optimizer.last_epoch();
        Self { base_lrs, last_epoch, is_initial: false, step_count: 0, last_lr: Vec::new() }
    }

    fn save(&self, state: &mut StateDict) {
        save(state, "base_lrs", &self.base_lrs, true);
        save(state, "last_epoch", &[self.last_epoch as f64], false);
        save(state, "_step_count", &[self.step_count as f64], false);
        save(state, "_is_initial", &[f64::from(self.is_initial)], false);
        save(state, "_get_lr_called_within_step", &[0.0], false);
        save(state, "_last_lr", &self.last_lr, true);
    }

    fn load(&self, saved: &mut Saved) -> Self {
        let groups = self.base_lrs.len();
        Self {
            base_lrs: saved.numbers("base_lrs", groups),
            last_epoch: saved.integer("last_epoch"),
            step_count: saved.integer("_step_count"),
            is_initial: false,
            last_lr: saved.numbers("_last_lr", groups),
        }
    }
}

/// torch's `LRScheduler`: changes the rates of an optimiser step by step.
///
/// A schedule of your own needs the first three methods:
///
/// ```
/// use atencion::Result;
/// use atencion::optim::lr_scheduler::{Base, LRScheduler};
/// use atencion::optim::{Optimizer, Sgd, SgdConfig};
///
/// /// Half the rate, and half of that, …
/// struct Halving(Base);
///
/// impl LRScheduler for Halving {
///     fn base(&self) -> &Base {
///         &self.0
///     }
///     fn base_mut(&mut self) -> &mut Base {
///         &mut self.0
///     }
///     fn get_lr(&self, optimizer: &mut dyn Optimizer) -> Result<Vec<f64>> {
///         let factor = if self.0.is_initial { 1.0 } else { 0.5 };
///         Ok(optimizer.param_groups().iter().map(|group| group.lr() * factor).collect())
///     }
/// }
///
/// let mut optimizer = Sgd::new(vec![], SgdConfig { lr: 1.0, ..Default::default() })?;
/// let mut scheduler = Halving(Base::new(&mut optimizer));
/// scheduler.initial_step(&mut optimizer)?;
/// for _ in 0..3 {
///     scheduler.step(&mut optimizer)?;
/// }
/// assert_eq!(scheduler.get_last_lr(), [0.125]);
/// # Ok::<(), atencion::Error>(())
/// ```
pub trait LRScheduler {
    /// Where it stands.
    fn base(&self) -> &Base;

    /// The same, to change.
    fn base_mut(&mut self) -> &mut Base;

    /// The rates of step [`last_epoch`](Base::last_epoch), one for each parameter group, from those that the optimiser
    /// has now. (The optimiser may be changed for schedules that move the momentum, too.)
    ///
    /// # Errors
    /// When there is no such step.
    fn get_lr(&self, optimizer: &mut dyn Optimizer) -> Result<Vec<f64>>;

    /// The rates of step [`last_epoch`](Base::last_epoch) from the initial ones alone, where there is a formula: torch's
    /// `_get_closed_form_lr`.
    fn closed_form_lr(&self) -> Option<Vec<f64>> {
        None
    }

    /// The schedule's own numbers under torch's attribute names, for its state; a bool is 0 or 1.
    fn options(&self) -> Vec<(&'static str, f64)> {
        Vec::new()
    }

    /// Sets the number of that name.
    fn set_option(&mut self, _name: &str, _value: f64) {}

    /// Whether the schedule's own numbers are in their ranges.
    ///
    /// # Errors
    /// Names the one that is not.
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// Goes one step on and sets the optimiser's rates: `scheduler.step()`, after `optimizer.step()`.
    ///
    /// # Errors
    /// When the schedule has not one rate for each of the optimiser's parameter groups (one was added since), or a rate
    /// would not be a finite number; the rates and the count have not changed then.
    fn step(&mut self, optimizer: &mut dyn Optimizer) -> Result<()> {
        self.update_lr(optimizer, None)?;
        self.base_mut().step_count += 1;
        Ok(())
    }

    /// torch's `scheduler.step(epoch)`: goes to that step, by the closed formula where there is one.
    ///
    /// # Errors
    /// As [`step`](Self::step); when `epoch` is negative.
    fn step_to(&mut self, optimizer: &mut dyn Optimizer, epoch: i64) -> Result<()> {
        self.update_lr(optimizer, Some(epoch))?;
        self.base_mut().step_count += 1;
        Ok(())
    }

    /// torch's `_update_lr`: [`step`](Self::step) or [`step_to`](Self::step_to) that is not counted.
    ///
    /// # Errors
    /// As these.
    fn update_lr(&mut self, optimizer: &mut dyn Optimizer, epoch: Option<i64>) -> Result<()> {
        let before = self.base().last_epoch;
        let step = epoch.unwrap_or(before + 1);
        self.base_mut().last_epoch = step;
        let closed = if epoch.is_some() { self.closed_form_lr() } else { None };
        let lrs = check_step(step).and_then(|()| match closed {
            Some(lrs) => Ok(lrs),
            None => self.get_lr(optimizer),
        });
        match lrs.and_then(|lrs| set_lrs(optimizer, lrs, step)) {
            Ok(lrs) => self.base_mut().last_lr = lrs,
            Err(error) => {
                self.base_mut().last_epoch = before;
                return Err(error);
            }
        }
        Ok(())
    }

    /// The first step, which sets the optimiser's rates to the schedule's first ones; every constructor makes it.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    fn initial_step(&mut self, optimizer: &mut dyn Optimizer) -> Result<()> {
        self.base_mut().step_count = 0;
        self.base_mut().is_initial = true;
        let stepped = self.step(optimizer);
        self.base_mut().is_initial = false;
        stepped
    }

    /// Takes one step back in the count, without touching the optimiser.
    fn undo(&mut self) {
        self.base_mut().last_epoch -= 1;
    }

    /// The rates that it set last, one for each parameter group.
    fn get_last_lr(&self) -> &[f64] {
        &self.base().last_lr
    }

    /// What is needed to go on later, as `float64` under the names that Python's `scheduler.state_dict()` has; `True` is
    /// 1, names of modes are left out.
    ///
    /// ```python
    /// # Python → Rust: scheduler.load_state_dict(&StateDict::load_flat("scheduler.pt")?)?
    /// torch.save(scheduler.state_dict(), "scheduler.pt")
    ///
    /// # Rust → Python, after scheduler.state_dict().save("scheduler.safetensors")?
    /// flat, state = safetensors.torch.load_file("scheduler.safetensors"), scheduler.state_dict()
    /// state.update({k: type(state[k])(flat[k].tolist()) for k in state if k in flat})
    /// scheduler.load_state_dict(state)
    /// ```
    fn state_dict(&self) -> StateDict {
        let mut state = StateDict::new();
        for (name, value) in self.options() {
            save(&mut state, name, &[value], false);
        }
        self.base().save(&mut state);
        state
    }

    /// Takes up a state that [`state_dict`](Self::state_dict) or Python gave. Everything is checked before anything is
    /// changed. The optimiser's rates are in its own state.
    ///
    /// # Errors
    /// Names every number that is missing or out of its range.
    fn load_state_dict(&mut self, state: &StateDict) -> Result<()> {
        let mut saved = Saved::new(state);
        let before = self.options();
        let names = before.iter().map(|(name, _)| *name);
        let loaded: Vec<_> = names.map(|name| (name, saved.number(name))).collect();
        let base = self.base().load(&mut saved);
        saved.finish()?;
        loaded.iter().for_each(|(name, value)| self.set_option(name, *value));
        if let Err(error) = self.check() {
            before.iter().for_each(|(name, value)| self.set_option(name, *value));
            return Err(error);
        }
        *self.base_mut() = base;
        Ok(())
    }
}

/// The rates that the optimiser has now.
pub(super) fn lrs(optimizer: &dyn Optimizer) -> Vec<f64> {
    optimizer.param_groups().iter().map(|group| group.lr()).collect()
}

/// Each of them times a factor.
pub(super) fn lrs_times(optimizer: &dyn Optimizer, factor: f64) -> Vec<f64> {
    optimizer.param_groups().iter().map(|group| group.lr() * factor).collect()
}

/// An option that has to be at least `least`.
pub(super) fn at_least(least: i64, name: &str, value: i64) -> Result<()> {
    if value >= least {
        return Ok(());
    }
    let wanted = if least == 0 { "0 or more" } else { "positive" };
    Err(Error::value(format!("{name} should be {wanted}, but it is {value}")))
}

fn check_step(step: i64) -> Result<()> {
    if step >= 0 {
        return Ok(());
    }
    Err(Error::value(format!("step {step}: a schedule has no step before 0")))
}

fn set_lrs(optimizer: &mut dyn Optimizer, lrs: Vec<f64>, step: i64) -> Result<Vec<f64>> {
    let groups = optimizer.param_groups_mut();
    if groups.len() != lrs.len() {
        let (made, found) = (lrs.len(), groups.len());
        let what =
            format!("the schedule is for {made} parameter groups, the optimizer has {found}");
        return Err(Error::value(what).mend("make the schedule after the last add_param_group"));
    }
    if let Some(lr) = lrs.iter().find(|lr| !lr.is_finite()) {
        return Err(Error::value(format!("the learning rate of step {step} would be {lr}"))
            .mend("look for a division by zero in the schedule's options"));
    }
    for (group, lr) in groups.into_iter().zip(&lrs) {
        group.set_lr(*lr);
    }
    Ok(lrs)
}
