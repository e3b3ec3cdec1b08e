//! The norm after the last layer of a stack.

use super::{Forward, LayerNorm, LayerNormConfig, Path, RmsNorm, RmsNormConfig};
use crate::Result;

/// The norm after the last layer of an encoder or a decoder.
#[derive(Debug, Clone)]
pub enum NormConfig {
    /// A [`LayerNorm`].
    LayerNorm(LayerNormConfig),
    /// An [`RmsNorm`].
    RmsNorm(RmsNormConfig),
}

impl NormConfig {
    pub(crate) fn build(&self, path: Path<'_>) -> Result<Box<dyn Forward>> {
        Ok(match self.clone() {
            Self::LayerNorm(config) => Box::new(LayerNorm::new(path, config)?),
            Self::RmsNorm(config) => Box::new(RmsNorm::new(path, config)?),
        })
    }
}
