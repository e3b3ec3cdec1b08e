//! `ProcessGroup`, and its collectives.

use std::rc::Rc;
use std::time::Duration;

use tch::{Device, Kind, Tensor};

use super::peers::Peers;
use super::work::Work;
use crate::libtorch::c10d::{Group, TcpStore};
use crate::{Error, Result};

/// How the values of the processes become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReduceOp {
    /// Their sum.
    Sum,
    /// Their mean, of floating-point tensors. Gloo has none: it is the sum, divided.
    Avg,
    /// Their product.
    Product,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// The bits that all have; of whole numbers.
    Band,
    /// The bits that any has; of whole numbers.
    Bor,
    /// The bits that an odd number of them has; of whole numbers.
    Bxor,
}

impl ReduceOp {
    /// c10d's number of it.
    fn number(self) -> i32 {
        match self {
            Self::Sum | Self::Avg => 0,
            Self::Product => 2,
            Self::Min => 3,
            Self::Max => 4,
            Self::Band => 5,
            Self::Bor => 6,
            Self::Bxor => 7,
        }
    }
}

/// A group of processes, as one of them sees it. [`init_process_group`](super::init_process_group) makes it.
///
/// All processes call the same methods in the same order, with tensors of one shape and kind. Tensors are changed in
/// place, as in torch, whoever else holds them. Clones are handles on the same group, which ends with the last of them.
#[derive(Clone)]
pub struct ProcessGroup(Rc<Inner>);

struct Inner {
    group: Group,
    peers: Peers,
    /// On rank 0 the server itself: it goes last.
    _store: TcpStore,
}

impl std::fmt::Debug for ProcessGroup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ProcessGroup(rank {} of {})", self.rank(), self.world_size())
    }
}

impl ProcessGroup {
    pub(super) fn new(group: Group, peers: Peers, store: TcpStore) -> Self {
        Self(Rc::new(Inner { group, peers, _store: store }))
    }

    pub(super) fn c10d(&self) -> &Group {
        &self.0.group
    }

    /// What failed, with the ranks and the cause.
    pub(super) fn failed(&self, doing: &str, error: Error) -> Error {
        self.0.peers.failed(doing, error)
    }

    /// This process's number in the group, from 0.
    pub fn rank(&self) -> usize {
        self.0.peers.rank
    }

    /// Processes in the group.
    pub fn world_size(&self) -> usize {
        self.0.peers.size
    }

    /// `dist.all_reduce(x, op)`: each process's `x` becomes the sum (mean, …) of all of them.
    ///
    /// # Errors
    /// When a process is lost or does not come within the timeout; when the kind has no such operation.
    pub fn all_reduce(&self, x: &Tensor, op: ReduceOp) -> Result<()> {
        self.all_reduce_async(x, op)?.wait()
    }

    /// The same, begun.
    ///
    /// # Errors
    /// As [`all_reduce`](Self::all_reduce), here or when it is waited for.
    pub fn all_reduce_async(&self, x: &Tensor, op: ReduceOp) -> Result<Work> {
        averaged(op, x)?;
        let work = self.begun("all_reduce", self.c10d().all_reduce(x, op.number()))?;
        Ok(if op == ReduceOp::Avg { work.then_divide(x, self.size()) } else { work })
    }

    /// `dist.broadcast(x, src)`: each process's `x` becomes that of rank `src`.
    ///
    /// # Errors
    /// When there is no such rank, or a process is lost or does not come within the timeout.
    pub fn broadcast(&self, x: &Tensor, src: usize) -> Result<()> {
        self.broadcast_async(x, src)?.wait()
    }

    /// The same, begun.
    ///
    /// # Errors
    /// As [`broadcast`](Self::broadcast), here or when it is waited for.
    pub fn broadcast_async(&self, x: &Tensor, src: usize) -> Result<Work> {
        if src >= self.world_size() {
            let last = self.world_size() - 1;
            let what = format!("broadcast from rank {src}, but ranks are 0 to {last}");
            return Err(Error::value(what));
        }
        self.begun("broadcast", self.c10d().broadcast(x, src))
    }

    /// `dist.all_gather(list, x)`: the `x` of each process, in the order of the ranks.
    ///
    /// # Errors
    /// When a process is lost or does not come within the timeout.
    pub fn all_gather(&self, x: &Tensor) -> Result<Vec<Tensor>> {
        let (work, gathered) = self.all_gather_async(x)?;
        work.wait()?;
        Ok(gathered)
    }

    /// The same, begun, and where it will be.
    ///
    /// # Errors
    /// As [`all_gather`](Self::all_gather), here or when it is waited for.
    pub fn all_gather_async(&self, x: &Tensor) -> Result<(Work, Vec<Tensor>)> {
        let x = x.f_detach()?.f_contiguous()?;
        let outputs = (0..self.world_size()).map(|_| x.f_empty_like());
        let outputs = outputs.collect::<std::result::Result<Vec<_>, _>>()?;
        let work = self.begun("all_gather", self.c10d().all_gather(&outputs, &x))?;
        Ok((work, outputs))
    }

    /// `dist.reduce_scatter_tensor(output, x, op)`: rank r gets the r-th part of the sum (mean, …) of all `x`, which are
    /// cut along the first dimension. Gloo has no such thing of its own: c10d reduces all of it, and keeps the part.
    ///
    /// # Errors
    /// When the first dimension is no multiple of the group's size; when a process is lost or does not come within the
    /// timeout.
    pub fn reduce_scatter_tensor(&self, x: &Tensor, op: ReduceOp) -> Result<Tensor> {
        let (work, part) = self.reduce_scatter_tensor_async(x, op)?;
        work.wait()?;
        Ok(part)
    }

    /// The same, begun, and where it will be.
    ///
    /// # Errors
    /// As [`reduce_scatter_tensor`](Self::reduce_scatter_tensor), here or when it is waited for.
    pub fn reduce_scatter_tensor_async(&self, x: &Tensor, op: ReduceOp) -> Result<(Work, Tensor)> {
        averaged(op, x)?;
        let (mut shape, size) = (x.size(), self.size());
        match shape.first_mut() {
            Some(first) if *first % size == 0 => *first /= size,
            _ => {
                let what = format!("a tensor of shape {shape:?} is not cut into {size} parts");
                return Err(Error::value(what).mend("the first dimension is cut, evenly"));
            }
        }
        let x = x.f_detach()?.f_contiguous()?;
        let part = x.f_new_empty(shape, (x.kind(), x.device()))?;
        let work = self.c10d().reduce_scatter(&part, &x, op.number());
        let work = self.begun("reduce_scatter_tensor", work)?;
        let work = if op == ReduceOp::Avg { work.then_divide(&part, size) } else { work };
        Ok((work, part))
    }

    /// `dist.barrier()`: nobody goes on before all are here.
    ///
    /// # Errors
    /// When a process is lost or does not come within the timeout.
    pub fn barrier(&self) -> Result<()> {
        self.barrier_async()?.wait()
    }

    /// The same, begun.
    ///
    /// # Errors
    /// As [`barrier`](Self::barrier), here or when it is waited for.
    pub fn barrier_async(&self) -> Result<Work> {
        self.begun("barrier", self.c10d().barrier())
    }

    /// `dist.monitored_barrier(timeout)`: a [`barrier`](Self::barrier) that on rank 0 names the ranks that did not come.
    ///
    /// # Errors
    /// As there.
    pub fn monitored_barrier(&self, timeout: Duration) -> Result<()> {
        let done = self.c10d().monitored_barrier(timeout);
        done.map_err(|error| self.failed("monitored_barrier", error))
    }

    /// `dist.all_gather_object(list, text)`: the text of each process, in the order of the ranks.
    ///
    /// # Errors
    /// As [`all_gather`](Self::all_gather).
    pub fn all_gather_text(&self, text: &str) -> Result<Vec<String>> {
        let lengths = self.all_gather(&Tensor::from_slice(&[text.len() as i64]))?;
        let lengths = lengths.iter().map(|length| Ok(length.f_int64_value(&[0])?));
        let lengths = lengths.collect::<Result<Vec<_>>>()?;
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let padded = Tensor::f_zeros([longest], (Kind::Uint8, Device::Cpu))?;
        let own = Tensor::f_from_slice(text.as_bytes())?;
        padded.f_narrow(0, 0, text.len() as i64)?.f_copy_(&own)?;
        let texts = self.all_gather(&padded)?;
        let texts = texts.iter().zip(lengths).map(|(bytes, length)| {
            let bytes = Vec::<u8>::try_from(&bytes.f_narrow(0, 0, length)?)?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        });
        texts.collect()
    }

    /// Leaves word of why this process gives up. The others' collectives fail when its connections break; what they
    /// then report is this. Only the group's first word is kept.
    pub fn tell(&self, why: &Error) {
        self.0.peers.tell(why.what());
    }

    /// What another process left word of before it gave up: `rank 1: …`.
    pub fn told(&self) -> Option<String> {
        self.0.peers.said().unwrap_or_default()
    }

    /// What an error comes from, where it comes from a process that was lost: the same with rank and cause. Backward passes
    /// that run outside of [`DistributedDataParallel::backward`](super::DistributedDataParallel::backward) need it.
    pub fn explain(&self, doing: &str, error: Error) -> Error {
        let named = error.what().starts_with("rank ");
        match error.kind() {
            crate::ErrorKind::Torch if !named => self.0.peers.explained(doing, error),
            _ => error,
        }
    }

    /// Gives up: leaves word of why, closes the connections, and waits a moment until rank 0 has read it. So one line on
    /// rank 0 is all that a user need read.
    pub fn give_up(self, why: &Error) {
        self.tell(why);
        if let Ok(inner) = Rc::try_unwrap(self.0) {
            drop(inner.group);
            inner.peers.wait_until_heard();
        }
    }

    /// `dist.destroy_process_group()`: gives this handle back. Connections close with the last one.
    pub fn destroy(self) {}

    fn size(&self) -> i64 {
        self.world_size() as i64
    }

    fn begun(
        &self,
        doing: &'static str,
        work: Result<crate::libtorch::c10d::WorkHandle>,
    ) -> Result<Work> {
        let work = work.map_err(|error| self.failed(doing, error))?;
        Ok(Work::new(work, self, doing))
    }
}

fn averaged(op: ReduceOp, x: &Tensor) -> Result<()> {
    if op == ReduceOp::Avg && !x.is_floating_point() {
        let kind = x.f_kind()?;
        return Err(Error::kind_mismatch(format!("{kind:?} tensors have no mean"))
            .mend("take Sum, or make them floating point first"));
    }
    Ok(())
}
