//! `DistributedDataParallel`.

use std::cell::Cell;

use tch::Tensor;

use super::ProcessGroup;
use crate::libtorch::c10d::{Buckets, Reducer};
use crate::libtorch::is_grad_enabled;
use crate::nn::Module;
use crate::{Error, Result};

/// The options of [`DistributedDataParallel`]; `default()` has torch's defaults.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DdpConfig {
    /// MiB of gradients that travel together: 25, and 1 for the first bucket, if none are given.
    pub bucket_cap_mb: Option<f64>,
    /// Whether parameters may take no part in a loss: the graph of each is then searched for them.
    pub find_unused_parameters: bool,
    /// Whether gradients are views of the buckets, which saves as much memory as the gradients take.
    pub gradient_as_bucket_view: bool,
    /// Whether rank 0's buffers are the others' at each forward pass.
    pub forward_sync_buffers: bool,
    /// Whether parameters are compared at first, and rank 0's parameters and buffers are the others'.
    pub init_sync: bool,
}

impl Default for DdpConfig {
    fn default() -> Self {
        Self {
            bucket_cap_mb: None,
            find_unused_parameters: false,
            gradient_as_bucket_view: false,
            forward_sync_buffers: true,
            init_sync: true,
        }
    }
}

/// torch's `nn.parallel.DistributedDataParallel`: each process has the model and a part of the batch, and after
/// backward each has the mean of all gradients. They travel in buckets, while backward goes on.
///
/// It is not a module around the module: the model stays in your hand, and [`forward`](Self::forward) runs what computes
/// the loss.
///
/// ```no_run
/// use atencion::dist::{DdpConfig, DistributedDataParallel, InitConfig, init_process_group};
/// use atencion::nn::{Forward, Linear, LinearConfig, Module, Path};
/// use atencion::optim::{Optimizer, Sgd, SgdConfig};
/// use tch::{Device, Kind, Tensor};
///
/// let group = init_process_group(InitConfig::default())?;
/// let model = Linear::new(&Path::root(Device::Cpu), LinearConfig::new(8, 1))?;
/// let ddp = DistributedDataParallel::new(&model, &group, DdpConfig::default())?;
/// let mut optimizer = Sgd::new(model.parameters(), SgdConfig::default())?;
/// for _ in 0..10 {
///     let x = Tensor::randn([16, 8], (Kind::Float, Device::Cpu)); // another one on each rank
///     optimizer.zero_grad()?;
///     let loss = ddp.forward(|| Ok(model.forward(&x)?.square().mean(Kind::Float)))?;
///     ddp.backward(&loss)?;
///     optimizer.step()?;
/// }
/// # Ok::<(), atencion::Error>(())
/// ```
///
/// Source: `torch/nn/parallel/distributed.py`; [Li et al. 2020](https://arxiv.org/abs/2006.15704).
pub struct DistributedDataParallel {
    reducer: Reducer,
    buffers: Vec<Tensor>,
    group: ProcessGroup,
    find_unused_parameters: bool,
    require_backward_grad_sync: Cell<bool>,
    require_forward_param_sync: Cell<bool>,
}

/// torch's: so much is broadcast at a time.
const BROADCAST_BUCKET_SIZE: usize = 250 * 1024 * 1024;
const MIB: f64 = 1024.0 * 1024.0;
const DEFAULT_BUCKET_CAP_MB: f64 = 25.0;
const DEFAULT_FIRST_BUCKET_BYTES: usize = 1024 * 1024;

/// While it is there gradients are added up in this process alone: torch's `with ddp.no_sync():`.
#[must_use = "it lasts until it is dropped"]
pub struct NoSync<'a>(&'a DistributedDataParallel, bool);

impl Drop for NoSync<'_> {
    fn drop(&mut self) {
        self.0.require_backward_grad_sync.set(self.1);
    }
}

impl DistributedDataParallel {
    /// On a model that is the same in all processes but for the values: rank 0's become the others'.
    ///
    /// # Errors
    /// When no parameter wants a gradient; names the parameter in which two ranks' models differ; when a process is lost.
    pub fn new(
        model: &(impl Module + ?Sized),
        group: &ProcessGroup,
        config: DdpConfig,
    ) -> Result<Self> {
        let cap = config.bucket_cap_mb.unwrap_or(DEFAULT_BUCKET_CAP_MB);
        if !(cap > 0.0 && cap.is_finite()) {
            return Err(Error::value(format!("bucket_cap_mb is {cap}, not a positive number")));
        }
        let (named, buffers) = (model.named_parameters(), model.named_buffers());
        let trained: Vec<(String, Tensor)> = named
            .iter()
            .filter(|(_, parameter)| parameter.requires_grad())
            .map(|(name, parameter)| (name.clone(), parameter.shallow_clone()))
            .collect();
        if trained.is_empty() {
            let what = "DistributedDataParallel is not needed when a module doesn't have any parameter that requires a gradient.";
            return Err(Error::value(what));
        }
        if config.init_sync {
            let lines: Vec<String> = named.iter().chain(&buffers).map(line).collect();
            group.agree("the models differ", &lines)?;
            synced(group, named.iter().chain(&buffers).map(|(_, tensor)| tensor))?;
        }
        let cap = (cap * MIB) as usize;
        let first = config.bucket_cap_mb.map_or(DEFAULT_FIRST_BUCKET_BYTES, |_| cap);
        let DdpConfig { find_unused_parameters, gradient_as_bucket_view, .. } = config;
        let buckets = Buckets { first, cap, find_unused_parameters, gradient_as_bucket_view };
        let buffers = if config.forward_sync_buffers { buffers } else { Vec::new() };
        Ok(Self {
            reducer: Reducer::new(group.c10d(), &trained, &buckets)?,
            buffers: buffers.into_iter().map(|(_, buffer)| buffer).collect(),
            group: group.clone(),
            find_unused_parameters,
            require_backward_grad_sync: Cell::new(true),
            require_forward_param_sync: Cell::new(true),
        })
    }

    /// Runs the forward pass, `ddp(x)`: `compute` calls the model and returns what backward begins from, the loss as a
    /// rule. In training each process calls it as often as the others.
    ///
    /// With `find_unused_parameters` all of what is returned must take part in the loss.
    ///
    /// # Errors
    /// What `compute` gives; when a process is lost.
    pub fn forward<T: Outputs>(&self, compute: impl FnOnce() -> Result<T>) -> Result<T> {
        let lost = |error| self.group.failed("forward of DistributedDataParallel", error);
        let trains = is_grad_enabled();
        let sync = trains && self.require_backward_grad_sync.get();
        if sync {
            self.reducer.prepare_for_forward().map_err(lost)?;
        }
        if trains {
            self.reducer.rebuild_buckets().map_err(lost)?;
        }
        if self.require_forward_param_sync.get() {
            synced(&self.group, self.buffers.iter())?;
        }
        let output = compute()?;
        self.require_forward_param_sync.set(sync);
        if sync {
            let outputs = if self.find_unused_parameters { output.tensors() } else { Vec::new() };
            self.reducer.prepare_for_backward(&outputs).map_err(lost)?;
        }
        Ok(output)
    }

    /// `loss.backward()`, whose error names rank and cause where a process was lost meanwhile.
    ///
    /// # Errors
    /// When libtorch refuses, or a process is lost.
    pub fn backward(&self, loss: &Tensor) -> Result<()> {
        let done = loss.f_backward().map_err(Error::from);
        done.map_err(|error| self.group.failed("backward", error))
    }

    /// Until what it returns is dropped, forward and backward passes add up their gradients in this process; the next
    /// pass after that averages what came together. For a batch in several pieces: all but the last are in it.
    pub fn no_sync(&self) -> NoSync<'_> {
        NoSync(self, self.require_backward_grad_sync.replace(false))
    }

    /// Its processes.
    pub fn group(&self) -> &ProcessGroup {
        &self.group
    }

    /// Bytes of each bucket, in the order in which they travel. After the first backward pass they are made anew, in the
    /// order in which gradients came.
    ///
    /// # Errors
    /// When libtorch refuses.
    pub fn bucket_bytes(&self) -> Result<Vec<usize>> {
        self.reducer.bucket_bytes()
    }
}

/// What a forward pass returns: the tensors in it.
pub trait Outputs {
    /// All of them.
    fn tensors(&self) -> Vec<Tensor>;
}

impl Outputs for Tensor {
    fn tensors(&self) -> Vec<Tensor> {
        vec![self.shallow_clone()]
    }
}

impl Outputs for Vec<Tensor> {
    fn tensors(&self) -> Vec<Tensor> {
        self.iter().map(Tensor::shallow_clone).collect()
    }
}

impl Outputs for (Tensor, Tensor) {
    fn tensors(&self) -> Vec<Tensor> {
        vec![self.0.shallow_clone(), self.1.shallow_clone()]
    }
}

/// As it is compared between processes.
fn line((name, tensor): &(String, Tensor)) -> String {
    let (size, kind, gradient) = (tensor.size(), tensor.kind(), tensor.requires_grad());
    format!("{name} {size:?} {kind:?}{}", if gradient { "" } else { " without gradient" })
}

/// Rank 0's values become everyone's.
fn synced<'a>(group: &ProcessGroup, tensors: impl Iterator<Item = &'a Tensor>) -> Result<()> {
    let tensors = tensors.map(Tensor::f_detach).collect::<std::result::Result<Vec<Tensor>, _>>()?;
    if tensors.is_empty() {
        return Ok(());
    }
    let _no_grad = tch::no_grad_guard();
    let done = group.c10d().broadcast_coalesced(&tensors, BROADCAST_BUCKET_SIZE, 0);
    done.map_err(|error| group.failed("broadcast", error))
}
