//! What is learned: a recipe's data, the model that it makes, its loss, and how what was learned is measured.
//!
//! | recipe | data | model | measured by |
//! |---|---|---|---|
//! | `copy`, `reverse`, `sort`, `gpt` | [`Writing`]: digits, or a text | GPT-2 | share without a mistake, or loss |
//! | `translation` | [`Translation`]: pairs of sentences | Marian | loss; at the end BLEU and chrF |
//! | `bert` | [`Labels`]: texts with a label each | BERT | loss of masked words; at the end, labels that are right |
//! | `vit` | [`Pictures`] with a label each | ViT | share that is right |
//! | `finetune` | as the model's family takes it | a folder's | see [`finetune`] |

mod bert;
mod examples;
pub(super) mod finetune;
mod gpt;
mod labels;
mod pairs;
mod pictures;
mod shapes;

use std::path::Path;

use serde_json::{Map, Value};
use tch::{Device, Kind, Tensor};

use super::model;
use super::recipe::{Recipe, Train};
use crate::i18n::{Lang, plain};
use atencion::models::ConfigJson;
use atencion::nn::Module;
use atencion::{Error, Result};

pub(super) use bert::Labels;
pub(super) use gpt::Writing;
pub(super) use pairs::Translation;
pub(super) use pictures::Pictures;

/// What is learned from and measured with.
pub(super) trait Subject {
    /// What learns.
    type Model: Module;
    /// What a batch is a list of.
    type Item: Clone + std::fmt::Debug + Send + Sync + 'static;
    /// Whether an item is a whole batch, which several processes share by [`share`](Self::share).
    const ITEM_IS_BATCH: bool = false;

    /// The options of the model's `config.json` that follow from the data; a recipe may say others.
    fn options(&self) -> Vec<(&'static str, Value)>;

    /// A `config.json` of these, to which a recipe adds its own.
    fn config(&self) -> Map<String, Value> {
        self.options().into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }

    /// What of the recipe and the data does not fit together.
    fn check(&self, _config: &Value, _lang: Lang) -> Result<()> {
        Ok(())
    }

    /// A fresh model.
    fn build(&self, config: ConfigJson, device: Device) -> Result<Self::Model>;

    /// Takes out what is learned from.
    fn take_items(&mut self) -> Vec<Self::Item>;

    /// How many examples the items are.
    fn count(&self, items: &[Self::Item]) -> usize {
        items.len()
    }

    /// What a reader should know of the data before it begins.
    fn remarks(&self, _lang: Lang) -> Vec<String> {
        Vec::new()
    }

    /// Items in a batch.
    fn batch_size(&self, train: &Train) -> usize {
        train.batch_size
    }

    /// Tokens in an item, as a mean.
    fn tokens(&self) -> f64;

    /// The mean loss of a batch.
    fn loss(&self, model: &Self::Model, batch: &[Self::Item], device: Device) -> Result<Tensor>;

    /// Where an item is a whole batch: what of it this process takes, and what its loss counts in the mean of all.
    fn share(
        &self,
        batch: Vec<Self::Item>,
        _process: usize,
        _processes: usize,
    ) -> (Vec<Self::Item>, f64) {
        (batch, 1.0)
    }

    /// Measures a model that is in evaluation mode.
    fn evaluate(&self, model: &Self::Model, device: Device) -> Result<Evaluation>;

    /// What is measured once, when all is learned: it takes longer.
    fn conclude(&self, _model: &Self::Model, _at: &Conclusion) -> Result<Vec<Score>> {
        Ok(Vec::new())
    }

    /// Parameters that are others once more, and not in a file.
    fn tied(&self) -> &'static [&'static str];

    /// What belongs into a model's folder beside its weights and `config.json`.
    fn save(&self, folder: &Path) -> Result<()>;

    /// Writes the folder of a model as it is now.
    fn keep(&self, folder: &Path, config: &Value, model: &Self::Model) -> Result<()>
    where
        Self: Sized,
    {
        model::save(folder, config, &model.state_dict(), self)
    }
}

/// What a measurement found.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// What was measured.
    pub metric: Metric,
    /// The share of sequences without a mistake, or the mean loss of a token.
    pub value: f64,
    /// A sequence and what the model says after it.
    pub sample: String,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// The share of sequences without a mistake.
    Exact,
    /// The mean loss of a token.
    Loss,
    /// The share that got its own label.
    Accuracy,
}

impl Metric {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Exact, Self::Accuracy, Self::Loss];

    /// Its text's name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Exact => "train-metric-exact",
            Self::Loss => "train-metric-loss",
            Self::Accuracy => "train-metric-accuracy",
        }
    }

    /// Its name in `metrics.jsonl`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Loss => "validation_loss",
            Self::Accuracy => "accuracy",
        }
    }

    /// Of 1, and more is better.
    pub fn is_share(self) -> bool {
        self != Self::Loss
    }
}

impl Evaluation {
    /// Less is better.
    pub fn cost(&self) -> f64 {
        if self.metric.is_share() { 1.0 - self.value } else { self.value }
    }
}

/// Where a training has come to its end.
pub(super) struct Conclusion<'a> {
    /// The model's `config.json`.
    pub config: &'a Value,
    /// The training's folder.
    pub out: &'a Path,
    /// Where to compute.
    pub device: Device,
}

/// A number that is found at the end.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// `BLEU`
    pub name: String,
    /// In points, of 100.
    pub value: f64,
}

/// There is enough for a batch.
fn enough(items: usize, batch: usize, lang: Lang) -> Result<()> {
    if items >= batch {
        return Ok(());
    }
    let variables = [("items", plain(items)), ("batch", plain(batch))];
    Err(Error::value(lang.text_with("train-small-data", &variables))
        .mend(lang.text_with("train-small-data-mend", &variables)))
}

/// How many of `items` are kept to measure with: that share, at least one.
fn held(items: usize, share: f64) -> usize {
    ((items as f64 * share).ceil() as usize).max(1)
}

/// All of them in a mixed order, `torch.randperm`'s, in two parts: to learn from, and to measure with.
fn mixed<T: Clone>(all: &[T], held_out: f64) -> Result<(Vec<T>, Vec<T>)> {
    let order = Tensor::f_randperm(all.len() as i64, (Kind::Int64, Device::Cpu))?;
    let order = Vec::<i64>::try_from(&order)?.into_iter();
    let mut learned: Vec<T> = order.map(|at| all[at as usize].clone()).collect();
    let count = held(learned.len(), held_out).min(learned.len());
    let held = learned.split_off(learned.len() - count);
    Ok((learned, held))
}

/// A recipe's positions, where it names them.
fn positions(recipe: &Recipe, name: &str, default: i64) -> i64 {
    recipe.model.get(name).and_then(toml::Value::as_integer).unwrap_or(default)
}

/// The loss of a model that was given labels.
fn given(loss: Option<Tensor>) -> Result<Tensor> {
    loss.ok_or_else(|| Error::value("the model gave no loss"))
}

/// A text of `longest` tokens has a position for each.
fn fits(longest: usize, config: &Value, lang: Lang) -> Result<()> {
    let most = config["max_position_embeddings"].as_u64().unwrap_or_default();
    if most >= longest as u64 {
        return Ok(());
    }
    let variables = [("length", plain(longest)), ("most", plain(most as usize))];
    Err(Error::value(lang.text_with("train-too-long", &variables))
        .mend(lang.text_with("train-too-long-pairs-mend", &variables)))
}

/// `id2label` and `label2id` of a `config.json`.
fn labels_of(names: &[String]) -> [Value; 2] {
    let all = names.iter().enumerate();
    let id2label: Map<String, Value> =
        all.clone().map(|(id, name)| (id.to_string(), name.clone().into())).collect();
    let label2id: Map<String, Value> = all.map(|(id, name)| (name.clone(), id.into())).collect();
    [id2label.into(), label2id.into()]
}
