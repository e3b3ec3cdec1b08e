//! The Transformer of "Attention Is All You Need": the paper's own encoder–decoder, from ids to logits.
//!
//! ```text
//! B = batch size, S = tokens of the source, T = tokens of the target, E = d_model, V = vocab_size
//!
//! src ids [B, S] ─ embedding · √E ─ + sinusoids ─ encoder ─┐
//! tgt ids [B, T] ─ embedding · √E ─ + sinusoids ─ decoder ─┴─ generator ─ logits [B, T, V]
//! ```
//!
//! Both embeddings and the generator are one matrix (section 3.4), and no norm follows the last layers, unlike in
//! [`nn::Transformer`](crate::nn::Transformer). The paper's two models are [`base`](TransformerModelConfig::base), 63
//! million parameters with its 37,000 tokens, and [`big`](TransformerModelConfig::big), 214 million.
//!
//! Source: [Vaswani et al. 2017](https://arxiv.org/abs/1706.03762), sections 3 and 5.4 and table 3.

use tch::{Kind, Tensor};

use crate::nn::{
    CrossEntropyLoss, Embedding, EmbeddingConfig, Forward, Linear, LinearConfig, Module, Path,
    PositionalEncoding, PositionalEncodingConfig, Transformer, TransformerArgs, TransformerDecoder,
    TransformerDecoderConfig, TransformerEncoder, TransformerEncoderConfig, TransformerLayerConfig,
    init, module,
};
use crate::tensor::times;
use crate::{Error, Result};

/// The paper's options, under torch's names.
#[derive(Debug, Clone, PartialEq)]
pub struct TransformerModelConfig {
    /// V: source and target have one vocabulary.
    pub vocab_size: i64,
    /// E
    pub d_model: i64,
    /// H
    pub nhead: i64,
    /// N: layers of the encoder, and of the decoder.
    pub num_layers: i64,
    /// Width inside the feed-forward networks.
    pub dim_feedforward: i64,
    /// Dropout of the embeddings, and of what a layer adds.
    pub dropout: f64,
    /// The longest text.
    pub max_len: i64,
    /// Which id is padding: nobody looks at it.
    pub pad_id: i64,
    /// Whether both embeddings and the generator are one matrix.
    pub tie_word_embeddings: bool,
}

impl TransformerModelConfig {
    /// The base model: 6 layers of 512 numbers and 8 heads.
    pub fn base(vocab_size: i64) -> Self {
        Self {
            vocab_size,
            d_model: 512,
            nhead: 8,
            num_layers: 6,
            dim_feedforward: 2048,
            dropout: 0.1,
            max_len: 5000,
            pad_id: 0,
            tie_word_embeddings: true,
        }
    }

    /// The big model: 6 layers of 1024 numbers and 16 heads, and more dropout.
    pub fn big(vocab_size: i64) -> Self {
        Self {
            d_model: 1024,
            nhead: 16,
            dim_feedforward: 4096,
            dropout: 0.3,
            ..Self::base(vocab_size)
        }
    }

    fn layer(&self) -> TransformerLayerConfig {
        TransformerLayerConfig {
            dim_feedforward: self.dim_feedforward,
            dropout: self.dropout,
            batch_first: true,
            ..TransformerLayerConfig::new(self.d_model, self.nhead)
        }
    }
}

module! {
    /// Source and target ids → logits of the next target token.
    ///
    /// ```
    /// use atencion::models::{TransformerModel, TransformerModelConfig};
    /// use atencion::nn::Path;
    /// use tch::{Device, Tensor};
    ///
    /// let config = TransformerModelConfig {
    ///     d_model: 16, nhead: 2, num_layers: 1, dim_feedforward: 32, ..TransformerModelConfig::base(11)
    /// };
    /// let model = TransformerModel::new(Path::root(Device::Cpu), &config)?;
    /// let (src, tgt) = (Tensor::from_slice2(&[[1i64, 2, 3, 4]]), Tensor::from_slice2(&[[1i64, 2]]));
    /// assert_eq!(model.forward(&src, &tgt)?.size(), [1, 2, 11]); // [B, T, V]
    /// # Ok::<(), atencion::Error>(())
    /// ```
    pub struct TransformerModel {
        /// `[V, E]`
        pub src_embed: Embedding,
        /// `[V, E]`
        pub tgt_embed: Embedding,
        /// Sinusoids, and dropout of the sum.
        pub positional_encoding: PositionalEncoding,
        /// Both stacks.
        pub transformer: Transformer,
        /// `[V, E]`, without bias.
        pub generator: Linear,
        /// Which id is padding.
        pub pad_id: i64,
    }
}

impl TransformerModel {
    /// Fresh parameters: every matrix Xavier uniform, as `nn.Transformer` draws its own; or a state_dict's.
    ///
    /// # Errors
    /// When a size is below 1, or heads do not divide `d_model`.
    pub fn new<'a>(path: impl Into<Path<'a>>, config: &TransformerModelConfig) -> Result<Self> {
        let p = path.into();
        let (v, e, n) = (config.vocab_size, config.d_model, config.num_layers);
        if v < 1 || n < 1 {
            return Err(Error::value(format!(
                "vocab_size and num_layers should be 1 or more, but are {v} and {n}"
            )));
        }
        let src_embed = Embedding::new(&p / "src_embed", EmbeddingConfig::new(v, e))?;
        let shared = config.tie_word_embeddings.then(|| src_embed.weight.shallow_clone());
        let place = |name: &str| match &shared {
            Some(weight) => (&p / name).tied("weight", weight),
            None => &p / name,
        };
        let mut tgt_embed = Embedding::new(place("tgt_embed"), EmbeddingConfig::new(v, e))?;
        let positions = PositionalEncodingConfig {
            dropout: config.dropout,
            max_len: config.max_len,
            ..PositionalEncodingConfig::new(e)
        };
        let positional_encoding = PositionalEncoding::new(&p / "positional_encoding", positions)?;
        let transformer = transformer(&(&p / "transformer"), config)?;
        let head = LinearConfig { bias: false, ..LinearConfig::new(e, v) };
        let mut generator = Linear::new(place("generator"), head)?;
        if let Some(weight) = shared {
            tgt_embed.weight = weight.shallow_clone();
            generator.weight = weight;
        }
        let model = Self {
            src_embed,
            tgt_embed,
            positional_encoding,
            transformer,
            generator,
            pad_id: config.pad_id,
            training: true,
        };
        if p.draws() {
            let parameters = model.parameters();
            let matrices = parameters.iter().filter(|parameter| parameter.dim() > 1);
            matrices.into_iter().try_for_each(init::xavier_uniform_)?;
        }
        Ok(model)
    }

    /// The logits `[B, T, V]` of source `[B, S]` and target `[B, T]`. A target token sees those before it; nobody sees
    /// padding.
    ///
    /// # Errors
    /// When an id is not in the vocabulary, or a text is longer than `max_len`.
    pub fn forward(&self, src: &Tensor, tgt: &Tensor) -> Result<Tensor> {
        let (_, t) = two("tgt", tgt)?;
        two("src", src)?;
        let (src_padding, tgt_padding) = (src.f_eq(self.pad_id)?, tgt.f_eq(self.pad_id)?);
        let ahead = Tensor::f_ones([t, t], (Kind::Bool, tgt.device()))?.f_triu(1)?; // [T, T]
        let args = TransformerArgs {
            tgt_mask: Some(&ahead),
            src_key_padding_mask: Some(&src_padding),
            tgt_key_padding_mask: Some(&tgt_padding),
            memory_key_padding_mask: Some(&src_padding),
            tgt_is_causal: Some(false),
            ..TransformerArgs::default()
        };
        let src = self.embed(&self.src_embed, src)?; // [B, S, E]
        let tgt = self.embed(&self.tgt_embed, tgt)?; // [B, T, E]
        let hidden = self.transformer.forward_with(&src, &tgt, &args)?; // [B, T, E]
        self.generator.forward(&hidden)
    }

    /// The mean loss of a target that begins with its start token: each token is to predict the next, padding counts not.
    ///
    /// # Errors
    /// As [`forward`](Self::forward), and when the target has fewer than two tokens.
    pub fn loss(&self, src: &Tensor, tgt: &Tensor, label_smoothing: f64) -> Result<Tensor> {
        let (_, t) = two("tgt", tgt)?;
        if t < 2 {
            return Err(Error::value(format!(
                "tgt has {t} tokens, but 2 are needed: one and the next"
            )));
        }
        let logits = self.forward(src, &tgt.f_narrow(1, 0, t - 1)?)?;
        let next = tgt.f_narrow(1, 1, t - 1)?.f_reshape([-1])?;
        let criterion = CrossEntropyLoss {
            ignore_index: self.pad_id,
            label_smoothing,
            ..CrossEntropyLoss::default()
        };
        criterion.forward(&logits.f_flatten(0, 1)?, &next)
    }

    /// Section 3.4: the embeddings are multiplied by √E.
    fn embed(&self, embedding: &Embedding, ids: &Tensor) -> Result<Tensor> {
        let scale = (self.transformer.d_model as f64).sqrt();
        self.positional_encoding.forward(&times(&embedding.forward(ids)?, scale)?)
    }
}

/// Both stacks, without norms at their ends.
fn transformer(p: &Path, config: &TransformerModelConfig) -> Result<Transformer> {
    let encoder = TransformerEncoderConfig::new(config.layer(), config.num_layers);
    let decoder = TransformerDecoderConfig::new(config.layer(), config.num_layers);
    Ok(Transformer {
        encoder: TransformerEncoder::new(p / "encoder", encoder)?,
        decoder: TransformerDecoder::new(p / "decoder", decoder)?,
        d_model: config.d_model,
        nhead: config.nhead,
        batch_first: true,
        training: true,
    })
}

/// Ids are `[B, L]`, one of them at least.
fn two(name: &str, ids: &Tensor) -> Result<(i64, i64)> {
    match ids.size()[..] {
        [b, l] if b > 0 && l > 0 => Ok((b, l)),
        _ => Err(Error::value(format!(
            "{name} is {:?} but should be ids [B, L], with one token at least",
            ids.size()
        ))),
    }
}
