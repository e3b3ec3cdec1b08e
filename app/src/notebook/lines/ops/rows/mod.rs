//! The rows, by what they do.

mod binary;
mod functional;
mod gathering;
mod in_place;
mod kinds;
mod layers;
mod linalg;
mod losses;
mod making;
mod pointwise;
mod products;
mod reductions;
mod shapes;

use super::Op;

/// All of them. Where two rows of one name differ only in what they take, the narrower one comes first.
pub(super) const ALL: [&[Op]; 13] = [
    making::OPS,
    pointwise::OPS,
    binary::OPS,
    products::OPS,
    reductions::OPS,
    shapes::OPS,
    gathering::OPS,
    functional::OPS,
    layers::OPS,
    losses::OPS,
    linalg::OPS,
    kinds::OPS,
    in_place::OPS,
];
