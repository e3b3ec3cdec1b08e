//! `TopPLogitsWarper`

use tch::{Kind, Tensor};

use super::{LogitsProcessor, NEVER, in_vocabulary_order};
use crate::Result;

/// Keeps the likeliest tokens that together have this probability (Holtzman et al. 2020, nucleus sampling).
#[derive(Debug, Clone)]
pub struct TopP {
    /// From 0 to 1.
    pub top_p: f64,
    /// At least so many are kept.
    pub min_tokens_to_keep: i64,
}

impl LogitsProcessor for TopP {
    fn process(&self, _input_ids: &Tensor, scores: &Tensor) -> Result<Tensor> {
        let (sorted_logits, sorted_indices) = scores.f_sort(-1, false)?;
        let cumulative_probs =
            sorted_logits.f_softmax(-1, None::<Kind>)?.f_cumsum(-1, None::<Kind>)?;
        // From the unlikeliest up: what all of them together may have is left out.
        let sorted_indices_to_remove = cumulative_probs.f_le(1.0 - self.top_p)?;
        let vocabulary = scores.size()[1];
        let kept = self.min_tokens_to_keep.min(vocabulary);
        let _ = sorted_indices_to_remove.f_narrow(-1, vocabulary - kept, kept)?.f_fill_(0)?;
        let indices_to_remove = in_vocabulary_order(&sorted_indices_to_remove, &sorted_indices)?;
        Ok(scores.f_masked_fill(&indices_to_remove, NEVER)?)
    }
}
