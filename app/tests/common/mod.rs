//! Shared by the program's tests: running it, notebooks to check, and what the library's tests share.
#![allow(dead_code, unused_imports)]

pub mod command;
pub mod notebooks;
#[path = "../../../tests/common/mod.rs"]
mod shared;

pub use shared::golden::machine;
pub use shared::{assert_bits, assert_close, golden, python_with_torch, repository};
