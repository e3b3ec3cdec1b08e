//! `ForcedBOSTokenLogitsProcessor` and `ForcedEOSTokenLogitsProcessor`

use tch::Tensor;

use super::{LogitsProcessor, NEVER, among};
use crate::Result;

/// Behind a single start token comes this one.
#[derive(Debug, Clone)]
pub struct ForcedBosToken {
    /// The id that is written.
    pub bos_token_id: i64,
}

impl LogitsProcessor for ForcedBosToken {
    fn process(&self, input_ids: &Tensor, scores: &Tensor) -> Result<Tensor> {
        only(&[self.bos_token_id], scores, input_ids.size()[1] == 1)
    }
}

/// Where the longest sequence ends, it ends with one of these.
#[derive(Debug, Clone)]
pub struct ForcedEosToken {
    /// In tokens, the prompt included.
    pub max_length: i64,
    /// The ids of which one is written.
    pub eos_token_id: Vec<i64>,
}

impl LogitsProcessor for ForcedEosToken {
    fn process(&self, input_ids: &Tensor, scores: &Tensor) -> Result<Tensor> {
        only(&self.eos_token_id, scores, input_ids.size()[1] == self.max_length - 1)
    }
}

/// 0 for these ids and −∞ for all others, if it is their turn.
fn only(ids: &[i64], scores: &Tensor, now: bool) -> Result<Tensor> {
    if !now {
        return Ok(scores.shallow_clone());
    }
    let others = among(ids, scores)?.f_logical_not()?;
    Ok(scores.f_zeros_like()?.f_masked_fill(&others, NEVER)?)
}
