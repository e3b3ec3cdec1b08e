//! RoBERTa's `config.json`: BERT's options, with other defaults.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::Result;
use crate::models::saving::FamilyConfig;
use crate::models::{AsRead, BertConfig, ConfigJson};

/// The options of `config.json`. [`default`](Self::default) is the base model of 125 million, as `RobertaConfig()` has it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct RobertaConfig {
    /// They have BERT's names.
    pub bert: BertConfig,
}

impl Default for RobertaConfig {
    fn default() -> Self {
        let bert = BertConfig::default();
        Self { bert: BertConfig { vocab_size: 50265, pad_token_id: Some(1), ..bert } }
    }
}

impl RobertaConfig {
    /// From a `config.json`.
    ///
    /// # Errors
    /// When an option is not of its kind, or not known here.
    pub fn from_json(json: ConfigJson) -> Result<Self> {
        json.expect_model_type("roberta")?;
        Ok(Self { bert: BertConfig::take(json, Self::default().bert)? })
    }
}

impl crate::nn::Field for RobertaConfig {}

impl FamilyConfig for RobertaConfig {
    fn model_type(&self) -> &'static str {
        "roberta"
    }

    fn as_read(&self) -> &AsRead {
        self.bert.as_read()
    }

    fn amend(&self, options: &mut Map<String, Value>) {
        self.bert.amend(options);
    }
}
