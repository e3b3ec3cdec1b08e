//! Reading a recipe: by its name or from a file, with settings put in, and what is wrong with it.

use std::path::Path;

use toml::{Table, Value};

use serde::{Deserialize, Deserializer};

use super::{Data, Finetune, NAMED, Recipe, Train};
use crate::i18n::{Lang, plain};
use atencion::{Error, Result};

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
        self.data.check(lang)
    }
}

impl Data {
    fn check(&self, lang: Lang) -> Result<()> {
        match self {
            Self::Digits(data) => {
                within("data.digits", data.digits as f64, 2.0..11.0, true, lang)?;
                within("data.length", data.length as f64, 1.0..1e4, true, lang)?;
                within("data.examples", data.examples as f64, 1.0..1e8, true, lang)
            }
            Self::Text(data) => {
                within("data.vocabulary", data.vocabulary as f64, 257.0..1e6, true, lang)?;
                share_of(data.held_out, lang)
            }
            Self::Pairs(data) => {
                within("data.vocabulary", data.vocabulary as f64, 258.0..1e6, true, lang)?;
                within("data.longest", data.longest as f64, 2.0..1e5, true, lang)?;
                let fits = data.batch_tokens >= data.longest;
                within("data.batch_tokens", data.batch_tokens as f64, 2.0..1e7, fits, lang)?;
                within("data.label_smoothing", data.label_smoothing, 0.0..1.0, true, lang)?;
                share_of(data.held_out, lang)
            }
            Self::Labelled(data) => {
                within("data.vocabulary", data.vocabulary as f64, 6.0..1e6, true, lang)?;
                within("data.longest", data.longest as f64, 3.0..1e5, true, lang)?;
                let mlm = data.mlm_probability;
                within("data.mlm_probability", mlm, 0.0..1.0, mlm > 0.0, lang)?;
                for &share in &data.shares {
                    within("data.shares", share, 0.0..1.0 + f64::EPSILON, share > 0.0, lang)?;
                }
                let (steps, lr) = (data.finetune_steps as f64, data.finetune_lr);
                within("data.finetune_steps", steps, 1.0..1e9, true, lang)?;
                within("data.finetune_lr", lr, 0.0..f64::INFINITY, lr > 0.0, lang)?;
                share_of(data.held_out, lang)
            }
            Self::Finetune(data) => {
                within("data.longest", data.longest as f64, 3.0..1e5, true, lang)?;
                within("data.r", data.r as f64, 1.0..1e6, true, lang)?;
                let alpha = data.lora_alpha;
                within("data.lora_alpha", alpha, 0.0..f64::INFINITY, alpha > 0.0, lang)?;
                within("data.lora_dropout", data.lora_dropout, 0.0..1.0, true, lang)?;
                share_of(data.held_out, lang)
            }
            Self::Pictures(data) => {
                within("data.size", f64::from(data.size), 4.0..1025.0, true, lang)?;
                let known = matches!(data.channels, 1 | 3);
                within("data.channels", data.channels as f64, 1.0..4.0, known, lang)?;
                within("data.examples", data.examples as f64, 10.0..1e7, true, lang)?;
                within("data.shift", data.shift as f64, 0.0..f64::from(data.size), true, lang)?;
                share_of(data.held_out, lang)
            }
        }
    }

    /// A recipe's `[data]`: which of the kinds it is, its keys say. serde's own way is to try them all, and then it can
    /// say no more than that none fits.
    fn of(table: Table) -> std::result::Result<Self, toml::de::Error> {
        Ok(match Kind::of(&table) {
            Kind::Digits => Self::Digits(table.try_into()?),
            Kind::Pairs => Self::Pairs(table.try_into()?),
            Kind::Labelled => Self::Labelled(table.try_into()?),
            Kind::Pictures => Self::Pictures(table.try_into()?),
            Kind::Finetune => Self::Finetune(table.try_into()?),
            Kind::Text => Self::Text(table.try_into()?),
        })
    }
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let table = Table::deserialize(deserializer)?;
        Self::of(table).map_err(|error| serde::de::Error::custom(error.message()))
    }
}

/// The kinds of [`Data`].
#[derive(Clone, Copy)]
enum Kind {
    Digits,
    Pairs,
    Labelled,
    Pictures,
    Finetune,
    Text,
}

impl Kind {
    fn of(data: &Table) -> Self {
        let has = |key: &str| data.contains_key(key);
        match () {
            () if has("base") => Self::Finetune,
            () if has("task") => Self::Digits,
            () if has("from") || has("to") => Self::Pairs,
            () if has("label") => Self::Labelled,
            () if has("pictures") => Self::Pictures,
            () => Self::Text,
        }
    }

    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Digits => &["task", "digits", "length", "examples"],
            Self::Pairs => &[
                "from",
                "to",
                "pairs",
                "columns",
                "source",
                "target",
                "vocabulary",
                "longest",
                "batch_tokens",
                "label_smoothing",
                "held_out",
            ],
            Self::Labelled => &[
                "texts",
                "column",
                "label",
                "vocabulary",
                "longest",
                "mlm_probability",
                "shares",
                "finetune_steps",
                "finetune_lr",
                "held_out",
            ],
            Self::Pictures => {
                &["pictures", "size", "channels", "examples", "flip", "shift", "strict", "held_out"]
            }
            Self::Finetune => &Finetune::KEYS,
            Self::Text => &["text", "language", "vocabulary", "held_out"],
        }
    }
}

/// `data.held_out`: something, and not all.
fn share_of(held_out: f64, lang: Lang) -> Result<()> {
    within("data.held_out", held_out, 0.0..1.0, held_out > 0.0, lang)
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
        "data" => Kind::of(table).keys().iter().map(|key| (*key).to_owned()).collect(),
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
