//! What a linear map multiplies with in place of its weight, where a model was opened to write.

use tch::Tensor;

use super::Field;
use crate::Result;
use crate::libtorch::PackedWeight;

/// The weight once more, packed; most often there is none.
#[derive(Debug, Default)]
pub(crate) struct Packed(pub(super) Option<PackedWeight>);

/// No parameter: a state_dict has the weight itself.
impl Field for Packed {}

impl Packed {
    /// `x Wᵀ + b`; `None` where nothing is packed, and the weight itself is to be multiplied with.
    pub(crate) fn linear(&self, x: &Tensor, bias: Option<&Tensor>) -> Option<Result<Tensor>> {
        self.0.as_ref().map(|packed| packed.linear(x, bias))
    }
}
