//! Losses from labels: `transformers/loss/loss_utils.py`.

use tch::{Kind, Tensor};

use crate::Result;
use crate::nn::CrossEntropyLoss;

/// `ForCausalLMLoss`: each token is to predict the next. `logits [B, L, V]`, `labels [B, L]`, of which −100 counts not.
/// Computed in float32, whatever the logits are.
///
/// # Errors
/// When shapes do not fit, or a label is no id of the vocabulary.
pub(crate) fn causal_lm_loss(logits: &Tensor, labels: &Tensor, vocab_size: i64) -> Result<Tensor> {
    let logits = logits.f_to_kind(Kind::Float)?;
    // Shift so that tokens < n predict n.
    let labels = labels.f_pad([0, 1], "constant", -100.0)?;
    let length = labels.size().last().copied().unwrap_or(1);
    let shift_labels = labels.f_narrow(-1, 1, length - 1)?.f_contiguous()?;
    CrossEntropyLoss::default()
        .forward(&logits.f_view([-1, vocab_size])?, &shift_labels.f_view([-1])?)
}
