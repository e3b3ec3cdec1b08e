//! The phrases, one file a group.

mod arithmetic;
mod autograd;
mod devices;
mod dtypes;
mod errors;
mod files;
mod indexing;
mod losses;
mod making;
mod masks;
mod matmul;
mod modules;
mod optimisers;
mod printing;
mod random;
mod reductions;
mod shapes;
mod transformers;
mod traps;

use super::Group;
use super::phrase::phrases;

pub(super) const GROUPS: [Group; 19] = [
    Group { name: "making", phrases: making::PHRASES },
    Group { name: "dtypes", phrases: dtypes::PHRASES },
    Group { name: "shapes", phrases: shapes::PHRASES },
    Group { name: "indexing", phrases: indexing::PHRASES },
    Group { name: "arithmetic", phrases: arithmetic::PHRASES },
    Group { name: "reductions", phrases: reductions::PHRASES },
    Group { name: "matmul", phrases: matmul::PHRASES },
    Group { name: "losses", phrases: losses::PHRASES },
    Group { name: "masks", phrases: masks::PHRASES },
    Group { name: "random", phrases: random::PHRASES },
    Group { name: "autograd", phrases: autograd::PHRASES },
    Group { name: "modules", phrases: modules::PHRASES },
    Group { name: "optimisers", phrases: optimisers::PHRASES },
    Group { name: "transformers", phrases: transformers::PHRASES },
    Group { name: "files", phrases: files::PHRASES },
    Group { name: "devices", phrases: devices::PHRASES },
    Group { name: "printing", phrases: printing::PHRASES },
    Group { name: "errors", phrases: errors::PHRASES },
    Group { name: "traps", phrases: traps::PHRASES },
];
