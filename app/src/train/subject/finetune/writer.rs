//! The families that write on, as one.

use std::path::Path;

use tch::Tensor;

use super::Family;
use crate::train::subject::given;
use atencion::generate::Decoder;
use atencion::models::{
    BertConfig, BertForSequenceClassification, ConfigJson, Gpt2Args, Gpt2Config, Gpt2LmHeadModel,
    LlamaArgs, LlamaConfig, LlamaForCausalLM, Seq2SeqConfig, Seq2SeqLmModel, ViTConfig,
    ViTForImageClassification,
};
use atencion::nn::{Module, Parts};
use atencion::{Result, StateDict};

/// A model that writes on.
pub(in crate::train) enum Writer {
    Gpt2(Box<Gpt2LmHeadModel>),
    Llama(Box<LlamaForCausalLM>),
}

macro_rules! each {
    ($writer:expr, $model:ident => $call:expr) => {
        match $writer {
            Writer::Gpt2($model) => $call,
            Writer::Llama($model) => $call,
        }
    };
}

impl Module for Writer {
    fn parts(&self) -> Parts<'_> {
        each!(self, model => model.parts())
    }

    fn training(&self) -> bool {
        each!(self, model => model.training())
    }

    fn train(&mut self, mode: bool) {
        each!(self, model => model.train(mode));
    }

    fn as_module(&self) -> &dyn Module {
        each!(self, model => model.as_module())
    }

    fn name(&self) -> String {
        each!(self, model => model.name())
    }
}

impl Writer {
    /// The mean loss of the tokens of blocks `[B, L]`, each but the first.
    pub(super) fn loss(&self, ids: &Tensor) -> Result<Tensor> {
        let labels = Some(ids);
        let out = match self {
            Self::Gpt2(model) => {
                model.forward_with(ids, Gpt2Args { labels, ..Gpt2Args::default() })?
            }
            Self::Llama(model) => {
                model.forward_with(ids, LlamaArgs { labels, ..LlamaArgs::default() })?
            }
        };
        given(out.loss)
    }

    pub(super) fn decoder(&self) -> &dyn Decoder {
        each!(self, model => &**model)
    }
}

impl Family for Writer {
    const HEADS: &'static [&'static str] = &["lm_head"];
    const TASK: Option<&'static str> = Some("CAUSAL_LM");
    const LEARNS_HEAD: bool = false;

    fn open(state: StateDict, json: ConfigJson) -> Result<Self> {
        Ok(match json.model_type() {
            Some("gpt2") => {
                let config = Gpt2Config::from_json(json)?;
                Self::Gpt2(Box::new(Gpt2LmHeadModel::from_state_dict(state, &config)?))
            }
            _ => {
                let config = LlamaConfig::from_json(json)?;
                Self::Llama(Box::new(LlamaForCausalLM::from_state_dict(state, &config)?))
            }
        })
    }

    fn save(&self, folder: &Path) -> Result<()> {
        each!(self, model => model.save_pretrained(folder))
    }
}

impl Family for BertForSequenceClassification {
    const HEADS: &'static [&'static str] = &["classifier"];
    const TASK: Option<&'static str> = Some("SEQ_CLS");
    const LEARNS_HEAD: bool = true;

    fn open(state: StateDict, json: ConfigJson) -> Result<Self> {
        Self::from_state_dict(state, &BertConfig::from_json(json)?)
    }

    fn save(&self, folder: &Path) -> Result<()> {
        self.save_pretrained(folder)
    }
}

impl Family for Seq2SeqLmModel {
    const HEADS: &'static [&'static str] = &["lm_head"];
    const TASK: Option<&'static str> = Some("SEQ_2_SEQ_LM");
    const LEARNS_HEAD: bool = false;

    fn open(state: StateDict, json: ConfigJson) -> Result<Self> {
        Self::from_state_dict(state, &Seq2SeqConfig::from_json(json)?)
    }

    fn save(&self, folder: &Path) -> Result<()> {
        self.save_pretrained(folder)
    }
}

impl Family for ViTForImageClassification {
    const HEADS: &'static [&'static str] = &["classifier"];
    const TASK: Option<&'static str> = None;
    const LEARNS_HEAD: bool = true;

    fn open(state: StateDict, json: ConfigJson) -> Result<Self> {
        Self::from_state_dict(state, &ViTConfig::from_json(json)?)
    }

    fn save(&self, folder: &Path) -> Result<()> {
        self.save_pretrained(folder)
    }
}
