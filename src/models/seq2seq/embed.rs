//! From tokens to vectors: what a token is, and where it stands.

use tch::{Device, Kind, Tensor};

use super::{Seq2SeqConfig, Seq2SeqFamily};
use crate::nn::{Embedding, EmbeddingConfig, Forward, Module, Parts, Path};
use crate::{Error, Result};

/// How many rows BART's positions begin below their table's top.
const BART_OFFSET: i64 = 2;

/// Token embeddings and what they are multiplied by. A module of the class, names and parameters of [`Embedding`].
pub struct TokenEmbedding {
    /// `[V, E]`
    pub embedding: Embedding,
    /// √E, or 1.
    pub embed_scale: f64,
}

impl TokenEmbedding {
    pub(super) fn new(p: Path, config: &Seq2SeqConfig, vocab_size: i64) -> Result<Self> {
        let embed_scale = if config.scale_embedding { (config.d_model as f64).sqrt() } else { 1.0 };
        Ok(Self { embedding: Embedding::new(p, config.embedding(vocab_size))?, embed_scale })
    }
}

/// Where a token stands: sinusoids (Marian) or learned vectors (BART). A module of [`Embedding`]'s parameters.
pub struct PositionalEmbedding {
    /// `[max_position_embeddings, E]`; BART's has two rows more, before them.
    pub embedding: Embedding,
    /// Whether the vectors are learned.
    pub learned: bool,
}

impl PositionalEmbedding {
    pub(super) fn new(p: Path, config: &Seq2SeqConfig) -> Result<Self> {
        let learned = config.family == Seq2SeqFamily::Bart;
        let offset = if learned { BART_OFFSET } else { 0 };
        let size = config.max_position_embeddings + offset;
        let draws = p.draws();
        let mut embedding = Embedding::new(p, EmbeddingConfig::new(size, config.d_model))?;
        match learned {
            true => {}
            false if draws => drop(embedding.weight.f_set_requires_grad(false)?),
            // A given tensor stays to others what it was.
            false => embedding.weight = embedding.weight.f_detach()?,
        }
        Ok(Self { embedding, learned })
    }

    /// Marian's sinusoids, over what an initialisation drew.
    pub(super) fn fill(&self) -> Result<()> {
        if self.learned {
            return Ok(());
        }
        let (positions, e) = self.embedding.weight.size2()?;
        let _no_grad = tch::no_grad_guard();
        self.embedding.weight.shallow_clone().f_copy_(&sinusoids(positions, e)?)?;
        Ok(())
    }

    /// Of `l` tokens after `past`: `[L, E]`, or BART's `[B, L, E]` and, in the decoder, `[1, L, E]`.
    pub(super) fn forward(&self, past: i64, l: i64, b: i64) -> Result<Tensor> {
        let weight = &self.embedding.weight;
        let most = weight.size()[0] - if self.learned { BART_OFFSET } else { 0 };
        if past + l > most {
            return Err(Error::value(format!(
                "the sequence has {} tokens, but the model has max_position_embeddings={most}",
                past + l
            ))
            .mend("cut the text: it is longer than what the model can see"));
        }
        let ids = Tensor::f_arange_start(past, past + l, (Kind::Int64, weight.device()))?;
        match self.learned {
            false => Ok(self.embedding.forward(&ids)?.f_detach()?),
            true => {
                let ids = ids.f_expand([b, -1], false)?.f_add_scalar(BART_OFFSET)?;
                self.embedding.forward(&ids)
            }
        }
    }
}

/// `create_weight`: row `p` has sin(p / 10000^(2j / E)), and behind these as many cosines. `[positions, E]` of float32.
pub(super) fn sinusoids(positions: i64, e: i64) -> Result<Tensor> {
    let angle = |position: i64, column: i64| {
        position as f64 / 10000f64.powf((2 * (column / 2)) as f64 / e as f64)
    };
    let mut table = Vec::with_capacity((positions * e) as usize);
    for position in 0..positions {
        let even = (0..e).step_by(2).map(|column| angle(position, column).sin() as f32);
        table.extend(even);
        table.extend((1..e).step_by(2).map(|column| angle(position, column).cos() as f32));
    }
    Ok(Tensor::f_from_slice(&table)?.f_view([positions, e])?.f_to_device(Device::Cpu)?)
}

macro_rules! an_embedding {
    ($name:ident) => {
        impl Module for $name {
            fn parts(&self) -> Parts<'_> {
                self.embedding.parts()
            }

            fn training(&self) -> bool {
                self.embedding.training()
            }

            fn train(&mut self, mode: bool) {
                self.embedding.train(mode);
            }

            fn as_module(&self) -> &dyn Module {
                self
            }

            // What an initialisation goes by.
            fn name(&self) -> String {
                "Embedding".into()
            }

            fn extra_repr(&self) -> String {
                self.embedding.extra_repr()
            }
        }
    };
}
an_embedding!(TokenEmbedding);
an_embedding!(PositionalEmbedding);
