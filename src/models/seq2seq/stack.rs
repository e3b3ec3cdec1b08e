//! The two stacks: one that reads, one that writes.

use tch::{Device, Kind, Tensor};

use super::super::attention::check_attentions;
use super::super::ids::check_ids;
use super::super::init::{init_weights, initialize_weights};
use super::super::mask::{BidirectionalMask, CausalMask};
use super::layer::LayerCall;
use super::{
    AttnImplementation, EncoderDecoderCache, Outputs, PositionalEmbedding, Seq2SeqArgs,
    Seq2SeqConfig, Seq2SeqDecoderLayer, Seq2SeqEncoderLayer, Seq2SeqFamily, TokenEmbedding,
};
use crate::nn::{Forward, LayerNorm, ModuleList, Path, module};
use crate::tensor::times;
use crate::{Error, Result};

module! {
    /// Reads: ids `[B, S]` → `[B, S, E]`.
    pub struct Seq2SeqEncoder {
        /// `[V, E]`
        pub embed_tokens: TokenEmbedding,
        /// Where a token stands.
        pub embed_positions: PositionalEmbedding,
        /// The layers.
        pub layers: ModuleList<Seq2SeqEncoderLayer>,
        /// BART's, after the embeddings.
        pub layernorm_embedding: Option<LayerNorm>,
        /// Dropout of the embeddings.
        pub dropout: f64,
        /// Probability that a layer is passed over in training.
        pub layerdrop: f64,
        /// Which kernels compute attention.
        pub attn_implementation: AttnImplementation,
    }
}

/// Embeddings that are tied are another module's: a state_dict need not have them.
fn embed_tokens(
    p: &Path,
    config: &Seq2SeqConfig,
    vocab_size: i64,
    tied: Option<&Tensor>,
) -> Result<TokenEmbedding> {
    let place = p / "embed_tokens";
    let place = match tied {
        Some(weight) => place.tied("weight", weight),
        None => place,
    };
    TokenEmbedding::new(place, config, vocab_size)
}

fn layernorm_embedding(p: &Path, config: &Seq2SeqConfig) -> Result<Option<LayerNorm>> {
    (config.family == Seq2SeqFamily::Bart)
        .then(|| LayerNorm::new(p / "layernorm_embedding", config.norm()))
        .transpose()
}

/// LayerDrop: whether a layer is passed over. Source: [Fan et al. 2019](https://arxiv.org/abs/1909.11556).
fn is_dropped(layerdrop: f64, training: bool) -> Result<bool> {
    if !training || layerdrop <= 0.0 {
        return Ok(false);
    }
    Ok(Tensor::f_rand([0i64; 0], (Kind::Float, Device::Cpu))?.double_value(&[]) < layerdrop)
}

impl Seq2SeqEncoder {
    pub(super) fn new(p: &Path, config: &Seq2SeqConfig, tied: Option<&Tensor>) -> Result<Self> {
        let encoder = Self {
            embed_tokens: embed_tokens(p, config, config.vocab_size, tied)?,
            embed_positions: PositionalEmbedding::new(p / "embed_positions", config)?,
            layers: (0..config.encoder_layers)
                .map(|i| Seq2SeqEncoderLayer::new(&(p / "layers" / i), config, i))
                .collect::<Result<_>>()?,
            layernorm_embedding: layernorm_embedding(p, config)?,
            dropout: config.dropout,
            layerdrop: config.encoder_layerdrop,
            attn_implementation: config.attn_implementation,
            training: true,
        };
        if p.draws() {
            initialize_weights(&encoder, &|module| init_weights(module, config.init_std))?;
            encoder.embed_tokens.embedding.zero_padding()?;
            encoder.embed_positions.fill()?;
        }
        Ok(encoder)
    }

    /// The last hidden state `[B, S, E]`, and what else was asked for.
    pub(super) fn forward_with(
        &self,
        input_ids: Option<&Tensor>,
        args: &Seq2SeqArgs,
    ) -> Result<(Tensor, Outputs)> {
        check_attentions(self.attn_implementation, args.output_attentions)?;
        let embeds = match (input_ids, args.inputs_embeds) {
            (_, Some(embeds)) => embeds.shallow_clone(),
            (Some(ids), None) => {
                check_ids("input_ids", ids)?;
                let embeds = self.embed_tokens.embedding.forward(ids)?; // [B, S, E]
                times(&embeds, self.embed_tokens.embed_scale)?
            }
            (None, None) => return Err(Error::value("nothing to read: input_ids are missing")),
        };
        let (b, s, _) = embeds.size3()?;
        let mut x = embeds.f_add(&self.embed_positions.forward(0, s, b)?)?;
        if let Some(norm) = &self.layernorm_embedding {
            x = norm.forward(&x)?;
        }
        x = x.f_dropout(self.dropout, self.training)?;
        let mask = BidirectionalMask {
            attn_implementation: self.attn_implementation,
            batch_size: b,
            q_length: s,
            kv_length: s,
            kind: embeds.kind(),
            attention_mask: args.attention_mask,
        };
        let mask = mask.create()?;
        let mut outputs = Outputs::default();
        for layer in &self.layers {
            if is_dropped(self.layerdrop, self.training)? {
                continue;
            }
            // As in Python, what goes into the first layer that is not passed over.
            if args.output_hidden_states && outputs.hidden_states.is_empty() {
                outputs.hidden_states.push(x.shallow_clone());
            }
            let (next, weights) = layer.forward(&x, mask.as_ref(), self.attn_implementation)?;
            x = next;
            outputs.hidden_states.extend(args.output_hidden_states.then(|| x.shallow_clone()));
            outputs.attentions.extend(weights.filter(|_| args.output_attentions));
        }
        Ok((x, outputs))
    }
}

module! {
    /// Writes: ids `[B, L]` and what was read, `[B, S, E]` → `[B, L, E]`.
    pub struct Seq2SeqDecoder {
        /// `[V, E]`
        pub embed_tokens: TokenEmbedding,
        /// Where a token stands.
        pub embed_positions: PositionalEmbedding,
        /// The layers.
        pub layers: ModuleList<Seq2SeqDecoderLayer>,
        /// BART's, after the embeddings.
        pub layernorm_embedding: Option<LayerNorm>,
        /// Dropout of the embeddings.
        pub dropout: f64,
        /// Probability that a layer is passed over in training.
        pub layerdrop: f64,
        /// Which kernels compute attention.
        pub attn_implementation: AttnImplementation,
    }
}

/// What the decoder is given besides the ids.
pub(super) struct DecoderCall<'a> {
    pub encoded: &'a Tensor,
    pub encoder_attention_mask: Option<&'a Tensor>,
    /// Whether keys and values lie as in a cache, even if none is kept.
    pub use_cache: bool,
    pub args: Seq2SeqArgs<'a>,
}

impl Seq2SeqDecoder {
    pub(super) fn new(p: &Path, config: &Seq2SeqConfig, tied: Option<&Tensor>) -> Result<Self> {
        let decoder = Self {
            embed_tokens: embed_tokens(p, config, config.decoder_vocab_size, tied)?,
            embed_positions: PositionalEmbedding::new(p / "embed_positions", config)?,
            layers: (0..config.decoder_layers)
                .map(|i| Seq2SeqDecoderLayer::new(&(p / "layers" / i), config, i))
                .collect::<Result<_>>()?,
            layernorm_embedding: layernorm_embedding(p, config)?,
            dropout: config.dropout,
            layerdrop: config.decoder_layerdrop,
            attn_implementation: config.attn_implementation,
            training: true,
        };
        if p.draws() {
            initialize_weights(&decoder, &|module| init_weights(module, config.init_std))?;
            decoder.embed_tokens.embedding.zero_padding()?;
            decoder.embed_positions.fill()?;
        }
        Ok(decoder)
    }

    /// The last hidden state `[B, L, E]`, what else was asked for, and the weights on what was read.
    pub(super) fn forward_with(
        &self,
        input_ids: Option<&Tensor>,
        call: DecoderCall,
    ) -> Result<(Tensor, Outputs, Vec<Tensor>)> {
        let args = call.args;
        check_attentions(self.attn_implementation, args.output_attentions)?;
        let embeds = self.embed(input_ids, args.decoder_inputs_embeds)?; // [B, L, E]
        let (b, l, _) = embeds.size3()?;
        let mut own = EncoderDecoderCache::default();
        let cache = match args.past_key_values {
            Some(cache) => Some(cache),
            None => call.use_cache.then_some(&mut own),
        };
        let past = cache.as_ref().map_or(0, |cache| cache.seq_length());
        let mut layers = LayerCall {
            encoded: call.encoded,
            mask: self.mask(&embeds, past, args.decoder_attention_mask)?,
            encoder_mask: self.encoder_mask(l, call.encoded, b, call.encoder_attention_mask)?,
            cache,
            how: self.attn_implementation,
        };
        let mut x = embeds.f_add(&self.embed_positions.forward(past, l, 1)?)?;
        if let Some(norm) = &self.layernorm_embedding {
            x = norm.forward(&x)?;
        }
        x = x.f_dropout(self.dropout, self.training)?;
        let (mut outputs, mut cross_attentions) = (Outputs::default(), Vec::new());
        for layer in &self.layers {
            if is_dropped(self.layerdrop, self.training)? {
                continue;
            }
            // As in Python, what goes into the first layer that is not passed over.
            if args.output_hidden_states && outputs.hidden_states.is_empty() {
                outputs.hidden_states.push(x.shallow_clone());
            }
            let (next, [weights, cross]) = layer.forward(&x, &mut layers)?;
            x = next;
            outputs.hidden_states.extend(args.output_hidden_states.then(|| x.shallow_clone()));
            outputs.attentions.extend(weights.filter(|_| args.output_attentions));
            cross_attentions.extend(cross.filter(|_| args.output_attentions));
        }
        Ok((x, outputs, cross_attentions))
    }

    fn embed(&self, input_ids: Option<&Tensor>, given: Option<&Tensor>) -> Result<Tensor> {
        let scale = self.embed_tokens.embed_scale;
        match (input_ids, given) {
            // Marian's are multiplied even if they are given.
            (_, Some(embeds)) if self.embed_positions.learned => Ok(embeds.shallow_clone()),
            (_, Some(embeds)) => times(embeds, scale),
            (Some(ids), None) => {
                check_ids("decoder_input_ids", ids)?;
                times(&self.embed_tokens.embedding.forward(ids)?, scale)
            }
            (None, None) => Err(Error::value("nothing was written: decoder_input_ids are missing")),
        }
    }

    fn mask(&self, embeds: &Tensor, past: i64, given: Option<&Tensor>) -> Result<Option<Tensor>> {
        let (b, l, _) = embeds.size3()?;
        let mask = CausalMask {
            attn_implementation: self.attn_implementation,
            batch_size: b,
            q_length: l,
            past_length: past,
            kind: embeds.kind(),
            device: embeds.device(),
            attention_mask: given,
        };
        mask.create()
    }

    fn encoder_mask(
        &self,
        l: i64,
        encoded: &Tensor,
        b: i64,
        given: Option<&Tensor>,
    ) -> Result<Option<Tensor>> {
        let (read, s, _) = encoded.size3()?;
        if read != b {
            return Err(Error::value(format!(
                "{read} texts were read, but {b} are written: encoder_outputs and decoder_input_ids have other batches"
            )));
        }
        let mask = BidirectionalMask {
            attn_implementation: self.attn_implementation,
            batch_size: read,
            q_length: l,
            kv_length: s,
            kind: encoded.kind(),
            attention_mask: given,
        };
        mask.create()
    }
}
