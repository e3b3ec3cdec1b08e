//! The notebook's Rust twin, line for line: each Python line as a comment, under it the Rust that does the same.
//!
//! The notebook is first run by [`lines`](super::lines), which notes what kind of value each expression has and which
//! row of the table of operations each call is; the Rust is that row's own. What cannot be said stays a comment:
//! `// not ported: …`.

mod arguments;
mod attributes;
mod bindings;
mod blocks;
mod builtins;
mod calls;
mod changed;
mod classes;
mod code;
mod coerce;
mod expressions;
mod fields;
mod functions;
mod index;
mod items;
mod iterate;
mod layers;
mod making;
mod names;
mod numpy;
mod objects;
mod operators;
mod options;
mod records;
mod scope;
mod statements;
mod template;
mod texts;
mod twin;

pub use twin::{Cell, HEAD, Ported, port};
