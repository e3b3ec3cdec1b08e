//! The encoder–decoder: one stack reads a text, another writes one and looks at what was read. Marian translates with
//! it, BART mends and summarises; [`marian`](super::marian) and [`bart`](super::bart) say where they differ.
//!
//! ```text
//! B = batch size, S = tokens read, L = tokens written in this call, P = those written before (in the cache)
//! E = d_model, H = heads, D = E / H, V = vocabulary
//! ```
//!
//! | what | where |
//! |---|---|
//! | the options of `config.json` | `config.rs` |
//! | tokens → vectors: embeddings and positions | `embed.rs` |
//! | attention to oneself or to what was read, and its cache | `attention.rs` |
//! | one layer of either stack | `layer.rs` |
//! | the two stacks | `stack.rs` |
//! | both stacks, and the head | here |
//!
//! Source: `transformers/models/marian/modeling_marian.py` and `transformers/models/bart/modeling_bart.py`, whose names
//! and order of operators these are.

use tch::{Kind, Tensor};

use super::init::init_weights;
use super::lm_head::lm_head;
use super::{AttnImplementation, ConfigJson, Outputs};
use crate::nn::{Buffer, CrossEntropyLoss, Embedding, Forward, Linear, Module, Path, module};
use crate::{Error, Result, StateDict};

mod attention;
mod config;
mod embed;
mod folder;
mod layer;
mod stack;

pub use attention::{EncoderDecoderCache, Seq2SeqAttention};
pub use config::{Seq2SeqConfig, Seq2SeqFamily};
use embed::sinusoids;
pub use embed::{PositionalEmbedding, TokenEmbedding};
pub use layer::{Seq2SeqDecoderLayer, Seq2SeqEncoderLayer};
use stack::DecoderCall;
pub use stack::{Seq2SeqDecoder, Seq2SeqEncoder};

module! {
    /// Both stacks, without a head.
    pub struct Seq2SeqModel {
        /// `[V, E]`: the embeddings that both stacks have, where they share them.
        pub shared: Option<Embedding>,
        /// Reads.
        pub encoder: Seq2SeqEncoder,
        /// Writes.
        pub decoder: Seq2SeqDecoder,
        /// What it was made by.
        pub config: Seq2SeqConfig,
    }
}

impl Seq2SeqModel {
    fn new(p: &Path, config: &Seq2SeqConfig) -> Result<Self> {
        let shared = config
            .share_encoder_decoder_embeddings
            .then(|| Embedding::new(p / "shared", config.embedding(config.vocab_size)))
            .transpose()?;
        let tied = shared.as_ref().filter(|_| config.tie_word_embeddings).map(|e| &e.weight);
        let mut model = Self {
            encoder: Seq2SeqEncoder::new(&(p / "encoder"), config, tied)?,
            decoder: Seq2SeqDecoder::new(&(p / "decoder"), config, tied)?,
            config: config.clone(),
            shared,
            training: true,
        };
        if let Some(shared) = &model.shared {
            if p.draws() {
                init_weights(shared, config.init_std)?;
                shared.zero_padding()?;
            }
            if config.tie_word_embeddings {
                model.encoder.embed_tokens.embedding.weight = shared.weight.shallow_clone();
                model.decoder.embed_tokens.embedding.weight = shared.weight.shallow_clone();
            }
        }
        Ok(model)
    }
}

module! {
    /// Both stacks and a head that says how likely each token comes next: `transformers`' `MarianMTModel` and
    /// `BartForConditionalGeneration`.
    ///
    /// ```
    /// use atencion::models::{Seq2SeqArgs, Seq2SeqConfig, Seq2SeqLmModel};
    /// use atencion::nn::Path;
    /// use tch::{Device, Tensor};
    ///
    /// let config = Seq2SeqConfig {
    ///     vocab_size: 20, decoder_vocab_size: 20, d_model: 8, pad_token_id: 0, decoder_start_token_id: 0,
    ///     encoder_layers: 1, decoder_layers: 1, encoder_attention_heads: 2, decoder_attention_heads: 2,
    ///     encoder_ffn_dim: 16, decoder_ffn_dim: 16, ..Seq2SeqConfig::marian()
    /// };
    /// let model = Seq2SeqLmModel::new(Path::root(Device::Cpu), &config)?;
    /// let (source, target) = (Tensor::from_slice2(&[[3i64, 4, 5]]), Tensor::from_slice2(&[[6i64, 7]]));
    /// let out = model.forward_with(&source, Seq2SeqArgs { labels: Some(&target), ..Default::default() })?;
    /// assert_eq!(out.logits.size(), [1, 2, 20]); // [B, L, V]
    /// assert!(out.loss.is_some());
    /// # Ok::<(), atencion::Error>(())
    /// ```
    pub struct Seq2SeqLmModel {
        /// Everything below the head.
        pub model: Seq2SeqModel,
        /// `[1, V]`, added to the logits; not trained.
        pub final_logits_bias: Buffer,
        /// `[V, E]`: the decoder's embeddings once more, where they are tied.
        pub lm_head: Linear,
        /// Marian or BART.
        pub family: Seq2SeqFamily,
        /// Which id fills a text up.
        pub pad_token_id: i64,
        /// Which id the decoder begins with.
        pub decoder_start_token_id: i64,
    }

    impl Module {
        fn name(&self) -> String {
            match self.family {
                Seq2SeqFamily::Marian => "MarianMTModel".into(),
                Seq2SeqFamily::Bart => "BartForConditionalGeneration".into(),
            }
        }
    }
}

impl crate::nn::Field for Seq2SeqFamily {}

/// What a call takes besides the ids that are read.
#[derive(Debug, Default)]
pub struct Seq2SeqArgs<'a> {
    /// `[B, S]`: 0 = padding of what is read.
    pub attention_mask: Option<&'a Tensor>,
    /// `[B, L]`: what was written. By default the labels, moved one to the right; with BART the ids read, likewise.
    pub decoder_input_ids: Option<&'a Tensor>,
    /// `[B, P + L]`: 0 = padding of what was written.
    pub decoder_attention_mask: Option<&'a Tensor>,
    /// `[B, S, E]`: what the encoder gave in an earlier call; nothing is read then.
    pub encoder_outputs: Option<&'a Tensor>,
    /// What the decoder computed in earlier calls.
    pub past_key_values: Option<&'a mut EncoderDecoderCache>,
    /// `[B, S, E]`, in place of the embeddings of the ids read.
    pub inputs_embeds: Option<&'a Tensor>,
    /// `[B, L, E]`, in place of the embeddings of the ids written.
    pub decoder_inputs_embeds: Option<&'a Tensor>,
    /// `[B, L]`: gives a loss; −100 counts not.
    pub labels: Option<&'a Tensor>,
    /// Whether to give back every layer's output, of both stacks.
    pub output_hidden_states: bool,
    /// Whether to give back every layer's weights, of both stacks.
    pub output_attentions: bool,
}

/// `Seq2SeqLMOutput`
#[derive(Debug)]
pub struct Seq2SeqLmOutput {
    /// The mean loss over the labels, where labels were given.
    pub loss: Option<Tensor>,
    /// `[B, L, V]`
    pub logits: Tensor,
    /// `decoder_hidden_states` and `decoder_attentions`.
    pub decoder: Outputs,
    /// Each layer's weights on what was read: `[B, H, L, S]`.
    pub cross_attentions: Vec<Tensor>,
    /// `[B, S, E]`
    pub encoder_last_hidden_state: Tensor,
    /// `encoder_hidden_states` and `encoder_attentions`; empty where `encoder_outputs` were given.
    pub encoder: Outputs,
}

impl Seq2SeqLmModel {
    /// Fresh parameters drawn as `transformers` does, or a state_dict's.
    ///
    /// # Errors
    /// When heads do not divide `d_model`, or the activation is not known.
    pub fn new<'a>(path: impl Into<Path<'a>>, config: &Seq2SeqConfig) -> Result<Self> {
        config.check()?;
        let p = path.into();
        let model = Seq2SeqModel::new(&(&p / "model"), config)?;
        let v = config.target_vocab_size();
        let options = (p.kind().unwrap_or(Kind::Float), p.device());
        let bias = p.buffer("final_logits_bias", Tensor::f_zeros([1, v], options)?, true)?;
        let embeddings = &model.decoder.embed_tokens.embedding.weight;
        let lm_head = lm_head(&p, embeddings, config.tie_word_embeddings, config.init_std)?;
        Ok(Self {
            model,
            final_logits_bias: bias,
            lm_head,
            family: config.family,
            pad_token_id: config.pad_token_id,
            decoder_start_token_id: config.decoder_start_token_id,
            training: true,
        })
    }

    /// On a state_dict's tensors. `final_logits_bias` and Marian's sinusoids may be missing.
    ///
    /// # Errors
    /// As [`from_pretrained`](Self::from_pretrained).
    pub fn from_state_dict(mut state: StateDict, config: &Seq2SeqConfig) -> Result<Self> {
        let first = state.iter().next().map(|(_, tensor)| (tensor.kind(), tensor.device()));
        let (kind, device) = first.unwrap_or((Kind::Float, tch::Device::Cpu));
        if state.get("final_logits_bias").is_none() {
            let bias = Tensor::f_zeros([1, config.target_vocab_size()], (kind, device))?;
            state.insert("final_logits_bias", bias);
        }
        for stack in ["encoder", "decoder"] {
            let name = format!("model.{stack}.embed_positions.weight");
            if config.family == Seq2SeqFamily::Marian && state.get(&name).is_none() {
                let (positions, e) = (config.max_position_embeddings, config.d_model);
                state.insert(name, sinusoids(positions, e)?.f_to_kind(kind)?.f_to(device)?);
            }
        }
        let mut model = state.build("", |p| Self::new(p, config))?;
        model.eval();
        Ok(model)
    }

    /// What was read, `[B, S, E]`: for `encoder_outputs` of many calls.
    ///
    /// # Errors
    /// When an id is not in the vocabulary, or the text is longer than the model's positions.
    pub fn encode(&self, input_ids: &Tensor, attention_mask: Option<&Tensor>) -> Result<Tensor> {
        let args = Seq2SeqArgs { attention_mask, ..Seq2SeqArgs::default() };
        Ok(self.model.encoder.forward_with(Some(input_ids), &args)?.0)
    }

    /// The logits `[B, L, V]` after ids read `[B, S]` and written `[B, L]`.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn forward(&self, input_ids: &Tensor, decoder_input_ids: &Tensor) -> Result<Tensor> {
        let args =
            Seq2SeqArgs { decoder_input_ids: Some(decoder_input_ids), ..Seq2SeqArgs::default() };
        Ok(self.forward_with(input_ids, args)?.logits)
    }

    /// With masks, labels, a cache. The ids read may be `None` where something stands in for them.
    ///
    /// # Errors
    /// As [`encode`](Self::encode), and when an argument is missing or does not fit.
    pub fn forward_with<'a>(
        &self,
        input_ids: impl Into<Option<&'a Tensor>>,
        args: Seq2SeqArgs,
    ) -> Result<Seq2SeqLmOutput> {
        let input_ids = input_ids.into();
        let decoder_input_ids = self.decoder_input_ids(input_ids, &args)?;
        let (encoded, encoder) = match args.encoder_outputs {
            Some(encoded) => (encoded.shallow_clone(), Outputs::default()),
            None => self.model.encoder.forward_with(input_ids, &args)?,
        };
        let labels = args.labels;
        let call = DecoderCall {
            // As in Python, where labels are there only what is asked for is kept.
            use_cache: labels.is_none(),
            encoded: &encoded,
            encoder_attention_mask: args.attention_mask,
            args,
        };
        let (hidden, decoder, cross_attentions) =
            self.model.decoder.forward_with(decoder_input_ids.as_ref(), call)?;
        let logits = self.lm_head.forward(&hidden)?.f_add(&self.final_logits_bias.value)?; // [B, L, V]
        let v = logits.size()[2];
        let loss = labels.map(|labels| {
            CrossEntropyLoss::default()
                .forward(&logits.f_view([-1, v])?, &labels.f_contiguous()?.f_view([-1])?)
        });
        let loss = loss.transpose()?;
        Ok(Seq2SeqLmOutput {
            loss,
            logits,
            decoder,
            cross_attentions,
            encoder_last_hidden_state: encoded,
            encoder,
        })
    }

    fn decoder_input_ids(
        &self,
        input_ids: Option<&Tensor>,
        args: &Seq2SeqArgs,
    ) -> Result<Option<Tensor>> {
        let read = input_ids.filter(|_| self.family == Seq2SeqFamily::Bart);
        match (args.decoder_input_ids, args.decoder_inputs_embeds, args.labels.or(read)) {
            (Some(_), Some(_), _) => Err(Error::value(
                "decoder_input_ids and decoder_inputs_embeds are both given; one of them is needed",
            )),
            (Some(ids), None, _) => Ok(Some(ids.shallow_clone())),
            (None, Some(_), _) => Ok(None),
            (None, None, Some(ids)) => {
                shift_tokens_right(ids, self.pad_token_id, self.decoder_start_token_id).map(Some)
            }
            (None, None, None) => {
                Err(Error::value("nothing was written: decoder_input_ids are missing")
                    .mend("give decoder_input_ids, or labels, from which they follow"))
            }
        }
    }
}

/// `[B, L]` one to the right, the start token before them; −100 becomes padding.
///
/// # Errors
/// When ids are not `[B, L]`.
pub fn shift_tokens_right(
    input_ids: &Tensor,
    pad_token_id: i64,
    decoder_start_token_id: i64,
) -> Result<Tensor> {
    let (b, l) = input_ids.size2().map_err(|_| {
        Error::value(format!("ids are {:?} but should be [B, L]", input_ids.size()))
    })?;
    let start =
        input_ids.f_new_full([b, 1], decoder_start_token_id, (Kind::Int64, input_ids.device()))?;
    let shifted = Tensor::f_cat(&[start, input_ids.f_narrow(1, 0, (l - 1).max(0))?], 1)?;
    let shifted = shifted.f_narrow(1, 0, l)?;
    Ok(shifted.f_masked_fill(&shifted.f_eq(-100)?, pad_token_id)?)
}

/// Which kernels every attention of a call takes.
type How = AttnImplementation;
