//! The program `atencion`, and what it is made of: the views, the notebook checker, the phrasebook, the texts.
//!
//! The mathematics is in the library [`atencion`], which knows nothing of this. [`jupyter`] is for Rust cells in a
//! notebook.

pub mod cli;
pub mod i18n;
pub mod jupyter;
pub mod notebook;
pub mod phrasebook;
pub mod view;
