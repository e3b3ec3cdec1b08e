//! A BERT learns to label texts; one without a head for these labels gets a new one.

use std::path::Path;

use serde_json::{Map, Value};
use tch::{Device, Kind, Tensor};

use super::{Tuning, new_linear};
use crate::i18n::Lang;
use crate::train::recipe::Recipe;
use crate::train::subject::bert::{one_label, read};
use crate::train::subject::examples::{Example, TOGETHER};
use crate::train::subject::{Evaluation, Metric, Subject, enough, fits, given, mixed};
use atencion::data::pad_sequence;
use atencion::models::{BertArgs, BertForSequenceClassification, ConfigJson};
use atencion::tokenizer::{EncodeArgs, Tokenizer};
use atencion::{Result, StateDict};

/// Texts with a label each.
pub(in crate::train) struct Labelling {
    tuning: Tuning,
    tokenizer: Tokenizer,
    learned: Vec<Example>,
    held: Vec<Example>,
    names: Vec<String>,
    keeps_head: bool,
    pad: i64,
    tokens: f64,
}

impl Labelling {
    /// Reads the texts, finds the labels, and mixes them by the process's generator.
    pub fn new(mut tuning: Tuning, recipe: &Recipe) -> Result<Self> {
        let (data, lang) = (tuning.data.clone(), tuning.lang);
        let rows = read(data.file.as_deref(), &data.column, &data.label)?;
        let mut found: Vec<String> = rows.iter().map(|(_, label)| label.clone()).collect();
        found.sort_unstable();
        found.dedup();
        one_label(&found, &data.label, lang)?;
        let state = StateDict::open(&tuning.folder)?;
        let (names, keeps_head) = tuning.label_names(&found, has(&state, "classifier."))?;
        if !has(&state, "pooler.dense.") {
            tuning.new.push("pooler".into());
        }
        let tokenizer = Tokenizer::from_pretrained(&tuning.folder)?;
        let cut = EncodeArgs { max_length: Some(data.longest), ..EncodeArgs::default() };
        let example = |(text, label): &(String, String)| -> Result<Example> {
            let ids = tokenizer.encode_with(text, None, &cut)?.ids;
            let label = names.iter().position(|name| name == label).unwrap_or_default() as i64;
            Ok(Example { text: text.clone(), ids, label })
        };
        let all = rows.iter().map(example).collect::<Result<Vec<_>>>()?;
        let (learned, held) = mixed(&all, data.held_out)?;
        enough(learned.len(), recipe.train.batch_size, lang)?;
        let pad = tuning.config.get("pad_token_id").and_then(Value::as_i64).unwrap_or(0);
        let tokens = learned.iter().map(|example| example.ids.len()).sum::<usize>() as f64
            / learned.len() as f64;
        Ok(Self { tuning, tokenizer, learned, held, names, keeps_head, pad, tokens })
    }

    /// `[B, L]` of the longest, and 1 where there is a token.
    fn batch(&self, texts: &[Example], device: Device) -> Result<(Tensor, Tensor)> {
        let ids: Vec<Vec<i64>> = texts.iter().map(|example| example.ids.clone()).collect();
        let (ids, padded) = pad_sequence(&ids, self.pad)?;
        let attended = padded.f_logical_not()?.f_to_kind(Kind::Int64)?;
        Ok((ids.f_to_device(device)?, attended.f_to_device(device)?))
    }
}

/// Whether a folder has a module of that name, the model's own or below `bert`.
fn has(state: &StateDict, module: &str) -> bool {
    state.names().any(|name| name.strip_prefix("bert.").unwrap_or(name).starts_with(module))
}

impl Subject for Labelling {
    type Model = BertForSequenceClassification;
    type Item = Example;

    fn options(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }

    fn config(&self) -> Map<String, Value> {
        self.tuning.config_with(&self.names, "BertForSequenceClassification")
    }

    fn check(&self, config: &Value, lang: Lang) -> Result<()> {
        fits(self.tuning.data.longest, config, lang)
    }

    fn build(&self, config: ConfigJson, device: Device) -> Result<Self::Model> {
        let mut state = self.tuning.state()?;
        let options = &config.as_read().config;
        let std = options.get("initializer_range").and_then(Value::as_f64).unwrap_or(0.02);
        let e = options.get("hidden_size").and_then(Value::as_i64).unwrap_or(768);
        if !self.tuning.new.is_empty() {
            // A bare model's names have no `bert.`, and then no new one may have it.
            let bare = !state.names().any(|name| name.starts_with("bert."));
            let name = if bare { "pooler.dense" } else { "bert.pooler.dense" };
            new_linear(&mut state, name, [e, e], std)?;
        }
        if !self.keeps_head {
            state = state.ignore(&["classifier.*"]);
            new_linear(&mut state, "classifier", [self.names.len() as i64, e], std)?;
        }
        self.tuning.begin(state, config, device)
    }

    fn take_items(&mut self) -> Vec<Example> {
        std::mem::take(&mut self.learned)
    }

    fn tokens(&self) -> f64 {
        self.tokens
    }

    fn loss(&self, model: &Self::Model, batch: &[Example], device: Device) -> Result<Tensor> {
        let (ids, attended) = self.batch(batch, device)?;
        let labels: Vec<i64> = batch.iter().map(|example| example.label).collect();
        let labels = Tensor::from_slice(&labels).f_to_device(device)?;
        let args = BertArgs {
            attention_mask: Some(&attended),
            labels: Some(&labels),
            ..BertArgs::default()
        };
        given(model.forward_with(&ids, args)?.loss)
    }

    fn evaluate(&self, model: &Self::Model, device: Device) -> Result<Evaluation> {
        let _no_grad = tch::no_grad_guard();
        let (mut right, mut sample) = (0, String::new());
        for texts in self.held.chunks(TOGETHER) {
            let (ids, attended) = self.batch(texts, device)?;
            let args = BertArgs { attention_mask: Some(&attended), ..BertArgs::default() };
            let said = model.forward_with(&ids, args)?.logits.f_argmax(-1, false)?;
            let said = Vec::<i64>::try_from(&said.f_to_device(Device::Cpu)?)?;
            right += said.iter().zip(texts).filter(|(said, text)| **said == text.label).count();
            if sample.is_empty() {
                sample = format!("{} → {}", texts[0].text, self.names[said[0] as usize]);
            }
        }
        let value = right as f64 / self.held.len() as f64;
        Ok(Evaluation { metric: Metric::Accuracy, value, sample })
    }

    fn tied(&self) -> &'static [&'static str] {
        &[]
    }

    fn save(&self, folder: &Path) -> Result<()> {
        self.tokenizer.save_pretrained(folder)
    }

    fn keep(&self, folder: &Path, config: &Value, model: &Self::Model) -> Result<()> {
        self.tuning.keep(model, config, folder)?;
        self.save(folder)
    }
}
