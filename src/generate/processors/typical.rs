//! `TypicalLogitsWarper`

use tch::{Kind, Tensor};

use super::{LogitsProcessor, NEVER, in_vocabulary_order};
use crate::Result;

/// Keeps the tokens whose surprise is nearest to the expected one, up to this probability (Meister et al. 2022).
#[derive(Debug, Clone)]
pub struct Typical {
    /// Between 0 and 1.
    pub mass: f64,
    /// At least so many are kept.
    pub min_tokens_to_keep: i64,
}

impl LogitsProcessor for Typical {
    fn process(&self, _input_ids: &Tensor, scores: &Tensor) -> Result<Tensor> {
        let normalized = scores.f_log_softmax(-1, None::<Kind>)?;
        let p = normalized.f_exp()?;
        let ent = normalized.f_mul(&p)?.f_nansum(-1, true, None::<Kind>)?.f_neg()?;
        let shifted_scores = normalized.f_neg()?.f_sub(&ent)?.f_abs()?;
        let (sorted_scores, sorted_indices) = shifted_scores.f_sort(-1, false)?;
        let sorted_logits = scores.f_gather(-1, &sorted_indices, false)?;
        let cumulative_probs =
            sorted_logits.f_softmax(-1, None::<Kind>)?.f_cumsum(-1, None::<Kind>)?;
        let vocabulary = scores.size()[1];
        let last_ind =
            cumulative_probs.f_lt(self.mass)?.f_sum_dim_intlist(1, false, None::<Kind>)?;
        let last_ind = last_ind.f_clamp_max(vocabulary - 1)?.f_view([-1, 1])?;
        let last = sorted_scores.f_gather(1, &last_ind, false)?;
        let sorted_indices_to_remove = sorted_scores.f_gt_tensor(&last)?;
        let kept = self.min_tokens_to_keep.min(vocabulary);
        let _ = sorted_indices_to_remove.f_narrow(-1, 0, kept)?.f_fill_(0)?;
        let indices_to_remove = in_vocabulary_order(&sorted_indices_to_remove, &sorted_indices)?;
        Ok(scores.f_masked_fill(&indices_to_remove, NEVER)?)
    }
}
