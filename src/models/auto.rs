//! A model by what its folder says it is: `transformers`' `AutoModel…` classes.

use std::path::Path;

use tch::{Device, Tensor};

use super::{
    BertArgs, BertForMaskedLm, BertForQuestionAnswering, BertForSequenceClassification,
    BertForTokenClassification, BertModel, ConfigJson, Gpt2Args, Gpt2LmHeadModel, LlamaArgs,
    LlamaForCausalLM, SaveArgs, Seq2SeqLmModel, ViTForImageClassification, ViTModel,
};
use crate::nn::Module;
use crate::{Error, Result};

/// A model of any family that is here, with the head that its folder names.
#[derive(Debug)]
#[non_exhaustive]
pub enum AutoModel {
    /// `"model_type": "gpt2"`
    Gpt2(Box<Gpt2LmHeadModel>),
    /// `"model_type": "llama"` or `"qwen2"`
    Llama(Box<LlamaForCausalLM>),
    /// `"model_type": "bert"` without a head
    Bert(Box<BertModel>),
    /// `"architectures": ["BertForMaskedLM"]`
    BertForMaskedLm(Box<BertForMaskedLm>),
    /// `"architectures": ["BertForSequenceClassification"]`
    BertForSequenceClassification(Box<BertForSequenceClassification>),
    /// `"architectures": ["BertForTokenClassification"]`
    BertForTokenClassification(Box<BertForTokenClassification>),
    /// `"architectures": ["BertForQuestionAnswering"]`
    BertForQuestionAnswering(Box<BertForQuestionAnswering>),
    /// `"model_type": "vit"`
    ViT(Box<ViTForImageClassification>),
    /// `"architectures": ["ViTModel"]`
    ViTModel(Box<ViTModel>),
    /// `"model_type": "marian"` or `"bart"`
    Seq2Seq(Box<Seq2SeqLmModel>),
}

/// What is done the same with each of them.
macro_rules! each {
    ($auto:expr, $model:ident => $call:expr) => {
        match $auto {
            AutoModel::Gpt2($model) => $call,
            AutoModel::Llama($model) => $call,
            AutoModel::Bert($model) => $call,
            AutoModel::BertForMaskedLm($model) => $call,
            AutoModel::BertForSequenceClassification($model) => $call,
            AutoModel::BertForTokenClassification($model) => $call,
            AutoModel::BertForQuestionAnswering($model) => $call,
            AutoModel::ViT($model) => $call,
            AutoModel::ViTModel($model) => $call,
            AutoModel::Seq2Seq($model) => $call,
        }
    };
}

impl AutoModel {
    /// From a folder in Hugging Face's layout, or `owner/name` on the Hub, ready to be used: by the `model_type` of its
    /// `config.json`, and BERT by its `architectures`.
    ///
    /// # Errors
    /// When the family is not known here, and as that family's `from_pretrained`.
    pub fn from_pretrained(name: impl AsRef<Path>) -> Result<Self> {
        let folder = crate::io::model_folder(name.as_ref())?;
        let config = ConfigJson::load(&folder)?;
        match config.model_type() {
            Some("gpt2") => {
                Gpt2LmHeadModel::from_pretrained(folder).map(|it| Self::Gpt2(Box::new(it)))
            }
            Some("llama" | "qwen2") => {
                LlamaForCausalLM::from_pretrained(folder).map(|it| Self::Llama(Box::new(it)))
            }
            Some("bert") => Self::bert(&folder, config.architecture()),
            Some("vit") if config.architecture() == Some("ViTModel") => {
                ViTModel::from_pretrained(folder).map(|it| Self::ViTModel(Box::new(it)))
            }
            Some("vit") => {
                ViTForImageClassification::from_pretrained(folder).map(|it| Self::ViT(Box::new(it)))
            }
            Some("marian" | "bart") => {
                Seq2SeqLmModel::from_pretrained(folder).map(|it| Self::Seq2Seq(Box::new(it)))
            }
            found => {
                let what = match found {
                    Some(other) => format!("model_type {} is not known", crate::printable(other)),
                    None => "its config.json names no model_type".into(),
                };
                Err(Error::file(folder, what)
                    .mend("known are gpt2, llama, qwen2, bert, vit, marian, bart"))
            }
        }
    }

    fn bert(folder: &Path, architecture: Option<&str>) -> Result<Self> {
        Ok(match architecture {
            Some("BertForMaskedLM" | "BertForPreTraining") => {
                Self::BertForMaskedLm(Box::new(BertForMaskedLm::from_pretrained(folder)?))
            }
            Some("BertForSequenceClassification") => Self::BertForSequenceClassification(Box::new(
                BertForSequenceClassification::from_pretrained(folder)?,
            )),
            Some("BertForTokenClassification") => Self::BertForTokenClassification(Box::new(
                BertForTokenClassification::from_pretrained(folder)?,
            )),
            Some("BertForQuestionAnswering") => Self::BertForQuestionAnswering(Box::new(
                BertForQuestionAnswering::from_pretrained(folder)?,
            )),
            _ => Self::Bert(Box::new(BertModel::from_pretrained(folder)?)),
        })
    }

    /// Writes a folder that Python's `from_pretrained` reads.
    ///
    /// # Errors
    /// As that family's `save_pretrained_with`.
    pub fn save_pretrained(&self, folder: impl AsRef<Path>, args: &SaveArgs) -> Result<()> {
        each!(self, model => model.save_pretrained_with(folder, args))
    }

    /// A text's last hidden states: ids `[B, L]` → `[B, L, E]`, an encoder–decoder's those of its encoder. What a model's
    /// `transformers.AutoModel` gives, before any head.
    ///
    /// # Errors
    /// When the ids do not fit, or the family reads no text.
    pub fn last_hidden_state(&self, input_ids: &Tensor) -> Result<Tensor> {
        let bert = |model: &BertModel| {
            Ok(model.forward_with(input_ids, BertArgs::default())?.last_hidden_state)
        };
        match self {
            Self::Gpt2(model) => {
                Ok(model.transformer.forward_with(input_ids, Gpt2Args::default())?.0)
            }
            Self::Llama(model) => Ok(model.model.forward_with(input_ids, LlamaArgs::default())?.0),
            Self::Bert(model) => bert(model),
            Self::BertForMaskedLm(model) => bert(&model.bert),
            Self::BertForSequenceClassification(model) => bert(&model.bert),
            Self::BertForTokenClassification(model) => bert(&model.bert),
            Self::BertForQuestionAnswering(model) => bert(&model.bert),
            Self::Seq2Seq(model) => model.encode(input_ids, None),
            Self::ViT(_) | Self::ViTModel(_) => {
                Err(Error::value("a model of the family vit reads pictures, no text"))
            }
        }
    }

    /// Moves the model to a device.
    ///
    /// # Errors
    /// When there is no room there.
    pub fn to(&mut self, device: Device) -> Result<()> {
        each!(self, model => model.to(device, None))
    }

    /// The model as a module.
    pub fn as_module(&self) -> &dyn Module {
        each!(self, model => model.as_module())
    }

    /// The family, as `config.json` names it.
    pub fn model_type(&self) -> &'static str {
        each!(self, model => super::saving::model_type(&**model))
    }
}
