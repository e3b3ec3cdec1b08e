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
//! 7. [`DynamicCache`]: the keys and values of a model's layers, kept while it writes on.
//!
//! Letters: `B` batch, `H` heads, `L` queries, `S` keys, `D` features of a head, `Dv` features of a value.

mod cache;
mod check;
mod dynamic_cache;
mod flow;
mod masks;
mod scores;
mod sdpa;
mod self_attention;
mod steps;

pub(crate) use check::probability;
pub(crate) use masks::integers;

pub use cache::append_to_cache;
pub use dynamic_cache::DynamicCache;
pub use masks::{
    causal_mask, causal_mask_at, generate_square_subsequent_mask, key_padding_mask, key_positions,
    lengths_mask, padding_mask, query_positions, query_positions_by_row, sliding_window_mask,
};
pub use scores::{
    Additive, Bilinear, Dot, ScaledDot, ScoreFunction, attend, safe_softmax, softcap,
};
pub use sdpa::{Sdpa, scaled_dot_product_attention};
pub use self_attention::self_attention;
pub use steps::scaled_dot_product_attention_steps;
