//! Learned positions.

use tch::{Tensor, nn};

use super::{sequence, sizes};
use crate::Result;

/// Adds a learned vector per position: `x + weight[0..L]`.
///
/// Equal to adding `nn.Embedding(max_len, d_model)(arange(L))`, under its key `weight`. Sources: Gehring et al. 2017;
/// Vaswani et al. 2017, table 3 (E), which finds it as good as sinusoids.
#[derive(Debug)]
pub struct LearnedPositionalEncoding {
    /// `[max_len, E]`
    pub weight: Tensor,
}

impl LearnedPositionalEncoding {
    /// Fresh weights, drawn as `nn.Embedding` draws them: N(0, 1).
    ///
    /// # Errors
    /// When a size is below 1.
    pub fn new(path: &nn::Path, max_len: i64, d_model: i64) -> Result<Self> {
        sizes(max_len, d_model)?;
        let init = nn::Init::Randn { mean: 0.0, stdev: 1.0 };
        Ok(Self { weight: path.f_var("weight", &[max_len, d_model], init)? })
    }

    /// `x [.., L, E]` → the same shape; position 0 is the first token.
    ///
    /// # Errors
    /// When `x` is longer than `max_len` or has other features.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (max_len, d_model) = self.weight.size2()?;
        let l = sequence(&x.size(), max_len, d_model)?;
        Ok(x.f_add(&self.weight.f_narrow(0, 0, l)?)?)
    }
}
