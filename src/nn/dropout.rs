//! Dropout: torch's `nn.Dropout`.

use tch::Tensor;

use super::{Forward, Module, check};
use crate::Result;

/// In training, zeroes each element with probability `p` and divides the others by `1 − p`; in evaluation, nothing.
/// The shape stays as it is.
///
/// ```
/// use atencion::nn::{Dropout, Forward, Module};
/// use tch::{Device, Kind, Tensor};
///
/// let mut dropout = Dropout::new(0.2)?;
/// dropout.eval();
/// let input = Tensor::randn([20, 16], (Kind::Float, Device::Cpu));
/// assert_eq!(dropout.forward(&input)?, input);
/// # Ok::<(), atencion::Error>(())
/// ```
///
/// Source: [torch.nn.Dropout](https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html).
#[derive(Debug, Clone)]
pub struct Dropout {
    /// Probability of an element to be zeroed.
    pub p: f64,
    /// Whether it acts.
    pub training: bool,
}

impl Dropout {
    /// Drops with probability `p`.
    ///
    /// # Errors
    /// When `p` is not between 0 and 1.
    pub fn new(p: f64) -> Result<Self> {
        check::probability("dropout", p)?;
        Ok(Self { p, training: true })
    }
}

impl Module for Dropout {
    fn named_parameters(&self) -> Vec<(String, Tensor)> {
        Vec::new()
    }

    fn training(&self) -> bool {
        self.training
    }

    fn train(&mut self, mode: bool) {
        self.training = mode;
    }
}

impl Forward for Dropout {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        Ok(input.f_dropout(self.p, self.training)?)
    }
}
