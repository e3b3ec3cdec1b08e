//! Losses from labels: `transformers/loss/loss_utils.py`.

use tch::{Kind, Reduction, Tensor};

use super::ConfigJson;
use crate::nn::CrossEntropyLoss;
use crate::{Error, Result};

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

/// `config.problem_type`: what a classifier's labels are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemType {
    /// Numbers: mean squared error.
    Regression,
    /// One class an example: cross entropy.
    SingleLabelClassification,
    /// Each class or not: binary cross entropy.
    MultiLabelClassification,
}

impl ProblemType {
    /// Of a `config.json`; without one, the labels themselves say it.
    ///
    /// # Errors
    /// When the option is none of the three.
    pub fn from_json(json: &mut ConfigJson) -> Result<Option<Self>> {
        Ok(match json.text("problem_type", "")?.as_str() {
            "" => None,
            "regression" => Some(Self::Regression),
            "single_label_classification" => Some(Self::SingleLabelClassification),
            "multi_label_classification" => Some(Self::MultiLabelClassification),
            other => {
                return Err(Error::value(format!(
                    "config.json: problem_type {other} is not known"
                ))
                .mend(
                    "known are regression, single_label_classification, multi_label_classification",
                ));
            }
        })
    }
}

/// `ForSequenceClassificationLoss`, which is `ForImageClassification`'s too: `logits [B, N]`; `labels [B]` of int64, or
/// `[B, N]` of numbers.
///
/// # Errors
/// When shapes or kinds do not fit, or a label is none of the N.
pub(crate) fn classification_loss(
    logits: &Tensor,
    labels: &Tensor,
    num_labels: i64,
    problem_type: Option<ProblemType>,
) -> Result<Tensor> {
    let problem_type = problem_type.unwrap_or_else(|| match labels.kind() {
        _ if num_labels == 1 => ProblemType::Regression,
        Kind::Int64 | Kind::Int if num_labels > 1 => ProblemType::SingleLabelClassification,
        _ => ProblemType::MultiLabelClassification,
    });
    match problem_type {
        ProblemType::Regression if num_labels == 1 => {
            Ok(logits.f_squeeze()?.f_mse_loss(&labels.f_squeeze()?, Reduction::Mean)?)
        }
        ProblemType::Regression => Ok(logits.f_mse_loss(labels, Reduction::Mean)?),
        ProblemType::SingleLabelClassification => CrossEntropyLoss::default()
            .forward(&logits.f_view([-1, num_labels])?, &labels.f_view([-1])?),
        ProblemType::MultiLabelClassification => Ok(logits.f_binary_cross_entropy_with_logits(
            labels,
            None::<Tensor>,
            None::<Tensor>,
            Reduction::Mean,
        )?),
    }
}
