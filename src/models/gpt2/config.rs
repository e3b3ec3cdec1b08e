//! GPT-2's `config.json`.

use serde::Serialize;
use serde_json::json;

use crate::models::activation::activation;
use crate::models::saving::FamilyConfig;
use crate::models::{AsRead, AttnImplementation, ConfigJson};
use crate::nn::LayerNormConfig;
use crate::{Error, Result};

/// The options of `config.json`, under its names. [`default`](Self::default) is the small model of 124 million.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gpt2Config {
    /// V
    pub vocab_size: i64,
    /// The longest sequence.
    pub n_positions: i64,
    /// E
    pub n_embd: i64,
    /// Number of blocks.
    pub n_layer: i64,
    /// H
    pub n_head: i64,
    /// Width inside the feed-forward network; `None` is 4 · E.
    pub n_inner: Option<i64>,
    /// Its activation, by the name `ACT2FN` has for it.
    pub activation_function: String,
    /// Dropout after attention and feed-forward network.
    pub resid_pdrop: f64,
    /// Dropout of the embeddings.
    pub embd_pdrop: f64,
    /// Dropout of the attention weights.
    pub attn_pdrop: f64,
    /// Added to the variance by the norms.
    pub layer_norm_epsilon: f64,
    /// Standard deviation of fresh weights.
    pub initializer_range: f64,
    /// Whether scores are divided by √D.
    pub scale_attn_weights: bool,
    /// Whether they are divided by the block's number, too.
    pub scale_attn_by_inverse_layer_idx: bool,
    /// Whether `lm_head.weight` is `wte.weight`.
    pub tie_word_embeddings: bool,
    /// Which kernels compute attention.
    #[serde(skip)]
    pub attn_implementation: AttnImplementation,
    /// What the folder said besides.
    #[serde(skip)]
    pub as_read: AsRead,
}

impl Default for Gpt2Config {
    fn default() -> Self {
        Self {
            vocab_size: 50257,
            n_positions: 1024,
            n_embd: 768,
            n_layer: 12,
            n_head: 12,
            n_inner: None,
            activation_function: "gelu_new".into(),
            resid_pdrop: 0.1,
            embd_pdrop: 0.1,
            attn_pdrop: 0.1,
            layer_norm_epsilon: 1e-5,
            initializer_range: 0.02,
            scale_attn_weights: true,
            scale_attn_by_inverse_layer_idx: false,
            tie_word_embeddings: true,
            attn_implementation: AttnImplementation::default(),
            as_read: AsRead::default(),
        }
    }
}

impl Gpt2Config {
    /// From a `config.json`.
    ///
    /// # Errors
    /// When an option is not of its kind, or not known here.
    pub fn from_json(mut json: ConfigJson) -> Result<Self> {
        json.expect_model_type("gpt2")?;
        let default = Self::default();
        let config = Self {
            vocab_size: json.integer("vocab_size", default.vocab_size)?,
            n_positions: json.integer("n_positions", default.n_positions)?,
            n_embd: json.integer("n_embd", default.n_embd)?,
            n_layer: json.layers("n_layer", default.n_layer)?,
            n_head: json.integer("n_head", default.n_head)?,
            n_inner: json.optional_integer("n_inner")?,
            activation_function: json.text("activation_function", &default.activation_function)?,
            resid_pdrop: json.probability("resid_pdrop", default.resid_pdrop)?,
            embd_pdrop: json.probability("embd_pdrop", default.embd_pdrop)?,
            attn_pdrop: json.probability("attn_pdrop", default.attn_pdrop)?,
            layer_norm_epsilon: json.number("layer_norm_epsilon", default.layer_norm_epsilon)?,
            initializer_range: json.number("initializer_range", default.initializer_range)?,
            scale_attn_weights: json.flag("scale_attn_weights", true)?,
            scale_attn_by_inverse_layer_idx: json.flag("scale_attn_by_inverse_layer_idx", false)?,
            tie_word_embeddings: json.flag("tie_word_embeddings", true)?,
            attn_implementation: default.attn_implementation,
            as_read: json.as_read(),
        };
        json.only("reorder_and_upcast_attn", &json!(false))?;
        json.only("add_cross_attention", &json!(false))?;
        // `n_ctx` is an old spelling of `n_positions`; the summary is of another head.
        json.not_looked_at(&["n_ctx", "pad_token_id", "summary_type", "summary_use_proj"]);
        json.not_looked_at(&[
            "summary_activation",
            "summary_proj_to_labels",
            "summary_first_dropout",
        ]);
        json.finish()?;
        config.check()?;
        Ok(config)
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.n_head == 0 || self.n_embd % self.n_head != 0 {
            return Err(Error::value(format!(
                "n_embd must be divisible by n_head, got n_embd={} and n_head={}",
                self.n_embd, self.n_head
            )));
        }
        activation(&self.activation_function).map(drop)
    }

    pub(super) fn norm(&self) -> LayerNormConfig {
        LayerNormConfig { eps: self.layer_norm_epsilon, ..LayerNormConfig::new(&[self.n_embd]) }
    }
}

impl crate::nn::Field for Gpt2Config {}

impl FamilyConfig for Gpt2Config {
    fn model_type(&self) -> &'static str {
        "gpt2"
    }

    fn as_read(&self) -> &AsRead {
        &self.as_read
    }
}
