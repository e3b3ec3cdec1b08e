//! Training: optimisers, gradient clipping, the learning-rate schedule of the paper.
//!
//! | what | where |
//! |---|---|
//! | `torch.optim.AdamW`, `Adam`, `SGD` | [`AdamW`], [`Adam`], [`Sgd`], all of them an [`Optimizer`] |
//! | `torch.nn.utils.clip_grad_norm_` | [`clip_grad_norm_`] |
//! | warm-up, then decay | [`noam`] |

mod clip;
mod keyword;
mod noam;
pub mod optimizer;

pub use clip::clip_grad_norm_;
pub use noam::noam;
pub use optimizer::{Adam, AdamConfig, AdamW, Optimizer, Sgd, SgdConfig};
