//! Root-mean-square normalisation: torch's `nn.RMSNorm`.

use tch::{Kind, Tensor};

use super::repr::{python_bool, python_tuple};
use super::{Forward, Path, check, init, module};
use crate::Result;
use crate::tensor::python_repr;

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

module! {
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
    pub struct RmsNorm from (config: RmsNormConfig) {
        /// The last dimensions of the input.
        pub normalized_shape: Vec<i64>,
        /// Added to the mean square; `None` is the machine epsilon.
        pub eps: Option<f64>,
        /// `normalized_shape`
        pub weight: Option<Tensor>,
    }

    impl Module {
        fn name(&self) -> String {
            "RMSNorm".into()
        }

        fn extra_repr(&self) -> String {
            let eps = self.eps.map_or_else(|| "None".to_owned(), python_repr);
            let (shape, affine) = (python_tuple(&self.normalized_shape), python_bool(self.weight.is_some()));
            format!("{shape}, eps={eps}, elementwise_affine={affine}")
        }
    }
}

impl RmsNorm {
    /// A fresh weight is 1.
    ///
    /// # Errors
    /// When a size is not positive, or the path already has such parameters.
    pub fn new<'a>(path: impl Into<Path<'a>>, config: RmsNormConfig) -> Result<Self> {
        let p = path.into().with_kind(config.dtype);
        let shape = &config.normalized_shape;
        check::normalized_shape("RMSNorm", shape)?;
        let norm = Self {
            normalized_shape: shape.clone(),
            eps: config.eps,
            weight: p.optional(config.elementwise_affine, "weight", shape)?,
            training: true,
        };
        if p.draws() {
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
