//! What RoBERTa is used for: the heads.

use tch::Tensor;

use super::{RobertaConfig, RobertaModel, todays_names};
use crate::models::bert::each_token;
use crate::models::init::{init_weights, initialize_weights};
use crate::models::loss::classification_loss;
use crate::models::saving::{Pretrained, pretrained};
use crate::models::{BertArgs, BertHeadOutput, ProblemType};
use crate::nn::{Dropout, Forward, LayerNorm, Linear, LinearConfig, Module, Path, init, module};
use crate::{Result, StateDict};

module! {
    /// `[B, L, E]` → `[B, L, V]`
    pub struct RobertaLmHead {
        /// `[V]`: the decoder's bias, where it is tied.
        pub bias: Tensor,
        /// `[E, E]`
        pub dense: Linear,
        /// After it and GELU.
        pub layer_norm: LayerNorm,
        /// `[V, E]`: the word embeddings once more, where they are tied.
        pub decoder: Linear,
    }
}

impl Forward for RobertaLmHead {
    fn forward(&self, features: &Tensor) -> Result<Tensor> {
        let x = self.dense.forward(features)?.f_gelu("none")?; // [B, L, E]
        self.decoder.forward(&self.layer_norm.forward(&x)?)
    }
}

module! {
    /// Which word stands behind a mask: ids `[B, L]` → logits `[B, L, V]`.
    pub struct RobertaForMaskedLm {
        /// Everything below the head.
        pub roberta: RobertaModel,
        /// The head.
        pub lm_head: RobertaLmHead,
    }

    impl Module {
        fn name(&self) -> String {
            "RobertaForMaskedLM".into()
        }
    }
}

pretrained!(RobertaForMaskedLm, RobertaConfig);

impl Pretrained for RobertaForMaskedLm {
    type Config = RobertaConfig;

    fn config(&self) -> &RobertaConfig {
        &self.roberta.config
    }

    fn tied(&self) -> &'static [(&'static str, &'static str)] {
        match self.roberta.config.bert.tie_word_embeddings {
            true => &[
                ("roberta.embeddings.word_embeddings.weight", "lm_head.decoder.weight"),
                ("lm_head.bias", "lm_head.decoder.bias"),
            ],
            false => &[],
        }
    }
}

impl RobertaForMaskedLm {
    /// Fresh parameters drawn as `transformers` does, or a state_dict's.
    ///
    /// # Errors
    /// As [`RobertaModel::new`].
    pub fn new<'a>(path: impl Into<Path<'a>>, config: &RobertaConfig) -> Result<Self> {
        let p = path.into();
        let roberta = RobertaModel::new(&p / "roberta", config, false)?;
        let (config, p) = (&config.bert, p / "lm_head");
        let (e, tied) = (config.hidden_size, config.tie_word_embeddings);
        let words = &roberta.embeddings.word_embeddings.weight;
        let dense = Linear::new(&p / "dense", LinearConfig::new(e, e))?;
        let layer_norm = LayerNorm::new(&p / "layer_norm", config.norm())?;
        let bias = p.parameter("bias", &[config.vocab_size])?;
        let place = match tied {
            true => (&p / "decoder").tied("weight", words).tied("bias", &bias),
            false => &p / "decoder",
        };
        let decoder = Linear::new(place, LinearConfig::new(e, config.vocab_size))?;
        let mut lm_head = RobertaLmHead { bias, dense, layer_norm, decoder, training: true };
        if p.draws() {
            initialize_weights(&lm_head, &|m| init_weights(m, config.initializer_range))?;
            init::constant_(&lm_head.bias, 0.0)?;
        }
        if tied {
            lm_head.decoder.weight = words.shallow_clone();
            lm_head.decoder.bias = Some(lm_head.bias.shallow_clone());
        }
        Ok(Self { roberta, lm_head, training: true })
    }

    /// On a state_dict's tensors, with the `roberta.` of their names or without.
    ///
    /// # Errors
    /// As [`from_pretrained`](Self::from_pretrained).
    pub fn from_state_dict(state: StateDict, config: &RobertaConfig) -> Result<Self> {
        let state = todays_names(state)?.ignore(&["roberta.pooler.*"]);
        let mut model = state.build("", |p| Self::new(p, config))?;
        model.eval();
        Ok(model)
    }

    /// The logits; with labels `[B, L]`, of which −100 counts not, a loss.
    ///
    /// # Errors
    /// When an id, a position or a label is out of range, or an argument does not fit.
    pub fn forward_with(&self, input_ids: &Tensor, args: BertArgs) -> Result<BertHeadOutput> {
        let out = self.roberta.forward_with(input_ids, args)?;
        let logits = self.lm_head.forward(&out.last_hidden_state)?; // [B, L, V]
        let loss = args.labels.map(|labels| each_token(&logits, labels)).transpose()?;
        Ok(BertHeadOutput { loss, logits, outputs: out.outputs })
    }
}

module! {
    /// The first token's state, `[B, L, E]` → `[B, N]`.
    pub struct RobertaClassificationHead {
        /// `[E, E]`
        pub dense: Linear,
        /// Before each of the two maps.
        pub dropout: Dropout,
        /// `[N, E]`
        pub out_proj: Linear,
    }
}

impl Forward for RobertaClassificationHead {
    fn forward(&self, features: &Tensor) -> Result<Tensor> {
        let first = features.f_select(1, 0)?; // [B, E]
        let x = self.dense.forward(&self.dropout.forward(&first)?)?.f_tanh()?;
        self.out_proj.forward(&self.dropout.forward(&x)?)
    }
}

module! {
    /// A label for the text: ids `[B, L]` → logits `[B, N]`.
    pub struct RobertaForSequenceClassification {
        /// Everything below the head.
        pub roberta: RobertaModel,
        /// The head.
        pub classifier: RobertaClassificationHead,
        /// What the labels are.
        pub problem_type: Option<ProblemType>,
    }
}

pretrained!(RobertaForSequenceClassification, RobertaConfig);

impl Pretrained for RobertaForSequenceClassification {
    type Config = RobertaConfig;

    fn config(&self) -> &RobertaConfig {
        &self.roberta.config
    }
}

impl RobertaForSequenceClassification {
    /// Fresh parameters drawn as `transformers` does, or a state_dict's.
    ///
    /// # Errors
    /// As [`RobertaModel::new`].
    pub fn new<'a>(path: impl Into<Path<'a>>, config: &RobertaConfig) -> Result<Self> {
        let p = path.into();
        let roberta = RobertaModel::new(&p / "roberta", config, false)?;
        let (config, p) = (&config.bert, p / "classifier");
        let (e, n) = (config.hidden_size, config.id2label.len() as i64);
        let classifier = RobertaClassificationHead {
            dense: Linear::new(&p / "dense", LinearConfig::new(e, e))?,
            dropout: Dropout::new(config.classifier_dropout())?,
            out_proj: Linear::new(&p / "out_proj", LinearConfig::new(e, n))?,
            training: true,
        };
        if p.draws() {
            initialize_weights(&classifier, &|m| init_weights(m, config.initializer_range))?;
        }
        Ok(Self { roberta, classifier, problem_type: config.problem_type, training: true })
    }

    /// On a state_dict's tensors, with the `roberta.` of their names or without.
    ///
    /// # Errors
    /// As [`from_pretrained`](Self::from_pretrained).
    pub fn from_state_dict(state: StateDict, config: &RobertaConfig) -> Result<Self> {
        let state = todays_names(state)?.ignore(&["roberta.pooler.*", "lm_head.*"]);
        let mut model = state.build("", |p| Self::new(p, config))?;
        model.eval();
        Ok(model)
    }

    /// The logits; with labels `[B]` of int64, or `[B, N]` of numbers, a loss.
    ///
    /// # Errors
    /// When an id, a position or a label is out of range, or an argument does not fit.
    pub fn forward_with(&self, input_ids: &Tensor, args: BertArgs) -> Result<BertHeadOutput> {
        let out = self.roberta.forward_with(input_ids, args)?;
        let logits = self.classifier.forward(&out.last_hidden_state)?; // [B, N]
        let n = self.classifier.out_proj.weight.size()[0];
        let loss = |labels| classification_loss(&logits, labels, n, self.problem_type);
        let loss = args.labels.map(loss).transpose()?;
        Ok(BertHeadOutput { loss, logits, outputs: out.outputs })
    }
}
