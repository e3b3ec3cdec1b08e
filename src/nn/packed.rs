//! What a linear map multiplies with in place of its weight, where a model was opened to write.

use tch::Tensor;

use super::Field;
use crate::Result;
use crate::libtorch::{After, PackedWeight};

/// The weight of a linear map once more, packed for reading it token by token. `Packed::default()` is none, and the
/// weight itself is multiplied with; [`StateDict::packed`](crate::StateDict::packed) packs while a model is built.
#[derive(Debug, Default)]
pub struct Packed(pub(super) Option<PackedWeight>);

/// No parameter: a state_dict has the weight itself.
impl Field for Packed {}

impl Packed {
    /// `x Wᵀ + b`; `None` where nothing is packed, and the weight itself is to be multiplied with.
    pub(crate) fn linear(&self, x: &Tensor, bias: Option<&Tensor>) -> Option<Result<Tensor>> {
        self.linear_then(x, bias, After::default())
    }

    /// The same, and what comes after it while its outputs are at hand.
    pub(crate) fn linear_then(
        &self,
        x: &Tensor,
        bias: Option<&Tensor>,
        after: After,
    ) -> Option<Result<Tensor>> {
        self.0.as_ref().map(|packed| packed.linear_then(x, bias, after))
    }

    /// Whether there is a packed weight.
    pub(crate) fn is_some(&self) -> bool {
        self.0.is_some()
    }
}
