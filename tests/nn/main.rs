//! torch.nn's modules: their numbers beside PyTorch's, and what they refuse.

mod cases;
mod conformance;
mod errors;
mod modules;
