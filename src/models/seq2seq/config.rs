//! The options of Marian's and BART's `config.json`.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::super::activation::activation;
use super::super::saving::FamilyConfig;
use super::{AttnImplementation, ConfigJson};
use crate::models::AsRead;
use crate::nn::{EmbeddingConfig, LayerNormConfig};
use crate::{Error, Result};

/// Which of the two: they differ in positions, in a norm after the embeddings, and in what may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seq2SeqFamily {
    /// Sinusoids say where a token stands.
    Marian,
    /// Positions are learned, and the embeddings normalised.
    Bart,
}

/// The options of `config.json`, under its names. Defaults are a family's: [`marian`](Self::marian), [`bart`](Self::bart).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Seq2SeqConfig {
    /// Marian or BART.
    #[serde(skip)]
    pub family: Seq2SeqFamily,
    /// V of what is read.
    pub vocab_size: i64,
    /// V of what is written.
    pub decoder_vocab_size: i64,
    /// The longest text.
    pub max_position_embeddings: i64,
    /// E
    pub d_model: i64,
    /// Layers that read.
    pub encoder_layers: i64,
    /// Their H.
    pub encoder_attention_heads: i64,
    /// Width inside their feed-forward networks.
    pub encoder_ffn_dim: i64,
    /// Probability that one of them is passed over in training.
    pub encoder_layerdrop: f64,
    /// Layers that write.
    pub decoder_layers: i64,
    /// Their H.
    pub decoder_attention_heads: i64,
    /// Width inside their feed-forward networks.
    pub decoder_ffn_dim: i64,
    /// Probability that one of them is passed over in training.
    pub decoder_layerdrop: f64,
    /// The feed-forward networks' activation, by the name `ACT2FN` has for it.
    pub activation_function: String,
    /// Dropout of embeddings, and of what a layer adds.
    pub dropout: f64,
    /// Dropout of the attention weights.
    pub attention_dropout: f64,
    /// Dropout after the activation.
    pub activation_dropout: f64,
    /// Standard deviation of fresh weights.
    pub init_std: f64,
    /// Whether embeddings are multiplied by √E.
    pub scale_embedding: bool,
    /// Which id fills a text up.
    pub pad_token_id: i64,
    /// Which id ends a text.
    pub eos_token_id: i64,
    /// Which id the decoder begins with.
    pub decoder_start_token_id: i64,
    /// Whether both stacks have the same embeddings.
    pub share_encoder_decoder_embeddings: bool,
    /// Whether shared embeddings and the head are one tensor.
    pub tie_word_embeddings: bool,
    /// Which kernels compute attention.
    #[serde(skip)]
    pub attn_implementation: AttnImplementation,
    /// What the folder said besides.
    #[serde(skip)]
    pub as_read: AsRead,
}

impl Seq2SeqConfig {
    /// From a `config.json` of Marian or BART.
    ///
    /// # Errors
    /// When an option is not of its kind, or not known here.
    pub fn from_json(mut json: ConfigJson) -> Result<Self> {
        let default = match json.model_type() {
            Some("bart") => Self::bart(),
            _ => {
                json.expect_model_type("marian")?;
                Self::marian()
            }
        };
        let marian = default.family == Seq2SeqFamily::Marian;
        let vocab_size = json.integer("vocab_size", default.vocab_size)?;
        let decoder_vocab_size = json.optional_integer("decoder_vocab_size")?.filter(|&v| v > 0);
        if !marian && decoder_vocab_size.is_some_and(|v| v != vocab_size) {
            return Err(Error::value(
                "config.json: BART has one vocabulary, but decoder_vocab_size is another",
            ));
        }
        let config = Self {
            vocab_size,
            decoder_vocab_size: decoder_vocab_size.unwrap_or(vocab_size),
            max_position_embeddings: json
                .integer("max_position_embeddings", default.max_position_embeddings)?,
            d_model: json.integer("d_model", default.d_model)?,
            encoder_layers: json.layers("encoder_layers", default.encoder_layers)?,
            encoder_attention_heads: json
                .integer("encoder_attention_heads", default.encoder_attention_heads)?,
            encoder_ffn_dim: json.integer("encoder_ffn_dim", default.encoder_ffn_dim)?,
            encoder_layerdrop: json.probability("encoder_layerdrop", default.encoder_layerdrop)?,
            decoder_layers: json.layers("decoder_layers", default.decoder_layers)?,
            decoder_attention_heads: json
                .integer("decoder_attention_heads", default.decoder_attention_heads)?,
            decoder_ffn_dim: json.integer("decoder_ffn_dim", default.decoder_ffn_dim)?,
            decoder_layerdrop: json.probability("decoder_layerdrop", default.decoder_layerdrop)?,
            activation_function: json.text("activation_function", &default.activation_function)?,
            dropout: json.probability("dropout", default.dropout)?,
            attention_dropout: json.probability("attention_dropout", default.attention_dropout)?,
            activation_dropout: json
                .probability("activation_dropout", default.activation_dropout)?,
            init_std: json.number("init_std", default.init_std)?,
            scale_embedding: json.flag("scale_embedding", default.scale_embedding)?,
            pad_token_id: json.integer("pad_token_id", default.pad_token_id)?,
            eos_token_id: json.integer("eos_token_id", default.eos_token_id)?,
            decoder_start_token_id: json
                .integer("decoder_start_token_id", default.decoder_start_token_id)?,
            share_encoder_decoder_embeddings: match marian {
                true => json.flag("share_encoder_decoder_embeddings", true)?,
                false => true,
            },
            tie_word_embeddings: json.flag("tie_word_embeddings", true)?,
            as_read: json.as_read(),
            ..default
        };
        config.old_options(&mut json)?;
        json.finish()?;
        config.check()?;
        Ok(config)
    }

    /// Options that older files have, and `transformers` 5 has no other value of.
    fn old_options(&self, json: &mut ConfigJson) -> Result<()> {
        let bart = self.family == Seq2SeqFamily::Bart;
        json.only("is_encoder_decoder", &json!(true))?;
        json.only("is_decoder", &json!(false))?;
        json.only("normalize_before", &json!(false))?;
        json.only("add_final_layer_norm", &json!(false))?;
        json.only("add_bias_logits", &json!(false))?;
        json.only("normalize_embedding", &json!(bart))?;
        json.only("static_position_embeddings", &json!(!bart))?;
        json.only("num_hidden_layers", &json!(self.encoder_layers))?;
        json.only("num_attention_heads", &json!(self.encoder_attention_heads))?;
        json.only("hidden_size", &json!(self.d_model))?;
        // Of other heads, and of generate.
        json.not_looked_at(&["classifier_dropout", "classif_dropout", "extra_pos_embeddings"]);
        json.not_looked_at(&["forced_eos_token_id", "forced_bos_token_id"]);
        json.not_looked_at(&["force_bos_token_to_be_generated", "output_past"]);
        Ok(())
    }

    pub(super) fn check(&self) -> Result<()> {
        for (name, heads) in [
            ("encoder_attention_heads", self.encoder_attention_heads),
            ("decoder_attention_heads", self.decoder_attention_heads),
        ] {
            if heads == 0 || self.d_model % heads != 0 {
                return Err(Error::value(format!(
                    "d_model must be divisible by {name}, got d_model={} and {name}={heads}",
                    self.d_model
                )));
            }
        }
        // Marian's are computed; tables beyond a gigabyte are no model's.
        if self.max_position_embeddings.saturating_mul(self.d_model) > 1 << 28 {
            return Err(Error::value(format!(
                "there is no table of max_position_embeddings={} times d_model={}",
                self.max_position_embeddings, self.d_model
            )));
        }
        activation(&self.activation_function).map(drop)
    }

    /// V of the head.
    pub(super) fn target_vocab_size(&self) -> i64 {
        match self.share_encoder_decoder_embeddings {
            true => self.vocab_size,
            false => self.decoder_vocab_size,
        }
    }

    pub(super) fn embedding(&self, vocab_size: i64) -> EmbeddingConfig {
        EmbeddingConfig {
            padding_idx: Some(self.pad_token_id),
            ..EmbeddingConfig::new(vocab_size, self.d_model)
        }
    }

    pub(super) fn norm(&self) -> LayerNormConfig {
        LayerNormConfig::new(&[self.d_model])
    }
}

impl crate::nn::Field for Seq2SeqConfig {}

impl FamilyConfig for Seq2SeqConfig {
    fn model_type(&self) -> &'static str {
        match self.family {
            Seq2SeqFamily::Marian => "marian",
            Seq2SeqFamily::Bart => "bart",
        }
    }

    fn as_read(&self) -> &AsRead {
        &self.as_read
    }

    fn amend(&self, options: &mut Map<String, Value>) {
        options.insert("is_encoder_decoder".into(), true.into());
        // BART has one vocabulary; and other names of options may have been changed since they were read.
        let bart = self.family == Seq2SeqFamily::Bart;
        let gone = ["num_hidden_layers", "num_attention_heads", "hidden_size"];
        let of_marian = ["decoder_vocab_size", "share_encoder_decoder_embeddings"];
        let gone = gone.iter().chain(of_marian.iter().filter(|_| bart));
        gone.for_each(|name| drop(options.remove(*name)));
    }
}
