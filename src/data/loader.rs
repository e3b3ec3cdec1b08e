//! `DataLoader`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tch::Tensor;

use super::prefetch::Prefetch;
use super::sampler::{BatchSampler, Sampler, random};
use super::{Dataset, DistributedSampler};
use crate::libtorch::Generator;
use crate::{Error, Result, StateDict};

/// The options of a [`DataLoader`]; `default()` has torch's defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataLoaderConfig {
    /// Items in a batch.
    pub batch_size: usize,
    /// Whether the order is drawn anew for each pass.
    pub shuffle: bool,
    /// Whether a last batch that is not full is left out.
    pub drop_last: bool,
    /// Threads that read ahead; 0 reads in the loop's own thread. The order is the same with any number.
    pub num_workers: usize,
    /// Batches that each thread reads ahead.
    pub prefetch_factor: usize,
}

impl Default for DataLoaderConfig {
    fn default() -> Self {
        Self { batch_size: 1, shuffle: false, drop_last: false, num_workers: 0, prefetch_factor: 2 }
    }
}

/// Batches of a data set, drawn as PyTorch draws them: with the same seed, the same items in the same order, and the
/// process's generator left in the same state for the dropout that follows.
///
/// A batch is the list of its items; what makes one tensor of them (`collate_fn`) is a line of the loop, such as
/// [`Tensor::stack`].
///
/// Source: `torch/utils/data/dataloader.py`, `sampler.py`.
#[derive(Debug)]
pub struct DataLoader<D: Dataset> {
    dataset: Arc<D>,
    config: DataLoaderConfig,
    batch_sampler: BatchSampler,
    generator: Option<Generator>,
    /// What chooses the order instead of `shuffle`.
    sampler: Option<DistributedSampler>,
    /// Of each batch every how many-th item is this process's, and which: `(num_processes, process_index)`.
    share: (usize, usize),
    /// Whether the last pass was gone through to its end.
    exhausted: Arc<AtomicBool>,
}

/// Where a pass stands: what a checkpoint keeps, to go on in the middle of it.
#[derive(Debug)]
pub struct Position {
    order: Vec<usize>,
    batch: usize,
}

impl<D: Dataset> DataLoader<D> {
    /// `DataLoader(dataset, batch_size, shuffle, drop_last=…)`
    ///
    /// # Errors
    /// When `batch_size` is 0, or there is nothing to shuffle.
    pub fn new(dataset: D, config: DataLoaderConfig) -> Result<Self> {
        Self::with_generator(dataset, config, None)
    }

    /// `DataLoader(.., generator=generator)`: the order comes from that generator alone.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_generator(
        dataset: D,
        config: DataLoaderConfig,
        generator: Option<Generator>,
    ) -> Result<Self> {
        let batch_sampler = BatchSampler::new(config.batch_size, config.drop_last)?;
        if config.shuffle && dataset.is_empty() {
            let what = "num_samples should be a positive integer value, but got num_samples=0";
            return Err(Error::value(what).mend("the data set is empty: look at where it is read"));
        }
        let (dataset, exhausted) = (Arc::new(dataset), Arc::default());
        let (sampler, share) = (None, (1, 0));
        Ok(Self { dataset, config, batch_sampler, generator, sampler, share, exhausted })
    }

    /// `DataLoader(.., sampler=sampler)`: this process's part of the data, `batch_size` items of it at a time.
    ///
    /// # Errors
    /// As [`new`](Self::new); with `shuffle`, which the sampler decides on; when it is of a data set of another length.
    pub fn with_sampler(
        dataset: D,
        config: DataLoaderConfig,
        sampler: DistributedSampler,
    ) -> Result<Self> {
        if config.shuffle {
            let what = "sampler option is mutually exclusive with shuffle";
            return Err(Error::value(what).mend("let the sampler shuffle"));
        }
        let (len, of) = (dataset.len(), sampler.of());
        if len != of {
            return Err(Error::value(format!(
                "the sampler is of {of} items, the data set has {len}"
            )));
        }
        Ok(Self { sampler: Some(sampler), ..Self::new(dataset, config)? })
    }

    /// The sampler, to tell it of the next epoch: `loader.sampler.set_epoch(epoch)`.
    pub fn sampler_mut(&mut self) -> Option<&mut DistributedSampler> {
        self.sampler.as_mut()
    }

    /// Gives this process its part of each batch, every `num_processes`-th item from the `process_index`-th on: what is
    /// `split_batches=True` in Accelerate. `batch_size` is then that of all processes together, and the order of the items
    /// is the same with any number of processes, from one checkpoint to the next too.
    ///
    /// All processes must draw the same order: from a generator with the same seed, or one that is the same otherwise.
    ///
    /// # Errors
    /// When `process_index` is none of `num_processes`, `batch_size` is no multiple of it, or batches that are not full
    /// are kept.
    pub fn split_batches(mut self, num_processes: usize, process_index: usize) -> Result<Self> {
        let size = self.config.batch_size;
        if process_index >= num_processes {
            let what = format!("process {process_index} is none of {num_processes}");
            return Err(Error::value(what));
        }
        if !size.is_multiple_of(num_processes) {
            let what =
                format!("a batch of {size} is not shared out evenly to {num_processes} processes");
            return Err(Error::value(what).mend("take a batch size that is a multiple of them"));
        }
        if num_processes > 1 && !self.config.drop_last {
            let what = "a last batch that is not full cannot be shared out evenly";
            return Err(Error::value(what).mend("set drop_last"));
        }
        self.share = (num_processes, process_index);
        Ok(self)
    }

    /// The data set.
    pub fn dataset(&self) -> &D {
        &self.dataset
    }

    /// `len(loader)`: batches in a pass.
    pub fn len(&self) -> usize {
        self.batch_sampler.len(self.items())
    }

    /// Items in a pass.
    fn items(&self) -> usize {
        self.sampler.map_or(self.dataset.len(), |sampler| sampler.len())
    }

    /// Whether a pass has no batch.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// `iter(loader)`: one pass.
    ///
    /// # Errors
    /// When libtorch refuses to draw, or a thread does not start.
    pub fn iter(&mut self) -> Result<Batches<D>> {
        self.settle()?;
        // torch draws a seed for its worker processes first, even without any.
        let _base_seed = match &mut self.generator {
            Some(generator) => generator.random()?,
            None => random()?,
        };
        let sampler = if self.config.shuffle { Sampler::Random } else { Sampler::Sequential };
        let order = match &self.sampler {
            Some(sampler) => sampler.indices()?,
            None => sampler.indices(self.dataset.len(), self.generator.as_mut())?,
        };
        self.resume(Position { order, batch: 0 })
    }

    /// The rest of a pass. Nothing is drawn.
    ///
    /// # Errors
    /// When the position is another data set's, or a thread does not start.
    pub fn resume(&self, position: Position) -> Result<Batches<D>> {
        let (batches, len) = (self.batch_sampler.batches(&position.order), self.dataset.len());
        let fits =
            position.order.len() == self.items() && position.order.iter().all(|&index| index < len);
        if !fits || position.batch > batches.len() {
            let (items, batch) = (position.order.len(), position.batch);
            let what =
                format!("the position is batch {batch} of {items} items; the data has {len}");
            return Err(Error::value(what).mend("go on with the data and the batch size of before"));
        }
        let (processes, process) = self.share;
        let own = |batch: &Vec<usize>| -> Vec<usize> {
            batch.iter().copied().skip(process).step_by(processes).collect()
        };
        let left: Vec<_> = batches[position.batch..].iter().map(own).collect();
        let (workers, ahead) = (self.config.num_workers, self.config.prefetch_factor);
        let source = if workers == 0 {
            Source::Here(self.dataset.clone(), left.into_iter())
        } else {
            Source::Threads(Prefetch::new(self.dataset.clone(), left, workers, ahead)?)
        };
        let (batch_size, exhausted) = (self.config.batch_size, self.exhausted.clone());
        Ok(Batches { source, position, batch_size, share: self.share, exhausted })
    }

    /// torch's sampler draws one more order at the end of a pass, of which it takes nothing.
    fn settle(&mut self) -> Result<()> {
        let exhausted = self.exhausted.swap(false, Ordering::Relaxed);
        if let (true, true, Some(generator)) = (exhausted, self.config.shuffle, &mut self.generator)
        {
            let _unused = generator.randperm(self.dataset.len() as i64)?;
        }
        Ok(())
    }

    /// The generator's state, where it has one of its own.
    ///
    /// # Errors
    /// When libtorch refuses.
    pub fn state_dict(&mut self) -> Result<StateDict> {
        self.settle()?;
        let mut state = StateDict::new();
        if let Some(generator) = &self.generator {
            state.insert("generator", generator.get_state()?);
        }
        Ok(state)
    }

    /// Takes up a generator's state.
    ///
    /// # Errors
    /// When one of the two has a generator and the other has not, or it is no state.
    pub fn load_state_dict(&mut self, state: &StateDict) -> Result<()> {
        match (&mut self.generator, state.get("generator")) {
            (None, None) => Ok(()),
            (Some(generator), Some(state)) => generator.set_state(state),
            _ => Err(Error::value(
                "the loader was saved with a generator of its own, or is to have one",
            )
            .mend("make the loader as it was when it was saved")),
        }
    }
}

enum Source<D: Dataset> {
    Here(Arc<D>, std::vec::IntoIter<Vec<usize>>),
    Threads(Prefetch<D>),
}

/// One pass through a [`DataLoader`].
pub struct Batches<D: Dataset> {
    source: Source<D>,
    position: Position,
    batch_size: usize,
    share: (usize, usize),
    exhausted: Arc<AtomicBool>,
}

impl<D: Dataset> Batches<D> {
    /// Where it stands: before the batch that comes next, whatever the threads have read already.
    pub fn position(&self) -> Position {
        Position { order: self.position.order.clone(), batch: self.position.batch }
    }

    /// The numbers of the items in the batch that came last: with [`split_batches`](DataLoader::split_batches), of this
    /// process's.
    pub fn items(&self) -> Vec<usize> {
        let mut batches = self.position.order.chunks(self.batch_size);
        let last = self.position.batch.checked_sub(1).and_then(|last| batches.nth(last));
        let (processes, process) = self.share;
        let last = last.unwrap_or_default().iter().copied();
        last.skip(process).step_by(processes).collect()
    }
}

impl<D: Dataset> Iterator for Batches<D> {
    type Item = Result<Vec<D::Item>>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = match &mut self.source {
            Source::Here(dataset, batches) => batches.next().map(|indices| {
                indices.into_iter().map(|index| dataset.get(index)).collect::<Result<Vec<_>>>()
            }),
            Source::Threads(prefetch) => prefetch.next(),
        };
        let short = |batch: &Result<Vec<_>>| {
            batch.as_ref().is_ok_and(|batch| batch.len() < self.batch_size / self.share.0)
        };
        if batch.as_ref().is_none_or(short) {
            self.exhausted.store(true, Ordering::Relaxed);
        }
        self.position.batch += usize::from(batch.is_some());
        batch
    }
}

impl Position {
    /// How many batches of the pass are done.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// For a checkpoint: `order` and `batch`, `int64`.
    pub fn state_dict(&self) -> StateDict {
        let order: Vec<i64> = self.order.iter().map(|&index| index as i64).collect();
        let mut state = StateDict::new();
        state.insert("order", Tensor::from_slice(&order));
        state.insert("batch", Tensor::from(self.batch as i64));
        state
    }

    /// From a checkpoint.
    ///
    /// # Errors
    /// When `order` or `batch` is missing or not of whole numbers.
    pub fn from_state_dict(state: &StateDict) -> Result<Self> {
        let whole = |name: &str| -> Result<Vec<usize>> {
            let missing = || Error::value(format!("the position in the data has no {name}"));
            let numbers = state.get(name).ok_or_else(missing)?.f_reshape([-1])?;
            let numbers = Vec::<i64>::try_from(&numbers)?.into_iter();
            let numbers = numbers.map(|number| usize::try_from(number).map_err(|_| missing()));
            numbers.collect()
        };
        let batch = whole("batch")?.first().copied().unwrap_or_default();
        Ok(Self { order: whole("order")?, batch })
    }
}
