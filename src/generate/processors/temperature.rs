//! `TemperatureLogitsWarper`

use tch::Tensor;

use super::LogitsProcessor;
use crate::Result;

/// Divides the scores: below 1 the likely becomes likelier, above 1 all become alike.
#[derive(Debug, Clone)]
pub struct Temperature {
    /// More than 0.
    pub temperature: f64,
}

impl LogitsProcessor for Temperature {
    fn process(&self, _input_ids: &Tensor, scores: &Tensor) -> Result<Tensor> {
        Ok(scores.f_div_scalar(self.temperature)?)
    }
}
