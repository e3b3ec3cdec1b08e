//! `EpsilonLogitsWarper` and `EtaLogitsWarper` (Hewitt et al. 2022).

use tch::{Kind, Tensor};

use super::top_k::last_of_best;
use super::{LogitsProcessor, NEVER};
use crate::Result;

/// Keeps what has at least this probability.
#[derive(Debug, Clone)]
pub struct EpsilonCutoff {
    /// Between 0 and 1.
    pub epsilon: f64,
    /// At least so many are kept.
    pub min_tokens_to_keep: i64,
}

impl LogitsProcessor for EpsilonCutoff {
    fn process(&self, _input_ids: &Tensor, scores: &Tensor) -> Result<Tensor> {
        let unlikely = scores.f_softmax(-1, None::<Kind>)?.f_lt(self.epsilon)?;
        without(scores, &unlikely, self.min_tokens_to_keep)
    }
}

/// The same, with a lower bound where much is possible.
#[derive(Debug, Clone)]
pub struct EtaCutoff {
    /// Between 0 and 1.
    pub epsilon: f64,
    /// At least so many are kept.
    pub min_tokens_to_keep: i64,
}

impl LogitsProcessor for EtaCutoff {
    fn process(&self, _input_ids: &Tensor, scores: &Tensor) -> Result<Tensor> {
        let probabilities = scores.f_softmax(-1, None::<Kind>)?;
        let epsilon = Tensor::f_from_slice(&[self.epsilon as f32])?;
        let epsilon = epsilon.f_squeeze()?.f_to_device(scores.device())?;
        let spread = epsilon.f_sqrt()?.f_mul(&entropy(scores)?.f_neg()?.f_exp()?)?;
        let eta = epsilon.f_minimum(&spread)?.f_unsqueeze(-1)?; // [B, 1]
        without(scores, &probabilities.f_lt_tensor(&eta)?, self.min_tokens_to_keep)
    }
}

/// `torch.distributions.Categorical(logits=scores).entropy()`: `[B, V]` → `[B]`.
fn entropy(scores: &Tensor) -> Result<Tensor> {
    let logits = scores.f_sub(&scores.f_logsumexp(-1, true)?)?;
    let probs = logits.f_softmax(-1, None::<Kind>)?;
    let lowest = if scores.kind() == Kind::Double { f64::MIN } else { f64::from(f32::MIN) };
    let p_log_p = logits.f_clamp_min(lowest)?.f_mul(&probs)?;
    Ok(p_log_p.f_sum_dim_intlist(-1, false, None::<Kind>)?.f_neg()?)
}

/// All but the unlikely, and the best of these where too few are left.
fn without(scores: &Tensor, unlikely: &Tensor, min_tokens_to_keep: i64) -> Result<Tensor> {
    let below = scores.f_lt_tensor(&last_of_best(scores, min_tokens_to_keep)?)?;
    Ok(scores.f_masked_fill(&unlikely.f_logical_and(&below)?, NEVER)?)
}
