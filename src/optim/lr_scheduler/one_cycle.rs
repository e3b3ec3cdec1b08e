//! `OneCycleLR`.

use std::f64::consts::PI;

use super::base::{Base, LRScheduler};
use crate::optim::{Group, Optimizer};
use crate::{Error, Result};

/// How [`OneCycleLR`] goes from one rate to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AnnealStrategy {
    /// Along half a cosine.
    #[default]
    Cos,
    /// Along a line.
    Linear,
}

/// The options of [`OneCycleLR`]; [`new`](Self::new) has torch's defaults.
#[derive(Debug, Clone, PartialEq)]
pub struct OneCycleConfig {
    /// The highest rate: one for all parameter groups, or one for each.
    pub max_lr: Vec<f64>,
    /// Steps in the cycle: epochs times steps per epoch.
    pub total_steps: i64,
    /// The share of them in which the rate rises.
    pub pct_start: f64,
    /// How it rises and falls.
    pub anneal_strategy: AnnealStrategy,
    /// Whether the momentum (Adam: the first beta) moves against the rate.
    pub cycle_momentum: bool,
    /// The lowest momentum, where the rate is highest: one for all groups, or one for each.
    pub base_momentum: Vec<f64>,
    /// The highest momentum, at both ends.
    pub max_momentum: Vec<f64>,
    /// The first rate is `max_lr / div_factor`.
    pub div_factor: f64,
    /// The last rate is the first one divided by this.
    pub final_div_factor: f64,
    /// Whether to fall as long as the rate rose, and then to the last rate in a third phase, as in the paper.
    pub three_phase: bool,
}

impl OneCycleConfig {
    /// torch's defaults.
    pub fn new(max_lr: f64, total_steps: i64) -> Self {
        Self {
            max_lr: vec![max_lr],
            total_steps,
            pct_start: 0.3,
            anneal_strategy: AnnealStrategy::Cos,
            cycle_momentum: true,
            base_momentum: vec![0.85],
            max_momentum: vec![0.95],
            div_factor: 25.0,
            final_div_factor: 1e4,
            three_phase: false,
        }
    }
}

/// From a low rate to `max_lr` and down to nearly nothing, once.
///
/// ```
/// use atencion::optim::lr_scheduler::{LRScheduler, OneCycleConfig, OneCycleLR};
/// use atencion::optim::{Adam, AdamConfig};
///
/// let mut optimizer = Adam::new(vec![], AdamConfig::default())?;
/// let mut scheduler = OneCycleLR::new(&mut optimizer, OneCycleConfig::new(0.01, 100))?;
/// assert!((scheduler.get_last_lr()[0] - 0.01 / 25.0).abs() < 1e-12);
/// for _ in 0..29 {
///     scheduler.step(&mut optimizer)?;
/// }
/// assert_eq!(scheduler.get_last_lr(), [0.01]);
/// assert_eq!(optimizer.param_groups[0].config.betas.0, 0.85);
/// # Ok::<(), atencion::Error>(())
/// ```
///
/// Source: [torch](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html);
/// [Smith & Topin 2018](https://arxiv.org/abs/1708.07120).
#[derive(Debug)]
pub struct OneCycleLR {
    total_steps: i64,
    phases: Vec<Phase>,
    anneal_strategy: AnnealStrategy,
    cycle_momentum: bool,
    /// Whether the momentum is Adam's first beta: only for Python to read.
    use_beta1: bool,
    base: Base,
}

/// From one of the group's notes to another, until `end_step`.
#[derive(Debug, Clone, Copy)]
struct Phase {
    end_step: f64,
    lr: [&'static str; 2],
    momentum: [&'static str; 2],
}

impl OneCycleLR {
    /// `OneCycleLR(optimizer, max_lr, total_steps, …)`.
    ///
    /// # Errors
    /// When `total_steps` is not positive, `pct_start` not between 0 and 1, or a list has not one number for each
    /// parameter group.
    pub fn new(optimizer: &mut dyn Optimizer, config: OneCycleConfig) -> Result<Self> {
        check(config.total_steps, config.pct_start)?;
        // A cycle that goes on has noted all this before.
        let is_begun = optimizer.last_epoch() >= 0;
        let mut groups = optimizer.param_groups_mut();
        let max_lrs = for_each_group("max_lr", &config.max_lr, groups.len())?;
        let max_momentums = for_each_group("max_momentum", &config.max_momentum, groups.len())?;
        let base_momentums = for_each_group("base_momentum", &config.base_momentum, groups.len())?;
        for (at, group) in groups.iter_mut().enumerate().filter(|_| !is_begun) {
            let initial_lr = max_lrs[at] / config.div_factor;
            group.set_note("initial_lr", initial_lr);
            group.set_note("max_lr", max_lrs[at]);
            group.set_note("min_lr", initial_lr / config.final_div_factor);
            if config.cycle_momentum {
                group.set_momentum(max_momentums[at]);
                group.set_note("max_momentum", max_momentums[at]);
                group.set_note("base_momentum", base_momentums[at]);
            }
        }
        let use_beta1 = groups.iter().any(|group| group.uses_beta1());
        let mut scheduler = Self {
            total_steps: config.total_steps,
            phases: phases(&config),
            anneal_strategy: config.anneal_strategy,
            cycle_momentum: config.cycle_momentum,
            use_beta1,
            base: Base::new(optimizer),
        };
        scheduler.initial_step(optimizer)?;
        Ok(scheduler)
    }

    /// The phase that the step is in, and how far into it, from 0 to 1.
    fn phase(&self, step: i64) -> (Phase, f64) {
        let step = step as f64;
        let current = self.phases.iter().position(|phase| step <= phase.end_step);
        let current = current.unwrap_or(self.phases.len() - 1);
        let start_step = if current == 0 { 0.0 } else { self.phases[current - 1].end_step };
        let phase = self.phases[current];
        (phase, (step - start_step) / (phase.end_step - start_step))
    }

    fn anneal(&self, group: &dyn Group, [start, end]: [&str; 2], pct: f64) -> Result<f64> {
        let note = |name: &str| {
            group.note(name).ok_or_else(|| {
                Error::value(format!("a parameter group has no {name}"))
                    .mend("make the OneCycleLR after the last add_param_group")
            })
        };
        let (start, end) = (note(start)?, note(end)?);
        Ok(match self.anneal_strategy {
            AnnealStrategy::Cos => end + (start - end) / 2.0 * ((PI * pct).cos() + 1.0),
            AnnealStrategy::Linear => (end - start) * pct + start,
        })
    }
}

impl LRScheduler for OneCycleLR {
    fn base(&self) -> &Base {
        &self.base
    }

    fn base_mut(&mut self) -> &mut Base {
        &mut self.base
    }

    /// Sets the momentum as well.
    fn get_lr(&self, optimizer: &mut dyn Optimizer) -> Result<Vec<f64>> {
        let step = self.base.last_epoch;
        if step > self.total_steps {
            let total = self.total_steps;
            let limit = format!("The specified number of total steps is {total}");
            return Err(Error::value(format!("Tried to step {step} times. {limit}"))
                .mend("give total_steps = epochs * steps per epoch"));
        }
        let (phase, pct) = self.phase(step);
        let mut lrs = Vec::new();
        for group in optimizer.param_groups_mut() {
            lrs.push(self.anneal(group, phase.lr, pct)?);
            if self.cycle_momentum {
                group.set_momentum(self.anneal(group, phase.momentum, pct)?);
            }
        }
        Ok(lrs)
    }

    fn options(&self) -> Vec<(&'static str, f64)> {
        const END_STEPS: [&str; 3] = [
            "_schedule_phases.0.end_step",
            "_schedule_phases.1.end_step",
            "_schedule_phases.2.end_step",
        ];
        let mut options = vec![("total_steps", self.total_steps as f64)];
        options.extend(END_STEPS.into_iter().zip(self.phases.iter().map(|phase| phase.end_step)));
        options.push(("cycle_momentum", f64::from(self.cycle_momentum)));
        if self.cycle_momentum {
            options.push(("use_beta1", f64::from(self.use_beta1)));
        }
        options
    }

    fn set_option(&mut self, name: &str, value: f64) {
        match name {
            "total_steps" => self.total_steps = value as i64,
            "cycle_momentum" => self.cycle_momentum = value != 0.0,
            "use_beta1" => {}
            "_schedule_phases.0.end_step" => self.phases[0].end_step = value,
            "_schedule_phases.1.end_step" => self.phases[1].end_step = value,
            _ => self.phases[2].end_step = value,
        }
    }

    fn check(&self) -> Result<()> {
        check(self.total_steps, 0.0)
    }
}

fn phases(config: &OneCycleConfig) -> Vec<Phase> {
    let (total, pct_start) = (config.total_steps as f64, config.pct_start);
    let phase = |end_step, lr, momentum| Phase { end_step, lr, momentum };
    let up =
        phase(pct_start * total - 1.0, ["initial_lr", "max_lr"], ["max_momentum", "base_momentum"]);
    let back = ["base_momentum", "max_momentum"];
    if config.three_phase {
        let down = phase(2.0 * pct_start * total - 2.0, ["max_lr", "initial_lr"], back);
        let out = phase(total - 1.0, ["initial_lr", "min_lr"], ["max_momentum"; 2]);
        vec![up, down, out]
    } else {
        vec![up, phase(total - 1.0, ["max_lr", "min_lr"], back)]
    }
}

fn check(total_steps: i64, pct_start: f64) -> Result<()> {
    if total_steps <= 0 {
        let what = format!("Expected positive integer total_steps, but got {total_steps}");
        return Err(Error::value(what).mend("give total_steps = epochs * steps per epoch"));
    }
    if !(0.0..=1.0).contains(&pct_start) {
        let what = format!("Expected float between 0 and 1 pct_start, but got {pct_start}");
        return Err(Error::value(what).mend("0.3 is torch's default"));
    }
    Ok(())
}

/// torch's `_format_param`.
fn for_each_group(name: &str, values: &[f64], groups: usize) -> Result<Vec<f64>> {
    match values {
        [value] => Ok(vec![*value; groups]),
        values if values.len() == groups => Ok(values.to_vec()),
        values => {
            let what = format!("{name} must have the same length as optimizer.param_groups");
            let found = values.len();
            Err(Error::value(format!(
                "{what}. {name} has {found} values, param_groups has {groups}."
            ))
            .mend("give one number, or one for each group"))
        }
    }
}
