//! A BERT that first learns to guess masked words, and then to tell which label a text has: what the first is worth is
//! measured by doing the second with few labels and with many, with it and without it.
//!
//! Source: [Devlin et al. 2019](https://aclanthology.org/N19-1423/).

use std::path::Path;

use serde_json::{Value, json};
use tch::{Device, Kind, Tensor};

use super::examples::{Example, TOGETHER, attended, padded};
use super::labels::{accuracy, classifier, naive_bayes};
use super::{
    Conclusion, Evaluation, Metric, Score, Subject, enough, fits, given, labels_of, mixed,
};
use crate::i18n::{Lang, plain};
use crate::train::model;
use crate::train::recipe::{Labelled, Recipe};
use crate::train::verses;
use atencion::data::{MaskTokens, jsonl};
use atencion::models::{BertArgs, BertConfig, BertForMaskedLm, ConfigJson};
use atencion::nn::Module;
use atencion::tokenizer::{EncodeArgs, Tokenizer, TrainArgs};
use atencion::{Error, Result};

/// `[MASK]`, the last of the special tokens.
const MASK: i64 = 4;
/// Texts with a label each.
pub(in crate::train) struct Labels {
    learned: Vec<Example>,
    held: Vec<Example>,
    /// Of the held texts: ids with masks, whether there is padding, and what stood there.
    guessed: Vec<(Tensor, Tensor, Tensor)>,
    names: Vec<String>,
    tokenizer: Tokenizer,
    masking: MaskTokens,
    data: Labelled,
    lang: Lang,
    seed: i64,
    tokens: f64,
}

impl Labels {
    /// Reads the texts, makes the vocabulary, and mixes them by the process's generator.
    pub fn new(data: &Labelled, recipe: &Recipe, lang: Lang) -> Result<Self> {
        let rows = read(data.texts.as_deref(), &data.column, &data.label)?;
        let texts: Vec<&str> = rows.iter().map(|(text, _)| text.as_str()).collect();
        let args = TrainArgs { vocab_size: data.vocabulary, ..TrainArgs::default() };
        let tokenizer = Tokenizer::train_word_piece(&texts, true, &args)?;
        let mut names: Vec<String> = rows.iter().map(|(_, label)| label.clone()).collect();
        names.sort_unstable();
        names.dedup();
        one_label(&names, &data.label, lang)?;
        let cut = EncodeArgs { max_length: Some(data.longest), ..EncodeArgs::default() };
        let example = |(text, label): &(String, String)| -> Result<Example> {
            let ids = tokenizer.encode_with(text, None, &cut)?.ids;
            let label = names.binary_search(label).unwrap_or_default() as i64;
            Ok(Example { text: text.clone(), ids, label })
        };
        let all = rows.iter().map(example).collect::<Result<Vec<_>>>()?;
        let (learned, held) = mixed(&all, data.held_out)?;
        enough(learned.len(), recipe.train.batch_size, lang)?;
        let masking = MaskTokens {
            mlm_probability: data.mlm_probability,
            ..MaskTokens::new(MASK, tokenizer.vocab_size() as i64)
        };
        let guessed = held.chunks(TOGETHER).map(|texts| {
            let (ids, padded) = padded(texts)?;
            let (inputs, labels) = masking.apply(&ids, &ids.f_le(MASK)?)?;
            Ok((inputs, padded, labels))
        });
        let guessed = guessed.collect::<Result<Vec<_>>>()?;
        let tokens = learned.iter().map(|example| example.ids.len()).sum::<usize>() as f64;
        let tokens = tokens / learned.len() as f64;
        let (data, seed) = (data.clone(), recipe.train.seed);
        Ok(Self { learned, held, guessed, names, tokenizer, masking, data, lang, seed, tokens })
    }

    fn sample(&self, model: &BertForMaskedLm, device: Device) -> Result<String> {
        let (inputs, padded, _) = &self.guessed[0];
        let (inputs, attended) = (inputs.f_to_device(device)?, attended(padded, device)?);
        let args = BertArgs { attention_mask: Some(&attended), ..BertArgs::default() };
        let guesses = model.forward_with(&inputs, args)?.logits.f_argmax(-1, false)?; // [B, L]
        let row = |ids: &Tensor| -> Result<Vec<i64>> {
            Ok(Vec::<i64>::try_from(&ids.f_get(0)?.f_to_device(Device::Cpu)?)?)
        };
        let (asked, guesses) = (row(&inputs)?, row(&guesses)?);
        let words = asked.iter().zip(&guesses).filter(|(asked, _)| **asked == MASK);
        let words: Vec<String> =
            words.filter_map(|(_, guess)| self.tokenizer.id_to_token(*guess)).collect();
        let asked: Vec<i64> =
            asked.into_iter().filter(|id| *id > 1 && *id != 2 && *id != 3).collect();
        Ok(format!("{} → {}", self.tokenizer.decode(&asked, false)?, words.join(" ")))
    }

    /// The classifier's `config.json`.
    fn config_of_labels(&self, config: &Value) -> Value {
        let mut config = config.clone();
        [config["id2label"], config["label2id"]] = labels_of(&self.names);
        config["architectures"] = json!(["BertForSequenceClassification"]);
        config
    }
}

impl Subject for Labels {
    type Model = BertForMaskedLm;
    type Item = Example;

    fn options(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("model_type", "bert".into()),
            ("architectures", json!(["BertForMaskedLM"])),
            ("vocab_size", self.tokenizer.vocab_size().into()),
            ("max_position_embeddings", self.data.longest.into()),
        ]
    }

    fn check(&self, config: &Value, lang: Lang) -> Result<()> {
        fits(self.data.longest, config, lang)
    }

    fn build(&self, config: ConfigJson, device: Device) -> Result<BertForMaskedLm> {
        BertForMaskedLm::new(atencion::nn::Path::root(device), &BertConfig::from_json(config)?)
    }

    fn take_items(&mut self) -> Vec<Example> {
        self.learned.clone()
    }

    fn tokens(&self) -> f64 {
        self.tokens
    }

    fn loss(&self, model: &BertForMaskedLm, batch: &[Example], device: Device) -> Result<Tensor> {
        let (ids, padded) = padded(batch)?;
        let (inputs, labels) = self.masking.apply(&ids, &ids.f_le(MASK)?)?;
        guess(model, &inputs, &padded, &labels, device)
    }

    fn evaluate(&self, model: &BertForMaskedLm, device: Device) -> Result<Evaluation> {
        let _no_grad = tch::no_grad_guard();
        let (mut sum, mut words) = (0.0, 0.0);
        for (inputs, padded, labels) in &self.guessed {
            let count = labels.f_ne(-100)?.f_sum(Kind::Double)?.f_double_value(&[])?;
            if count > 0.0 {
                let loss = guess(model, inputs, padded, labels, device)?;
                sum += loss.f_double_value(&[])? * count;
                words += count;
            }
        }
        let sample = self.sample(model, device)?;
        Ok(Evaluation { metric: Metric::Loss, value: sum / words, sample })
    }

    fn conclude(&self, model: &BertForMaskedLm, at: &Conclusion) -> Result<Vec<Score>> {
        let config = self.config_of_labels(at.config);
        let before = model.state_dict();
        let mut scores = Vec::new();
        for &share in &self.data.shares {
            let count = ((self.learned.len() as f64 * share).ceil() as usize).max(1);
            let learned = &self.learned[..count.min(self.learned.len())];
            let mut score = |name: &str, value: f64| {
                let variables = [(
                    "share",
                    plain(
                        format!("{:.3}", 100.0 * share)
                            .trim_end_matches('0')
                            .trim_end_matches('.')
                            .to_owned(),
                    ),
                )];
                let name = self.lang.text_with(name, &variables);
                scores.push(Score { name, value: 100.0 * value });
            };
            for (name, start) in
                [("train-score-pretrained", Some(&before)), ("train-score-scratch", None)]
            {
                tch::manual_seed(self.seed);
                let labelled = classifier(&config, learned, start, &self.data, at.device)?;
                score(name, accuracy(&labelled, &self.held, at.device)?);
                if start.is_some() && share == 1.0 {
                    let folder = at.out.join("classifier");
                    model::save(&folder, &config, &labelled.state_dict(), self)?;
                }
            }
            score("train-score-bayes", naive_bayes(learned, &self.held, self.names.len()));
        }
        Ok(scores)
    }

    fn tied(&self) -> &'static [&'static str] {
        &["cls.predictions.decoder.weight", "cls.predictions.decoder.bias"]
    }

    fn save(&self, folder: &Path) -> Result<()> {
        self.tokenizer.save_pretrained(folder)
    }
}

/// The mean loss of the masked words.
fn guess(
    model: &BertForMaskedLm,
    inputs: &Tensor,
    padded: &Tensor,
    labels: &Tensor,
    device: Device,
) -> Result<Tensor> {
    let (attended, labels) = (attended(padded, device)?, labels.f_to_device(device)?);
    let args =
        BertArgs { attention_mask: Some(&attended), labels: Some(&labels), ..BertArgs::default() };
    let loss = model.forward_with(&inputs.f_to_device(device)?, args)?.loss;
    given(loss)
}

/// There have to be two labels to tell apart.
pub(super) fn one_label(names: &[String], column: &str, lang: Lang) -> Result<()> {
    if names.len() > 1 {
        return Ok(());
    }
    let variables = [("column", plain(column.to_owned()))];
    Err(Error::value(lang.text_with("train-one-label", &variables))
        .mend(lang.text("train-one-label-mend")))
}

/// `(text, label)` of two columns; without a file the verses and their gospels.
pub(super) fn read(
    path: Option<&Path>,
    column: &str,
    label: &str,
) -> Result<Vec<(String, String)>> {
    let Some(path) = path else {
        return Ok(verses::labelled(column == "es"));
    };
    let name = path.to_string_lossy().to_lowercase();
    let rows = if name.ends_with(".jsonl") {
        jsonl(path, &[column, label])?
    } else {
        columns(path, if name.ends_with(".tsv") { b'\t' } else { b',' }, [column, label])?
    };
    let pair = |row: Vec<String>| <[String; 2]>::try_from(row).ok().map(|[a, b]| (a, b));
    Ok(rows.into_iter().filter_map(pair).collect())
}

/// Two columns by their names in the first line.
fn columns(path: &Path, delimiter: u8, names: [&str; 2]) -> Result<Vec<Vec<String>>> {
    let failed = |error: csv::Error| {
        Error::file(path, error.to_string()).mend(
            "give each line as many fields as the first one, and put quotes around a field with a comma in it",
        )
    };
    let reader = csv::ReaderBuilder::new().delimiter(delimiter).from_path(path);
    let mut reader = reader.map_err(failed)?;
    let head = reader.headers().map_err(failed)?.clone();
    let place = |name: &str| {
        head.iter().position(|known| known == name).ok_or_else(|| {
            let known: Vec<&str> = head.iter().collect();
            Error::file(path, format!("has no column {name}; there is {}", known.join(", ")))
        })
    };
    let places = [place(names[0])?, place(names[1])?];
    let row = |record: csv::Result<csv::StringRecord>| {
        let record = record.map_err(failed)?;
        Ok(places.iter().map(|&place| record[place].to_owned()).collect())
    };
    reader.records().map(row).collect()
}
