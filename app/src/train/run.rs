//! A recipe from its data to the saved model.

use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::Value;
use signal_hook::consts::{SIGINT, SIGTERM};
use tch::Device;

use super::metrics::Metrics;
use super::model;
use super::ranks::Ranks;
use super::recipe::{Data, Dtype, Finetune, Recipe, Schedule, Train};
use super::subject::finetune::{Continuing, Labelling, Seeing, Task, Translating, Tuning};
use super::subject::{
    Conclusion, Evaluation, Labels, Pictures, Score, Subject, Translation, Writing,
};
use crate::i18n::{Lang, plain};
use atencion::data::{DataLoader, DataLoaderConfig};
use atencion::libtorch::Generator;
use atencion::models::ConfigJson;
use atencion::nn::Module;
use atencion::optim::lr_scheduler::{
    LRScheduler, get_constant_schedule_with_warmup, get_cosine_schedule_with_warmup,
    get_inverse_sqrt_schedule, get_linear_schedule_with_warmup,
};
use atencion::optim::{AdamConfig, AdamW};
use atencion::train::{
    Checkpoints, EarlyStopping, Ema, Flow, GradScaler, GradScalerConfig, Loop, LoopConfig, Step,
    decay_groups,
};
use atencion::{Error, Result};

/// A training that is to be.
pub struct Plan {
    /// What is trained, and how.
    pub recipe: Recipe,
    /// Where everything goes.
    pub out: PathBuf,
    /// Whether it was begun before.
    pub resume: bool,
    /// Where it computes.
    pub device: Device,
    /// The language of errors.
    pub lang: Lang,
}

/// Who hears of a training.
pub trait Observer {
    /// Before the first step: parameters, examples, and the step it goes on after.
    fn begins(&mut self, parameters: i64, items: usize, after: u64) -> Result<()>;
    /// After a step.
    fn step(&mut self, step: &Step, tokens_per_second: f64) -> Result<()>;
    /// After an evaluation.
    fn evaluated(&mut self, step: u64, evaluation: &Evaluation) -> Result<()>;
    /// Something about the data.
    fn remark(&mut self, what: &str);
    /// A checkpoint that is not whole.
    fn damaged(&mut self, what: &Error);
}

/// How a training ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// Its last step.
    pub step: u64,
    /// Steps of this run.
    pub steps: u64,
    /// Seconds of this run.
    pub seconds: f64,
    /// Tokens a second.
    pub tokens_per_second: f64,
    /// The signal that ended it, if one did.
    pub signal: Option<i32>,
    /// Whether it stopped since nothing became better.
    pub early: bool,
    /// What was measured when all was learned.
    pub scores: Vec<Score>,
}

/// `recipe.toml` in the folder of a training.
pub const RECIPE: &str = "recipe.toml";
/// `metrics.jsonl` in the folder of a training.
pub const METRICS: &str = "metrics.jsonl";

/// Trains: draws or reads the data, goes on from the newest checkpoint, evaluates, and saves the model.
///
/// # Errors
/// When the folder has another training, something does not fit, the loss is no number, or a file cannot be written.
pub fn train(plan: &Plan, observer: &mut dyn Observer) -> Result<Ended> {
    train_as(plan, &Ranks::alone(), observer)
}

/// The same as one of several processes, of which the first alone writes and speaks.
///
/// # Errors
/// As [`train`]; where the processes were started with what is not the same, or one of them is lost.
pub fn train_as(plan: &Plan, ranks: &Ranks, observer: &mut dyn Observer) -> Result<Ended> {
    ranks.first(|| check_folder(plan, ranks.resumes(plan)))?;
    let (recipe, lang) = (&plan.recipe, plan.lang);
    let Train { seed, batch_size, .. } = recipe.train;
    tch::manual_seed(seed);
    match &recipe.data {
        Data::Digits(data) => {
            teach(plan, ranks, Writing::digits(*data, batch_size, lang)?, observer)
        }
        Data::Text(data) => teach(plan, ranks, Writing::text(data, recipe, lang)?, observer),
        Data::Pairs(data) => teach(plan, ranks, Translation::new(data, recipe, lang)?, observer),
        Data::Labelled(data) => teach(plan, ranks, Labels::new(data, recipe, lang)?, observer),
        Data::Pictures(data) => {
            teach(plan, ranks, Pictures::new(data, batch_size, lang)?, observer)
        }
        Data::Finetune(data) => tune(plan, ranks, data, observer),
    }
}

/// A model that there is, by what its family learns.
fn tune(plan: &Plan, ranks: &Ranks, data: &Finetune, observer: &mut dyn Observer) -> Result<Ended> {
    let (tuning, task) = Tuning::open(data, plan.lang)?;
    let recipe = &plan.recipe;
    match task {
        Task::Continue => teach(plan, ranks, Continuing::new(tuning, recipe)?, observer),
        Task::Label => teach(plan, ranks, Labelling::new(tuning, recipe)?, observer),
        Task::Translate => teach(plan, ranks, Translating::new(tuning, recipe)?, observer),
        Task::See => teach(plan, ranks, Seeing::new(tuning, recipe)?, observer),
    }
}

fn teach<S: Subject>(
    plan: &Plan,
    ranks: &Ranks,
    mut subject: S,
    observer: &mut dyn Observer,
) -> Result<Ended> {
    let Plan { recipe, out, lang, .. } = plan;
    let config = model::config_json(recipe, &subject, *lang)?;
    let mut model = subject.build(ConfigJson::parse(&config.to_string())?, plan.device)?;
    model.train(true);
    ranks.first(|| {
        std::fs::create_dir_all(out).map_err(|error| Error::file(out, error))?;
        crate::view::save(&out.join(RECIPE), recipe.to_toml()?.as_bytes())
    })?;
    let checkpoints = Checkpoints::new(out.join("checkpoints"), recipe.train.keep)?;
    let checkpoints = if ranks.is_first() { checkpoints } else { checkpoints.read_only() };
    let (latest, damaged) = checkpoints.latest()?;
    let after = latest.map_or(0, |checkpoint| checkpoint.step);
    damaged.iter().for_each(|error| observer.damaged(error));
    let items = subject.take_items();
    ranks.agree(plan, subject.count(&items), &fingerprint(&items), &model, after)?;
    subject.remarks(*lang).iter().for_each(|remark| observer.remark(remark));
    observer.begins(model.num_parameters(), subject.count(&items), after)?;
    let run = Run {
        plan,
        ranks,
        config,
        after,
        subject: &subject,
        checkpoints,
        metrics: match ranks.is_first() {
            true => Metrics::open(&out.join(METRICS), after)?,
            false => Metrics::unwritten(),
        },
        observer,
        signal: listen()?,
        stopped: 0,
        patience: EarlyStopping::new(recipe.train.patience),
        early: false,
        began: Instant::now(),
        last: Instant::now(),
    };
    run.go(model, items)
}

/// What is needed while it runs.
struct Run<'a, S: Subject> {
    plan: &'a Plan,
    ranks: &'a Ranks,
    config: Value,
    after: u64,
    subject: &'a S,
    checkpoints: Checkpoints,
    metrics: Metrics,
    observer: &'a mut dyn Observer,
    signal: Arc<AtomicUsize>,
    /// The signal that all stop for.
    stopped: usize,
    patience: EarlyStopping,
    early: bool,
    began: Instant,
    last: Instant,
}

impl<S: Subject> Run<'_, S> {
    fn go(mut self, mut model: S::Model, items: Vec<S::Item>) -> Result<Ended> {
        let (subject, device) = (self.subject, self.plan.device);
        let options = &self.plan.recipe.train;
        let mut ema = (options.ema > 0.0).then(|| Ema::new(&model, options.ema)).transpose()?;
        let mut scaler = (options.dtype == Dtype::Float16)
            .then(|| GradScaler::new(device, GradScalerConfig::default()))
            .transpose()?;
        let mut optimizer = optimizer(&model, options)?;
        let mut scheduler = scheduler(&mut optimizer, options)?;
        let ranks = self.ranks;
        let mut loader =
            ranks.loader::<Vec<S::Item>>(options.seed, !S::ITEM_IS_BATCH, |generator| {
                loader(items, subject.batch_size(options), options, generator)
            })?;
        let together = ranks.together(&model, options, self.after)?;
        let checkpoints = self.checkpoints.clone();
        let training = Loop {
            model: &mut model,
            optimizer: &mut optimizer,
            scheduler: Some(&mut *scheduler),
            loader: &mut loader,
            scaler: scaler.as_mut(),
            ema: ema.as_mut(),
            checkpoints: Some(&checkpoints),
            config: LoopConfig {
                epochs: u64::MAX,
                steps: options.steps,
                accumulate: options.accumulate,
                max_norm: Some(options.max_norm).filter(|norm| *norm > 0.0),
                autocast: options.dtype.autocast(),
            },
        };
        let loss_of = |model: &S::Model, batch: Vec<S::Item>| match &together {
            Some(together) => together.loss(subject, model, batch, device),
            None => subject.loss(model, &batch, device),
        };
        let hook = |model: &mut S::Model, step: Step| self.hear(model, &step);
        // What is damaged was told before. A run that was killed when all was learned and nothing saved only takes up
        // its last checkpoint.
        let step = training.run(loss_of, hook, |_damaged| {})?.step;
        ranks.over()?;
        self.metrics.flush()?;
        // A run that had nothing left to do heard nobody else's.
        let signal = self.stopped.max(self.signal.load(Ordering::Relaxed)) as i32;
        let mut ended = self.ended(step, (signal != 0).then_some(signal));
        if ended.signal.is_none() && ranks.is_first() {
            if let Some(ema) = &ema {
                model.load_state_dict(ema.state_dict())?;
            }
            let folder = self.plan.out.join("model");
            subject.keep(&folder, &self.config, &model)?;
            model.eval();
            let at = Conclusion { config: &self.config, out: &self.plan.out, device };
            ended.scores = subject.conclude(&model, &at)?;
            self.metrics.scores(step, &ended.scores)?;
        }
        Ok(ended)
    }

    /// After each step: tells of it, evaluates, and says whether to go on.
    fn hear(&mut self, model: &mut S::Model, step: &Step) -> Result<Flow> {
        let options = &self.plan.recipe.train;
        let (step, signal) = &self.ranks.step(step, self.signal.load(Ordering::Relaxed))?;
        let rate = self.tokens_of_a_step() / self.last.elapsed().as_secs_f64();
        self.last = Instant::now();
        self.metrics.step(step, rate)?;
        self.observer.step(step, rate)?;
        self.ranks.check(model, step.step)?;
        let over = step.step >= options.steps;
        if over || step.step.is_multiple_of(options.evaluate) {
            if self.ranks.is_first() {
                self.evaluate(model, step.step)?;
            }
            self.early = self.ranks.decided(self.early)?;
        }
        self.stopped = *signal;
        let stop = over || self.early || *signal != 0;
        let save = step.step.is_multiple_of(options.checkpoint);
        if stop || save {
            // Before the checkpoint, so that a kill between the two loses no line of a step that is in it.
            self.metrics.flush()?;
        }
        Ok(match (stop, save) {
            (true, _) => Flow::Stop,
            (false, true) => Flow::Save,
            (false, false) => Flow::Continue,
        })
    }

    fn evaluate(&mut self, model: &mut S::Model, step: u64) -> Result<()> {
        model.eval();
        let found = self.subject.evaluate(model, self.plan.device);
        model.train(true);
        let found = found?;
        self.metrics.evaluation(step, &found)?;
        self.observer.evaluated(step, &found)?;
        if self.patience.is_best(found.cost()) {
            let best = self.plan.out.join("best");
            self.subject.keep(&best, &self.config, model)?;
        }
        self.early = self.plan.recipe.train.patience > 0 && self.patience.is_over();
        self.last = Instant::now();
        Ok(())
    }

    fn tokens_of_a_step(&self) -> f64 {
        let options = &self.plan.recipe.train;
        let items = self.subject.batch_size(options) as u64 * options.accumulate;
        items as f64 * self.subject.tokens()
    }

    fn ended(&self, step: u64, signal: Option<i32>) -> Ended {
        let seconds = self.began.elapsed().as_secs_f64();
        let steps = step - self.after;
        let tokens = steps as f64 * self.tokens_of_a_step();
        let tokens_per_second = tokens / seconds;
        Ended {
            step,
            steps,
            seconds,
            tokens_per_second,
            signal,
            early: self.early,
            scores: Vec::new(),
        }
    }
}

fn optimizer(model: &impl Module, options: &Train) -> Result<AdamW> {
    let (decay, no_decay) = decay_groups(model);
    let config = |weight_decay| AdamConfig {
        lr: options.lr,
        betas: options.betas.into(),
        eps: options.eps,
        weight_decay,
        ..AdamW::defaults()
    };
    let mut optimizer = AdamW::new(decay, config(options.weight_decay))?;
    optimizer.add_param_group(no_decay, config(0.0))?;
    Ok(optimizer)
}

fn scheduler(optimizer: &mut AdamW, options: &Train) -> Result<Box<dyn LRScheduler>> {
    let (warmup, steps) = (options.warmup, options.steps as i64);
    Ok(Box::new(match options.schedule {
        Schedule::Constant => get_constant_schedule_with_warmup(optimizer, warmup)?,
        Schedule::Linear => get_linear_schedule_with_warmup(optimizer, warmup, steps)?,
        Schedule::Cosine => get_cosine_schedule_with_warmup(optimizer, warmup, steps, 0.5)?,
        Schedule::InverseSqrt => get_inverse_sqrt_schedule(optimizer, warmup, None)?,
    }))
}

fn loader<T: Clone + Send + Sync + 'static>(
    items: Vec<T>,
    batch_size: usize,
    options: &Train,
    generator: Option<Generator>,
) -> Result<DataLoader<Vec<T>>> {
    let config = DataLoaderConfig {
        batch_size,
        shuffle: true,
        drop_last: true,
        num_workers: options.workers,
        ..DataLoaderConfig::default()
    };
    DataLoader::with_generator(items, config, generator)
}

/// The same for the same data, on every machine.
fn fingerprint<T: std::fmt::Debug>(items: &[T]) -> String {
    const LOOKED_AT: usize = 4096;
    let mut hasher = DefaultHasher::new();
    for item in items.iter().step_by(items.len() / LOOKED_AT + 1) {
        hasher.write(format!("{item:?}").as_bytes());
    }
    format!("examples with the fingerprint {:016x}", hasher.finish())
}

/// A folder is of one training: another is not written over it.
fn check_folder(plan: &Plan, resume: bool) -> Result<()> {
    let Plan { recipe, out, lang, .. } = plan;
    let there = out.join(RECIPE);
    let refused = |name: &str, differences: String| {
        let variables = [("folder", plain(out.display())), ("differences", plain(differences))];
        let mend = format!("{name}-mend");
        Err(Error::value(lang.text_with(name, &variables)).mend(lang.text(&mend)))
    };
    match (there.exists(), resume) {
        (false, true) => refused("train-nothing-to-resume", String::new()),
        (true, false) => refused("train-other-run", String::new()),
        (false, false) => Ok(()),
        (true, true) => {
            let before = Recipe::load(&there, *lang)?;
            let differences = before.differences(recipe);
            // The order of the data and the numbers are the same with any number of threads.
            let matter: Vec<String> = differences
                .into_iter()
                .filter(|it| !it.starts_with("train.workers") && !it.starts_with("train.keep"))
                .collect();
            if matter.is_empty() {
                Ok(())
            } else {
                refused("train-other-recipe", matter.join("; "))
            }
        }
    }
}

/// The number of the first SIGINT or SIGTERM, or 0. A second one ends the process at once.
///
/// # Errors
/// When the system takes no handler.
pub fn listen() -> Result<Arc<AtomicUsize>> {
    let heard = Arc::new(AtomicUsize::new(0));
    let again = Arc::new(std::sync::atomic::AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        let failed = |error: std::io::Error| Error::value(error.to_string());
        let code = 128 + signal;
        signal_hook::flag::register_conditional_shutdown(signal, code, again.clone())
            .map_err(failed)?;
        signal_hook::flag::register(signal, again.clone()).map_err(failed)?;
        signal_hook::flag::register_usize(signal, heard.clone(), signal as usize)
            .map_err(failed)?;
    }
    Ok(heard)
}

/// Where a recipe's training goes without `--out`: `runs/sort`.
pub fn default_out(name: &str) -> PathBuf {
    let stem = Path::new(name).file_stem().unwrap_or_default();
    Path::new("runs").join(stem)
}
