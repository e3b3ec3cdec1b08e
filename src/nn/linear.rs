//! `y = x Wᵀ + b`: torch's `nn.Linear`.

use std::ops::{Deref, DerefMut};

use tch::{Kind, Tensor};

use super::repr::python_bool;
use super::{Forward, Lora, Module, Packed, Parts, Path, check, init, module};
use crate::{Error, Result};

/// The options of [`Linear`]; [`LinearConfig::new`] has torch's defaults.
#[derive(Debug, Clone)]
pub struct LinearConfig {
    /// Size of each input row.
    pub in_features: i64,
    /// Size of each output row.
    pub out_features: i64,
    /// Whether a bias is added.
    pub bias: bool,
    /// Kind of the parameters; `None` is the `VarStore`'s, or the given tensors'.
    pub dtype: Option<Kind>,
}

impl LinearConfig {
    /// `in_features` to `out_features`, with bias.
    pub fn new(in_features: i64, out_features: i64) -> Self {
        Self { in_features, out_features, bias: true, dtype: None }
    }
}

module! {
    /// A linear map of the last dimension: `[.., in_features]` → `[.., out_features]`.
    ///
    /// ```
    /// use atencion::nn::{Forward, Linear, LinearConfig};
    /// use tch::{Device, Kind, Tensor, nn::VarStore};
    ///
    /// let vs = VarStore::new(Device::Cpu);
    /// let linear = Linear::new(&vs.root(), LinearConfig::new(20, 30))?;
    /// let input = Tensor::randn([128, 20], (Kind::Float, Device::Cpu));
    /// assert_eq!(linear.forward(&input)?.size(), [128, 30]);
    /// # Ok::<(), atencion::Error>(())
    /// ```
    ///
    /// Source: [torch.nn.Linear](https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html).
    pub struct Linear from (config: LinearConfig) {
        /// `[out_features, in_features]`
        pub weight: Tensor,
        /// `[out_features]`
        pub bias: Option<Tensor>,
        /// The weight once more, where it was packed for writing.
        pub packed: Packed,
        /// What it learns beside its weight, where the model was opened so.
        pub lora: Option<Lora>,
    }

    impl Module {
        fn extra_repr(&self) -> String {
            let (sizes, bias) = (self.weight.size(), python_bool(self.bias.is_some()));
            format!("in_features={}, out_features={}, bias={bias}", sizes[1], sizes[0])
        }
    }
}

impl Linear {
    /// Fresh parameters are U(−1/√in_features, 1/√in_features) as in PyTorch (tch's own default is √6 too wide).
    ///
    /// # Errors
    /// When a size is negative, or the path already has such parameters.
    pub fn new<'a>(path: impl Into<Path<'a>>, config: LinearConfig) -> Result<Self> {
        let LinearConfig { in_features, out_features, bias, dtype } = config;
        let p = path.into().with_kind(dtype);
        check::not_negative("Linear", "in_features", in_features)?;
        check::not_negative("Linear", "out_features", out_features)?;
        let weight = p.parameter("weight", &[out_features, in_features])?;
        let linear = Self {
            packed: p.pack(&weight)?,
            bias: p.optional(bias, "bias", &[out_features])?,
            lora: p.lora(&weight, [in_features, out_features])?,
            weight,
            training: true,
        };
        if p.draws() {
            linear.reset_parameters()?;
        }
        Ok(linear)
    }

    /// Its weight is another module's: torch's `linear.weight = embedding.weight`. The draws are those of a weight of
    /// its own, as in Python, where the assignment comes after them.
    ///
    /// # Errors
    /// As [`new`](Self::new); or when the weight is not `[out_features, in_features]`.
    pub fn tied<'a>(
        path: impl Into<Path<'a>>,
        config: LinearConfig,
        weight: &Tensor,
    ) -> Result<Self> {
        let linear = Self::new(path.into().tied("weight", weight), config)?;
        let (needed, given) = (linear.weight.size(), weight.size());
        if needed != given {
            let what = format!("the tied weight is {given:?} but should be {needed:?}");
            return Err(Error::value(what));
        }
        Ok(Self { weight: weight.shallow_clone(), ..linear })
    }

    /// Draws the parameters anew, as torch's method of that name.
    ///
    /// # Errors
    /// When libtorch refuses.
    pub fn reset_parameters(&self) -> Result<()> {
        init::kaiming_uniform_(&self.weight, 5f64.sqrt())?;
        if let Some(bias) = &self.bias {
            let (fan_in, _) = init::fan_in_and_fan_out(&self.weight)?;
            let bound = if fan_in > 0 { 1.0 / (fan_in as f64).sqrt() } else { 0.0 };
            init::uniform_(bias, -bound, bound)?;
        }
        Ok(())
    }

    fn multiply(&self, input: &Tensor) -> Result<Tensor> {
        self.check(input)?;
        let output = input.f_linear(&self.weight, self.bias.as_ref());
        output
            .map_err(|error| check::explain_dtype("input", input, self.weight.kind(), error.into()))
    }

    fn check(&self, input: &Tensor) -> Result<()> {
        let (input_size, in_features) = (input.size(), self.weight.size()[1]);
        if input_size.last() != Some(&in_features) {
            return Err(Error::value(format!(
                "input is {input_size:?}, but its last dimension should be in_features={in_features}"
            )));
        }
        Ok(())
    }
}

impl Forward for Linear {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        let output = match self.packed.linear(input, self.bias.as_ref()) {
            Some(output) => output?,
            None => self.multiply(input)?,
        };
        match &self.lora {
            Some(lora) => lora.add_to(&output, input),
            None => Ok(output),
        }
    }
}

/// The [`Linear`] that torch's attention projects its output with; it is one in everything but its name. Source:
/// `torch/nn/modules/linear.py`.
pub struct NonDynamicallyQuantizableLinear(pub Linear);

impl Deref for NonDynamicallyQuantizableLinear {
    type Target = Linear;

    fn deref(&self) -> &Linear {
        &self.0
    }
}

impl DerefMut for NonDynamicallyQuantizableLinear {
    fn deref_mut(&mut self) -> &mut Linear {
        &mut self.0
    }
}

impl Module for NonDynamicallyQuantizableLinear {
    fn parts(&self) -> Parts<'_> {
        self.0.parts()
    }

    fn training(&self) -> bool {
        self.0.training
    }

    fn train(&mut self, mode: bool) {
        self.0.train(mode);
    }

    fn as_module(&self) -> &dyn Module {
        self
    }

    fn extra_repr(&self) -> String {
        self.0.extra_repr()
    }
}

impl Forward for NonDynamicallyQuantizableLinear {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        self.0.forward(input)
    }
}
