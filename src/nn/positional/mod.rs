//! Where a token stands: attention itself does not know (Vaswani et al. 2017, section 3.5).

mod learned;
mod rotary;
mod sinusoidal;

pub use learned::LearnedPositionalEncoding;
pub use rotary::{RotaryEmbedding, RotaryEmbeddingConfig, rotate};
pub use sinusoidal::{Layout, PositionalEncoding, PositionalEncodingConfig, sinusoids};

use crate::{Error, Result};

fn sizes(max_len: i64, d_model: i64) -> Result<()> {
    for (name, size) in [("max_len", max_len), ("d_model", d_model)] {
        if size < 1 {
            return Err(Error::value(format!("{name} is {size} but should be 1 or more")));
        }
    }
    Ok(())
}

/// `x` is `[.., L, E]` with `L` at most `max_len`; returns `L`.
fn sequence(x: &[i64], max_len: i64, d_model: i64) -> Result<i64> {
    match x {
        [.., l, e] if *l <= max_len && *e == d_model => Ok(*l),
        [.., l, e] if *e == d_model => Err(Error::value(format!(
            "x is {x:?} with L={l} tokens but there are positions for max_len={max_len}"
        ))
        .mend("build the encoding with a larger max_len, or cut the sequence")),
        _ => Err(Error::value(format!("x is {x:?} but should be [.., L, E={d_model}]"))),
    }
}
