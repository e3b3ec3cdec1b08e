//! Scaled dot-product attention (Vaswani et al. 2017, section 3.2.1): the fused call, and the same thing step by step
//! as a [`Trace`](crate::Trace).
//!
//! In reading order:
//!
//! 1. [`self_attention`]: the notebook's four lines, nothing else.
//! 2. [`scaled_dot_product_attention`]: torch's function, with mask, dropout, causal order, scale and grouped heads.
//! 3. [`scaled_dot_product_attention_steps`]: every intermediate of it, named, with its Python and its Rust line.
//! 4. [`causal_mask`] and its kin: who may attend to whom.
//! 5. [`ScoreFunction`]: other ways to compare a query with a key (Luong, Bahdanau).
//! 6. What the ONNX `Attention` operator adds: [`softcap`], [`sliding_window_mask`], [`append_to_cache`],
//!    [`lengths_mask`], [`safe_softmax`].
//!
//! Letters: `B` batch, `H` heads, `L` queries, `S` keys, `D` features of a head, `Dv` features of a value.

mod cache;
mod check;
mod flow;
mod lengths;
mod mask;
mod positions;
mod safe_softmax;
mod score;
mod sdpa;
mod self_attention;
mod softcap;
mod steps;
mod window;

pub(crate) use check::probability;
pub(crate) use positions::integers;

pub use cache::append_to_cache;
pub use lengths::{key_padding_mask, lengths_mask, padding_mask};
pub use mask::{causal_mask, generate_square_subsequent_mask};
pub use positions::{causal_mask_at, key_positions, query_positions, query_positions_by_row};
pub use safe_softmax::safe_softmax;
pub use score::{Additive, Bilinear, Dot, ScaledDot, ScoreFunction, attend};
pub use sdpa::{Sdpa, scaled_dot_product_attention};
pub use self_attention::self_attention;
pub use softcap::softcap;
pub use steps::scaled_dot_product_attention_steps;
pub use window::sliding_window_mask;
