//! Dropout: torch's `nn.Dropout`.

use tch::Tensor;

use super::{Build, Forward, Path, check, module};
use crate::Result;
use crate::tensor::python_repr;

module! {
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
    #[derive(Clone)]
    pub struct Dropout {
        /// Probability of an element to be zeroed.
        pub p: f64,
    }

    impl Module {
        fn extra_repr(&self) -> String {
            format!("p={}, inplace=False", python_repr(self.p))
        }
    }
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

impl Build for Dropout {
    type Config = f64;

    fn build(_: &Path<'_>, _: &str, p: f64) -> Result<Self> {
        Self::new(p)
    }
}

impl Forward for Dropout {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        Ok(input.f_dropout(self.p, self.training)?)
    }
}
