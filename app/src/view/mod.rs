//! What people look at: terminal, SVG and PNG pictures. The offline HTML explorer is [`page`](crate::page).
//!
//! Everything here takes a [`Tensor`](tch::Tensor), a [`Step`](atencion::Step) or a [`Trace`](atencion::Trace) and only
//! looks at it: [`Matrix`] reads the numbers out once, and the views draw them.

pub mod chart;
pub mod code;
mod colour;
pub mod curve;
pub mod heatmap;
pub mod labels;
pub mod lesson;
mod matrix;
pub mod picture;
mod save;
pub mod terminal;

pub use colour::{Rgb, viridis};
pub use labels::Labels;
pub use matrix::{Matrix, Slice, slices};
pub use save::save;
pub use terminal::{Colours, Terminal};
