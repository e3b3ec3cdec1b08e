//! RoBERTa: BERT's encoder, trained for longer, with positions and heads of its own.
//!
//! Positions count the tokens that are no padding, from `pad_token_id` + 1: a padded text has the positions of the text
//! without its padding. The head of the masked words has one map less, the head for a text one more.
//!
//! ```text
//! B = batch size, L = tokens, E = hidden_size, V = vocab_size, N = labels
//! ```
//!
//! Source: [Liu et al. 2019](https://arxiv.org/abs/1907.11692); `transformers/models/roberta/modeling_roberta.py`, whose
//! names and order of operators these are.

#![allow(non_snake_case, reason = "LayerNorm is the field's name in the files")]

mod config;
mod heads;

use tch::{Kind, Tensor};

pub use self::config::RobertaConfig;
pub use self::heads::{
    RobertaClassificationHead, RobertaForMaskedLm, RobertaForSequenceClassification, RobertaLmHead,
};
use super::attention::check_attentions;
use super::bert::{BertEncoder, BertPooler};
use super::folder::with_prefix;
use super::ids::check_ids;
use super::init::{init_weights, initialize_weights};
use super::saving::{Pretrained, pretrained};
use super::{AttnImplementation, BertArgs, BertModelOutput};
use crate::nn::{Dropout, Embedding, EmbeddingConfig, Forward, LayerNorm, Path, module};
use crate::{Error, Result, StateDict};

module! {
    /// Word, sentence and position of each token, added and normalised.
    pub struct RobertaEmbeddings {
        /// `[V, E]`
        pub word_embeddings: Embedding,
        /// `[type_vocab_size, E]`
        pub token_type_embeddings: Embedding,
        /// Of the sum.
        pub LayerNorm: LayerNorm,
        /// Of the normalised sum.
        pub dropout: Dropout,
        /// `[max_position_embeddings, E]`, of which those up to `padding_idx` are no token's.
        pub position_embeddings: Embedding,
        /// Which id is padding, and which position padding has.
        pub padding_idx: i64,
    }
}

impl RobertaEmbeddings {
    fn new(p: &Path, config: &RobertaConfig) -> Result<Self> {
        let config = &config.bert;
        let padding_idx = config.pad_token_id;
        let table = |name, rows, padding_idx| {
            let size = EmbeddingConfig::new(rows, config.hidden_size);
            Embedding::new(p / name, EmbeddingConfig { padding_idx, ..size })
        };
        Ok(Self {
            word_embeddings: table("word_embeddings", config.vocab_size, padding_idx)?,
            token_type_embeddings: table("token_type_embeddings", config.type_vocab_size, None)?,
            LayerNorm: LayerNorm::new(p / "LayerNorm", config.norm())?,
            dropout: Dropout::new(config.hidden_dropout_prob)?,
            position_embeddings: table(
                "position_embeddings",
                config.max_position_embeddings,
                padding_idx,
            )?,
            padding_idx: padding_idx.unwrap_or_default(),
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
        let position_ids = match (args.position_ids, args.inputs_embeds) {
            (Some(ids), _) => ids.shallow_clone(),
            (None, Some(embeds)) => self.positions_of_embeds(embeds, l)?,
            (None, None) => self.positions_of_ids(input_ids, l)?,
        };
        let token_type_ids = match args.token_type_ids {
            Some(types) => types.shallow_clone(),
            None => Tensor::f_zeros([1, l], (Kind::Int64, inputs_embeds.device()))?
                .f_expand([b, l], false)?,
        };
        let embeddings =
            inputs_embeds.f_add(&self.token_type_embeddings.forward(&token_type_ids)?)?;
        let embeddings = embeddings.f_add(&self.position_embeddings.forward(&position_ids)?)?;
        self.dropout.forward(&self.LayerNorm.forward(&embeddings)?)
    }

    /// `create_position_ids_from_input_ids`: each token's number among those that are no padding; padding's is
    /// `padding_idx`.
    fn positions_of_ids(&self, input_ids: &Tensor, l: i64) -> Result<Tensor> {
        self.check_length(l)?;
        let counts = input_ids.f_ne(self.padding_idx)?.f_to_kind(Kind::Int64)?; // [B, L]
        Ok(counts.f_cumsum(1, None)?.f_mul(&counts)?.f_add_scalar(self.padding_idx)?)
    }

    /// `create_position_ids_from_inputs_embeds`: what padding is cannot be seen, so all are counted.
    fn positions_of_embeds(&self, embeds: &Tensor, l: i64) -> Result<Tensor> {
        self.check_length(l)?;
        let first = self.padding_idx + 1;
        let ids = Tensor::f_arange_start(first, first + l, (Kind::Int64, embeds.device()))?;
        Ok(ids.f_unsqueeze(0)?.f_expand([embeds.size()[0], l], false)?)
    }

    fn check_length(&self, l: i64) -> Result<()> {
        let most = self.position_embeddings.weight.size()[0] - self.padding_idx - 1;
        if l <= most {
            return Ok(());
        }
        Err(Error::value(format!("the sequence has {l} tokens, but the model has room for {most}"))
            .mend("cut the text, as a tokenizer does with truncation"))
    }
}

module! {
    /// The model without a head: ids `[B, L]` → `[B, L, E]`.
    ///
    /// ```
    /// use atencion::models::{BertArgs, RobertaConfig, RobertaModel};
    /// use atencion::nn::Path;
    /// use tch::{Device, Tensor};
    ///
    /// let mut config = RobertaConfig::default();
    /// (config.bert.vocab_size, config.bert.hidden_size) = (10, 24);
    /// (config.bert.num_hidden_layers, config.bert.intermediate_size) = (2, 16);
    /// let model = RobertaModel::new(Path::root(Device::Cpu), &config, true)?;
    /// let ids = Tensor::from_slice2(&[[0i64, 5, 2, 1]]); // the last one is padding
    /// let out = model.forward_with(&ids, BertArgs::default())?;
    /// assert_eq!(out.last_hidden_state.size(), [1, 4, 24]);
    /// # Ok::<(), atencion::Error>(())
    /// ```
    pub struct RobertaModel {
        /// Ids → vectors.
        pub embeddings: RobertaEmbeddings,
        /// BERT's layers.
        pub encoder: BertEncoder,
        /// Of the first token; heads need none.
        pub pooler: Option<BertPooler>,
        /// Which kernels compute attention.
        pub attn_implementation: AttnImplementation,
        /// What it was made by.
        pub config: RobertaConfig,
    }
}

pretrained!(RobertaModel, RobertaConfig);

impl Pretrained for RobertaModel {
    type Config = RobertaConfig;

    fn config(&self) -> &RobertaConfig {
        &self.config
    }
}

impl RobertaModel {
    /// Fresh parameters drawn as `transformers` does, or a state_dict's; with a pooler or without.
    ///
    /// # Errors
    /// When heads do not divide `hidden_size`, or the activation is not known.
    pub fn new<'a>(
        path: impl Into<Path<'a>>,
        config: &RobertaConfig,
        add_pooling_layer: bool,
    ) -> Result<Self> {
        config.bert.check()?;
        let p = path.into();
        let pooler = |p: &Path| BertPooler::new(p, &config.bert);
        let model = Self {
            embeddings: RobertaEmbeddings::new(&(&p / "embeddings"), config)?,
            encoder: BertEncoder::new(&(&p / "encoder"), &config.bert)?,
            pooler: add_pooling_layer.then(|| pooler(&(&p / "pooler"))).transpose()?,
            attn_implementation: config.bert.attn_implementation,
            config: config.clone(),
            training: true,
        };
        if p.draws() {
            let std = config.bert.initializer_range;
            initialize_weights(&model, &|module| init_weights(module, std))?;
            model.embeddings.word_embeddings.zero_padding()?;
            model.embeddings.position_embeddings.zero_padding()?;
        }
        Ok(model)
    }

    /// On a state_dict's tensors, a head's or the bare model's, with the `roberta.` of their names or without; with a
    /// pooler where they have one.
    ///
    /// # Errors
    /// As [`from_pretrained`](Self::from_pretrained).
    pub fn from_state_dict(state: StateDict, config: &RobertaConfig) -> Result<Self> {
        let state = todays_names(state)?.ignore(&["lm_head.*", "classifier.*", "qa_outputs.*"]);
        let has_pooler = state.names().any(|name| name.starts_with("roberta.pooler."));
        let mut model = state.build("roberta", |p| Self::new(p, config, has_pooler))?;
        crate::nn::Module::eval(&mut model);
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

/// The names as `transformers` writes them today: bare models have no `roberta.`.
fn todays_names(state: StateDict) -> Result<StateDict> {
    let state = state.ignore(&["*embeddings.position_ids", "*embeddings.token_type_ids"]);
    with_prefix(state, "roberta", &["lm_head", "classifier", "qa_outputs"])
}
