//! A Marian or a BART learns from pairs of texts.

use std::path::Path;

use serde_json::{Map, Value};
use tch::{Device, Kind, Tensor};

use super::Tuning;
use crate::i18n::{Lang, plain};
use crate::train::recipe::Recipe;
use crate::train::subject::{
    Conclusion, Evaluation, Metric, Score, Subject, enough, fits, given, mixed,
};
use crate::train::verses;
use atencion::data::{pad_sequence, parallel, tsv};
use atencion::generate::{GenerationConfig, generate};
use atencion::metrics::{bleu, chrf};
use atencion::models::{ConfigJson, Seq2SeqArgs, Seq2SeqLmModel};
use atencion::nn::init;
use atencion::tokenizer::{EncodeArgs, Tokenizer};
use atencion::{Error, Result, StateDict};

/// The label that counts not.
const IGNORED: i64 = -100;
/// Texts that are measured together.
const TOGETHER: usize = 16;
/// Texts that are translated at the end.
const SCORED: usize = 200;

/// The ids of a text and of its translation.
type Pair = (Vec<i64>, Vec<i64>);

/// Texts and their translations.
pub(in crate::train) struct Translating {
    tuning: Tuning,
    tokenizer: Tokenizer,
    learned: Vec<Pair>,
    held: Vec<Pair>,
    left_out: usize,
    pad: i64,
    tokens: f64,
}

impl Translating {
    /// Reads the pairs by the model's own tokenizer, and mixes them by the process's generator.
    pub fn new(tuning: Tuning, recipe: &Recipe) -> Result<Self> {
        let (data, lang) = (tuning.data.clone(), tuning.lang);
        let texts = match (&data.file, &data.target) {
            (Some(source), Some(target)) => parallel(source, target)?,
            (Some(file), None) => tsv(file, data.columns)?,
            (None, None) => {
                verses::pairs().map(|(es, en)| (es.to_owned(), en.to_owned())).collect()
            }
            (None, Some(_)) => {
                return Err(Error::value(lang.text("train-target-alone"))
                    .mend(lang.text("train-target-alone-mend")));
            }
        };
        let tokenizer = Tokenizer::from_pretrained(&tuning.folder)?;
        let ids = |text: &str, target| {
            let args = EncodeArgs { target, ..EncodeArgs::default() };
            tokenizer.encode_with(text, None, &args).map(|encoding| encoding.ids)
        };
        let pair = |(source, target): &(String, String)| {
            Ok((ids(source.as_str(), false)?, ids(target.as_str(), true)?))
        };
        let mut all = texts.iter().map(pair).collect::<Result<Vec<Pair>>>()?;
        let count = all.len();
        all.retain(|(source, target)| source.len().max(target.len()) <= data.longest);
        let left_out = count - all.len();
        // One to learn from, one to measure with.
        enough(all.len(), 2, lang)?;
        let (learned, held) = mixed(&all, data.held_out)?;
        enough(learned.len(), recipe.train.batch_size, lang)?;
        let pad = tuning.config.get("pad_token_id").and_then(Value::as_i64).unwrap_or(0);
        let tokens = learned.iter().map(|(_, target)| target.len()).sum::<usize>() as f64
            / learned.len() as f64;
        Ok(Self { tuning, tokenizer, learned, held, left_out, pad, tokens })
    }

    /// Marian's folders lack what is computed, and `transformers` draws what a folder lacks, before it computes it.
    fn draw_sinusoids(&self, state: &StateDict) -> Result<()> {
        let config = &self.tuning.config;
        let size = |key: &str| config.get(key).and_then(Value::as_i64);
        let is_marian = config.get("model_type").is_some_and(|family| family == "marian");
        let (Some(positions), Some(e)) = (size("max_position_embeddings"), size("d_model")) else {
            return Ok(());
        };
        for stack in ["encoder", "decoder"] {
            if is_marian && state.get(&format!("model.{stack}.embed_positions.weight")).is_none() {
                let drawn = Tensor::f_empty([positions, e], (Kind::Float, Device::Cpu))?;
                init::normal_(&drawn, 0.0, 1.0)?;
            }
        }
        Ok(())
    }

    fn source(&self, pairs: &[Pair], device: Device) -> Result<(Tensor, Tensor)> {
        let sources: Vec<Vec<i64>> = pairs.iter().map(|(source, _)| source.clone()).collect();
        let (ids, padded) = pad_sequence(&sources, self.pad)?; // [B, S]
        let mask = padded.f_logical_not()?.f_to_kind(Kind::Int64)?;
        Ok((ids.f_to_device(device)?, mask.f_to_device(device)?))
    }

    fn translate(
        &self,
        model: &Seq2SeqLmModel,
        pairs: &[Pair],
        config: &GenerationConfig,
        device: Device,
    ) -> Result<Vec<String>> {
        let mut said = Vec::new();
        for pairs in pairs.chunks(TOGETHER) {
            let (ids, mask) = self.source(pairs, device)?;
            let written = generate(model, &ids, Some(&mask), config)?;
            for row in Vec::<Vec<i64>>::try_from(&written.sequences)? {
                said.push(self.tokenizer.decode(&row, true)?);
            }
        }
        Ok(said)
    }

    /// As the model's folder says it writes.
    fn generation(&self) -> Result<GenerationConfig> {
        let config = GenerationConfig::from_pretrained(&self.tuning.folder)?;
        let positions = self.tuning.config.get("max_position_embeddings").and_then(Value::as_i64);
        let longest = 2 * self.tuning.data.longest as i64;
        let max_length = Some(positions.map_or(longest, |positions| positions.min(longest)));
        Ok(GenerationConfig { max_length, ..config })
    }
}

impl Subject for Translating {
    type Model = Seq2SeqLmModel;
    type Item = Pair;

    fn options(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }

    fn config(&self) -> Map<String, Value> {
        self.tuning.config.clone()
    }

    fn check(&self, config: &Value, lang: Lang) -> Result<()> {
        fits(self.tuning.data.longest, config, lang)
    }

    fn build(&self, config: ConfigJson, device: Device) -> Result<Seq2SeqLmModel> {
        let state = self.tuning.state()?;
        self.draw_sinusoids(&state)?;
        self.tuning.begin(state, config, device)
    }

    fn take_items(&mut self) -> Vec<Pair> {
        std::mem::take(&mut self.learned)
    }

    fn remarks(&self, lang: Lang) -> Vec<String> {
        let variables =
            [("count", plain(self.left_out)), ("longest", plain(self.tuning.data.longest))];
        let said = lang.text_with("train-left-out", &variables);
        if self.left_out > 0 { vec![said] } else { Vec::new() }
    }

    fn tokens(&self) -> f64 {
        self.tokens
    }

    fn loss(&self, model: &Seq2SeqLmModel, batch: &[Pair], device: Device) -> Result<Tensor> {
        let (ids, mask) = self.source(batch, device)?;
        let targets: Vec<Vec<i64>> = batch.iter().map(|(_, target)| target.clone()).collect();
        let (labels, _) = pad_sequence(&targets, IGNORED)?; // [B, L]
        let labels = labels.f_to_device(device)?;
        let args = Seq2SeqArgs {
            attention_mask: Some(&mask),
            labels: Some(&labels),
            ..Seq2SeqArgs::default()
        };
        given(model.forward_with(&ids, args)?.loss)
    }

    fn evaluate(&self, model: &Seq2SeqLmModel, device: Device) -> Result<Evaluation> {
        let _no_grad = tch::no_grad_guard();
        let (mut sum, mut tokens) = (0.0, 0.0);
        for pairs in self.held.chunks(TOGETHER) {
            let count = pairs.iter().map(|(_, target)| target.len()).sum::<usize>() as f64;
            sum += self.loss(model, pairs, device)?.f_double_value(&[])? * count;
            tokens += count;
        }
        let config = GenerationConfig { num_beams: 1, ..self.generation()? };
        let said = self.translate(model, &self.held[..1], &config, device)?;
        let source = self.tokenizer.decode(&self.held[0].0, true)?;
        let sample = format!("{source} → {}", said.concat());
        Ok(Evaluation { metric: Metric::Loss, value: sum / tokens, sample })
    }

    fn conclude(&self, model: &Seq2SeqLmModel, at: &Conclusion) -> Result<Vec<Score>> {
        let _no_grad = tch::no_grad_guard();
        let pairs = &self.held[..self.held.len().min(SCORED)];
        let said = self.translate(model, pairs, &self.generation()?, at.device)?;
        let expected = pairs.iter().map(|(_, target)| self.tokenizer.decode(target, true));
        let expected = expected.collect::<Result<Vec<_>>>()?;
        Ok(vec![
            Score { name: "BLEU".into(), value: bleu(&said, &expected)? },
            Score { name: "chrF".into(), value: chrf(&said, &expected)? },
        ])
    }

    fn tied(&self) -> &'static [&'static str] {
        &[]
    }

    fn save(&self, folder: &Path) -> Result<()> {
        self.tokenizer.save_pretrained(folder)
    }

    fn keep(&self, folder: &Path, config: &Value, model: &Seq2SeqLmModel) -> Result<()> {
        self.tuning.keep(model, config, folder)?;
        self.save(folder)
    }
}
