//! Attention: PyTorch's numbers, what holds for any numbers, published ones, memory, and what is refused.

mod bits;
mod errors;
mod memory;
mod properties;
mod published;
