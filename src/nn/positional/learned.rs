//! Learned positions.

use tch::{Kind, Tensor};

use super::{sequence, sizes};
use crate::Result;
use crate::nn::{Embedding, EmbeddingConfig, Forward, Path, module};

module! {
    /// Adds a learned vector per position: `x + embedding(arange(L))`.
    ///
    /// torch.nn has no such module; this is `self.embedding = nn.Embedding(max_len, d_model)`. Sources: Gehring et al.
    /// 2017; Vaswani et al. 2017, table 3 (E), which finds it as good as sinusoids.
    pub struct LearnedPositionalEncoding from (max_len: i64, d_model: i64) {
        /// `[max_len, E]`: a vector a position.
        pub embedding: Embedding,
    }
}

impl LearnedPositionalEncoding {
    /// Positions for `max_len` tokens of `d_model` features; fresh ones are N(0, 1), as in `nn.Embedding`.
    ///
    /// # Errors
    /// When a size is below 1, or the path is taken.
    pub fn new<'a>(path: impl Into<Path<'a>>, max_len: i64, d_model: i64) -> Result<Self> {
        sizes(max_len, d_model)?;
        let config = EmbeddingConfig::new(max_len, d_model);
        Ok(Self { embedding: Embedding::new(path.into() / "embedding", config)?, training: true })
    }
}

impl Forward for LearnedPositionalEncoding {
    /// `x [.., L, E]` → the same shape; position 0 is the first token.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (max_len, d_model) = self.embedding.weight.size2()?;
        let l = sequence(&x.size(), max_len, d_model)?;
        let positions = Tensor::f_arange(l, (Kind::Int64, x.device()))?; // [L]
        Ok(x.f_add(&self.embedding.forward(&positions)?)?)
    }
}
