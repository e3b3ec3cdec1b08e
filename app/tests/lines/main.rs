//! Rust reads the lines of a notebook: the same numbers as Python, within bounds, and named where it does not know.

mod bounds;
mod live;
mod phrases;
mod python;
mod samples;
