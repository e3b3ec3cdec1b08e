//! torch.nn's attention and Transformer modules, one file a module, under torch's names and keys.

pub mod loss;
pub mod positional;

pub use loss::{CrossEntropyLoss, KlDivLoss, KlReduction, NllLoss, Reduction};
pub use positional::{
    Layout, LearnedPositionalEncoding, PositionalEncoding, RotaryEmbedding, sinusoids,
};
