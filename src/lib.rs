//! PyTorch's attention and Transformer modules in Rust on libtorch: **the same line, the same numbers.**
//!
//! The reading order is the order of the course:
//!
//! 1. [`practice3`]: the notebook, line for line.
//! 2. [`mod@tensor`]: `tensor![[..]]` and printing as PyTorch prints.
//! 3. [`attention`]: scaled dot-product attention, fused and step by step as a [`Trace`].
//! 4. [`nn`]: torch.nn's attention and Transformer modules.
//! 5. `tokenizer` (feature `tokenizers`): text to the ids of a model and back.
//! 6. `images` (feature `images`): pictures to the pixels of a model. `io::hub` (feature `hub`): models from the Hub.
//! 7. [`optim`], [`data`], [`train`] and [`metrics`]: optimisers and schedules, the loader in PyTorch's order, the loop and
//!    its checkpoints, BLEU and chrF.
//! 8. [`models`] and [`generate`]: model families in Hugging Face's layout, and how they write on.
//! 9. `dist` (feature `distributed`): torch.distributed, one training on several processes.
//!
//! [`tch`] is here under its own name, so that a program, or a cell of a notebook, uses the very release that this crate
//! was built with.

pub mod attention;
pub mod data;
pub mod device;
#[cfg(feature = "distributed")]
pub mod dist;
pub mod error;
pub mod generate;
#[cfg(feature = "images")]
pub mod images;
pub mod io;
mod lesson;
pub mod libtorch;
pub mod metrics;
pub mod models;
pub mod nn;
pub mod optim;
pub mod practice3;
mod printable;
pub mod state_dict;
pub mod tensor;
#[cfg(feature = "tokenizers")]
pub mod tokenizer;
pub mod trace;
pub mod train;

pub use error::{Error, ErrorKind, Result};
pub use printable::{is_hidden, printable};
pub use state_dict::StateDict;
pub use tch;
pub use trace::{Step, Trace};
