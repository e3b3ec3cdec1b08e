//! The head that says how likely each token comes next.

use tch::Tensor;

use super::init::init_weights;
use crate::Result;
use crate::nn::{Linear, LinearConfig, Path};

/// `lm_head`, `E → V` without a bias, of the size of `embeddings` `[V, E]`; `tied`: it is those embeddings. As in
/// `transformers` it is drawn in either case. `std` is `config.initializer_range`.
pub(crate) fn lm_head(p: &Path, embeddings: &Tensor, tied: bool, std: f64) -> Result<Linear> {
    let (v, e) = embeddings.size2()?;
    let place = (p / "lm_head").for_logits();
    let place = if tied { place.tied("weight", embeddings) } else { place };
    let mut head = Linear::new(place, LinearConfig { bias: false, ..LinearConfig::new(e, v) })?;
    if p.draws() {
        init_weights(&head, std)?;
    }
    if tied {
        head.weight = embeddings.shallow_clone();
    }
    Ok(head)
}
