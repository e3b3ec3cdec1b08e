//! `y = x Wᵀ + b`: torch's `nn.Linear`.

use tch::nn::Path;
use tch::{Kind, Tensor};

use super::module::own_parameters;
use super::parameters::Parameters;
use super::{Forward, Module, check, init};
use crate::{Error, Result, StateDict};

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
#[derive(Debug)]
pub struct Linear {
    /// `[out_features, in_features]`
    pub weight: Tensor,
    /// `[out_features]`
    pub bias: Option<Tensor>,
    /// Kept for [`Module::training`]; it changes nothing here.
    pub training: bool,
}

impl Linear {
    /// Fresh parameters, U(−1/√in_features, 1/√in_features) as in PyTorch (tch's own default is √6 too wide).
    ///
    /// # Errors
    /// When a size is negative, or the path already has such parameters.
    pub fn new(path: &Path, config: LinearConfig) -> Result<Self> {
        Parameters::fresh(path, config.dtype, |parameters| Self::build(parameters, &config))
    }

    /// On the tensors `weight` and `bias` of `state` under `prefix`, whose storage is shared.
    ///
    /// # Errors
    /// Names every tensor that is missing, unexpected, misshapen or of another kind.
    pub fn from_state_dict(state: &StateDict, prefix: &str, config: LinearConfig) -> Result<Self> {
        Parameters::given(state, prefix, config.dtype, |parameters| {
            Self::build(parameters, &config)
        })
    }

    pub(crate) fn build(parameters: &mut Parameters, config: &LinearConfig) -> Result<Self> {
        let LinearConfig { in_features, out_features, bias, .. } = *config;
        check::not_negative("Linear", "in_features", in_features)?;
        check::not_negative("Linear", "out_features", out_features)?;
        let linear = Self {
            weight: parameters.parameter("weight", &[out_features, in_features])?,
            bias: parameters.optional(bias, "bias", &[out_features])?,
            training: true,
        };
        if parameters.draws() {
            linear.reset_parameters()?;
        }
        Ok(linear)
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

impl Module for Linear {
    fn named_parameters(&self) -> Vec<(String, Tensor)> {
        own_parameters(&[("weight", Some(&self.weight)), ("bias", self.bias.as_ref())])
    }

    fn training(&self) -> bool {
        self.training
    }

    fn train(&mut self, mode: bool) {
        self.training = mode;
    }
}

impl Forward for Linear {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        self.check(input)?;
        let output = input.f_linear(&self.weight, self.bias.as_ref());
        output
            .map_err(|error| check::explain_dtype("input", input, self.weight.kind(), error.into()))
    }
}
