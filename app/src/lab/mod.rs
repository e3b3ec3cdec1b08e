//! `atencion lab`: recurrence, convolution and attention side by side, measured on this machine.
//!
//! [Attention Is All You Need](https://arxiv.org/abs/1706.03762), table 1, says what each costs in the long run. Here it is
//! seen: [`cost`] takes the time, [`recall`] asks what is remembered.

pub mod cost;
pub mod crossover;
mod layer;
pub mod recall;

pub use layer::{Family, KERNEL, Layer};

fn name<S: serde::Serializer>(family: &Family, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(family.id())
}
