//! One training on several processes: what they do together, and what each does for itself.
//!
//! A batch of the recipe is that of all processes: each takes its share of it, and the gradients are averaged. So the
//! same recipe is the same training on any number of them, and may go on with another number. Only dropout differs: each
//! rank draws its own, anew for each batch from the seed, so that a checkpoint need not know of any generator.

use std::cell::Cell;

use tch::{Device, Tensor};

use super::run::Plan;
use super::subject::Subject;
use crate::i18n::{Lang, plain};
use atencion::data::{DataLoader, Dataset};
use atencion::dist::{
    DdpConfig, DistributedDataParallel, InitConfig, Launch, ProcessGroup, ReduceOp,
    init_process_group_as,
};
use atencion::libtorch::Generator;
use atencion::nn::Module;
use atencion::train::Step;
use atencion::{Error, Result};

/// This process's part in a training: alone, or one of a group.
pub struct Ranks {
    group: Option<ProcessGroup>,
    /// Steps after which the weights are compared; 0 is never.
    check: u64,
    /// The process that started this one, which it does not outlive.
    parent: Option<u32>,
    /// Whether who started it may start it again with the same command line.
    restarts: bool,
}

/// Names the process that `--nproc` was given to.
pub const PARENT: &str = "ATENCION_PARENT";

impl Ranks {
    /// No group.
    pub fn alone() -> Self {
        Self { group: None, check: 0, parent: None, restarts: false }
    }

    /// As the environment says, which `torchrun` or [`launch`](super::launch) sets; alone where it says nothing.
    ///
    /// # Errors
    /// What [`init_process_group_as`] gives.
    pub fn from_env(check: u64) -> Result<Self> {
        if !Launch::is_set() {
            return Ok(Self::alone());
        }
        let group = init_process_group_as(&Launch::from_env()?, InitConfig::default())?;
        let parent = std::env::var(PARENT).ok().and_then(|id| id.parse().ok());
        let restarts = std::env::var_os("TORCHELASTIC_RUN_ID").is_some();
        Ok(Self { group: Some(group), check, parent, restarts })
    }

    /// Whether it is this process that writes and speaks.
    pub fn is_first(&self) -> bool {
        self.group.as_ref().is_none_or(|group| group.rank() == 0)
    }

    /// The GPU of this process: `auto` and `cuda` are the one of its number on this machine.
    ///
    /// # Errors
    /// When there are more processes than GPUs.
    pub fn device(&self, chosen: Device, lang: Lang) -> Result<Device> {
        let (Some(_), Device::Cuda(0)) = (&self.group, chosen) else { return Ok(chosen) };
        let Launch { local_rank, local_world_size, .. } = Launch::from_env()?;
        let gpus = usize::try_from(tch::Cuda::device_count()).unwrap_or(0);
        if local_world_size <= gpus {
            return Ok(Device::Cuda(local_rank));
        }
        let variables = [("processes", plain(local_world_size)), ("gpus", plain(gpus))];
        Err(Error::value(lang.text_with("train-few-gpus", &variables))
            .mend(lang.text_with("train-few-gpus-mend", &variables)))
    }

    /// Whether a training that is there is gone on with: asked for, or begun by whoever starts processes again.
    pub(super) fn resumes(&self, plan: &Plan) -> bool {
        plan.resume || (self.restarts && plan.out.join(super::RECIPE).exists())
    }

    /// What the first does before the others go on. If it fails there, they hear of it.
    pub(super) fn first(&self, what: impl FnOnce() -> Result<()>) -> Result<()> {
        if self.is_first() {
            what()?;
        }
        self.group.as_ref().map_or(Ok(()), ProcessGroup::barrier)
    }

    /// Whether all were started with the same: what differs is named.
    pub(super) fn agree(
        &self,
        plan: &Plan,
        items: usize,
        data: &str,
        model: &impl Module,
        after: u64,
    ) -> Result<()> {
        let Some(group) = &self.group else { return Ok(()) };
        let libtorch = atencion::libtorch::version().unwrap_or_default();
        let version = env!("CARGO_PKG_VERSION");
        let versions = [format!("atencion {version}"), format!("libtorch {libtorch}")];
        group.agree("the versions differ", &versions)?;
        let recipe = plan.recipe.to_toml()?;
        let lines: Vec<String> = recipe.lines().map(str::to_owned).collect();
        group.agree("the recipes differ", &lines)?;
        group.agree("the data differ", &[format!("{items} examples"), data.to_owned()])?;
        let shape = |(name, tensor): &(String, Tensor)| format!("{name} {:?}", tensor.size());
        let shapes: Vec<String> = model.named_parameters().iter().map(shape).collect();
        group.agree("the models differ", &shapes)?;
        let step = match after {
            0 => "no checkpoint".to_owned(),
            after => format!("the checkpoint of step {after}"),
        };
        group.agree("the checkpoints differ: is --out a folder that all machines share?", &[step])
    }

    /// The loader of this process's share of each batch, in an order that is the seed's alone.
    pub(super) fn loader<D: Dataset>(
        &self,
        seed: i64,
        split: bool,
        make: impl FnOnce(Option<Generator>) -> Result<DataLoader<D>>,
    ) -> Result<DataLoader<D>> {
        let Some(group) = &self.group else { return make(None) };
        let generator = Generator::new(seed as u64)?;
        let loader = make(Some(generator))?;
        if split { loader.split_batches(group.world_size(), group.rank()) } else { Ok(loader) }
    }

    /// What computes losses together: `None` alone.
    pub(super) fn together(
        &self,
        model: &impl Module,
        options: &super::recipe::Train,
        after: u64,
    ) -> Result<Option<Together>> {
        let Some(group) = &self.group else { return Ok(None) };
        let ddp = DistributedDataParallel::new(model, group, DdpConfig::default())?;
        let accumulate = options.accumulate.max(1);
        let batch = Cell::new(after * accumulate);
        Ok(Some(Together { ddp, accumulate, batch, seed: options.seed }))
    }

    /// The step as all made it, and the signal that any of them got.
    pub(super) fn step(&self, step: &Step, signal: usize) -> Result<(Step, usize)> {
        let Some(group) = &self.group else { return Ok((*step, signal)) };
        let orphan = self.parent.is_some_and(|id| std::os::unix::process::parent_id() != id);
        let signal = if orphan { signal_hook::consts::SIGTERM as usize } else { signal };
        let loss = Tensor::from(step.loss);
        group.all_reduce(&loss, ReduceOp::Avg)?;
        let signals = Tensor::from(signal as i64);
        group.all_reduce(&signals, ReduceOp::Max)?;
        let loss = loss.f_double_value(&[])?;
        Ok((Step { loss, ..*step }, signals.f_int64_value(&[])? as usize))
    }

    /// All have made their last step: nobody closes a connection before.
    pub(super) fn over(&self) -> Result<()> {
        self.group.as_ref().map_or(Ok(()), ProcessGroup::barrier)
    }

    /// What the first has decided.
    pub(super) fn decided(&self, stop: bool) -> Result<bool> {
        let Some(group) = &self.group else { return Ok(stop) };
        let decided = Tensor::from(i64::from(stop));
        group.broadcast(&decided, 0)?;
        Ok(decided.f_int64_value(&[])? != 0)
    }

    /// Now and then: whether all have the same weights.
    pub(super) fn check(&self, model: &impl Module, step: u64) -> Result<()> {
        match &self.group {
            Some(group) if self.check > 0 && step.is_multiple_of(self.check) => {
                group.agree_on_tensors(&format!("step {step}"), &model.named_parameters())
            }
            _ => Ok(()),
        }
    }

    /// An error as all know it, which ends this process's part.
    pub fn give_up(self, error: Error) -> Error {
        let Some(group) = self.group else { return error };
        let error = group.explain("training", error);
        group.give_up(&error);
        error
    }
}

/// The losses of several processes, whose gradients become one.
pub(super) struct Together {
    ddp: DistributedDataParallel,
    accumulate: u64,
    /// Batches so far.
    batch: Cell<u64>,
    seed: i64,
}

impl Together {
    /// The loss of this process's share of a batch. Gradients are averaged with the last batch of a step.
    pub(super) fn loss<S: Subject>(
        &self,
        subject: &S,
        model: &S::Model,
        items: Vec<S::Item>,
        device: Device,
    ) -> Result<Tensor> {
        let group = self.ddp.group();
        let (items, counts) = match S::ITEM_IS_BATCH {
            true => subject.share(items, group.rank(), group.world_size()),
            false => (items, 1.0),
        };
        let batch = self.batch.replace(self.batch.get() + 1);
        tch::manual_seed(mixed(self.seed as u64, batch, group.rank() as u64) as i64);
        let is_last = (batch + 1).is_multiple_of(self.accumulate);
        let _no_sync = (!is_last).then(|| self.ddp.no_sync());
        self.ddp.forward(|| {
            let loss = subject.loss(model, &items, device)?;
            if counts == 1.0 { Ok(loss) } else { Ok(loss.f_mul_scalar(counts)?) }
        })
    }
}

/// A seed of its own for each batch on each rank: SplitMix64's steps, which leave nothing of how near the numbers were.
fn mixed(seed: u64, batch: u64, rank: u64) -> u64 {
    [batch, rank].into_iter().fold(seed, |state, number| {
        let mut z = state.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}
