//! What `TransformerEncoder` and `TransformerDecoder` share: a stack of equal layers and a final norm.

use super::parameters::Parameters;
use super::{Forward, LayerNorm, LayerNormConfig, Module, RmsNorm, RmsNormConfig, check};
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
    pub(crate) fn build(&self, parameters: &mut Parameters) -> Result<Box<dyn Forward>> {
        parameters.child("norm", |parameters| match self {
            Self::LayerNorm(config) => {
                Ok(Box::new(LayerNorm::build(parameters, config)?) as Box<dyn Forward>)
            }
            Self::RmsNorm(config) => Ok(Box::new(RmsNorm::build(parameters, config)?)),
        })
    }
}

/// torch's `_get_clones`: `layers.0` is drawn, the others are copies of it.
pub(crate) fn build_clones<L: Module>(
    parameters: &mut Parameters,
    num_layers: i64,
    build: impl Fn(&mut Parameters) -> Result<L>,
) -> Result<Vec<L>> {
    check::positive("a Transformer", "the number of layers", num_layers)?;
    let draws = parameters.draws();
    parameters.child("layers", |parameters| {
        let mut layers = vec![parameters.child("0", &build)?];
        for index in 1..num_layers {
            let clone = parameters
                .without_drawing(|parameters| parameters.child(&index.to_string(), &build))?;
            if draws {
                copy_parameters(&layers[0], &clone)?;
            }
            layers.push(clone);
        }
        Ok(layers)
    })
}

fn copy_parameters(from: &impl Module, to: &impl Module) -> Result<()> {
    let _no_grad = tch::no_grad_guard();
    for (mut to, from) in to.parameters().into_iter().zip(from.parameters()) {
        to.f_copy_(&from)?;
    }
    Ok(())
}
