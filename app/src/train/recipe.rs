//! A recipe: the TOML file that says all there is to say about a training.
//!
//! What a recipe leaves out has the default written here, and the whole recipe is written beside what was trained.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::i18n::{Lang, plain};
use atencion::{Error, Result};

/// Everything that a training depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// What is learned from.
    pub data: Data,
    /// What learns: options of GPT-2's `config.json`.
    #[serde(default)]
    pub model: Table,
    /// How.
    #[serde(default)]
    pub train: Train,
}

/// What is learned from: a task that is drawn, or a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Data {
    /// Sequences of digits.
    Digits(Digits),
    /// A text to be written on.
    Text(Text),
}

/// Sequences of digits, and what is to be said after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Digits {
    /// What is to be said.
    pub task: Task,
    /// How many different digits: 2 to 10.
    #[serde(default = "ten")]
    pub digits: i64,
    /// How many of them in a sequence.
    #[serde(default = "ten")]
    pub length: i64,
    /// How many sequences.
    #[serde(default = "examples")]
    pub examples: i64,
}

/// What is to be said after a sequence of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// The same once more.
    Copy,
    /// The same in order.
    Sort,
    /// The same backwards.
    Reverse,
}

/// A text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// The file; without one, the verses that come with the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<PathBuf>,
    /// Which of the verses: `en` or `es`.
    #[serde(default = "english")]
    pub language: VersesIn,
    /// Tokens in the vocabulary that is made from it; at least 257.
    #[serde(default = "vocabulary")]
    pub vocabulary: usize,
    /// Which part of it, at the end, is measured with and not learned from.
    #[serde(default = "held_out")]
    pub held_out: f64,
}

/// A language of the verses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VersesIn {
    /// World English Bible.
    En,
    /// Reina-Valera 1909.
    Es,
}

/// How a model learns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Train {
    /// Everything random begins with it.
    pub seed: i64,
    /// Steps of the optimiser.
    pub steps: u64,
    /// Sequences in a batch.
    pub batch_size: usize,
    /// Batches whose gradients are added up for one step.
    pub accumulate: u64,
    /// Learning rate at its highest.
    pub lr: f64,
    /// How slowly AdamW's averages forget.
    pub betas: [f64; 2],
    /// Added to AdamW's denominator.
    pub eps: f64,
    /// Decay of matrices; biases and norms have none.
    pub weight_decay: f64,
    /// How the learning rate goes on after its rise.
    pub schedule: Schedule,
    /// Steps in which the learning rate rises.
    pub warmup: i64,
    /// Gradients are scaled down to this norm; 0 leaves them.
    pub max_norm: f64,
    /// Kind of the forward pass: `float32`, or `bfloat16` under autocast.
    pub dtype: Dtype,
    /// Steps from one evaluation to the next.
    pub evaluate: u64,
    /// Evaluations in a row without a better one after which it stops; 0 goes on to the end.
    pub patience: u64,
    /// Steps from one checkpoint to the next.
    pub checkpoint: u64,
    /// Checkpoints that are kept.
    pub keep: usize,
    /// How slowly an average of the weights forgets, which is then what is saved; 0 keeps none.
    pub ema: f64,
    /// Threads that prepare batches.
    pub workers: usize,
}

/// How the learning rate goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// It stays.
    Constant,
    /// In a straight line to 0.
    Linear,
    /// Along half a cosine wave to 0.
    Cosine,
    /// With the root of the step.
    InverseSqrt,
}

/// A kind to compute in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dtype {
    /// As the weights.
    Float32,
    /// Under autocast.
    BFloat16,
}

impl Default for Train {
    fn default() -> Self {
        Self {
            seed: 0,
            steps: 1000,
            batch_size: 32,
            accumulate: 1,
            lr: 5e-4,
            betas: [0.9, 0.95],
            eps: 1e-8,
            weight_decay: 0.0,
            schedule: Schedule::Cosine,
            warmup: 100,
            max_norm: 1.0,
            dtype: Dtype::Float32,
            evaluate: 250,
            patience: 0,
            checkpoint: 500,
            keep: 2,
            ema: 0.0,
            workers: 0,
        }
    }
}

fn ten() -> i64 {
    10
}

fn examples() -> i64 {
    20_000
}

fn english() -> VersesIn {
    VersesIn::En
}

fn vocabulary() -> usize {
    1024
}

fn held_out() -> f64 {
    0.05
}

/// The recipes that come with the program, by name.
pub const NAMED: [(&str, &str); 4] = [
    ("copy", include_str!("../../recipes/copy.toml")),
    ("reverse", include_str!("../../recipes/reverse.toml")),
    ("sort", include_str!("../../recipes/sort.toml")),
    ("gpt", include_str!("../../recipes/gpt.toml")),
];

impl Recipe {
    /// A recipe by its name, or from a file, with `--set a.b=value` put in.
    ///
    /// # Errors
    /// When there is none, a key is not known (the nearest is named), or a value is not of its kind or out of range.
    pub fn find(name: &str, settings: &[String], lang: Lang) -> Result<Self> {
        let known = NAMED.iter().find(|(known, _)| *known == name);
        let text = match known {
            Some((_, text)) => (*text).to_owned(),
            None if name.ends_with(".toml") => {
                let path = Path::new(name);
                std::fs::read_to_string(path).map_err(|error| Error::file(path, error))?
            }
            None => return Err(no_recipe(name, lang)),
        };
        let mut table: Table = text.parse().map_err(|error| not_toml(name, &error, lang))?;
        for setting in settings {
            set(&mut table, setting, lang)?;
        }
        Self::from_table(table, name, lang)
    }

    fn from_table(table: Table, name: &str, lang: Lang) -> Result<Self> {
        known_keys(&table, lang)?;
        let recipe: Self = table.try_into().map_err(|error| not_toml(name, &error, lang))?;
        recipe.check(lang)?;
        Ok(recipe)
    }

    /// The recipe that was written beside a training.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn load(path: &Path, lang: Lang) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| Error::file(path, error))?;
        let name = path.display().to_string();
        let table: Table = text.parse().map_err(|error| not_toml(&name, &error, lang))?;
        Self::from_table(table, &name, lang)
    }

    /// The whole recipe, with what was left out.
    ///
    /// # Errors
    /// When a number is none that TOML can say.
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string(self).map_err(|error| Error::value(error.to_string()))
    }

    /// Where two recipes differ: `train.lr: 0.001 and 0.002`.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let flat = |recipe: &Self| {
            let mut flat = Vec::new();
            flatten("", &Value::try_from(recipe).unwrap_or(Value::Boolean(false)), &mut flat);
            flat
        };
        let (here, there) = (flat(self), flat(other));
        let of = |all: &[(String, String)], key: &str| {
            all.iter()
                .find(|(known, _)| known == key)
                .map_or_else(|| "—".to_owned(), |(_, value)| value.clone())
        };
        let mut keys: Vec<&String> = here.iter().chain(&there).map(|(key, _)| key).collect();
        keys.sort_unstable();
        keys.dedup();
        let differing = keys.into_iter().filter(|key| of(&here, key) != of(&there, key));
        differing.map(|key| format!("{key}: {} ≠ {}", of(&here, key), of(&there, key))).collect()
    }

    /// What a type does not say.
    fn check(&self, lang: Lang) -> Result<()> {
        let train = &self.train;
        let positive = [
            ("train.steps", train.steps as f64),
            ("train.batch_size", train.batch_size as f64),
            ("train.accumulate", train.accumulate as f64),
            ("train.lr", train.lr),
            ("train.evaluate", train.evaluate as f64),
            ("train.checkpoint", train.checkpoint as f64),
            ("train.keep", train.keep as f64),
        ];
        for (key, value) in positive {
            within(key, value, 0.0..f64::INFINITY, value > 0.0, lang)?;
        }
        let not_negative = [
            ("train.eps", train.eps),
            ("train.weight_decay", train.weight_decay),
            ("train.warmup", train.warmup as f64),
            ("train.max_norm", train.max_norm),
        ];
        for (key, value) in not_negative {
            within(key, value, 0.0..f64::INFINITY, true, lang)?;
        }
        for (key, value) in [
            ("train.betas", train.betas[0]),
            ("train.betas", train.betas[1]),
            ("train.ema", train.ema),
        ] {
            within(key, value, 0.0..1.0, true, lang)?;
        }
        match &self.data {
            Data::Digits(data) => {
                within("data.digits", data.digits as f64, 2.0..11.0, true, lang)?;
                within("data.length", data.length as f64, 1.0..1e4, true, lang)?;
                within("data.examples", data.examples as f64, 1.0..1e8, true, lang)
            }
            Data::Text(data) => {
                within("data.vocabulary", data.vocabulary as f64, 257.0..1e6, true, lang)?;
                within("data.held_out", data.held_out, 0.0..1.0, data.held_out > 0.0, lang)
            }
        }
    }
}

/// A number in a range, the end of which is not in it.
fn within(
    key: &str,
    value: f64,
    range: std::ops::Range<f64>,
    further: bool,
    lang: Lang,
) -> Result<()> {
    if range.contains(&value) && further {
        return Ok(());
    }
    let variables = [("key", plain(key)), ("value", plain(value.to_string()))];
    Err(Error::value(lang.text_with("train-out-of-range", &variables))
        .mend(lang.text_with("train-out-of-range-mend", &variables)))
}

/// Every key that a recipe may have, by its section.
fn keys_of(section: &str, table: &Table) -> Vec<String> {
    let names = |value: Value| match value {
        Value::Table(table) => table.keys().cloned().collect(),
        _ => Vec::new(),
    };
    match section {
        "" => ["data", "model", "train"].map(String::from).to_vec(),
        "train" => names(Value::try_from(Train::default()).unwrap_or(Value::Boolean(false))),
        "data" if table.contains_key("task") => {
            ["task", "digits", "length", "examples"].map(String::from).to_vec()
        }
        "data" => ["text", "language", "vocabulary", "held_out"].map(String::from).to_vec(),
        _ => Vec::new(),
    }
}

/// serde's own sentence for an unknown key names all the others; a reader wants the nearest.
fn known_keys(recipe: &Table, lang: Lang) -> Result<()> {
    let empty = Table::new();
    let section = |name: &str| recipe.get(name).and_then(Value::as_table).unwrap_or(&empty).clone();
    for (prefix, table) in
        [("", recipe.clone()), ("data", section("data")), ("train", section("train"))]
    {
        let known = keys_of(prefix, &table);
        if let Some(key) = table.keys().find(|key| !known.contains(key)) {
            let full = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
            let what = lang.text_with("train-unknown-key", &[("key", plain(full))]);
            let mend = match nearest(key, known.iter().map(String::as_str)) {
                Some(near) => lang.text_with("train-nearest", &[("near", plain(near))]),
                None => lang.text_with("train-keys", &[("keys", plain(known.join(", ")))]),
            };
            return Err(Error::value(what).mend(mend));
        }
    }
    Ok(())
}

fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let likely = known.map(|known| (strsim::jaro_winkler(name, known), known));
    let best = likely.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 > 0.75).then(|| best.1.to_owned())
}

fn no_recipe(name: &str, lang: Lang) -> Error {
    let names = NAMED.map(|(known, _)| known);
    let what = lang.text_with("train-no-recipe", &[("name", plain(name.to_owned()))]);
    let mend = match nearest(name, names.into_iter()) {
        Some(near) => lang.text_with("train-nearest", &[("near", plain(near))]),
        None => lang.text_with("train-recipes", &[("names", plain(names.join(", ")))]),
    };
    Error::value(what).mend(mend)
}

fn not_toml(name: &str, error: &toml::de::Error, lang: Lang) -> Error {
    let why = error.message().replace('\n', " ");
    let variables = [("name", plain(name.to_owned())), ("why", plain(why))];
    Error::value(lang.text_with("train-not-toml", &variables))
        .mend(lang.text("train-not-toml-mend"))
}

/// `train.lr=0.01`: the value as TOML has it, and where it is none, as a text.
fn set(recipe: &mut Table, setting: &str, lang: Lang) -> Result<()> {
    let wrong = || {
        Error::value(lang.text_with("train-bad-set", &[("setting", plain(setting.to_owned()))]))
            .mend(lang.text("train-bad-set-mend"))
    };
    let (key, value) = setting.split_once('=').ok_or_else(wrong)?;
    let (section, key) = key.trim().split_once('.').ok_or_else(wrong)?;
    let parsed = format!("value = {value}").parse::<Table>().ok();
    let value = parsed
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| Value::String(value.trim().to_owned()));
    let table = recipe.entry(section).or_insert_with(|| Value::Table(Table::new()));
    table.as_table_mut().ok_or_else(wrong)?.insert(key.to_owned(), value);
    Ok(())
}

fn flatten(prefix: &str, value: &Value, into: &mut Vec<(String, String)>) {
    match value {
        Value::Table(table) => {
            for (key, value) in table {
                let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                flatten(&key, value, into);
            }
        }
        value => into.push((prefix.to_owned(), value.to_string())),
    }
}
