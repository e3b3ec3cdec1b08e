//! The arguments of a model's forward, by name: read, or refused by that name.

use atencion::Error;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tch::Tensor;

use super::kept::{Kept, pairs};
use crate::call::{Door, Stop};
use crate::tensors::known_kind;

/// A call of any family's forward.
#[derive(Default)]
pub struct Call {
    tensors: Vec<(&'static str, Tensor)>,
    pub logits_to_keep: i64,
    pub use_cache: bool,
    pub output_hidden_states: bool,
    pub output_attentions: bool,
    pub interpolate_pos_encoding: bool,
    /// The tokens before.
    pub kept: Option<Kept>,
}

/// What a class's forward takes: tensors, and whether it keeps tokens for the next call.
struct Takes {
    tensors: &'static [&'static str],
    keeps: bool,
}

const TEXT: [&str; 4] = ["input_ids", "attention_mask", "position_ids", "inputs_embeds"];

fn takes(class_name: &str) -> Takes {
    let (tensors, keeps): (&[&str], bool) = match class_name {
        "GPT2LMHeadModel" => (&["token_type_ids", "labels"], true),
        "LlamaForCausalLM" | "Qwen2ForCausalLM" => (&["labels"], true),
        "BertModel" | "RobertaModel" => (&["token_type_ids"], false),
        "BertForQuestionAnswering" => {
            (&["token_type_ids", "start_positions", "end_positions"], false)
        }
        "ViTModel" => (&["pixel_values"], false),
        "ViTForImageClassification" => (&["pixel_values", "labels"], false),
        "MarianMTModel" | "BartForConditionalGeneration" => (
            &[
                "decoder_input_ids",
                "decoder_attention_mask",
                "encoder_outputs",
                "decoder_inputs_embeds",
                "labels",
            ],
            true,
        ),
        _ => (&["token_type_ids", "labels"], false),
    };
    Takes { tensors, keeps }
}

/// Of [`TEXT`], what a class has no use for.
fn has_no(class_name: &str, name: &str) -> bool {
    match class_name {
        "ViTModel" | "ViTForImageClassification" => name != "attention_mask",
        "MarianMTModel" | "BartForConditionalGeneration" => name == "position_ids",
        _ => false,
    }
}

impl Call {
    /// Of arguments that are there, `None` left out.
    ///
    /// Stops at a tensor that is none, and at arguments that the class does not take here.
    pub fn read(class_name: &str, arguments: &Bound<'_, PyDict>) -> Door<Self> {
        let Takes { tensors, keeps } = takes(class_name);
        let mut call = Self::default();
        let mut unknown = Vec::new();
        for (name, value) in arguments {
            let name = name.extract::<String>()?;
            let known = tensors.iter().chain(TEXT.iter().filter(|text| !has_no(class_name, text)));
            if let Some(known) = known.copied().find(|known| *known == name) {
                call.tensors.push((known, known_kind(&name, &value)?));
                continue;
            }
            match name.as_str() {
                "output_hidden_states" => call.output_hidden_states = value.extract()?,
                "output_attentions" => call.output_attentions = value.extract()?,
                "interpolate_pos_encoding" if class_name.starts_with("ViT") => {
                    call.interpolate_pos_encoding = value.extract()?;
                }
                "logits_to_keep" if keeps => call.logits_to_keep = value.extract()?,
                "use_cache" if keeps => call.use_cache = value.extract()?,
                "past_key_values" if keeps => {
                    let (written, read): (Bound<'_, PyAny>, Bound<'_, PyAny>) = value.extract()?;
                    call.kept = Some(Kept { written: pairs(&written)?, read: pairs(&read)? });
                }
                _ => unknown.push(name),
            }
        }
        if !unknown.is_empty() {
            return Err(Stop::Final(refused(class_name, &unknown)));
        }
        // `transformers` cuts a mask that is too long, whatever was meant by it.
        call.check_masks().map_err(Stop::Final)?;
        Ok(call)
    }

    /// A mask `[B, S]` of padding says of each token whether it counts, those before included.
    fn check_masks(&self) -> atencion::Result<()> {
        let past = self.kept.as_ref().map_or(0, Kept::length);
        let decoder = ["decoder_input_ids", "decoder_inputs_embeds"];
        let is_read = decoder.iter().any(|name| self.tensor(name).is_some());
        let of_text = ["encoder_outputs", "input_ids", "inputs_embeds"];
        self.check_mask("attention_mask", &of_text, if is_read { 0 } else { past })?;
        self.check_mask("decoder_attention_mask", &decoder, past)
    }

    fn check_mask(&self, name: &str, of: &[&str], past: i64) -> atencion::Result<()> {
        let text = of.iter().find_map(|name| self.tensor(name)).map(Tensor::size);
        let (Some(mask), Some([b, l, ..])) = (self.tensor(name), text.as_deref()) else {
            return Ok(());
        };
        let (size, length) = (mask.size(), past + l);
        if size.len() != 2 || size == [*b, length] {
            return Ok(());
        }
        Err(Error::value(format!("{name} is {size:?} but should be [B={b}, L={length}]")))
    }

    /// The tensor of that name, where it was given.
    pub fn tensor(&self, name: &str) -> Option<&Tensor> {
        self.tensors.iter().find(|(known, _)| *known == name).map(|(_, tensor)| tensor)
    }

    /// The ids, or what stands in for them: `embeds` names the embeddings.
    ///
    /// # Errors
    /// When both are given, or neither.
    pub fn ids(&self, ids: &'static str, embeds: &'static str) -> atencion::Result<Tensor> {
        match (self.tensor(ids), self.tensor(embeds)) {
            (Some(_), Some(_)) => Err(Error::value(format!(
                "{ids} and {embeds} are both given; one of them is needed"
            ))),
            (Some(ids), None) => Ok(ids.shallow_clone()),
            // The ids are not looked at then.
            (None, Some(embeds)) => {
                Ok(Tensor::f_zeros([1, 1], (tch::Kind::Int64, embeds.device()))?)
            }
            (None, None) => Err(Error::value(format!("{ids} is missing"))
                .mend(format!("pass {ids}, or {embeds} in its place"))),
        }
    }
}

fn refused(class_name: &str, names: &[String]) -> Error {
    Error::value(format!("{class_name} in Rust does not take {}", names.join(", ")))
        .mend("mend it: leave it out, or ask the model of transformers itself")
}
