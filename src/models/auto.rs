//! A model by what its folder says it is: `transformers`' `AutoModel…` classes.

use std::path::Path;

use tch::{Device, Tensor};

use super::folder::open_weights;
use super::{
    AttnImplementation, BertArgs, BertConfig, BertForMaskedLm, BertForQuestionAnswering,
    BertForSequenceClassification, BertForTokenClassification, BertModel, ConfigJson, Gpt2Args,
    Gpt2Config, Gpt2LmHeadModel, LlamaArgs, LlamaConfig, LlamaForCausalLM, RobertaConfig,
    RobertaForMaskedLm, RobertaForSequenceClassification, RobertaModel, SaveArgs, Seq2SeqConfig,
    Seq2SeqLmModel, ViTConfig, ViTForImageClassification, ViTModel,
};
use crate::generate::Decoder;
use crate::nn::Module;
use crate::{Error, Result, StateDict};

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
    /// `"model_type": "roberta"` without a head
    Roberta(Box<RobertaModel>),
    /// `"architectures": ["RobertaForMaskedLM"]`
    RobertaForMaskedLm(Box<RobertaForMaskedLm>),
    /// `"architectures": ["RobertaForSequenceClassification"]`
    RobertaForSequenceClassification(Box<RobertaForSequenceClassification>),
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
            AutoModel::Roberta($model) => $call,
            AutoModel::RobertaForMaskedLm($model) => $call,
            AutoModel::RobertaForSequenceClassification($model) => $call,
            AutoModel::ViT($model) => $call,
            AutoModel::ViTModel($model) => $call,
            AutoModel::Seq2Seq($model) => $call,
        }
    };
}

impl AutoModel {
    /// From a folder in Hugging Face's layout, or `owner/name` on the Hub, ready to be used: by the `model_type` of its
    /// `config.json`, and its head by its `architectures`.
    ///
    /// # Errors
    /// When the family is not known here, and as that family's `from_pretrained`.
    pub fn from_pretrained(name: impl AsRef<Path>) -> Result<Self> {
        let folder = crate::io::model_folder(name.as_ref())?;
        let config = ConfigJson::load(&folder)?;
        if !config.model_type().is_some_and(is_known) {
            return Err(unknown(&config, |what| Error::file(&folder, what)));
        }
        Self::from_state_dict(open_weights(&folder)?, config, AttnImplementation::default())
    }

    /// On a state_dict's tensors, whose storage it shares: by the `model_type` of a `config.json`, and its head by its
    /// `architectures`. Ready to be used, in evaluation mode.
    ///
    /// ```
    /// use atencion::models::{AttnImplementation, AutoModel, ConfigJson, Gpt2Config, Gpt2LmHeadModel};
    /// use atencion::nn::{Module, Path};
    /// use tch::Device;
    ///
    /// let options = r#"{"model_type": "gpt2", "n_layer": 1, "n_head": 2, "n_embd": 8, "vocab_size": 10}"#;
    /// let config = Gpt2Config::from_json(ConfigJson::parse(options)?)?;
    /// let state = Gpt2LmHeadModel::new(Path::root(Device::Cpu), &config)?.state_dict();
    /// let model =
    ///     AutoModel::from_state_dict(state, ConfigJson::parse(options)?, AttnImplementation::Sdpa)?;
    /// assert!(matches!(model, AutoModel::Gpt2(_)));
    /// # Ok::<(), atencion::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the family is not known here, an option is not known, or a tensor is missing, left over or misshapen.
    pub fn from_state_dict(
        state: StateDict,
        json: ConfigJson,
        attn_implementation: AttnImplementation,
    ) -> Result<Self> {
        let head = json.architecture().unwrap_or_default().to_owned();
        Ok(match json.model_type() {
            Some("gpt2") => {
                let config = Gpt2Config { attn_implementation, ..Gpt2Config::from_json(json)? };
                Self::Gpt2(Box::new(Gpt2LmHeadModel::from_state_dict(state, &config)?))
            }
            Some("llama" | "qwen2") => {
                let config = LlamaConfig { attn_implementation, ..LlamaConfig::from_json(json)? };
                Self::Llama(Box::new(LlamaForCausalLM::from_state_dict(state, &config)?))
            }
            Some("bert") => {
                let config = BertConfig { attn_implementation, ..BertConfig::from_json(json)? };
                Self::bert(state, &config, &head)?
            }
            Some("roberta") => {
                let mut config = RobertaConfig::from_json(json)?;
                config.bert.attn_implementation = attn_implementation;
                Self::roberta(state, &config, &head)?
            }
            Some("vit") => {
                let config = ViTConfig { attn_implementation, ..ViTConfig::from_json(json)? };
                match head.as_str() {
                    "ViTModel" => {
                        Self::ViTModel(Box::new(ViTModel::from_state_dict(state, &config)?))
                    }
                    _ => Self::ViT(Box::new(ViTForImageClassification::from_state_dict(
                        state, &config,
                    )?)),
                }
            }
            Some("marian" | "bart") => {
                let config =
                    Seq2SeqConfig { attn_implementation, ..Seq2SeqConfig::from_json(json)? };
                Self::Seq2Seq(Box::new(Seq2SeqLmModel::from_state_dict(state, &config)?))
            }
            _ => return Err(unknown(&json, Error::value)),
        })
    }

    fn bert(state: StateDict, config: &BertConfig, head: &str) -> Result<Self> {
        Ok(match head {
            "BertForMaskedLM" | "BertForPreTraining" => {
                Self::BertForMaskedLm(Box::new(BertForMaskedLm::from_state_dict(state, config)?))
            }
            "BertForSequenceClassification" => Self::BertForSequenceClassification(Box::new(
                BertForSequenceClassification::from_state_dict(state, config)?,
            )),
            "BertForTokenClassification" => Self::BertForTokenClassification(Box::new(
                BertForTokenClassification::from_state_dict(state, config)?,
            )),
            "BertForQuestionAnswering" => Self::BertForQuestionAnswering(Box::new(
                BertForQuestionAnswering::from_state_dict(state, config)?,
            )),
            _ => Self::Bert(Box::new(BertModel::from_state_dict(state, config)?)),
        })
    }

    fn roberta(state: StateDict, config: &RobertaConfig, head: &str) -> Result<Self> {
        Ok(match head {
            "RobertaForMaskedLM" => Self::RobertaForMaskedLm(Box::new(
                RobertaForMaskedLm::from_state_dict(state, config)?,
            )),
            "RobertaForSequenceClassification" => Self::RobertaForSequenceClassification(Box::new(
                RobertaForSequenceClassification::from_state_dict(state, config)?,
            )),
            _ => Self::Roberta(Box::new(RobertaModel::from_state_dict(state, config)?)),
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
        let roberta = |model: &RobertaModel| {
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
            Self::Roberta(model) => roberta(model),
            Self::RobertaForMaskedLm(model) => roberta(&model.roberta),
            Self::RobertaForSequenceClassification(model) => roberta(&model.roberta),
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

    /// Training mode (dropout acts) or evaluation mode.
    pub fn train(&mut self, mode: bool) {
        each!(self, model => model.train(mode));
    }

    /// The model as one that writes on, where its family does.
    ///
    /// # Errors
    /// When it does not.
    pub fn as_decoder(&self) -> Result<&dyn Decoder> {
        match self {
            Self::Gpt2(model) => Ok(&**model),
            Self::Llama(model) => Ok(&**model),
            Self::Seq2Seq(model) => Ok(&**model),
            _ => Err(Error::value(format!("a model of type {} does not write", self.model_type()))
                .mend("the families that do are gpt2, llama, qwen2, marian and bart")),
        }
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

fn is_known(model_type: &str) -> bool {
    KNOWN.contains(&model_type)
}

const KNOWN: [&str; 8] = ["gpt2", "llama", "qwen2", "bert", "roberta", "vit", "marian", "bart"];

fn unknown(config: &ConfigJson, error: impl FnOnce(String) -> Error) -> Error {
    let what = match config.model_type() {
        Some(other) => format!("model_type {} is not known", crate::printable(other)),
        None => "its config.json names no model_type".into(),
    };
    error(what).mend(format!("known are {}", KNOWN.join(", ")))
}
