//! A Vision Transformer's `config.json`.

use serde::Serialize;
use serde_json::{Map, Value};

use super::super::activation::activation;
use super::super::saving::{FamilyConfig, amend_labels, by_number, one_or_two};
use super::{AttnImplementation, ConfigJson, ProblemType};
use crate::models::AsRead;
use crate::nn::LayerNormConfig;
use crate::{Error, Result};

/// The options of `config.json`, under its names. [`default`](Self::default) is ViT-B/16 for pictures of 224 × 224.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ViTConfig {
    /// E
    pub hidden_size: i64,
    /// Number of blocks.
    pub num_hidden_layers: i64,
    /// H
    pub num_attention_heads: i64,
    /// Width inside the feed-forward network.
    pub intermediate_size: i64,
    /// Its activation, by the name `ACT2FN` has for it.
    pub hidden_act: String,
    /// Dropout of the embeddings, and of what attention and feed-forward network add.
    pub hidden_dropout_prob: f64,
    /// Dropout of the attention weights.
    pub attention_probs_dropout_prob: f64,
    /// Standard deviation of fresh weights.
    pub initializer_range: f64,
    /// Added to the variance by the norms.
    pub layer_norm_eps: f64,
    /// `[Y, X]`: height and width in pixels.
    #[serde(serialize_with = "one_or_two")]
    pub image_size: [i64; 2],
    /// `[P, P]`: height and width of a piece.
    #[serde(serialize_with = "one_or_two")]
    pub patch_size: [i64; 2],
    /// C: 3 for colours, 1 for gray.
    pub num_channels: i64,
    /// Whether the maps to query, key and value have a bias.
    pub qkv_bias: bool,
    /// Width of the pooler's output; `None` is E.
    pub pooler_output_size: Option<i64>,
    /// The pooler's activation.
    pub pooler_act: String,
    /// The labels' names: K of them.
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

impl Default for ViTConfig {
    fn default() -> Self {
        Self {
            hidden_size: 768,
            num_hidden_layers: 12,
            num_attention_heads: 12,
            intermediate_size: 3072,
            hidden_act: "gelu".into(),
            hidden_dropout_prob: 0.0,
            attention_probs_dropout_prob: 0.0,
            initializer_range: 0.02,
            layer_norm_eps: 1e-12,
            image_size: [224, 224],
            patch_size: [16, 16],
            num_channels: 3,
            qkv_bias: true,
            pooler_output_size: None,
            pooler_act: "tanh".into(),
            id2label: vec!["LABEL_0".into(), "LABEL_1".into()],
            problem_type: None,
            attn_implementation: AttnImplementation::default(),
            as_read: AsRead::default(),
        }
    }
}

impl ViTConfig {
    /// From a `config.json`.
    ///
    /// # Errors
    /// When an option is not of its kind, or not known here.
    pub fn from_json(mut json: ConfigJson) -> Result<Self> {
        json.expect_model_type("vit")?;
        let default = Self::default();
        let config = Self {
            hidden_size: json.integer("hidden_size", default.hidden_size)?,
            num_hidden_layers: json.layers("num_hidden_layers", default.num_hidden_layers)?,
            num_attention_heads: json
                .integer("num_attention_heads", default.num_attention_heads)?,
            intermediate_size: json.integer("intermediate_size", default.intermediate_size)?,
            hidden_act: json.text("hidden_act", &default.hidden_act)?,
            hidden_dropout_prob: json.probability("hidden_dropout_prob", 0.0)?,
            attention_probs_dropout_prob: json.probability("attention_probs_dropout_prob", 0.0)?,
            initializer_range: json.number("initializer_range", default.initializer_range)?,
            layer_norm_eps: json.number("layer_norm_eps", default.layer_norm_eps)?,
            image_size: json.pair("image_size", default.image_size)?,
            patch_size: json.pair("patch_size", default.patch_size)?,
            num_channels: json.integer("num_channels", default.num_channels)?,
            qkv_bias: json.flag("qkv_bias", true)?,
            pooler_output_size: json.optional_integer("pooler_output_size")?,
            pooler_act: json.text("pooler_act", &default.pooler_act)?,
            id2label: json.labels()?,
            problem_type: ProblemType::from_json(&mut json)?,
            attn_implementation: default.attn_implementation,
            as_read: json.as_read(),
        };
        // Of masked image modelling, another head.
        json.not_looked_at(&["encoder_stride"]);
        json.finish()?;
        config.check()?;
        Ok(config)
    }

    /// N: the pieces of one picture.
    pub fn num_patches(&self) -> i64 {
        (self.image_size[0] / self.patch_size[0]) * (self.image_size[1] / self.patch_size[1])
    }

    pub(super) fn pooler_output_size(&self) -> i64 {
        self.pooler_output_size.filter(|&size| size > 0).unwrap_or(self.hidden_size)
    }

    pub(super) fn norm(&self) -> LayerNormConfig {
        LayerNormConfig { eps: self.layer_norm_eps, ..LayerNormConfig::new(&[self.hidden_size]) }
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.num_attention_heads == 0 || self.hidden_size % self.num_attention_heads != 0 {
            return Err(Error::value(format!(
                "hidden_size must be divisible by num_attention_heads, got hidden_size={} and num_attention_heads={}",
                self.hidden_size, self.num_attention_heads
            )));
        }
        if self.num_channels == 0 || self.num_patches() == 0 {
            return Err(Error::value(format!(
                "a picture of {:?} pixels and {} channels has no piece of {:?}",
                self.image_size, self.num_channels, self.patch_size
            )));
        }
        activation(&self.hidden_act)?;
        activation(&self.pooler_act).map(drop)
    }
}

impl crate::nn::Field for ViTConfig {}

impl FamilyConfig for ViTConfig {
    fn model_type(&self) -> &'static str {
        "vit"
    }

    fn as_read(&self) -> &AsRead {
        &self.as_read
    }

    fn amend(&self, options: &mut Map<String, Value>) {
        amend_labels(&self.id2label, options);
        options.insert("pooler_output_size".into(), self.pooler_output_size().into());
    }
}
