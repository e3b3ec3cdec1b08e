//! A model by what its folder says it is: `transformers`' `AutoModel…` classes.

use std::path::Path;

use super::{ConfigJson, Gpt2LmHeadModel, Seq2SeqLmModel, ViTForImageClassification};
use crate::{Error, Result};

/// A model of any family that is here, with its head.
#[derive(Debug)]
#[non_exhaustive]
pub enum AutoModel {
    /// `"model_type": "gpt2"`
    Gpt2(Box<Gpt2LmHeadModel>),
    /// `"model_type": "vit"`
    ViT(Box<ViTForImageClassification>),
    /// `"model_type": "marian"` or `"bart"`
    Seq2Seq(Box<Seq2SeqLmModel>),
}

impl AutoModel {
    /// From a folder in Hugging Face's layout, ready to be used, by the `model_type` of its `config.json`.
    ///
    /// # Errors
    /// When the family is not known here, and as that family's `from_pretrained`.
    pub fn from_pretrained(folder: impl AsRef<Path>) -> Result<Self> {
        let folder = folder.as_ref();
        let config = ConfigJson::load(folder)?;
        match config.model_type() {
            Some("gpt2") => Ok(Self::Gpt2(Box::new(Gpt2LmHeadModel::from_pretrained(folder)?))),
            Some("vit") => {
                Ok(Self::ViT(Box::new(ViTForImageClassification::from_pretrained(folder)?)))
            }
            Some("marian" | "bart") => {
                Ok(Self::Seq2Seq(Box::new(Seq2SeqLmModel::from_pretrained(folder)?)))
            }
            Some(other) => {
                let what = format!("model_type {} is not known", crate::printable(other));
                Err(Error::file(folder, what).mend("known are gpt2, vit, marian, bart"))
            }
            None => Err(Error::file(folder, "its config.json names no model_type")
                .mend("known are gpt2, vit, marian, bart")),
        }
    }

    /// The family, as `config.json` names it.
    pub fn model_type(&self) -> &'static str {
        match self {
            Self::Gpt2(_) => "gpt2",
            Self::ViT(_) => "vit",
            Self::Seq2Seq(model) => match model.family {
                super::Seq2SeqFamily::Marian => "marian",
                super::Seq2SeqFamily::Bart => "bart",
            },
        }
    }
}
