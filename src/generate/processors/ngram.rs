//! `NoRepeatNGramLogitsProcessor`

use tch::{Kind, Tensor};

use super::{LogitsProcessor, NEVER};
use crate::Result;

/// No n tokens come twice in the same order.
#[derive(Debug, Clone)]
pub struct NoRepeatNGram {
    /// n, 1 or more.
    pub ngram_size: i64,
}

impl LogitsProcessor for NoRepeatNGram {
    fn process(&self, input_ids: &Tensor, scores: &Tensor) -> Result<Tensor> {
        let (n, length) = (self.ngram_size, input_ids.size()[1]);
        if length < n {
            return Ok(scores.shallow_clone());
        }
        // Wherever the last n - 1 tokens stand already, what came after them may not come again.
        let prefix = input_ids.f_narrow(1, length + 1 - n, n - 1)?.f_unsqueeze(1)?; // [B, 1, n - 1]
        let windows = input_ids.f_unfold(1, n, 1)?; // [B, S - n + 1, n]
        let matches = windows.f_narrow(-1, 0, n - 1)?.f_eq_tensor(&prefix)?.f_all_dim(-1, false)?;
        let (batch, vocabulary) = scores.size2()?;
        let next = windows.f_select(-1, n - 1)?.f_clamp_max(vocabulary)?;
        let next = next.f_where_scalarother(&matches, vocabulary)?;
        let mut banned = Tensor::f_zeros([batch, vocabulary + 1], (Kind::Bool, scores.device()))?;
        let _ = banned.f_scatter_value_(1, &next, 1)?;
        Ok(scores.f_masked_fill(&banned.f_narrow(1, 0, vocabulary)?, NEVER)?)
    }
}
