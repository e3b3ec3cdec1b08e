//! How far a prediction is from the target.

mod cross_entropy;
mod kl_div;
mod nll;
mod targets;

pub use cross_entropy::CrossEntropyLoss;
pub use kl_div::{KlDivLoss, KlReduction};
pub use nll::NllLoss;

/// What becomes of the losses of the single items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reduction {
    /// One loss an item.
    None,
    /// Their mean; with class weights the weighted mean, over items that are not ignored.
    #[default]
    Mean,
    /// Their sum.
    Sum,
}

impl From<Reduction> for tch::Reduction {
    fn from(reduction: Reduction) -> Self {
        match reduction {
            Reduction::None => tch::Reduction::None,
            Reduction::Mean => tch::Reduction::Mean,
            Reduction::Sum => tch::Reduction::Sum,
        }
    }
}
