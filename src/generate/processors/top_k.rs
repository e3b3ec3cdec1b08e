//! `TopKLogitsWarper`

use tch::Tensor;

use super::{LogitsProcessor, NEVER};
use crate::Result;

/// Keeps the k likeliest tokens, and those that are as likely as the last of them (Fan et al. 2018).
#[derive(Debug, Clone)]
pub struct TopK {
    /// 1 or more.
    pub top_k: i64,
    /// At least so many are kept.
    pub min_tokens_to_keep: i64,
}

impl LogitsProcessor for TopK {
    fn process(&self, _input_ids: &Tensor, scores: &Tensor) -> Result<Tensor> {
        let last = last_of_best(scores, self.top_k.max(self.min_tokens_to_keep))?;
        let indices_to_remove = scores.f_lt_tensor(&last)?;
        Ok(scores.f_masked_fill(&indices_to_remove, NEVER)?)
    }
}

/// The score of the k-th best, `[B, 1]`.
pub(super) fn last_of_best(scores: &Tensor, k: i64) -> Result<Tensor> {
    let k = k.min(scores.size().last().copied().unwrap_or(k));
    let (best, _) = scores.f_topk(k, -1, true, true)?;
    Ok(best.f_narrow(-1, k - 1, 1)?)
}
