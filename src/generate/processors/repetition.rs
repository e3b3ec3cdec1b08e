//! `RepetitionPenaltyLogitsProcessor`

use tch::{Kind, Tensor};

use super::LogitsProcessor;
use crate::Result;
use crate::tensor::times;

/// Makes less likely what is there already (Keskar et al. 2019).
#[derive(Debug)]
pub struct RepetitionPenalty {
    /// Above 1: less likely; below: likelier.
    pub penalty: f64,
    /// How many tokens of padding each row begins with, int64 `[B]`: those count not.
    pub prompt_ignore_length: Option<Tensor>,
}

impl LogitsProcessor for RepetitionPenalty {
    fn process(&self, input_ids: &Tensor, scores: &Tensor) -> Result<Tensor> {
        let vocabulary = scores.size()[1];
        let mut ids = input_ids.shallow_clone();
        if let Some(padding) = &self.prompt_ignore_length {
            let positions = Tensor::f_arange(ids.size()[1], (Kind::Int64, ids.device()))?;
            let padded = positions.f_unsqueeze(0)?.f_lt_tensor(&padding.f_unsqueeze(1)?)?;
            ids = ids.f_masked_fill(&padded, vocabulary)?;
        }
        // What is not of the vocabulary goes to a column of its own, behind it.
        let ids = ids.f_clamp_max(vocabulary)?;
        let scores = scores.f_pad([0, 1], "constant", 0.0)?;
        let score = scores.f_gather(1, &ids, false)?;
        let (less, more) = (times(&score, self.penalty)?, score.f_div_scalar(self.penalty)?);
        let score = less.f_where_self(&score.f_lt(0)?, &more)?;
        Ok(scores.f_scatter(1, &ids, &score)?.f_narrow(-1, 0, vocabulary)?)
    }
}
