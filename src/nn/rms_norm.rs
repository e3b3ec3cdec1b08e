//! Root-mean-square normalisation: torch's `nn.RMSNorm`.

use tch::nn::Path;
use tch::{Kind, Tensor};

use super::module::own_parameters;
use super::parameters::Parameters;
use super::{Forward, Module, check, init};
use crate::{Result, StateDict};

/// The options of [`RmsNorm`]; [`RmsNormConfig::new`] has torch's defaults.
#[derive(Debug, Clone)]
pub struct RmsNormConfig {
    /// The last dimensions of the input, over which it is normalised.
    pub normalized_shape: Vec<i64>,
    /// Added to the mean square; `None` is the machine epsilon of the kind computed in.
    pub eps: Option<f64>,
    /// Whether there is a `weight`.
    pub elementwise_affine: bool,
    /// Kind of the parameters; `None` is the `VarStore`'s, or the given tensors'.
    pub dtype: Option<Kind>,
}

impl RmsNormConfig {
    /// Over the last dimensions, of sizes `normalized_shape`; machine epsilon, with weight.
    pub fn new(normalized_shape: &[i64]) -> Self {
        let normalized_shape = normalized_shape.to_vec();
        Self { normalized_shape, eps: None, elementwise_affine: true, dtype: None }
    }
}

/// `x / √(mean(x²) + ε) · weight` over the last dimensions: `[.., *normalized_shape]` → the same.
///
/// ```
/// use atencion::nn::{Forward, RmsNorm, RmsNormConfig};
/// use tch::{Device, Kind, Tensor, nn::VarStore};
///
/// let vs = VarStore::new(Device::Cpu);
/// let norm = RmsNorm::new(&vs.root(), RmsNormConfig::new(&[2, 3]))?;
/// let input = Tensor::randn([2, 2, 3], (Kind::Float, Device::Cpu));
/// assert_eq!(norm.forward(&input)?.size(), [2, 2, 3]);
/// # Ok::<(), atencion::Error>(())
/// ```
///
/// Source: [torch.nn.RMSNorm](https://docs.pytorch.org/docs/stable/generated/torch.nn.modules.normalization.RMSNorm.html),
/// [Zhang, Sennrich 2019](https://arxiv.org/abs/1910.07467).
#[derive(Debug)]
pub struct RmsNorm {
    /// The last dimensions of the input.
    pub normalized_shape: Vec<i64>,
    /// Added to the mean square; `None` is the machine epsilon.
    pub eps: Option<f64>,
    /// `normalized_shape`
    pub weight: Option<Tensor>,
    /// Kept for [`Module::training`]; it changes nothing here.
    pub training: bool,
}

impl RmsNorm {
    /// Fresh parameters: weight 1.
    ///
    /// # Errors
    /// When a size is not positive, or the path already has such parameters.
    pub fn new(path: &Path, config: RmsNormConfig) -> Result<Self> {
        Parameters::fresh(path, config.dtype, |parameters| Self::build(parameters, &config))
    }

    /// On the tensor `weight` of `state` under `prefix`, whose storage is shared.
    ///
    /// # Errors
    /// Names every tensor that is missing, unexpected, misshapen or of another kind.
    pub fn from_state_dict(state: &StateDict, prefix: &str, config: RmsNormConfig) -> Result<Self> {
        Parameters::given(state, prefix, config.dtype, |parameters| {
            Self::build(parameters, &config)
        })
    }

    pub(crate) fn build(parameters: &mut Parameters, config: &RmsNormConfig) -> Result<Self> {
        let shape = &config.normalized_shape;
        check::normalized_shape("RMSNorm", shape)?;
        let norm = Self {
            normalized_shape: shape.clone(),
            eps: config.eps,
            weight: parameters.optional(config.elementwise_affine, "weight", shape)?,
            training: true,
        };
        if parameters.draws() {
            norm.reset_parameters()?;
        }
        Ok(norm)
    }

    /// Weight 1, as torch's method of that name.
    ///
    /// # Errors
    /// When libtorch refuses.
    pub fn reset_parameters(&self) -> Result<()> {
        self.weight.as_ref().map_or(Ok(()), |weight| init::constant_(weight, 1.0))
    }
}

impl Module for RmsNorm {
    fn named_parameters(&self) -> Vec<(String, Tensor)> {
        own_parameters(&[("weight", self.weight.as_ref())])
    }

    fn training(&self) -> bool {
        self.training
    }

    fn train(&mut self, mode: bool) {
        self.training = mode;
    }
}

impl Forward for RmsNorm {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        check::normalizes("RMSNorm", &self.normalized_shape, input)?;
        let weight = self.weight.as_ref();
        input.f_rms_norm(&self.normalized_shape, weight, self.eps).map_err(|error| {
            check::explain_dtype(
                "input",
                input,
                weight.map_or(input.kind(), Tensor::kind),
                error.into(),
            )
        })
    }
}
