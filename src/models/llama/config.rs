//! Llama's options, and those of the families that are built like it.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::super::activation::activation;
use super::{AttnImplementation, ConfigJson, RopeParameters};
use crate::models::AsRead;
use crate::models::saving::FamilyConfig;
use crate::{Error, Result};

/// The options of `config.json`, under its names. [`default`](Self::default) is Llama with 7 billion parameters.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LlamaConfig {
    /// V
    pub vocab_size: i64,
    /// E
    pub hidden_size: i64,
    /// Width inside the feed-forward network.
    pub intermediate_size: i64,
    /// Number of blocks.
    pub num_hidden_layers: i64,
    /// H: heads of the query.
    pub num_attention_heads: i64,
    /// G: heads of key and value, each of which serves H / G of the query's; `None` is H.
    pub num_key_value_heads: Option<i64>,
    /// D; `None` is E / H.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head_dim: Option<i64>,
    /// The feed-forward network's activation, by the name `ACT2FN` has for it.
    pub hidden_act: String,
    /// The longest sequence that the model was trained on. Longer ones are computed, as in Python.
    pub max_position_embeddings: i64,
    /// Standard deviation of fresh weights.
    pub initializer_range: f64,
    /// Added to the mean square by the norms.
    pub rms_norm_eps: f64,
    /// The id whose embedding starts at 0 and gets no gradient.
    pub pad_token_id: Option<i64>,
    /// Whether `lm_head.weight` is `embed_tokens.weight`.
    pub tie_word_embeddings: bool,
    /// How positions turn queries and keys.
    pub rope_parameters: RopeParameters,
    /// Whether the maps to query, key and value, and the one of their output, have a bias.
    pub attention_bias: bool,
    /// Whether the maps to query, key and value have one, but not the one of their output: Qwen2.
    #[serde(skip)]
    pub qkv_bias: bool,
    /// Dropout of the attention weights.
    pub attention_dropout: f64,
    /// Whether the feed-forward network's maps have a bias.
    pub mlp_bias: bool,
    /// Which kernels compute attention.
    #[serde(skip)]
    pub attn_implementation: AttnImplementation,
    /// What the folder said besides.
    #[serde(skip)]
    pub as_read: AsRead,
}

impl Default for LlamaConfig {
    fn default() -> Self {
        Self {
            vocab_size: 32000,
            hidden_size: 4096,
            intermediate_size: 11008,
            num_hidden_layers: 32,
            num_attention_heads: 32,
            num_key_value_heads: None,
            head_dim: None,
            hidden_act: "silu".into(),
            max_position_embeddings: 2048,
            initializer_range: 0.02,
            rms_norm_eps: 1e-6,
            pad_token_id: None,
            tie_word_embeddings: false,
            rope_parameters: RopeParameters::default(),
            attention_bias: false,
            qkv_bias: false,
            attention_dropout: 0.0,
            mlp_bias: false,
            attn_implementation: AttnImplementation::default(),
            as_read: AsRead::default(),
        }
    }
}

impl LlamaConfig {
    /// Qwen2 where its `config.json` is silent: `Qwen2Config()`.
    pub fn qwen2() -> Self {
        Self {
            vocab_size: 151_936,
            intermediate_size: 22016,
            num_key_value_heads: Some(32),
            max_position_embeddings: 32768,
            qkv_bias: true,
            ..Self::default()
        }
    }

    /// From a `config.json` of `"model_type": "llama"` or `"qwen2"`.
    ///
    /// # Errors
    /// When an option is not of its kind, or not known here: Qwen2's sliding windows, say.
    pub fn from_json(mut json: ConfigJson) -> Result<Self> {
        let is_qwen2 = json.expect_model_type("qwen2").is_ok();
        let mut config = match is_qwen2 {
            true => Self::qwen2(),
            false => json.expect_model_type("llama").map(|()| Self::default())?,
        };
        config.as_read = json.as_read();
        config.take_sizes(&mut json)?;
        config.hidden_act = json.text("hidden_act", &config.hidden_act)?;
        config.initializer_range = json.number("initializer_range", config.initializer_range)?;
        config.rms_norm_eps = json.number("rms_norm_eps", config.rms_norm_eps)?;
        config.pad_token_id = json.optional_integer("pad_token_id")?;
        config.tie_word_embeddings = json.flag("tie_word_embeddings", false)?;
        config.rope_parameters = RopeParameters::take(&mut json, config.max_position_embeddings)?;
        config.attention_dropout = json.probability("attention_dropout", 0.0)?;
        if is_qwen2 {
            only_full_attention(&mut json)?;
        } else {
            config.attention_bias = json.flag("attention_bias", false)?;
            config.mlp_bias = json.flag("mlp_bias", false)?;
        }
        // Of the training, of another library, and of another order of the weights that no folder has.
        json.not_looked_at(&["pretraining_tp", "is_llama_config", "transformers.js_config"]);
        json.only("rope_interleaved", &json!(false))?;
        json.finish()?;
        config.check()?;
        Ok(config)
    }

    fn take_sizes(&mut self, json: &mut ConfigJson) -> Result<()> {
        for (name, size) in [
            ("vocab_size", &mut self.vocab_size),
            ("hidden_size", &mut self.hidden_size),
            ("intermediate_size", &mut self.intermediate_size),
            ("num_attention_heads", &mut self.num_attention_heads),
            ("max_position_embeddings", &mut self.max_position_embeddings),
        ] {
            *size = json.integer(name, *size)?;
        }
        self.num_hidden_layers = json.layers("num_hidden_layers", self.num_hidden_layers)?;
        let heads = json.optional_integer("num_key_value_heads")?;
        // In Python a missing option is the family's default, and `null` is H; the folders in use always name it.
        self.num_key_value_heads = heads.or(self.num_key_value_heads);
        self.head_dim = json.optional_integer("head_dim")?;
        Ok(())
    }

    /// G
    pub fn num_key_value_heads(&self) -> i64 {
        self.num_key_value_heads.unwrap_or(self.num_attention_heads)
    }

    /// D
    pub fn head_dim(&self) -> i64 {
        self.head_dim.unwrap_or_else(|| self.hidden_size / self.num_attention_heads.max(1))
    }

    /// Whether `rope_parameters` are what the folder said.
    fn rope_was_read(&self) -> bool {
        let mut read = ConfigJson::of(self.as_read.config.clone());
        !self.as_read.config.is_empty()
            && RopeParameters::take(&mut read, self.max_position_embeddings)
                .is_ok_and(|rope| rope == self.rope_parameters)
    }

    pub(super) fn check(&self) -> Result<()> {
        let (e, h, g) = (self.hidden_size, self.num_attention_heads, self.num_key_value_heads());
        if h == 0 || e % h != 0 {
            return Err(Error::value(format!(
                "The hidden size ({e}) is not a multiple of the number of attention heads ({h})."
            )));
        }
        if g == 0 || h % g != 0 {
            return Err(Error::value(format!(
                "num_attention_heads must be divisible by num_key_value_heads, got {h} and {g}"
            )));
        }
        let d = self.head_dim();
        if d == 0 || d % 2 != 0 {
            return Err(Error::value(format!(
                "RoPE requires an even rotary dimension, but got head_dim={d}"
            )));
        }
        self.rope_parameters.check(d)?;
        activation(&self.hidden_act).map(drop)
    }
}

/// Qwen2's other layers see only the last `sliding_window` tokens; here all layers see all.
fn only_full_attention(json: &mut ConfigJson) -> Result<()> {
    json.only("use_sliding_window", &json!(false))?;
    json.only("use_mrope", &json!(false))?;
    json.not_looked_at(&["sliding_window", "max_window_layers"]);
    let types = json.texts("layer_types")?;
    match types.iter().find(|name| *name != "full_attention") {
        Some(other) => Err(Error::value(format!(
            "config.json: layer_types has {other}, and only full_attention is supported"
        ))),
        None => Ok(()),
    }
}

impl crate::nn::Field for LlamaConfig {}

impl FamilyConfig for LlamaConfig {
    fn model_type(&self) -> &'static str {
        if self.qkv_bias { "qwen2" } else { "llama" }
    }

    fn as_read(&self) -> &AsRead {
        &self.as_read
    }

    fn amend(&self, options: &mut Map<String, Value>) {
        // Of the spellings there is one: the folder's own, where nothing was changed since.
        let (read, was_read) = (&self.as_read.config, self.rope_was_read());
        for name in ["rope_theta", "rope_scaling", "rope_parameters"] {
            match read.get(name).filter(|_| was_read) {
                Some(value) => drop(options.insert(name.into(), value.clone())),
                None if was_read || name != "rope_parameters" => drop(options.remove(name)),
                None => {}
            }
        }
        options.insert("num_key_value_heads".into(), self.num_key_value_heads().into());
        if self.qkv_bias {
            ["attention_bias", "mlp_bias"].iter().for_each(|name| drop(options.remove(*name)));
        }
    }
}
