//! The families that write, as [`generate`](crate::generate) asks for them.

use std::path::Path;

use tch::{Device, Kind, Tensor};

use super::folder::open_weights;
use super::{
    AttnImplementation, ConfigJson, EncoderDecoderCache, Gpt2Args, Gpt2Config, Gpt2LmHeadModel,
    LlamaArgs, LlamaConfig, LlamaForCausalLM, Seq2SeqArgs, Seq2SeqConfig, Seq2SeqLmModel,
};
use crate::generate::{Decoder, DecoderArgs};
use crate::libtorch::WeightFormat;
use crate::state_dict::Packing;
use crate::{Error, Result, StateDict};

/// `AutoModelForCausalLM.from_pretrained(folder, dtype=kind)` on a device, for the families that write on: of a folder,
/// or, with the feature `hub`, of `owner/name` on the Hub.
///
/// # Errors
/// When the folder is of another family, or cannot be read.
pub fn open_decoder(
    folder: impl AsRef<Path>,
    kind: Kind,
    device: Device,
) -> Result<Box<dyn Decoder>> {
    let folder = &crate::io::model_folder(folder)?;
    let how = AttnImplementation::Sdpa;
    decoder(ConfigJson::load(folder)?, how, || open_weights(folder)?.cast(kind)?.to(device))
}

/// The same on the CPU with packed weights, which a token is written with as fast as they are read from memory. What they
/// are multiplied with is float32.
///
/// # Errors
/// As [`open_decoder`].
pub fn open_packed_decoder(
    folder: impl AsRef<Path>,
    format: WeightFormat,
) -> Result<Box<dyn Decoder>> {
    let folder = &crate::io::model_folder(folder)?;
    let packing = Some(Packing { format, forgets_pages: true });
    let how = AttnImplementation::Fast;
    decoder(ConfigJson::load(folder)?, how, || Ok(open_weights(folder)?.with_packing(packing)))
}

fn decoder(
    json: ConfigJson,
    how: AttnImplementation,
    weights: impl FnOnce() -> Result<StateDict>,
) -> Result<Box<dyn Decoder>> {
    Ok(match json.model_type() {
        Some("gpt2") => {
            let config = Gpt2Config { attn_implementation: how, ..Gpt2Config::from_json(json)? };
            Box::new(Gpt2LmHeadModel::from_state_dict(weights()?, &config)?)
        }
        Some("llama" | "qwen2") => {
            let config = LlamaConfig { attn_implementation: how, ..LlamaConfig::from_json(json)? };
            Box::new(LlamaForCausalLM::from_state_dict(weights()?, &config)?)
        }
        Some("marian" | "bart") => {
            let config =
                Seq2SeqConfig { attn_implementation: how, ..Seq2SeqConfig::from_json(json)? };
            Box::new(Seq2SeqLmModel::from_state_dict(weights()?, &config)?)
        }
        Some(other) => {
            return Err(Error::value(format!("a model of type {other} does not write"))
                .mend("the families that do are gpt2, llama, qwen2, marian and bart"));
        }
        None => return Err(Error::value("config.json names no model_type")),
    })
}

impl Decoder for Gpt2LmHeadModel {
    fn next_logits(&self, input_ids: &Tensor, args: DecoderArgs) -> Result<Tensor> {
        let args = Gpt2Args {
            attention_mask: args.attention_mask,
            position_ids: args.position_ids,
            past_key_values: args.past_key_values,
            logits_to_keep: 1,
            ..Gpt2Args::default()
        };
        Ok(self.forward_with(input_ids, args)?.logits.f_select(1, 0)?)
    }

    fn vocab_size(&self) -> i64 {
        self.lm_head.weight.size()[0]
    }

    fn device(&self) -> Device {
        self.lm_head.weight.device()
    }

    fn max_positions(&self) -> Option<i64> {
        Some(self.transformer.wpe.weight.size()[0])
    }
}

impl Decoder for LlamaForCausalLM {
    fn next_logits(&self, input_ids: &Tensor, args: DecoderArgs) -> Result<Tensor> {
        let args = LlamaArgs {
            attention_mask: args.attention_mask,
            position_ids: args.position_ids,
            past_key_values: args.past_key_values,
            logits_to_keep: 1,
            ..LlamaArgs::default()
        };
        Ok(self.forward_with(input_ids, args)?.logits.f_select(1, 0)?)
    }

    fn vocab_size(&self) -> i64 {
        self.lm_head.weight.size()[0]
    }

    fn device(&self) -> Device {
        self.lm_head.weight.device()
    }
}

impl Decoder for Seq2SeqLmModel {
    fn next_logits(&self, input_ids: &Tensor, args: DecoderArgs) -> Result<Tensor> {
        let encoded = args.encoded.ok_or_else(|| {
            Error::value(
                "an encoder-decoder writes about what it has read, and it has read nothing",
            )
        })?;
        let mut caches = args.past_key_values.zip(args.cross_attention_cache);
        // Both are lent to the model as one.
        let mut lent = caches.as_mut().map(|(written, read)| EncoderDecoderCache {
            self_attention_cache: std::mem::take(*written),
            cross_attention_cache: std::mem::take(*read),
        });
        let call = Seq2SeqArgs {
            attention_mask: encoded.attention_mask.as_ref(),
            decoder_input_ids: Some(input_ids),
            decoder_attention_mask: args.attention_mask,
            encoder_outputs: Some(&encoded.last_hidden_state),
            past_key_values: lent.as_mut(),
            ..Seq2SeqArgs::default()
        };
        let logits = self.forward_with(None, call)?.logits; // [B, L, V]
        if let (Some((written, read)), Some(lent)) = (caches, lent) {
            *written = lent.self_attention_cache;
            *read = lent.cross_attention_cache;
        }
        Ok(logits.f_select(1, -1)?)
    }

    fn vocab_size(&self) -> i64 {
        self.lm_head.weight.size()[0]
    }

    fn device(&self) -> Device {
        self.lm_head.weight.device()
    }

    fn encode(&self, input_ids: &Tensor, mask: Option<&Tensor>) -> Result<Option<Tensor>> {
        Self::encode(self, input_ids, mask).map(Some)
    }

    fn is_encoder_decoder(&self) -> bool {
        true
    }
}
