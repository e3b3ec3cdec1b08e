//! In which order a data set is gone through, and where it is cut into batches.

use tch::{Device, Kind, Tensor};

use crate::libtorch::Generator;
use crate::{Error, Result};

/// torch's samplers: all items of a data set, once each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampler {
    /// `SequentialSampler`: from the first to the last.
    Sequential,
    /// `RandomSampler`: in an order that is drawn anew each time.
    Random,
}

impl Sampler {
    /// The numbers of `len` items in this sampler's order: `list(sampler)`.
    ///
    /// Without a generator of one's own `RandomSampler` seeds one with a draw from the process's, as torch does, so that
    /// `manual_seed` decides on the order.
    ///
    /// # Errors
    /// When libtorch refuses.
    pub fn indices(self, len: usize, generator: Option<&mut Generator>) -> Result<Vec<usize>> {
        let order = match (self, generator) {
            (Self::Sequential, _) => return Ok((0..len).collect()),
            (Self::Random, Some(generator)) => generator.randperm(len as i64)?,
            (Self::Random, None) => Generator::new(random()? as u64)?.randperm(len as i64)?,
        };
        let order = Vec::<i64>::try_from(&order)?;
        Ok(order.into_iter().map(|index| index as usize).collect())
    }
}

/// `torch.empty((), dtype=torch.int64).random_().item()`, from the process's generator.
pub(super) fn random() -> Result<i64> {
    let mut number = Tensor::f_empty([0i64; 0], (Kind::Int64, Device::Cpu))?;
    let _ = number.f_random_()?;
    Ok(number.f_int64_value(&[])?)
}

/// `BatchSampler`: consecutive numbers, `batch_size` at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchSampler {
    batch_size: usize,
    drop_last: bool,
}

impl BatchSampler {
    /// `BatchSampler(sampler, batch_size, drop_last)`
    ///
    /// # Errors
    /// When `batch_size` is 0.
    pub fn new(batch_size: usize, drop_last: bool) -> Result<Self> {
        if batch_size == 0 {
            let what = "batch_size should be a positive integer value, but got batch_size=0";
            return Err(Error::value(what).mend("1 or more"));
        }
        Ok(Self { batch_size, drop_last })
    }

    /// `len(batch_sampler)`, for a sampler of `len` numbers.
    pub fn len(&self, len: usize) -> usize {
        if self.drop_last { len / self.batch_size } else { len.div_ceil(self.batch_size) }
    }

    /// The batches; a last one that is not full is left out with `drop_last`.
    pub fn batches(&self, indices: &[usize]) -> Vec<Vec<usize>> {
        let kept = self.len(indices.len());
        indices.chunks(self.batch_size).take(kept).map(<[usize]>::to_vec).collect()
    }
}
