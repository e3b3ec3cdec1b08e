//! The program `atencion`, and what it is made of: the views, the notebook checker, the phrasebook, the texts.
//!
//! The mathematics is in the library [`atencion`], which knows nothing of this. [`jupyter`] is for Rust cells in a
//! notebook.
//!
//! Without the feature `program` there are only [`page`], [`exercise`] with the mistakes that it names, and [`i18n`], and with the feature `jupyter`, [`jupyter`] and
//! what it draws with, [`view`].

#[cfg(feature = "program")]
pub mod cli;
pub mod exercise;
pub mod i18n;
#[cfg(feature = "jupyter")]
pub mod jupyter;
#[cfg(feature = "program")]
pub mod lab;
pub mod notebook;
pub mod page;
#[cfg(feature = "program")]
pub mod phrasebook;
mod runnable;
#[cfg(feature = "program")]
pub mod train;
#[cfg(feature = "jupyter")]
pub mod view;
