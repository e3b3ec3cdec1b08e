//! A model that reads a text, or a picture, and is looked at while it does.

use std::path::PathBuf;

use atencion::device::DeviceChoice;
use atencion::images::ImageProcessor;
use atencion::models::{AutoModel, ViTArgs, ViTModel, Watched, watch};
use atencion::tokenizer::{Encoding, Tokenizer};
use atencion::{Error, Result};
use tch::{Device, Tensor};

use super::model_folder::model_folder;
use crate::i18n::Lang;

/// A model's folder, opened.
pub(super) struct Reader {
    pub folder: PathBuf,
    pub model: AutoModel,
    pub device: Device,
}

impl Reader {
    pub fn open(
        name: &str,
        revision: Option<&str>,
        device: DeviceChoice,
        lang: Lang,
    ) -> Result<Self> {
        let folder = model_folder(name, revision, lang)?;
        let device = device.resolve()?;
        let mut model = AutoModel::from_pretrained(&folder)?;
        model.to(device)?;
        Ok(Self { folder, model, device })
    }

    pub fn tokenizer(&self) -> Result<Tokenizer> {
        Tokenizer::from_pretrained(&self.folder)
    }

    /// The ids of a text on the model's device: `[1, L]`.
    pub fn ids(&self, encoding: &Encoding) -> Result<Tensor> {
        Ok(encoding.input_ids().f_to_device(self.device)?)
    }

    /// What each layer's attention was given, and the words or pieces of a picture that it looked at.
    pub fn watch(&self, input: &str, lang: Lang) -> Result<(Vec<String>, Vec<Watched>)> {
        if let AutoModel::ViT(model) = &self.model {
            return self.watch_picture(&model.vit, input);
        }
        if let AutoModel::ViTModel(model) = &self.model {
            return self.watch_picture(model, input);
        }
        let encoding = self.tokenizer()?.encode(input)?;
        if encoding.is_empty() {
            return Err(
                Error::value(lang.text("models-no-words")).mend(lang.text("models-no-words-mend"))
            );
        }
        let ids = self.ids(&encoding)?;
        let (_, seen) = watch(|| tch::no_grad(|| self.model.last_hidden_state(&ids)))?;
        Ok((encoding.tokens, seen))
    }

    fn watch_picture(&self, model: &ViTModel, input: &str) -> Result<(Vec<String>, Vec<Watched>)> {
        let pixels = ImageProcessor::from_pretrained(&self.folder)?.open(input)?;
        let pixels = pixels.f_to_device(self.device)?;
        let forward = || tch::no_grad(|| model.forward_with(&pixels, ViTArgs::default()));
        let (_, seen) = watch(forward)?;
        let columns = model.config.image_size[1] / model.config.patch_size[1];
        let place = |at: i64| format!("{},{}", at / columns + 1, at % columns + 1);
        let pieces = (0..model.config.num_patches()).map(place);
        Ok((["[CLS]".to_owned()].into_iter().chain(pieces).collect(), seen))
    }
}
