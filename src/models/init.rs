//! Fresh weights in `transformers`' order of draws: its `initialize_weights`.

use crate::Result;
use crate::nn::{Module, init};

/// Calls `init_weights` for each module, children before their parent, as `smart_apply` does.
pub(crate) fn initialize_weights(
    module: &dyn Module,
    init_weights: &dyn Fn(&dyn Module) -> Result<()>,
) -> Result<()> {
    for (_, child) in module.named_children() {
        initialize_weights(child, init_weights)?;
    }
    init_weights(module)
}

/// `PreTrainedModel._init_weights`: what holds for all families. `std` is `config.initializer_range`.
pub(crate) fn init_weights(module: &dyn Module, std: f64) -> Result<()> {
    let class = module.name();
    let parts = module.parts();
    let own = |wanted: &str| {
        parts.parameters.iter().find(|(name, _)| name == wanted).map(|(_, tensor)| *tensor)
    };
    let (weight, bias) = (own("weight"), own("bias"));
    match class.as_str() {
        "Linear" | "Conv2d" | "Conv1D" => {
            weight.map_or(Ok(()), |weight| init::normal_(weight, 0.0, std))?;
            bias.map_or(Ok(()), |bias| init::constant_(bias, 0.0))
        }
        "Embedding" => weight.map_or(Ok(()), |weight| init::normal_(weight, 0.0, std)),
        "LayerNorm" | "RMSNorm" => {
            weight.map_or(Ok(()), |weight| init::constant_(weight, 1.0))?;
            bias.map_or(Ok(()), |bias| init::constant_(bias, 0.0))
        }
        _ => Ok(()),
    }
}
