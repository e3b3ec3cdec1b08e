//! Scaled dot-product attention: the fused call, and the same thing step by step as a [`Trace`](crate::Trace).

mod sdpa;

pub use sdpa::{Sdpa, scaled_dot_product_attention};
