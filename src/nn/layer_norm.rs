//! Layer normalisation: torch's `nn.LayerNorm`.

use tch::{Kind, Tensor};

use super::repr::{python_bool, python_tuple};
use super::{Forward, Path, check, init, module};
use crate::Result;
use crate::tensor::python_repr;

/// The options of [`LayerNorm`]; [`LayerNormConfig::new`] has torch's defaults.
#[derive(Debug, Clone)]
pub struct LayerNormConfig {
    /// The last dimensions of the input, over which it is normalised.
    pub normalized_shape: Vec<i64>,
    /// Added to the variance.
    pub eps: f64,
    /// Whether there is a `weight` (and a `bias`).
    pub elementwise_affine: bool,
    /// Whether there is a `bias`; it takes `elementwise_affine` too.
    pub bias: bool,
    /// Kind of the parameters; `None` is the `VarStore`'s, or the given tensors'.
    pub dtype: Option<Kind>,
}

impl LayerNormConfig {
    /// Over the last dimensions, of sizes `normalized_shape`; eps 1e-5, weight and bias.
    pub fn new(normalized_shape: &[i64]) -> Self {
        let normalized_shape = normalized_shape.to_vec();
        Self { normalized_shape, eps: 1e-5, elementwise_affine: true, bias: true, dtype: None }
    }
}

module! {
    /// `(x − E[x]) / √(Var[x] + ε) · weight + bias` over the last dimensions: `[.., *normalized_shape]` → the same.
    ///
    /// ```
    /// use atencion::nn::{Forward, LayerNorm, LayerNormConfig};
    /// use tch::{Device, Kind, Tensor, nn::VarStore};
    ///
    /// let vs = VarStore::new(Device::Cpu);
    /// let norm = LayerNorm::new(&vs.root(), LayerNormConfig::new(&[10]))?;
    /// let input = Tensor::randn([20, 5, 10], (Kind::Float, Device::Cpu)); // [B, L, E]
    /// assert_eq!(norm.forward(&input)?.size(), [20, 5, 10]);
    /// # Ok::<(), atencion::Error>(())
    /// ```
    ///
    /// Source: [torch.nn.LayerNorm](https://docs.pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html),
    /// [Ba, Kiros, Hinton 2016](https://arxiv.org/abs/1607.06450).
    pub struct LayerNorm from (config: LayerNormConfig) {
        /// The last dimensions of the input.
        pub normalized_shape: Vec<i64>,
        /// Added to the variance.
        pub eps: f64,
        /// `normalized_shape`
        pub weight: Option<Tensor>,
        /// `normalized_shape`
        pub bias: Option<Tensor>,
    }

    impl Module {
        fn extra_repr(&self) -> String {
            let (shape, eps) = (python_tuple(&self.normalized_shape), python_repr(self.eps));
            let affine = python_bool(self.weight.is_some());
            let bias = python_bool(self.bias.is_some());
            format!("{shape}, eps={eps}, elementwise_affine={affine}, bias={bias}")
        }
    }
}

impl LayerNorm {
    /// Fresh parameters are 1 (weight) and 0 (bias).
    ///
    /// # Errors
    /// When a size is not positive, or the path already has such parameters.
    pub fn new<'a>(path: impl Into<Path<'a>>, config: LayerNormConfig) -> Result<Self> {
        let p = path.into().with_kind(config.dtype);
        let shape = &config.normalized_shape;
        check::normalized_shape("LayerNorm", shape)?;
        let (affine, bias) = (config.elementwise_affine, config.bias);
        let norm = Self {
            normalized_shape: shape.clone(),
            eps: config.eps,
            weight: p.optional(affine, "weight", shape)?,
            bias: p.optional(affine && bias, "bias", shape)?,
            training: true,
        };
        if p.draws() {
            norm.reset_parameters()?;
        }
        Ok(norm)
    }

    /// Weight 1 and bias 0, as torch's method of that name.
    ///
    /// # Errors
    /// When libtorch refuses.
    pub fn reset_parameters(&self) -> Result<()> {
        self.weight.as_ref().map_or(Ok(()), |weight| init::constant_(weight, 1.0))?;
        self.bias.as_ref().map_or(Ok(()), |bias| init::constant_(bias, 0.0))
    }
}

impl Forward for LayerNorm {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        check::normalizes("LayerNorm", &self.normalized_shape, input)?;
        let (weight, bias) = (self.weight.as_ref(), self.bias.as_ref());
        input.f_layer_norm(&self.normalized_shape, weight, bias, self.eps, true).map_err(|error| {
            check::explain_dtype(
                "input",
                input,
                weight.map_or(input.kind(), Tensor::kind),
                error.into(),
            )
        })
    }
}
