//! `MinLengthLogitsProcessor`, and with the prompt's length added `MinNewTokensLengthLogitsProcessor`.

use tch::Tensor;

use super::{LogitsProcessor, NEVER, among};
use crate::Result;

/// No end token before the sequence, its prompt included, is this long.
#[derive(Debug, Clone)]
pub struct MinLength {
    /// In tokens.
    pub min_length: i64,
    /// The ids that end a text.
    pub eos_token_id: Vec<i64>,
}

impl LogitsProcessor for MinLength {
    fn process(&self, input_ids: &Tensor, scores: &Tensor) -> Result<Tensor> {
        if input_ids.size()[1] >= self.min_length {
            return Ok(scores.shallow_clone());
        }
        Ok(scores.f_masked_fill(&among(&self.eos_token_id, scores)?, NEVER)?)
    }
}
