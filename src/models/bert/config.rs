//! BERT's `config.json`.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::models::activation::activation;
use crate::models::saving::{FamilyConfig, amend_labels, by_number};
use crate::models::{AsRead, AttnImplementation, ConfigJson, ProblemType};
use crate::nn::LayerNormConfig;
use crate::{Error, Result};

/// The options of `config.json`, under its names. [`default`](Self::default) is the base model of 110 million.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BertConfig {
    /// V
    pub vocab_size: i64,
    /// E
    pub hidden_size: i64,
    /// Number of layers.
    pub num_hidden_layers: i64,
    /// H
    pub num_attention_heads: i64,
    /// Width inside the feed-forward network.
    pub intermediate_size: i64,
    /// Its activation, by the name `ACT2FN` has for it.
    pub hidden_act: String,
    /// Dropout of the embeddings, and after attention and feed-forward network.
    pub hidden_dropout_prob: f64,
    /// Dropout of the attention weights.
    pub attention_probs_dropout_prob: f64,
    /// The longest sequence.
    pub max_position_embeddings: i64,
    /// Kinds of token: 0 in the first sentence, 1 in the second.
    pub type_vocab_size: i64,
    /// Standard deviation of fresh weights.
    pub initializer_range: f64,
    /// Added to the variance by the norms.
    pub layer_norm_eps: f64,
    /// The id whose embedding is 0 and gets no gradient.
    pub pad_token_id: Option<i64>,
    /// Dropout before a classifier; `None` is `hidden_dropout_prob`.
    pub classifier_dropout: Option<f64>,
    /// Whether the head of the masked words has the word embeddings as its weight.
    pub tie_word_embeddings: bool,
    /// The labels' names: N of them.
    #[serde(serialize_with = "by_number")]
    pub id2label: Vec<String>,
    /// What the labels are; `None` lets themselves say it.
    pub problem_type: Option<ProblemType>,
    /// Which kernels compute attention.
    #[serde(skip)]
    pub attn_implementation: AttnImplementation,
    /// What the folder said besides.
    #[serde(skip)]
    pub as_read: AsRead,
}

impl Default for BertConfig {
    fn default() -> Self {
        Self {
            vocab_size: 30522,
            hidden_size: 768,
            num_hidden_layers: 12,
            num_attention_heads: 12,
            intermediate_size: 3072,
            hidden_act: "gelu".into(),
            hidden_dropout_prob: 0.1,
            attention_probs_dropout_prob: 0.1,
            max_position_embeddings: 512,
            type_vocab_size: 2,
            initializer_range: 0.02,
            layer_norm_eps: 1e-12,
            pad_token_id: Some(0),
            classifier_dropout: None,
            tie_word_embeddings: true,
            id2label: vec!["LABEL_0".into(), "LABEL_1".into()],
            problem_type: None,
            attn_implementation: AttnImplementation::default(),
            as_read: AsRead::default(),
        }
    }
}

impl BertConfig {
    /// From a `config.json`.
    ///
    /// # Errors
    /// When an option is not of its kind, or not known here.
    pub fn from_json(json: ConfigJson) -> Result<Self> {
        json.expect_model_type("bert")?;
        Self::take(json, Self::default())
    }

    /// From a `config.json` of BERT's options, with a family's defaults.
    pub(in crate::models) fn take(mut json: ConfigJson, default: Self) -> Result<Self> {
        let hidden_dropout_prob = json.probability("hidden_dropout_prob", 0.1)?;
        let config = Self {
            vocab_size: json.integer("vocab_size", default.vocab_size)?,
            hidden_size: json.integer("hidden_size", default.hidden_size)?,
            num_hidden_layers: json.layers("num_hidden_layers", default.num_hidden_layers)?,
            num_attention_heads: json
                .integer("num_attention_heads", default.num_attention_heads)?,
            intermediate_size: json.integer("intermediate_size", default.intermediate_size)?,
            hidden_act: json.text("hidden_act", &default.hidden_act)?,
            hidden_dropout_prob,
            attention_probs_dropout_prob: json.probability("attention_probs_dropout_prob", 0.1)?,
            max_position_embeddings: json
                .integer("max_position_embeddings", default.max_position_embeddings)?,
            type_vocab_size: json.integer("type_vocab_size", default.type_vocab_size)?,
            initializer_range: json.number("initializer_range", default.initializer_range)?,
            layer_norm_eps: json.number("layer_norm_eps", default.layer_norm_eps)?,
            pad_token_id: Some(json.integer("pad_token_id", default.pad_token_id.unwrap_or(0))?),
            classifier_dropout: json.optional_probability("classifier_dropout")?,
            tie_word_embeddings: json.flag("tie_word_embeddings", true)?,
            id2label: json.labels()?,
            problem_type: ProblemType::from_json(&mut json)?,
            attn_implementation: default.attn_implementation,
            as_read: json.as_read(),
        };
        json.only("is_decoder", &json!(false))?;
        json.only("add_cross_attention", &json!(false))?;
        json.only("chunk_size_feed_forward", &json!(0))?;
        json.only("position_embedding_type", &json!("absolute"))?;
        // Of the first release's trainer.
        json.not_looked_at(&["directionality", "pooler_fc_size", "pooler_num_attention_heads"]);
        json.not_looked_at(&["pooler_num_fc_layers", "pooler_size_per_head", "pooler_type"]);
        json.finish()?;
        config.check()?;
        Ok(config)
    }

    pub(in crate::models) fn classifier_dropout(&self) -> f64 {
        self.classifier_dropout.unwrap_or(self.hidden_dropout_prob)
    }

    pub(in crate::models) fn norm(&self) -> LayerNormConfig {
        LayerNormConfig { eps: self.layer_norm_eps, ..LayerNormConfig::new(&[self.hidden_size]) }
    }

    pub(in crate::models) fn check(&self) -> Result<()> {
        if self.num_attention_heads == 0 || self.hidden_size % self.num_attention_heads != 0 {
            return Err(Error::value(format!(
                "hidden_size must be divisible by num_attention_heads, got hidden_size={} and num_attention_heads={}",
                self.hidden_size, self.num_attention_heads
            )));
        }
        activation(&self.hidden_act).map(drop)
    }
}

impl crate::nn::Field for BertConfig {}

impl FamilyConfig for BertConfig {
    fn model_type(&self) -> &'static str {
        "bert"
    }

    fn as_read(&self) -> &AsRead {
        &self.as_read
    }

    fn amend(&self, options: &mut Map<String, Value>) {
        amend_labels(&self.id2label, options);
    }
}
