//! A data set shared out to several processes.

use crate::libtorch::Generator;
use crate::{Error, Result};

/// torch's `torch.utils.data.distributed.DistributedSampler`: to each process a part of the data, of equal size. It needs no
/// group of processes, only the numbers of this one.
///
/// ```
/// use atencion::data::{DistributedSampler, DistributedSamplerConfig};
///
/// let config = DistributedSamplerConfig { shuffle: false, ..Default::default() };
/// let sampler = DistributedSampler::new(5, 2, 1, config)?; // DistributedSampler(range(5), 2, 1, shuffle=False)
/// assert_eq!(sampler.indices()?, [1, 3, 0]); //                  the first one comes twice, so that parts are equal
/// # Ok::<(), atencion::Error>(())
/// ```
///
/// Source: `torch/utils/data/distributed.py`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DistributedSampler {
    len: usize,
    num_replicas: usize,
    rank: usize,
    epoch: u64,
    config: DistributedSamplerConfig,
}

/// The options of a [`DistributedSampler`]; `default()` has torch's defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DistributedSamplerConfig {
    /// Whether the order is drawn anew for each epoch, the same in all processes.
    pub shuffle: bool,
    /// What the order is drawn from, with the epoch added.
    pub seed: u64,
    /// Whether the parts are made equal by leaving items out, instead of giving the first ones twice.
    pub drop_last: bool,
}

impl Default for DistributedSamplerConfig {
    fn default() -> Self {
        Self { shuffle: true, seed: 0, drop_last: false }
    }
}

impl DistributedSampler {
    /// `DistributedSampler(dataset, num_replicas, rank, ..)`, of a data set of `len` items.
    ///
    /// # Errors
    /// When `rank` is none of `num_replicas`, or there are no items.
    pub fn new(
        len: usize,
        num_replicas: usize,
        rank: usize,
        config: DistributedSamplerConfig,
    ) -> Result<Self> {
        if rank >= num_replicas {
            let last = num_replicas.saturating_sub(1);
            let what = format!("Invalid rank {rank}, rank should be in the interval [0, {last}]");
            return Err(Error::value(what));
        }
        if len == 0 {
            return Err(Error::value("there is nothing to share out: the data set is empty"));
        }
        Ok(Self { len, num_replicas, rank, epoch: 0, config })
    }

    /// `sampler.set_epoch(epoch)`: another order than in the epochs before.
    pub fn set_epoch(&mut self, epoch: u64) {
        self.epoch = epoch;
    }

    /// `len(sampler)`: items of this process.
    pub fn len(&self) -> usize {
        let Self { len, num_replicas, .. } = *self;
        if self.config.drop_last { len / num_replicas } else { len.div_ceil(num_replicas) }
    }

    /// Whether this process has no item: with `drop_last` and fewer items than processes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Items of the whole data set.
    pub(super) fn of(&self) -> usize {
        self.len
    }

    /// `list(sampler)`: the numbers of this process's items, in this epoch's order.
    ///
    /// # Errors
    /// When libtorch refuses.
    pub fn indices(&self) -> Result<Vec<usize>> {
        let order: Vec<usize> = if self.config.shuffle {
            // deterministically shuffle based on epoch and seed
            let mut g = Generator::new(self.config.seed.wrapping_add(self.epoch))?;
            let order = Vec::<i64>::try_from(&g.randperm(self.len as i64)?)?;
            order.into_iter().map(|index| index as usize).collect()
        } else {
            (0..self.len).collect()
        };
        let total_size = self.len() * self.num_replicas;
        let repeated = order.iter().copied().cycle().take(total_size);
        Ok(repeated.skip(self.rank).step_by(self.num_replicas).collect())
    }
}
