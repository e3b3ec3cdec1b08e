//! `MinPLogitsWarper`

use tch::{Kind, Tensor};

use super::{LogitsProcessor, NEVER};
use crate::Result;
use crate::tensor::times;

/// Keeps what is at least this share as likely as the likeliest (Nguyen et al. 2024).
#[derive(Debug, Clone)]
pub struct MinP {
    /// From 0 to 1.
    pub min_p: f64,
    /// At least so many are kept.
    pub min_tokens_to_keep: i64,
}

impl LogitsProcessor for MinP {
    fn process(&self, _input_ids: &Tensor, scores: &Tensor) -> Result<Tensor> {
        let probs = scores.f_softmax(-1, None::<Kind>)?;
        let top_probs = probs.f_amax(-1, true)?;
        let mut tokens_to_remove = probs.f_lt_tensor(&times(&top_probs, self.min_p)?)?;
        let k = self.min_tokens_to_keep.min(probs.size()[1]);
        let (_, sorted_indices) = probs.f_topk(k, -1, true, true)?;
        let _ = tokens_to_remove.f_scatter_value_(-1, &sorted_indices, 0)?;
        Ok(scores.f_masked_fill(&tokens_to_remove, NEVER)?)
    }
}
