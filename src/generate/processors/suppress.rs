//! `SuppressTokensLogitsProcessor`

use tch::Tensor;

use super::{LogitsProcessor, NEVER, among};
use crate::Result;

/// These ids are not written.
#[derive(Debug, Clone)]
pub struct SuppressTokens {
    /// The ids.
    pub suppress_tokens: Vec<i64>,
}

impl LogitsProcessor for SuppressTokens {
    fn process(&self, _input_ids: &Tensor, scores: &Tensor) -> Result<Tensor> {
        Ok(scores.f_masked_fill(&among(&self.suppress_tokens, scores)?, NEVER)?)
    }
}
