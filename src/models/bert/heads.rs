//! What BERT is used for: the heads.

#![allow(non_snake_case, reason = "LayerNorm is the field's name in the files")]

use tch::Tensor;

use super::{BertArgs, BertConfig, BertModel, todays_names};
use crate::models::activation::activation;
use crate::models::init::{init_weights, initialize_weights};
use crate::models::loss::classification_loss;
use crate::models::saving::{Pretrained, pretrained};
use crate::models::{Outputs, ProblemType};
use crate::nn::{
    Activation, CrossEntropyLoss, Dropout, Forward, LayerNorm, Linear, LinearConfig, Module, Path,
    init, module,
};
use crate::{Result, StateDict};

/// `MaskedLMOutput`, `SequenceClassifierOutput` and `TokenClassifierOutput`, which are alike.
#[derive(Debug)]
pub struct BertHeadOutput {
    /// Over the labels, where labels were given.
    pub loss: Option<Tensor>,
    /// `[B, L, V]`, `[B, N]` or `[B, L, N]`
    pub logits: Tensor,
    /// What was asked for beside them.
    pub outputs: Outputs,
}

/// A head's ways in and out: a folder, and a state_dict of which it does not need all.
macro_rules! opened {
    ($head:ident, $ignored:expr) => {
        opened!($head, $ignored, &[]);
    };
    ($head:ident, $ignored:expr, $tied:expr) => {
        pretrained!($head, BertConfig);

        impl Pretrained for $head {
            type Config = BertConfig;

            fn config(&self) -> &BertConfig {
                &self.bert.config
            }

            fn tied(&self) -> &'static [(&'static str, &'static str)] {
                if self.bert.config.tie_word_embeddings { $tied } else { &[] }
            }
        }

        impl $head {
            /// On a state_dict's tensors, with the `bert.` of their names or without.
            ///
            /// # Errors
            /// As [`from_pretrained`](Self::from_pretrained).
            pub fn from_state_dict(state: StateDict, config: &BertConfig) -> Result<Self> {
                let state = todays_names(state)?.ignore($ignored);
                let mut model = state.build("", |p| Self::new(p, config))?;
                model.eval();
                Ok(model)
            }
        }
    };
}
opened!(
    BertForMaskedLm,
    &["bert.pooler.*", "cls.seq_relationship.*"],
    &[
        ("bert.embeddings.word_embeddings.weight", "cls.predictions.decoder.weight"),
        ("cls.predictions.bias", "cls.predictions.decoder.bias"),
    ]
);
opened!(BertForSequenceClassification, &["cls.*"]);
opened!(BertForTokenClassification, &["bert.pooler.*", "cls.*"]);
opened!(BertForQuestionAnswering, &["bert.pooler.*", "cls.*"]);

module! {
    /// `[B, L, E]` → `[B, L, E]`, before the words.
    pub struct BertPredictionHeadTransform {
        /// `[E, E]`
        pub dense: Linear,
        /// After it.
        pub transform_act_fn: Activation,
        /// At the end.
        pub LayerNorm: LayerNorm,
    }
}

module! {
    /// `[B, L, E]` → `[B, L, V]`
    pub struct BertLmPredictionHead {
        /// `[V]`: the decoder's bias, where it is tied.
        pub bias: Tensor,
        /// Before the words.
        pub transform: BertPredictionHeadTransform,
        /// `[V, E]`: the word embeddings once more, where they are tied.
        pub decoder: Linear,
    }
}

module! {
    /// The head of the masked words.
    pub struct BertOnlyMlmHead {
        /// All that it is.
        pub predictions: BertLmPredictionHead,
    }
}

module! {
    /// Which word stands behind a mask: ids `[B, L]` → logits `[B, L, V]`.
    pub struct BertForMaskedLm {
        /// Everything below the head.
        pub bert: BertModel,
        /// The head.
        pub cls: BertOnlyMlmHead,
    }

    impl Module {
        fn name(&self) -> String {
            "BertForMaskedLM".into()
        }
    }
}

impl BertForMaskedLm {
    /// Fresh parameters drawn as `transformers` does, or a state_dict's.
    ///
    /// # Errors
    /// As [`BertModel::new`].
    pub fn new<'a>(path: impl Into<Path<'a>>, config: &BertConfig) -> Result<Self> {
        let p = path.into();
        let e = config.hidden_size;
        let bert = BertModel::new(&p / "bert", config, false)?;
        let p = p / "cls" / "predictions";
        let transform = BertPredictionHeadTransform {
            dense: Linear::new(&p / "transform" / "dense", LinearConfig::new(e, e))?,
            transform_act_fn: activation(&config.hidden_act)?,
            LayerNorm: LayerNorm::new(&p / "transform" / "LayerNorm", config.norm())?,
            training: true,
        };
        let words = &bert.embeddings.word_embeddings.weight;
        let bias = p.parameter("bias", &[config.vocab_size])?;
        let place = match config.tie_word_embeddings {
            true => (&p / "decoder").tied("weight", words).tied("bias", &bias),
            false => &p / "decoder",
        };
        let decoder = Linear::new(place, LinearConfig::new(e, config.vocab_size))?;
        let predictions = BertLmPredictionHead { bias, transform, decoder, training: true };
        if p.draws() {
            initialize_weights(&predictions, &|m| init_weights(m, config.initializer_range))?;
            init::constant_(&predictions.bias, 0.0)?;
        }
        let mut cls = BertOnlyMlmHead { predictions, training: true };
        if config.tie_word_embeddings {
            cls.predictions.decoder.weight = words.shallow_clone();
            cls.predictions.decoder.bias = Some(cls.predictions.bias.shallow_clone());
        }
        Ok(Self { bert, cls, training: true })
    }

    /// The logits; with labels `[B, L]`, of which −100 counts not, a loss.
    ///
    /// # Errors
    /// When an id, a position or a label is out of range, or an argument does not fit.
    pub fn forward_with(&self, input_ids: &Tensor, args: BertArgs) -> Result<BertHeadOutput> {
        let out = self.bert.forward_with(input_ids, args)?;
        let BertLmPredictionHead { transform, decoder, .. } = &self.cls.predictions;
        let hidden = transform.dense.forward(&out.last_hidden_state)?; // [B, L, E]
        let hidden = transform.transform_act_fn.apply(&hidden)?;
        let logits = decoder.forward(&transform.LayerNorm.forward(&hidden)?)?; // [B, L, V]
        let loss = args.labels.map(|labels| each_token(&logits, labels)).transpose()?;
        Ok(BertHeadOutput { loss, logits, outputs: out.outputs })
    }
}

/// The mean cross entropy over all tokens: logits `[B, L, N]`, labels `[B, L]`.
pub(in crate::models) fn each_token(logits: &Tensor, labels: &Tensor) -> Result<Tensor> {
    let n = logits.size().last().copied().unwrap_or(1);
    CrossEntropyLoss::default().forward(&logits.f_view([-1, n])?, &labels.f_view([-1])?)
}

/// A fresh head, or a state_dict's.
fn head(p: &Path, name: &str, config: &BertConfig) -> Result<Linear> {
    let n = config.id2label.len() as i64;
    let linear = Linear::new(p / name, LinearConfig::new(config.hidden_size, n))?;
    if p.draws() {
        init_weights(&linear, config.initializer_range)?;
    }
    Ok(linear)
}

module! {
    /// A label for the text: ids `[B, L]` → logits `[B, N]`.
    pub struct BertForSequenceClassification {
        /// Everything below the head, with a pooler.
        pub bert: BertModel,
        /// Before the head.
        pub dropout: Dropout,
        /// `[N, E]`
        pub classifier: Linear,
        /// What the labels are.
        pub problem_type: Option<ProblemType>,
    }
}

impl BertForSequenceClassification {
    /// Fresh parameters drawn as `transformers` does, or a state_dict's.
    ///
    /// # Errors
    /// As [`BertModel::new`].
    pub fn new<'a>(path: impl Into<Path<'a>>, config: &BertConfig) -> Result<Self> {
        let p = path.into();
        Ok(Self {
            bert: BertModel::new(&p / "bert", config, true)?,
            dropout: Dropout::new(config.classifier_dropout())?,
            classifier: head(&p, "classifier", config)?,
            problem_type: config.problem_type,
            training: true,
        })
    }

    /// The logits; with labels `[B]` of int64, or `[B, N]` of numbers, a loss.
    ///
    /// # Errors
    /// When an id, a position or a label is out of range, or an argument does not fit.
    pub fn forward_with(&self, input_ids: &Tensor, args: BertArgs) -> Result<BertHeadOutput> {
        let out = self.bert.forward_with(input_ids, args)?;
        let pooled = out.pooler_output.as_ref().unwrap_or(&out.last_hidden_state); // [B, E]
        let logits = self.classifier.forward(&self.dropout.forward(pooled)?)?; // [B, N]
        let n = self.classifier.weight.size()[0];
        let loss = |labels| classification_loss(&logits, labels, n, self.problem_type);
        let loss = args.labels.map(loss).transpose()?;
        Ok(BertHeadOutput { loss, logits, outputs: out.outputs })
    }
}

module! {
    /// A label for each token: ids `[B, L]` → logits `[B, L, N]`.
    pub struct BertForTokenClassification {
        /// Everything below the head.
        pub bert: BertModel,
        /// Before the head.
        pub dropout: Dropout,
        /// `[N, E]`
        pub classifier: Linear,
    }
}

impl BertForTokenClassification {
    /// Fresh parameters drawn as `transformers` does, or a state_dict's.
    ///
    /// # Errors
    /// As [`BertModel::new`].
    pub fn new<'a>(path: impl Into<Path<'a>>, config: &BertConfig) -> Result<Self> {
        let p = path.into();
        Ok(Self {
            bert: BertModel::new(&p / "bert", config, false)?,
            dropout: Dropout::new(config.classifier_dropout())?,
            classifier: head(&p, "classifier", config)?,
            training: true,
        })
    }

    /// The logits; with labels `[B, L]`, of which −100 counts not, a loss.
    ///
    /// # Errors
    /// When an id, a position or a label is out of range, or an argument does not fit.
    pub fn forward_with(&self, input_ids: &Tensor, args: BertArgs) -> Result<BertHeadOutput> {
        let out = self.bert.forward_with(input_ids, args)?;
        let hidden = self.dropout.forward(&out.last_hidden_state)?;
        let logits = self.classifier.forward(&hidden)?; // [B, L, N]
        let loss = args.labels.map(|labels| each_token(&logits, labels)).transpose()?;
        Ok(BertHeadOutput { loss, logits, outputs: out.outputs })
    }
}

/// `QuestionAnsweringModelOutput`
#[derive(Debug)]
pub struct QuestionAnsweringOutput {
    /// Where both positions were given.
    pub loss: Option<Tensor>,
    /// `[B, L]`: where the answer begins.
    pub start_logits: Tensor,
    /// `[B, L]`: where it ends.
    pub end_logits: Tensor,
    /// What was asked for beside them.
    pub outputs: Outputs,
}

module! {
    /// Where in the text the answer is.
    pub struct BertForQuestionAnswering {
        /// Everything below the head.
        pub bert: BertModel,
        /// `[2, E]`
        pub qa_outputs: Linear,
    }
}

impl BertForQuestionAnswering {
    /// Fresh parameters drawn as `transformers` does, or a state_dict's.
    ///
    /// # Errors
    /// As [`BertModel::new`].
    pub fn new<'a>(path: impl Into<Path<'a>>, config: &BertConfig) -> Result<Self> {
        let p = path.into();
        let bert = BertModel::new(&p / "bert", config, false)?;
        Ok(Self { bert, qa_outputs: head(&p, "qa_outputs", config)?, training: true })
    }

    /// The logits; with the answers' `(start_positions, end_positions)`, each `[B]`, a loss. `args.labels` is not looked at.
    ///
    /// # Errors
    /// When an id or a position is out of range, or an argument does not fit.
    pub fn forward_with(
        &self,
        input_ids: &Tensor,
        positions: Option<(&Tensor, &Tensor)>,
        args: BertArgs,
    ) -> Result<QuestionAnsweringOutput> {
        let out = self.bert.forward_with(input_ids, args)?;
        let logits = self.qa_outputs.forward(&out.last_hidden_state)?.f_split(1, -1)?; // 2 × [B, L, 1]
        let start_logits = logits[0].f_squeeze_dim(-1)?.f_contiguous()?;
        let end_logits = logits[1].f_squeeze_dim(-1)?.f_contiguous()?;
        // An answer beyond the text counts not.
        let ignore_index = start_logits.size()[1];
        let loss = CrossEntropyLoss { ignore_index, ..CrossEntropyLoss::default() };
        let one =
            |logits: &Tensor, at: &Tensor| loss.forward(logits, &at.f_clamp(0, ignore_index)?);
        let both = |(start, end): (&Tensor, &Tensor)| -> Result<Tensor> {
            let start_loss = one(&start_logits, start)?;
            Ok(start_loss.f_add(&one(&end_logits, end)?)?.f_div_scalar(2)?)
        };
        let loss = positions.map(both).transpose()?;
        Ok(QuestionAnsweringOutput { loss, start_logits, end_logits, outputs: out.outputs })
    }
}
