//! Reading .ipynb files, holding them against Rust, and naming the mistake.
//!
//! 1. [`ipynb`]: the cells of the file.
//! 2. [`python`]: the tensors that its code writes as literals; [`inputs`]: which of them are Q, K and V.
//! 3. [`table`] and [`printed`]: the numbers that people and PyTorch wrote down, with their [`precision`].
//! 4. [`known`]: the right results for those inputs; [`diagnose`]: the museum of mistakes.
//! 5. [`matching`] and [`compare`]: what a value was meant to be, and how far off it is.
//! 6. [`lines`]: the notebook's own code, run in Rust; [`uses`]: the attention in it, known by what is done.
//! 7. [`check`](check()): all of it for one notebook; a [`report::Report`] comes out.
//!
//! [`class`]: many notebooks, graded.

pub mod array;
#[cfg(feature = "program")]
mod check;
#[cfg(feature = "program")]
pub mod class;
#[cfg(feature = "program")]
pub mod compare;
pub mod diagnose;
#[cfg(feature = "program")]
pub mod inputs;
#[cfg(feature = "program")]
pub mod ipynb;
#[cfg(feature = "program")]
pub mod json;
#[cfg(feature = "program")]
pub mod known;
#[cfg(feature = "program")]
pub mod lines;
#[cfg(feature = "program")]
pub mod matching;
#[cfg(feature = "program")]
pub mod port;
#[cfg(feature = "program")]
pub mod precision;
#[cfg(feature = "program")]
pub mod printed;
#[cfg(feature = "program")]
pub mod python;
#[cfg(feature = "program")]
mod ran;
#[cfg(feature = "program")]
pub mod render;
#[cfg(feature = "program")]
pub mod report;
#[cfg(feature = "program")]
mod rows;
#[cfg(feature = "program")]
pub mod run;
#[cfg(feature = "program")]
pub mod table;
#[cfg(feature = "program")]
mod truth;
#[cfg(feature = "program")]
pub mod uses;

#[cfg(feature = "program")]
pub use check::{Checked, check, check_within};
