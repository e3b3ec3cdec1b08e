//! The loop.

use tch::{Device, Kind, Tensor};

use super::{Checkpoint, Checkpoints, Ema, GradScaler};
use crate::data::{Batches, DataLoader, Dataset, Position};
use crate::libtorch::{Autocast, get_rng_state, set_rng_state};
use crate::nn::Module;
use crate::optim::lr_scheduler::LRScheduler;
use crate::optim::{Optimizer, clip_grad_norm_};
use crate::{Error, Result, StateDict};

/// What a loop does beside the ordinary; `default()` is one pass of nothing but forward, backward, step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoopConfig {
    /// Passes through the data.
    pub epochs: u64,
    /// Steps of the optimiser after which it ends, whatever `epochs` says: what a checkpoint has done is counted.
    pub steps: u64,
    /// Batches whose gradients are added up for one step, each loss divided by their number.
    pub accumulate: u64,
    /// Gradients are scaled down to this norm.
    pub max_norm: Option<f64>,
    /// The forward pass computes under `torch.autocast` in this kind, on the model's device: `Kind::BFloat16`.
    pub autocast: Option<Kind>,
}

impl Default for LoopConfig {
    fn default() -> Self {
        Self { epochs: 1, steps: u64::MAX, accumulate: 1, max_norm: None, autocast: None }
    }
}

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Passes that are done.
    pub epoch: u64,
    /// Steps of the optimiser that are done.
    pub step: u64,
}

/// What a step brought, for the hook.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The step's number, from 1.
    pub step: u64,
    /// The pass it was in, from 0.
    pub epoch: u64,
    /// The mean loss of its batches.
    pub loss: f64,
    /// The gradients' norm before clipping, if it is clipped.
    pub norm: Option<f64>,
    /// The learning rate of the first group of parameters that it was made with.
    pub lr: f64,
}

/// What the hook wants next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// To go on.
    Continue,
    /// A checkpoint, and to go on.
    Save,
    /// A checkpoint, and to stop: an early stop, a signal.
    Stop,
}

/// What is trained, and with what. The loop is [`run`](Self::run); it fits a page.
pub struct Loop<'a, M: Module, D: Dataset> {
    /// The model.
    pub model: &'a mut M,
    /// Its optimiser.
    pub optimizer: &'a mut dyn Optimizer,
    /// The schedule, which makes a step after each of the optimiser's.
    pub scheduler: Option<&'a mut dyn LRScheduler>,
    /// The data.
    pub loader: &'a mut DataLoader<D>,
    /// With `autocast` in float16: scales the losses.
    pub scaler: Option<&'a mut GradScaler>,
    /// An average of the weights, brought up to date after each step.
    pub ema: Option<&'a mut Ema>,
    /// Where checkpoints go.
    pub checkpoints: Option<&'a Checkpoints>,
    /// The rest.
    pub config: LoopConfig,
}

impl<M: Module, D: Dataset> Loop<'_, M, D> {
    /// Trains. `loss_of` computes a batch's loss, `hook` hears of each step; it may set the model to evaluate, and back.
    ///
    /// If there is a checkpoint it goes on from the newest that is whole, with the bits of a run that was never stopped,
    /// in the middle of a pass too. Each newer one that is damaged is told to `damaged`.
    ///
    /// # Errors
    /// What `loss_of` or the hook gives; when the loss is not a finite number (the batch is named, and the last
    /// checkpoint kept); when a checkpoint is of another model, or cannot be written.
    pub fn run(
        mut self,
        mut loss_of: impl FnMut(&M, Vec<D::Item>) -> Result<Tensor>,
        mut hook: impl FnMut(&mut M, Step) -> Result<Flow>,
        damaged: impl FnMut(Error),
    ) -> Result<Progress> {
        let (mut at, mut position) = self.resume(damaged)?;
        let accumulate = self.config.accumulate.max(1);
        let (mut added, mut losses) = (0, 0.0);
        self.optimizer.zero_grad()?;
        while at.epoch < self.config.epochs && at.step < self.config.steps {
            let mut batches = match position.take() {
                Some(position) => self.loader.resume(position)?,
                None => self.loader.iter()?,
            };
            while let Some(batch) = batches.next() {
                let loss = self.forward(batch?, &mut loss_of)?;
                losses += finite(&loss, at, &batches)?;
                self.backward(&loss.f_div_scalar(accumulate as i64)?)?;
                added += 1;
                if added < accumulate {
                    continue;
                }
                let lr = self.optimizer.param_groups().first().map_or(0.0, |group| group.lr());
                let norm = self.step()?;
                at.step += 1;
                let loss = losses / accumulate as f64;
                (added, losses) = (0, 0.0);
                let step = Step { step: at.step, epoch: at.epoch, loss, norm, lr };
                let flow = hook(self.model, step)?;
                if flow != Flow::Continue {
                    self.save(at, &batches)?;
                }
                if flow == Flow::Stop || at.step >= self.config.steps {
                    return Ok(at);
                }
            }
            at.epoch += 1;
        }
        Ok(at)
    }

    fn forward(
        &self,
        batch: Vec<D::Item>,
        loss_of: &mut impl FnMut(&M, Vec<D::Item>) -> Result<Tensor>,
    ) -> Result<Tensor> {
        let autocast = self.config.autocast;
        let _autocast = autocast.map(|kind| Autocast::enter(self.device(), kind)).transpose()?;
        loss_of(self.model, batch)
    }

    fn backward(&self, loss: &Tensor) -> Result<()> {
        match &self.scaler {
            Some(scaler) => scaler.scale(loss)?.f_backward()?,
            None => loss.f_backward()?,
        }
        Ok(())
    }

    /// Clips, steps, and takes the gradients away.
    fn step(&mut self) -> Result<Option<f64>> {
        if let Some(scaler) = &mut self.scaler {
            scaler.unscale_(self.optimizer)?;
        }
        let clip = |max_norm| {
            clip_grad_norm_(&self.model.parameters(), max_norm, 2.0, false)?
                .f_double_value(&[])
                .map_err(Error::from)
        };
        let norm = self.config.max_norm.map(clip).transpose()?;
        match &mut self.scaler {
            Some(scaler) => {
                scaler.step(self.optimizer)?;
                scaler.update()?;
            }
            None => self.optimizer.step()?,
        }
        if let Some(scheduler) = &mut self.scheduler {
            scheduler.step(self.optimizer)?;
        }
        self.optimizer.zero_grad()?;
        if let Some(ema) = &mut self.ema {
            ema.update(self.model)?;
        }
        Ok(norm)
    }

    fn device(&self) -> Device {
        self.model.parameters().first().map_or(Device::Cpu, Tensor::device)
    }

    fn save(&mut self, at: Progress, batches: &Batches<D>) -> Result<()> {
        let Some(checkpoints) = self.checkpoints else { return Ok(()) };
        let mut place = self.loader.state_dict()?;
        for (name, tensor) in batches.position().state_dict() {
            place.insert(format!("position.{name}"), tensor);
        }
        place.insert("epoch", Tensor::from(at.epoch as i64));
        place.insert("step", Tensor::from(at.step as i64));
        for (name, device) in generators(self.device()) {
            place.insert(name, get_rng_state(device)?);
        }
        let (model, optimizer) = (self.model.state_dict(), self.optimizer.state_dict());
        let scheduler = self.scheduler.as_ref().map(|scheduler| scheduler.state_dict());
        let mut parts = vec![("model", &model), ("optimizer", &optimizer), ("place", &place)];
        parts.extend(scheduler.as_ref().map(|state| ("scheduler", state)));
        let scaler = self.scaler.as_ref().map(|scaler| scaler.state_dict());
        parts.extend(scaler.as_ref().map(|state| ("scaler", state)));
        parts.extend(self.ema.as_ref().map(|ema| ("ema", ema.state_dict())));
        checkpoints.save(at.step, &parts)?;
        Ok(())
    }

    fn resume(&mut self, damaged: impl FnMut(Error)) -> Result<(Progress, Option<Position>)> {
        let Some(checkpoints) = self.checkpoints else { return Ok(Default::default()) };
        let (latest, wrong) = checkpoints.latest()?;
        wrong.into_iter().for_each(damaged);
        latest.map_or(Ok(Default::default()), |checkpoint| self.take_up(&checkpoint))
    }

    fn take_up(&mut self, checkpoint: &Checkpoint) -> Result<(Progress, Option<Position>)> {
        let place = checkpoint.part("place")?;
        let whole =
            |name: &str| -> Result<u64> { Ok(place.require(name)?.f_int64_value(&[])? as u64) };
        let at = Progress { epoch: whole("epoch")?, step: whole("step")? };
        let position = Position::from_state_dict(&place.under("position"))?;
        self.model.load_state_dict(checkpoint.part("model")?)?;
        self.optimizer.load_state_dict(checkpoint.part("optimizer")?)?;
        if let Some(scheduler) = &mut self.scheduler {
            scheduler.load_state_dict(checkpoint.part("scheduler")?)?;
        }
        if let Some(scaler) = &mut self.scaler {
            scaler.load_state_dict(checkpoint.part("scaler")?)?;
        }
        if let Some(ema) = &mut self.ema {
            ema.load_state_dict(checkpoint.part("ema")?)?;
        }
        let generator =
            place.get("generator").map(|state| ("generator".into(), state.shallow_clone()));
        self.loader.load_state_dict(&generator.into_iter().collect::<StateDict>())?;
        for (name, device) in generators(self.device()) {
            set_rng_state(place.require(name)?, device)?;
        }
        Ok((at, Some(position)))
    }
}

/// The generators that training draws from.
fn generators(device: Device) -> Vec<(&'static str, Device)> {
    let mut all = vec![("rng.cpu", Device::Cpu)];
    if let Device::Cuda(_) = device {
        all.push(("rng.cuda", device));
    }
    all
}

fn finite<D: Dataset>(loss: &Tensor, at: Progress, batches: &Batches<D>) -> Result<f64> {
    let value = loss.f_detach()?.f_double_value(&[])?;
    if value.is_finite() {
        return Ok(value);
    }
    let (epoch, step) = (at.epoch, at.step + 1);
    let batch = batches.position().batch() - 1;
    let items = batches.items();
    Err(Error::value(format!(
        "the loss is {value} in step {step}: epoch {epoch}, batch {batch}, items {items:?}"
    ))
    .mend("look at these items, or lower the learning rate; the last checkpoint is as it was"))
}

/// Stops when a metric has not become lower for more than `patience` evaluations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EarlyStopping {
    /// Evaluations in a row that may bring nothing better.
    pub patience: u64,
    best: f64,
    bad: u64,
}

impl EarlyStopping {
    /// One that has seen nothing yet.
    pub fn new(patience: u64) -> Self {
        Self { patience, best: f64::INFINITY, bad: 0 }
    }

    /// Hears of an evaluation: whether it is the best so far, in which case a copy of the weights is worth keeping.
    /// NaN never is.
    pub fn is_best(&mut self, metric: f64) -> bool {
        let better = metric < self.best;
        if better {
            self.best = metric;
            self.bad = 0;
        } else {
            self.bad += 1;
        }
        better
    }

    /// Whether it is time to stop.
    pub fn is_over(&self) -> bool {
        self.bad > self.patience
    }
}
