//! BERT: an encoder that reads a text from both sides.
//!
//! ```text
//! B = batch size, L = tokens, E = hidden_size, H = num_attention_heads, D = E / H
//! V = vocab_size, N = labels
//! ```
//!
//! Source: [Devlin et al. 2018](https://arxiv.org/abs/1810.04805); `transformers/models/bert/modeling_bert.py`, whose names
//! and order of operators these are.

#![allow(non_snake_case, reason = "LayerNorm is the field's name in the files")]

mod config;
mod heads;
mod layer;

use tch::{Kind, Tensor};

pub use self::config::BertConfig;
pub(super) use self::heads::each_token;
pub use self::heads::{
    BertForMaskedLm, BertForQuestionAnswering, BertForSequenceClassification,
    BertForTokenClassification, BertHeadOutput, BertLmPredictionHead, BertOnlyMlmHead,
    BertPredictionHeadTransform, QuestionAnsweringOutput,
};
use self::layer::Call;
pub use self::layer::{BertAttention, BertIntermediate, BertLayer, BertOutput, BertSelfAttention};
use super::attention::check_attentions;
use super::folder::with_prefix;
use super::ids::check_ids;
use super::init::{init_weights, initialize_weights};
use super::mask::BidirectionalMask;
use super::saving::{Pretrained, pretrained};
use super::{AttnImplementation, Outputs};
use crate::nn::{
    Dropout, Embedding, EmbeddingConfig, Forward, LayerNorm, Linear, LinearConfig, Module,
    ModuleList, Path, module,
};
use crate::{Error, Result, StateDict};

/// What a call takes besides the ids.
#[derive(Debug, Clone, Copy, Default)]
pub struct BertArgs<'a> {
    /// `[B, L]`: 0 = padding.
    pub attention_mask: Option<&'a Tensor>,
    /// `[B, L]`: which sentence a token is of; by default 0.
    pub token_type_ids: Option<&'a Tensor>,
    /// `[B, L]` or `[1, L]`; by default 0, 1, …
    pub position_ids: Option<&'a Tensor>,
    /// `[B, L, E]`, in place of the ids' embeddings; the ids are then not looked at.
    pub inputs_embeds: Option<&'a Tensor>,
    /// Gives a loss, where the model has a head for it.
    pub labels: Option<&'a Tensor>,
    /// Whether to give back every layer's output.
    pub output_hidden_states: bool,
    /// Whether to give back every layer's weights.
    pub output_attentions: bool,
}

module! {
    /// Word, sentence and position of each token, added and normalised.
    pub struct BertEmbeddings {
        /// `[V, E]`
        pub word_embeddings: Embedding,
        /// `[max_position_embeddings, E]`
        pub position_embeddings: Embedding,
        /// `[type_vocab_size, E]`
        pub token_type_embeddings: Embedding,
        /// Of the sum.
        pub LayerNorm: LayerNorm,
        /// Of the normalised sum.
        pub dropout: Dropout,
    }
}

impl BertEmbeddings {
    fn new(p: &Path, config: &BertConfig) -> Result<Self> {
        let e = config.hidden_size;
        let table = |name, rows| Embedding::new(p / name, EmbeddingConfig::new(rows, e));
        let words = EmbeddingConfig {
            padding_idx: config.pad_token_id,
            ..EmbeddingConfig::new(config.vocab_size, e)
        };
        Ok(Self {
            word_embeddings: Embedding::new(p / "word_embeddings", words)?,
            position_embeddings: table("position_embeddings", config.max_position_embeddings)?,
            token_type_embeddings: table("token_type_embeddings", config.type_vocab_size)?,
            LayerNorm: LayerNorm::new(p / "LayerNorm", config.norm())?,
            dropout: Dropout::new(config.hidden_dropout_prob)?,
            training: true,
        })
    }

    /// `[B, L]` → `[B, L, E]`
    fn forward(&self, input_ids: &Tensor, args: &BertArgs) -> Result<Tensor> {
        let inputs_embeds = match args.inputs_embeds {
            Some(embeds) => embeds.shallow_clone(),
            None => {
                check_ids("input_ids", input_ids)?;
                self.word_embeddings.forward(input_ids)? // [B, L, E]
            }
        };
        let (b, l, _) = inputs_embeds.size3()?;
        let options = (Kind::Int64, inputs_embeds.device());
        let token_type_embeddings = match args.token_type_ids {
            Some(types) => self.token_type_embeddings.forward(types)?,
            None => {
                let zeros = Tensor::f_zeros([1, l], options)?.f_expand([b, l], false)?;
                self.token_type_embeddings.forward(&zeros)?
            }
        };
        let embeddings = inputs_embeds.f_add(&token_type_embeddings)?;
        let positions = match args.position_ids {
            Some(positions) => self.position_embeddings.forward(positions)?,
            None => {
                self.check_length(l)?;
                let positions = Tensor::f_arange(l, options)?.f_unsqueeze(0)?;
                self.position_embeddings.forward(&positions)? // [1, L, E]
            }
        };
        let embeddings = embeddings.f_add(&positions)?;
        self.dropout.forward(&self.LayerNorm.forward(&embeddings)?)
    }

    fn check_length(&self, l: i64) -> Result<()> {
        let most = self.position_embeddings.weight.size()[0];
        if l <= most {
            return Ok(());
        }
        Err(Error::value(format!(
            "the sequence has {l} tokens, but the model has max_position_embeddings={most}"
        ))
        .mend("cut the text, as a tokenizer does with truncation"))
    }
}

module! {
    /// The layers, one after the other.
    pub struct BertEncoder {
        /// The layers.
        pub layer: ModuleList<BertLayer>,
    }
}

module! {
    /// The first token's last state, once more mapped: `[B, L, E]` → `[B, E]`.
    pub struct BertPooler {
        /// `[E, E]`
        pub dense: Linear,
    }
}

impl BertEncoder {
    pub(super) fn new(p: &Path, config: &BertConfig) -> Result<Self> {
        let layer = (0..config.num_hidden_layers)
            .map(|i| BertLayer::new(&(p / "layer" / i), config))
            .collect::<Result<_>>()?;
        Ok(Self { layer, training: true })
    }

    /// `[B, L, E]` → `[B, L, E]`, and what else was asked for.
    pub(super) fn forward_with(
        &self,
        mut hidden: Tensor,
        attn_implementation: AttnImplementation,
        args: &BertArgs,
    ) -> Result<(Tensor, Outputs)> {
        let (batch_size, l, _) = hidden.size3()?;
        let mask = BidirectionalMask {
            attn_implementation,
            batch_size,
            q_length: l,
            kv_length: l,
            kind: hidden.kind(),
            attention_mask: args.attention_mask,
        };
        let call = Call { mask: mask.create()?, attn_implementation };
        let mut outputs = Outputs::default();
        for layer in &self.layer {
            if args.output_hidden_states {
                outputs.hidden_states.push(hidden.shallow_clone());
            }
            let (next, weights) = layer.forward(&hidden, &call)?;
            hidden = next;
            outputs.attentions.extend(weights.filter(|_| args.output_attentions));
        }
        if args.output_hidden_states {
            outputs.hidden_states.push(hidden.shallow_clone());
        }
        Ok((hidden, outputs))
    }
}

impl BertPooler {
    pub(super) fn new(p: &Path, config: &BertConfig) -> Result<Self> {
        let size = LinearConfig::new(config.hidden_size, config.hidden_size);
        Ok(Self { dense: Linear::new(p / "dense", size)?, training: true })
    }
}

impl Forward for BertPooler {
    fn forward(&self, hidden_states: &Tensor) -> Result<Tensor> {
        let first = hidden_states.f_select(1, 0)?; // [B, E]
        Ok(self.dense.forward(&first)?.f_tanh()?)
    }
}

/// `BaseModelOutputWithPooling`
#[derive(Debug)]
pub struct BertModelOutput {
    /// `[B, L, E]`
    pub last_hidden_state: Tensor,
    /// `[B, E]`, where the model has a pooler.
    pub pooler_output: Option<Tensor>,
    /// What was asked for beside them.
    pub outputs: Outputs,
}

module! {
    /// The model without a head: ids `[B, L]` → `[B, L, E]`.
    ///
    /// ```
    /// use atencion::models::{BertArgs, BertConfig, BertModel};
    /// use atencion::nn::Path;
    /// use tch::{Device, Tensor};
    ///
    /// let config = BertConfig {
    ///     vocab_size: 10,
    ///     hidden_size: 8,
    ///     num_hidden_layers: 2,
    ///     num_attention_heads: 2,
    ///     intermediate_size: 16,
    ///     ..Default::default()
    /// };
    /// let model = BertModel::new(Path::root(Device::Cpu), &config, true)?;
    /// let out = model.forward_with(&Tensor::from_slice2(&[[1i64, 2, 3]]), BertArgs::default())?;
    /// assert_eq!(out.last_hidden_state.size(), [1, 3, 8]);
    /// # Ok::<(), atencion::Error>(())
    /// ```
    pub struct BertModel {
        /// Ids → vectors.
        pub embeddings: BertEmbeddings,
        /// The layers.
        pub encoder: BertEncoder,
        /// Of the first token; some heads need none.
        pub pooler: Option<BertPooler>,
        /// Which kernels compute attention.
        pub attn_implementation: AttnImplementation,
        /// What it was made by.
        pub config: BertConfig,
    }
}

pretrained!(BertModel, BertConfig);

impl Pretrained for BertModel {
    type Config = BertConfig;

    fn config(&self) -> &BertConfig {
        &self.config
    }
}

impl BertModel {
    /// Fresh parameters drawn as `transformers` does, or a state_dict's; with a pooler or without.
    ///
    /// # Errors
    /// When heads do not divide `hidden_size`, or the activation is not known.
    pub fn new<'a>(
        path: impl Into<Path<'a>>,
        config: &BertConfig,
        add_pooling_layer: bool,
    ) -> Result<Self> {
        config.check()?;
        let p = path.into();
        let model = Self {
            embeddings: BertEmbeddings::new(&(&p / "embeddings"), config)?,
            encoder: BertEncoder::new(&(&p / "encoder"), config)?,
            pooler: add_pooling_layer
                .then(|| BertPooler::new(&(&p / "pooler"), config))
                .transpose()?,
            attn_implementation: config.attn_implementation,
            config: config.clone(),
            training: true,
        };
        if p.draws() {
            initialize_weights(&model, &|module| init_weights(module, config.initializer_range))?;
            model.embeddings.word_embeddings.zero_padding()?;
        }
        Ok(model)
    }

    /// On a state_dict's tensors, a head's or the bare model's, with the `bert.` of their names or without; with a pooler
    /// where they have one.
    ///
    /// # Errors
    /// As [`from_pretrained`](Self::from_pretrained).
    pub fn from_state_dict(state: StateDict, config: &BertConfig) -> Result<Self> {
        let state = todays_names(state)?.ignore(&["cls.*", "classifier.*", "qa_outputs.*"]);
        let has_pooler = state.names().any(|name| name.starts_with("bert.pooler."));
        let mut model = state.build("bert", |p| Self::new(p, config, has_pooler))?;
        model.eval();
        Ok(model)
    }

    /// With masks, sentences, positions.
    ///
    /// # Errors
    /// When ids, sentences or positions are out of range, or a mask does not fit.
    pub fn forward_with(&self, input_ids: &Tensor, args: BertArgs) -> Result<BertModelOutput> {
        check_attentions(self.attn_implementation, args.output_attentions)?;
        let embedded = self.embeddings.forward(input_ids, &args)?;
        let (hidden, outputs) =
            self.encoder.forward_with(embedded, self.attn_implementation, &args)?;
        let pooler_output = self.pooler.as_ref().map(|p| p.forward(&hidden)).transpose()?;
        Ok(BertModelOutput { last_hidden_state: hidden, pooler_output, outputs })
    }
}

/// The names as `transformers` writes them today: norms of the first files have `gamma` and `beta`, bare models no `bert.`.
fn todays_names(state: StateDict) -> Result<StateDict> {
    let state = state.ignore(&["*embeddings.position_ids", "*embeddings.token_type_ids"]);
    let state = state.rename(|name| match name.rsplit_once('.') {
        Some((norm, "gamma")) => format!("{norm}.weight"),
        Some((norm, "beta")) => format!("{norm}.bias"),
        _ => name.to_owned(),
    })?;
    with_prefix(state, "bert", &["cls", "classifier", "qa_outputs"])
}
