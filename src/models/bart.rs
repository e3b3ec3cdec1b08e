//! BART: the encoder–decoder that mends broken texts, and summarises.
//!
//! Positions are learned, and looked up two rows further down than they are; a norm follows the embeddings. The
//! embeddings are multiplied by √E where `scale_embedding` says so, given ones are not. Without `decoder_input_ids` the
//! decoder is given what was read, one to the right.
//!
//! Everything else is [`seq2seq`](super::seq2seq). Source: [Lewis et al. 2019](https://arxiv.org/abs/1910.13461);
//! `transformers/models/bart/modeling_bart.py`.

use super::{Seq2SeqConfig, Seq2SeqFamily, Seq2SeqLmModel};

/// `transformers`' `BartForConditionalGeneration`.
pub type BartForConditionalGeneration = Seq2SeqLmModel;

impl Seq2SeqConfig {
    /// `BartConfig`'s defaults: BART large.
    pub fn bart() -> Self {
        Self {
            family: Seq2SeqFamily::Bart,
            vocab_size: 50265,
            decoder_vocab_size: 50265,
            pad_token_id: 1,
            eos_token_id: 2,
            decoder_start_token_id: 2,
            ..Self::marian()
        }
    }
}
