//! Marian: the encoder–decoder that translates, in Hugging Face's `opus-mt` folders.
//!
//! Positions are sinusoids, sines first and cosines behind them, computed rather than read from the file. Embeddings are
//! multiplied by √E, in the decoder those that are given too. The decoder begins with the padding token. Reader and
//! writer may have vocabularies of their own (`share_encoder_decoder_embeddings` = false).
//!
//! Everything else is [`seq2seq`](super::seq2seq). Source:
//! [Junczys-Dowmunt et al. 2018](https://aclanthology.org/P18-4020/); `transformers/models/marian/modeling_marian.py`.

use super::{AsRead, AttnImplementation, Seq2SeqConfig, Seq2SeqFamily, Seq2SeqLmModel};

/// `transformers`' `MarianMTModel`.
pub type MarianMTModel = Seq2SeqLmModel;

impl Seq2SeqConfig {
    /// `MarianConfig`'s defaults.
    pub fn marian() -> Self {
        Self {
            family: Seq2SeqFamily::Marian,
            vocab_size: 58101,
            decoder_vocab_size: 58101,
            max_position_embeddings: 1024,
            d_model: 1024,
            encoder_layers: 12,
            encoder_attention_heads: 16,
            encoder_ffn_dim: 4096,
            encoder_layerdrop: 0.0,
            decoder_layers: 12,
            decoder_attention_heads: 16,
            decoder_ffn_dim: 4096,
            decoder_layerdrop: 0.0,
            activation_function: "gelu".into(),
            dropout: 0.1,
            attention_dropout: 0.0,
            activation_dropout: 0.0,
            init_std: 0.02,
            scale_embedding: false,
            pad_token_id: 58100,
            eos_token_id: 0,
            decoder_start_token_id: 58100,
            share_encoder_decoder_embeddings: true,
            tie_word_embeddings: true,
            attn_implementation: AttnImplementation::default(),
            as_read: AsRead::default(),
        }
    }
}
