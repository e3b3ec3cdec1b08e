//! `LogitNormalization` and `InfNanRemoveLogitsProcessor`

use tch::{Kind, Tensor};

use super::LogitsProcessor;
use crate::Result;

/// Makes scores log-probabilities.
#[derive(Debug, Clone)]
pub struct LogitNormalization;

impl LogitsProcessor for LogitNormalization {
    fn process(&self, _input_ids: &Tensor, scores: &Tensor) -> Result<Tensor> {
        Ok(scores.f_log_softmax(-1, None::<Kind>)?)
    }
}

/// NaN becomes 0, infinity the largest number that there is.
#[derive(Debug, Clone)]
pub struct InfNanRemove;

impl LogitsProcessor for InfNanRemove {
    fn process(&self, _input_ids: &Tensor, scores: &Tensor) -> Result<Tensor> {
        Ok(scores.f_nan_to_num(0.0, None, None)?)
    }
}
