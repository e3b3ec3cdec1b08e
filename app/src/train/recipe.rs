//! A recipe: the TOML file that says all there is to say about a training.
//!
//! What a recipe leaves out has the default written here, and the whole recipe is written beside what was trained.

mod finetune;
mod reading;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tch::Kind;
use toml::Table;

pub use finetune::{Finetune, Learn};

/// Everything that a training depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// What is learned from.
    pub data: Data,
    /// What learns: options of its family's `config.json`.
    #[serde(default)]
    pub model: Table,
    /// How.
    #[serde(default)]
    pub train: Train,
}

/// What is learned from. Which of these it is follows from its keys.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Data {
    /// Sequences of digits: has `task`.
    Digits(Digits),
    /// Sentences and their translations: has `from` or `to`.
    Pairs(Pairs),
    /// Texts with a label each: has `label`.
    Labelled(Labelled),
    /// Pictures with a label each: has `pictures`.
    Pictures(Pictures),
    /// A model that there is: has `base`.
    Finetune(Finetune),
    /// A text to be written on: everything else.
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

/// Sentences and their translations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pairs {
    /// The language that is read, such as `es`.
    pub from: String,
    /// The language that is written, such as `en`.
    pub to: String,
    /// A tab-separated file; without files, the verses that come with the program, in `es` and `en`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pairs: Option<PathBuf>,
    /// Its columns of the two languages, counted from 0.
    #[serde(default = "first_two")]
    pub columns: [usize; 2],
    /// In place of it a file of sentences that are read,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<PathBuf>,
    /// and one that has their translations, line by line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<PathBuf>,
    /// Tokens in the vocabulary, which both languages share; at least 258.
    #[serde(default = "shared_vocabulary")]
    pub vocabulary: usize,
    /// Pairs of which one side has more tokens are left out.
    #[serde(default = "longest")]
    pub longest: usize,
    /// Tokens in a batch after padding, of the longer side.
    #[serde(default = "batch_tokens")]
    pub batch_tokens: usize,
    /// What of a token's probability is to be given to all the others.
    #[serde(default = "smoothing")]
    pub label_smoothing: f64,
    /// Which part of the pairs is measured with and not learned from.
    #[serde(default = "held_out")]
    pub held_out: f64,
}

/// Texts with a label each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labelled {
    /// A file: `.jsonl`, or `.csv` or `.tsv` with names in its first line; without one, the verses that come with the
    /// program, whose columns are `en`, `es` and `gospel`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub texts: Option<PathBuf>,
    /// Its column with the text.
    #[serde(default = "text_column")]
    pub column: String,
    /// Its column with the label.
    pub label: String,
    /// Tokens in the vocabulary, at most.
    #[serde(default = "shared_vocabulary")]
    pub vocabulary: usize,
    /// Longer texts are cut to this many tokens.
    #[serde(default = "longest")]
    pub longest: usize,
    /// The share of words that are to be guessed.
    #[serde(default = "mlm_probability")]
    pub mlm_probability: f64,
    /// Shares of the labels with which a classifier learns, one after the other.
    #[serde(default = "shares")]
    pub shares: Vec<f64>,
    /// Its steps.
    #[serde(default = "finetune_steps")]
    pub finetune_steps: u64,
    /// Its learning rate at its highest.
    #[serde(default = "finetune_lr")]
    pub finetune_lr: f64,
    /// Which part of the texts is measured with and not learned from.
    #[serde(default = "a_fifth")]
    pub held_out: f64,
}

/// Pictures with a label each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pictures {
    /// `shapes`, which are drawn; or a folder: with MNIST's four IDX files, or with a folder of pictures for each label.
    pub pictures: PathBuf,
    /// Pixels of a side.
    #[serde(default = "side")]
    pub size: u32,
    /// 1: gray, 3: in colour.
    #[serde(default = "gray")]
    pub channels: i64,
    /// How many shapes are drawn.
    #[serde(default = "drawn")]
    pub examples: usize,
    /// Whether half of the pictures are seen as in a mirror.
    #[serde(default)]
    pub flip: bool,
    /// Pixels by which a picture is moved at random.
    #[serde(default)]
    pub shift: i64,
    /// Whether a file that is no picture ends all, and is not passed over.
    #[serde(default)]
    pub strict: bool,
    /// Which part of the pictures is measured with and not learned from; IDX files have a part of their own for it.
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
    /// Sequences or pictures in a batch; pairs are counted in `data.batch_tokens` instead.
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
    /// Kind of the forward pass: `float32`, or `bfloat16` or `float16` under autocast.
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
    /// Under autocast, the loss scaled up so that small gradients are not lost.
    Float16,
}

impl Dtype {
    /// What autocast computes in, if at all.
    pub(super) fn autocast(self) -> Option<Kind> {
        match self {
            Self::Float32 => None,
            Self::BFloat16 => Some(Kind::BFloat16),
            Self::Float16 => Some(Kind::Half),
        }
    }
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

fn shared_vocabulary() -> usize {
    2000
}

fn first_two() -> [usize; 2] {
    [0, 1]
}

fn longest() -> usize {
    64
}

fn batch_tokens() -> usize {
    1024
}

fn smoothing() -> f64 {
    0.1
}

fn text_column() -> String {
    "text".into()
}

fn mlm_probability() -> f64 {
    0.15
}

fn shares() -> Vec<f64> {
    vec![0.01, 0.1, 1.0]
}

fn finetune_steps() -> u64 {
    200
}

fn finetune_lr() -> f64 {
    5e-4
}

fn a_fifth() -> f64 {
    0.2
}

fn side() -> u32 {
    28
}

fn gray() -> i64 {
    1
}

fn drawn() -> usize {
    6000
}

fn held_out() -> f64 {
    0.05
}

/// The recipe that takes a model's folder.
pub const FINETUNE: &str = "finetune";

/// The recipes that come with the program, by name.
pub const NAMED: [(&str, &str); 8] = [
    ("copy", include_str!("../../recipes/copy.toml")),
    ("reverse", include_str!("../../recipes/reverse.toml")),
    ("sort", include_str!("../../recipes/sort.toml")),
    ("gpt", include_str!("../../recipes/gpt.toml")),
    ("translation", include_str!("../../recipes/translation.toml")),
    ("bert", include_str!("../../recipes/bert.toml")),
    ("vit", include_str!("../../recipes/vit.toml")),
    ("finetune", include_str!("../../recipes/finetune.toml")),
];
