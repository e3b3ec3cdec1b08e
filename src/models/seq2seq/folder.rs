//! Marian's and BART's folder: `from_pretrained` and `save_pretrained`.

use super::super::saving::{Pretrained, pretrained};
use super::{Seq2SeqConfig, Seq2SeqFamily, Seq2SeqLmModel};

pretrained!(Seq2SeqLmModel, Seq2SeqConfig);

impl Pretrained for Seq2SeqLmModel {
    type Config = Seq2SeqConfig;

    const WRITES: bool = true;

    fn config(&self) -> &Seq2SeqConfig {
        &self.model.config
    }

    fn tied(&self) -> &'static [(&'static str, &'static str)] {
        let config = &self.model.config;
        match (config.tie_word_embeddings, config.share_encoder_decoder_embeddings) {
            (true, true) => &[
                ("model.shared.weight", "model.encoder.embed_tokens.weight"),
                ("model.shared.weight", "model.decoder.embed_tokens.weight"),
                ("model.shared.weight", "lm_head.weight"),
            ],
            (true, false) => &[("model.decoder.embed_tokens.weight", "lm_head.weight")],
            (false, _) => &[],
        }
    }

    /// Sinusoids are computed.
    fn name_in_folder(&self, name: &str) -> Option<String> {
        let computed = self.family == Seq2SeqFamily::Marian && name.contains(".embed_positions.");
        (!computed).then(|| name.to_owned())
    }
}
