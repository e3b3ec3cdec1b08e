//! `ReduceLROnPlateau`.

use super::base::{at_least, lrs};
use super::saved::{Saved, save};
use crate::optim::Optimizer;
use crate::{Error, Result, StateDict};

/// Which way a metric gets better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PlateauMode {
    /// A loss: downwards.
    #[default]
    Min,
    /// An accuracy: upwards.
    Max,
}

/// What the threshold is a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ThresholdMode {
    /// Of the best metric so far.
    #[default]
    Rel,
    /// Of nothing: it is a difference.
    Abs,
}

/// The options of [`ReduceLROnPlateau`]; `default()` has torch's defaults.
#[derive(Debug, Clone, PartialEq)]
pub struct PlateauConfig {
    /// Which way the metric gets better.
    pub mode: PlateauMode,
    /// What the rate is multiplied by, below 1.
    pub factor: f64,
    /// How many epochs in a row may bring nothing better.
    pub patience: i64,
    /// How much better is better.
    pub threshold: f64,
    /// What that is a part of.
    pub threshold_mode: ThresholdMode,
    /// How many epochs after a fall do not count.
    pub cooldown: i64,
    /// No rate falls below: one for all parameter groups, or one for each.
    pub min_lr: Vec<f64>,
    /// A fall by less than this is not made.
    pub eps: f64,
}

impl Default for PlateauConfig {
    fn default() -> Self {
        Self {
            mode: PlateauMode::Min,
            factor: 0.1,
            patience: 10,
            threshold: 1e-4,
            threshold_mode: ThresholdMode::Rel,
            cooldown: 0,
            min_lr: vec![0.0],
            eps: 1e-8,
        }
    }
}

/// Multiplies the rate by `factor` when a metric has not become better for more than `patience` epochs.
///
/// ```
/// use atencion::optim::lr_scheduler::{PlateauConfig, ReduceLROnPlateau};
/// use atencion::optim::{Sgd, SgdConfig};
///
/// let mut optimizer = Sgd::new(vec![], SgdConfig { lr: 1.0, ..Default::default() })?;
/// let config = PlateauConfig { patience: 1, factor: 0.5, ..Default::default() };
/// let mut scheduler = ReduceLROnPlateau::new(&mut optimizer, config)?;
/// for validation_loss in [3.0, 2.0, 2.0, 2.0] {
///     scheduler.step(&mut optimizer, validation_loss)?;
/// }
/// assert_eq!(scheduler.get_last_lr(), [0.5]);
/// # Ok::<(), atencion::Error>(())
/// ```
///
/// Its step takes the metric, so that it is no [`LRScheduler`](super::LRScheduler) and no part of a
/// [`SequentialLR`](super::SequentialLR), as in torch.
///
/// Source: [torch](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html).
#[derive(Debug)]
pub struct ReduceLROnPlateau {
    config: PlateauConfig,
    /// Where one is given for all groups.
    default_min_lr: Option<f64>,
    now: Standing,
    last_lr: Vec<f64>,
}

/// What a step changes.
#[derive(Debug, Clone, Copy)]
struct Standing {
    best: f64,
    cooldown_counter: i64,
    num_bad_epochs: i64,
    last_epoch: i64,
}

impl ReduceLROnPlateau {
    /// `ReduceLROnPlateau(optimizer, mode, factor, …)`.
    ///
    /// # Errors
    /// When `factor` is not below 1, a number is negative, or `min_lr` has not one number for each parameter group.
    pub fn new(optimizer: &mut dyn Optimizer, mut config: PlateauConfig) -> Result<Self> {
        let last_lr = lrs(optimizer);
        let (groups, found) = (last_lr.len(), config.min_lr.len());
        let mut default_min_lr = None;
        if let [min_lr] = config.min_lr[..] {
            default_min_lr = Some(min_lr);
            config.min_lr = vec![min_lr; groups];
        } else if found != groups {
            return Err(Error::value(format!("expected {groups} min_lrs, got {found}"))
                .mend("give one number, or one for each group"));
        }
        check(&config)?;
        let best = match config.mode {
            PlateauMode::Min => f64::INFINITY,
            PlateauMode::Max => f64::NEG_INFINITY,
        };
        let now = Standing { best, cooldown_counter: 0, num_bad_epochs: 0, last_epoch: 0 };
        Ok(Self { config, default_min_lr, now, last_lr })
    }

    /// `scheduler.step(metric)`, after each evaluation. NaN counts as not better.
    ///
    /// # Errors
    /// When the optimiser has another number of parameter groups than the one that the schedule was made for.
    pub fn step(&mut self, optimizer: &mut dyn Optimizer, metric: f64) -> Result<()> {
        let (made, found) = (self.config.min_lr.len(), optimizer.param_groups().len());
        if made != found {
            let what =
                format!("the schedule is for {made} parameter groups, the optimizer has {found}");
            return Err(Error::value(what).mend("make the schedule after the last add_param_group"));
        }
        self.now.last_epoch += 1;
        if self.is_better(metric) {
            self.now.best = metric;
            self.now.num_bad_epochs = 0;
        } else {
            self.now.num_bad_epochs += 1;
        }
        if self.now.cooldown_counter > 0 {
            self.now.cooldown_counter -= 1;
            self.now.num_bad_epochs = 0;
        }
        if self.now.num_bad_epochs > self.config.patience {
            self.reduce_lr(optimizer);
            self.now.cooldown_counter = self.config.cooldown;
            self.now.num_bad_epochs = 0;
        }
        self.last_lr = lrs(optimizer);
        Ok(())
    }

    /// The best metric so far.
    pub fn best(&self) -> f64 {
        self.now.best
    }

    /// The rates after the last step, one for each parameter group.
    pub fn get_last_lr(&self) -> &[f64] {
        &self.last_lr
    }

    fn is_better(&self, metric: f64) -> bool {
        let (best, threshold) = (self.now.best, self.config.threshold);
        match (self.config.mode, self.config.threshold_mode) {
            (PlateauMode::Min, ThresholdMode::Rel) => metric < best * (1.0 - threshold),
            (PlateauMode::Min, ThresholdMode::Abs) => metric < best - threshold,
            (PlateauMode::Max, ThresholdMode::Rel) => metric > best * (threshold + 1.0),
            (PlateauMode::Max, ThresholdMode::Abs) => metric > best + threshold,
        }
    }

    fn reduce_lr(&self, optimizer: &mut dyn Optimizer) {
        for (group, min_lr) in optimizer.param_groups_mut().into_iter().zip(&self.config.min_lr) {
            let old_lr = group.lr();
            let new_lr = (old_lr * self.config.factor).max(*min_lr);
            if old_lr - new_lr > self.config.eps {
                group.set_lr(new_lr);
            }
        }
    }

    /// What is needed to go on later, under the names that Python's `scheduler.state_dict()` has; see
    /// [`LRScheduler::state_dict`](super::LRScheduler::state_dict).
    pub fn state_dict(&self) -> StateDict {
        let mut state = StateDict::new();
        for (name, value) in self.numbers() {
            save(&mut state, name, &[value], false);
        }
        if let Some(min_lr) = self.default_min_lr {
            save(&mut state, "default_min_lr", &[min_lr], false);
        }
        save(&mut state, "min_lrs", &self.config.min_lr, true);
        save(&mut state, "_last_lr", &self.last_lr, true);
        state
    }

    /// Takes up a state that [`state_dict`](Self::state_dict) or Python gave. Everything is checked before anything is
    /// changed.
    ///
    /// # Errors
    /// Names every number that is missing or out of its range.
    pub fn load_state_dict(&mut self, state: &StateDict) -> Result<()> {
        let groups = self.last_lr.len();
        let mut saved = Saved::new(state);
        let config = PlateauConfig {
            factor: saved.number("factor"),
            patience: saved.integer("patience"),
            threshold: saved.number("threshold"),
            cooldown: saved.integer("cooldown"),
            min_lr: saved.numbers("min_lrs", groups),
            eps: saved.number("eps"),
            ..self.config.clone()
        };
        let now = Standing {
            best: saved.number("best"),
            cooldown_counter: saved.integer("cooldown_counter"),
            num_bad_epochs: saved.integer("num_bad_epochs"),
            last_epoch: saved.integer("last_epoch"),
        };
        let last_lr = saved.numbers("_last_lr", groups);
        saved.finish()?;
        check(&config)?;
        *self = Self { config, default_min_lr: self.default_min_lr, now, last_lr };
        Ok(())
    }

    fn numbers(&self) -> [(&'static str, f64); 10] {
        let (config, now) = (&self.config, &self.now);
        let worse = if config.mode == PlateauMode::Min { f64::INFINITY } else { f64::NEG_INFINITY };
        [
            ("factor", config.factor),
            ("patience", config.patience as f64),
            ("cooldown", config.cooldown as f64),
            ("eps", config.eps),
            ("last_epoch", now.last_epoch as f64),
            ("threshold", config.threshold),
            ("mode_worse", worse),
            ("best", now.best),
            ("cooldown_counter", now.cooldown_counter as f64),
            ("num_bad_epochs", now.num_bad_epochs as f64),
        ]
    }
}

fn check(config: &PlateauConfig) -> Result<()> {
    if config.factor >= 1.0 || config.factor.is_nan() {
        return Err(
            Error::value("Factor should be < 1.0.").mend(format!("it is {}", config.factor))
        );
    }
    at_least(0, "patience", config.patience)?;
    at_least(0, "cooldown", config.cooldown)
}
