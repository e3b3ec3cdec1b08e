//! What a recipe says of a model that there is already.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{first_two, longest, text_column};

/// A model that there is, and what it is to learn: has `base`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finetune {
    /// The model's folder in Hugging Face's layout, or `owner/name`: GPT-2, Llama, Qwen2, BERT, ViT, Marian or BART.
    pub base: PathBuf,
    /// What of it learns.
    #[serde(default)]
    pub learn: Learn,
    /// What it learns from, as its family reads it: a text; texts with labels (`.jsonl`, `.csv`, `.tsv`); pairs separated
    /// by tabs; a folder of pictures for each label. Without one, what comes with the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// For pairs: the translations of the lines of `file`, line by line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<PathBuf>,
    /// For pairs: the columns of the two languages, counted from 0.
    #[serde(default = "first_two")]
    pub columns: [usize; 2],
    /// For texts with labels: the column with the text.
    #[serde(default = "text_column")]
    pub column: String,
    /// For texts with labels: the column with the label.
    #[serde(default = "label_column")]
    pub label: String,
    /// The labels that there may be; without any, those of the model if they are enough, else those of the data, and then
    /// the model gets a new head.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Tokens of a block of text; longer texts are cut to so many, and longer pairs left out.
    #[serde(default = "longest")]
    pub longest: usize,
    /// For pictures: whether a file that is no picture ends all, and is not passed over.
    #[serde(default)]
    pub strict: bool,
    /// Which part is measured with and not learned from.
    #[serde(default = "a_tenth")]
    pub held_out: f64,
    /// LoRA: how many directions each linear map learns.
    #[serde(default = "eight")]
    pub r: i64,
    /// LoRA: what is learned is multiplied by this, divided by `r`.
    #[serde(default = "sixteen")]
    pub lora_alpha: f64,
    /// LoRA: the share of inputs that is dropped.
    #[serde(default)]
    pub lora_dropout: f64,
    /// LoRA: the linear maps that learn, by their names or how they end; without any, `peft`'s for the family.
    #[serde(default)]
    pub target_modules: Vec<String>,
    /// LoRA: whether what was learned is put into the weights at the end, so that the folder is a model by itself.
    #[serde(default)]
    pub merge: bool,
}

/// What of a model learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Learn {
    /// Everything.
    #[default]
    Whole,
    /// The last map only, and what is new.
    Head,
    /// Little matrices beside the weights.
    Lora,
}

impl Finetune {
    /// Its keys.
    pub(super) const KEYS: [&str; 16] = [
        "base",
        "learn",
        "file",
        "target",
        "columns",
        "column",
        "label",
        "labels",
        "longest",
        "strict",
        "held_out",
        "r",
        "lora_alpha",
        "lora_dropout",
        "target_modules",
        "merge",
    ];
}

fn label_column() -> String {
    "label".into()
}

fn a_tenth() -> f64 {
    0.1
}

fn eight() -> i64 {
    8
}

fn sixteen() -> f64 {
    16.0
}
