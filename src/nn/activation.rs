//! The activation between a layer's two linear maps.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use tch::Tensor;

use super::{Build, Forward, Path, module};
use crate::{Error, Result};

/// The activation of an encoder or decoder layer: torch's `activation` argument. `"relu"` and `"gelu"` parse.
///
/// ```
/// use atencion::nn::Activation;
///
/// let gelu: Activation = "gelu".parse()?;
/// let silu = Activation::custom(|x| Ok(x.f_silu()?));
/// # let _ = (gelu, silu);
/// # Ok::<(), atencion::Error>(())
/// ```
#[derive(Clone, Default)]
pub enum Activation {
    /// `max(0, x)`: torch's default.
    #[default]
    Relu,
    /// `x Φ(x)` with the exact normal distribution: `F.gelu`.
    Gelu,
    /// `F.gelu(x, approximate="tanh")`, a unary callable in torch: the encoder's fast path does not know it.
    GeluTanh,
    /// Any other map of a tensor to one of the same shape.
    Custom(Custom),
}

/// The function of [`Activation::Custom`].
pub type Custom = Arc<dyn Fn(&Tensor) -> Result<Tensor> + Send + Sync>;

impl Activation {
    /// An activation of one's own.
    pub fn custom(function: impl Fn(&Tensor) -> Result<Tensor> + Send + Sync + 'static) -> Self {
        Self::Custom(Arc::new(function))
    }

    /// Applies it, element by element.
    ///
    /// # Errors
    /// When the custom function fails.
    pub fn apply(&self, input: &Tensor) -> Result<Tensor> {
        match self {
            Self::Relu => Ok(input.f_relu()?),
            Self::Gelu => Ok(input.f_gelu("none")?),
            Self::GeluTanh => Ok(input.f_gelu("tanh")?),
            Self::Custom(function) => function(input),
        }
    }
}

impl fmt::Debug for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Relu => "Relu",
            Self::Gelu => "Gelu",
            Self::GeluTanh => "GeluTanh",
            Self::Custom(_) => "Custom",
        })
    }
}

impl FromStr for Activation {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "relu" => Ok(Self::Relu),
            "gelu" => Ok(Self::Gelu),
            _ => Err(Error::value(format!("activation should be relu/gelu, not {name}"))
                .mend("for another one use Activation::custom(|x| ..)")),
        }
    }
}

macro_rules! activations {
    ($($(#[$meta:meta])* $name:ident, $torch:literal, $extra:literal, $x:ident => $call:expr;)*) => { $(
        module! {
            $(#[$meta])*
            pub struct $name {}

            impl Module {
                fn name(&self) -> String {
                    $torch.into()
                }

                fn extra_repr(&self) -> String {
                    $extra.into()
                }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self { training: true }
            }
        }

        impl Build for $name {
            type Config = ();

            fn build(_: &Path<'_>, _: &str, _: ()) -> Result<Self> {
                Ok(Self::default())
            }
        }

        impl Forward for $name {
            fn forward(&self, $x: &Tensor) -> Result<Tensor> {
                Ok($call?)
            }
        }
    )* };
}

activations! {
    /// `max(0, x)`: torch's `nn.ReLU`.
    Relu, "ReLU", "", x => x.f_relu();
    /// `x Φ(x)` with the exact normal distribution: torch's `nn.GELU`.
    Gelu, "GELU", "approximate='none'", x => x.f_gelu("none");
    /// `x σ(x)`: torch's `nn.SiLU`.
    Silu, "SiLU", "", x => x.f_silu();
    /// Hyperbolic tangent: torch's `nn.Tanh`.
    Tanh, "Tanh", "", x => x.f_tanh();
}
