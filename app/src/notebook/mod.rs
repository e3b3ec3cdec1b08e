//! Reading .ipynb files, holding them against Rust, and naming the mistake.
//!
//! 1. [`ipynb`]: the cells of the file.
//! 2. [`python`]: the tensors that its code writes as literals; [`inputs`]: which of them are Q, K and V.
//! 3. [`table`] and [`printed`]: the numbers that people and PyTorch wrote down, with their [`precision`].
//! 4. [`known`]: the right results for those inputs; [`diagnose`]: the museum of mistakes.
//! 5. [`matching`] and [`compare`]: what a value was meant to be, and how far off it is.
//! 6. [`check`](check()): all of it for one notebook; a [`report::Report`] comes out.
//!
//! [`class`]: many notebooks, graded.

pub mod array;
mod check;
pub mod class;
pub mod compare;
pub mod diagnose;
pub mod inputs;
pub mod ipynb;
pub mod json;
pub mod known;
pub mod lines;
pub mod matching;
pub mod port;
pub mod precision;
pub mod printed;
pub mod python;
mod ran;
pub mod render;
pub mod report;
mod rows;
pub mod run;
pub mod table;
mod truth;

pub use check::{Checked, check};
