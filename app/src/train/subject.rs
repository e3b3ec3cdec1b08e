//! What a recipe's data becomes: sequences of ids to learn from, and a way to measure what was learned.

use tch::{Device, IndexOp, Kind, Tensor};

use super::recipe::{Data, Digits, Recipe, Task, Text, VersesIn};
use crate::i18n::{Lang, plain};
use atencion::data::pack;
use atencion::models::{DynamicCache, Gpt2Args, Gpt2LmHeadModel};
use atencion::tokenizer::{Tokenizer, TrainArgs};
use atencion::{Error, Result};

/// Spanish, tab, English: 1,557 verses of Mark and John, in the public domain.
const VERSES: &str = include_str!("../../recipes/data/verses.tsv");
/// Sequences of digits that are measured with.
const HELD_OUT: i64 = 1000;
/// The label that counts not.
const IGNORED: i64 = -100;
/// Ends a document.
const END: i64 = 0;
/// Tokens that a sample goes on for.
const SAMPLE: usize = 40;

/// Ids `[L]` and the labels that belong to them.
pub(super) type Example = (Vec<i64>, Vec<i64>);

/// What is learned from and measured with.
pub(super) struct Subject {
    /// To learn from.
    pub examples: Vec<Example>,
    /// How many different ids there are.
    pub vocab_size: i64,
    /// Ids in a sequence.
    pub length: i64,
    /// How text becomes ids.
    pub tokenizer: Tokenizer,
    measure: Measure,
}

enum Measure {
    /// `[N, length]`, never learned from.
    Digits { held: Tensor, task: Task },
    /// `[N, block]`
    Text { held: Vec<Vec<i64>> },
}

/// What a measurement found.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Of the texts: `train-metric-exact`, `train-metric-loss`.
    pub metric: &'static str,
    /// The share of sequences without a mistake, or the mean loss of a token.
    pub value: f64,
    /// A sequence and what the model says after it.
    pub sample: String,
}

impl Evaluation {
    /// Less is better.
    pub fn cost(&self) -> f64 {
        if self.metric == "train-metric-exact" { 1.0 - self.value } else { self.value }
    }
}

impl Subject {
    /// Draws or reads the data. Sequences of digits come from the process's generator, which the seed was given to.
    pub fn new(recipe: &Recipe, lang: Lang) -> Result<Self> {
        let subject = match &recipe.data {
            Data::Digits(data) => Self::digits(*data)?,
            Data::Text(data) => Self::text(data, block(recipe), lang)?,
        };
        let (items, batch) = (subject.examples.len(), recipe.train.batch_size);
        if items < batch {
            let variables = [("items", plain(items)), ("batch", plain(batch))];
            return Err(Error::value(lang.text_with("train-small-data", &variables))
                .mend(lang.text_with("train-small-data-mend", &variables)));
        }
        Ok(subject)
    }

    fn digits(data: Digits) -> Result<Self> {
        let count = data.examples + HELD_OUT;
        let all = Tensor::f_randint(data.digits, [count, data.length], (Kind::Int64, Device::Cpu))?;
        let held = all.f_narrow(0, data.examples, HELD_OUT)?;
        let examples = Vec::<Vec<i64>>::try_from(&all.f_narrow(0, 0, data.examples)?)?;
        let examples = examples.into_iter().map(|digits| labelled(digits, data.task)).collect();
        Ok(Self {
            examples,
            vocab_size: data.digits,
            length: 2 * data.length,
            tokenizer: of_digits(data.digits)?,
            measure: Measure::Digits { held, task: data.task },
        })
    }

    fn text(data: &Text, block: i64, lang: Lang) -> Result<Self> {
        let documents = documents(data)?;
        let args = TrainArgs { vocab_size: data.vocabulary, ..TrainArgs::default() };
        let tokenizer = Tokenizer::train_bpe(&documents, &args)?;
        let ids = |text: &String| tokenizer.encode(text).map(|encoding| encoding.ids);
        let documents = documents.iter().map(ids).collect::<Result<Vec<_>>>()?;
        let tokens: usize = documents.iter().map(|document| document.len() + 1).sum();
        let short = |_| {
            let variables = [("tokens", plain(tokens)), ("block", plain(block))];
            Error::value(lang.text_with("train-short-text", &variables))
                .mend(lang.text("train-short-text-mend"))
        };
        let mut blocks = pack(&documents, END, block as usize).map_err(short)?;
        let held = ((blocks.len() as f64 * data.held_out).ceil() as usize).max(1);
        if held >= blocks.len() {
            return Err(short(Error::value("")));
        }
        let held = blocks.split_off(blocks.len() - held);
        Ok(Self {
            examples: blocks.into_iter().map(|ids| (ids.clone(), ids)).collect(),
            vocab_size: tokenizer.vocab_size() as i64,
            length: block,
            tokenizer,
            measure: Measure::Text { held },
        })
    }

    /// Measures a model that is in evaluation mode.
    pub fn evaluate(&self, model: &Gpt2LmHeadModel, device: Device) -> Result<Evaluation> {
        let _no_grad = tch::no_grad_guard();
        match &self.measure {
            Measure::Digits { held, task } => {
                let held = held.f_to_device(device)?;
                let said = greedy(model, &held, held.size()[1])?;
                let right = answers(&held, *task)?.f_eq_tensor(&said)?.f_all_dim(1, false)?;
                let value = right.f_mean(Kind::Double)?.f_double_value(&[])?;
                let sample = format!("{} → {}", self.words(&held.i(0))?, self.words(&said.i(0))?);
                Ok(Evaluation { metric: "train-metric-exact", value, sample })
            }
            Measure::Text { held } => {
                let mut losses = Vec::new();
                for blocks in held.chunks(32) {
                    let ids = Tensor::from_slice2(blocks).f_to_device(device)?;
                    let args = Gpt2Args { labels: Some(&ids), ..Gpt2Args::default() };
                    let loss = model.forward_with(&ids, args)?.loss;
                    let loss = loss.map_or(Ok(f64::NAN), |loss| loss.f_double_value(&[]))?;
                    losses.push(loss * blocks.len() as f64);
                }
                let value = losses.iter().sum::<f64>() / held.len() as f64;
                let begin = &held[0][..(held[0].len() / 2).max(1)];
                let goes_on = SAMPLE.min(self.length as usize - begin.len());
                let prompt = Tensor::from_slice(begin).f_unsqueeze(0)?.f_to_device(device)?;
                let said = greedy(model, &prompt, goes_on as i64)?;
                let sample = format!("{} → {}", self.words(&prompt.i(0))?, self.words(&said.i(0))?);
                Ok(Evaluation { metric: "train-metric-loss", value, sample })
            }
        }
    }

    fn words(&self, ids: &Tensor) -> Result<String> {
        self.tokenizer.decode(&Vec::<i64>::try_from(ids)?, true)
    }
}

/// Ids in a block of text: as many as the model has positions.
fn block(recipe: &Recipe) -> i64 {
    recipe.model.get("n_positions").and_then(toml::Value::as_integer).unwrap_or(64).max(2)
}

/// The digits and what is to be said after them; only that is to be learned.
fn labelled(digits: Vec<i64>, task: Task) -> Example {
    let mut answer = digits.clone();
    match task {
        Task::Copy => {}
        Task::Sort => answer.sort_unstable(),
        Task::Reverse => answer.reverse(),
    }
    let labels = digits.iter().map(|_| IGNORED).chain(answer.iter().copied()).collect();
    (digits.into_iter().chain(answer).collect(), labels)
}

/// `[N, length]` → `[N, length]`
fn answers(digits: &Tensor, task: Task) -> Result<Tensor> {
    Ok(match task {
        Task::Copy => digits.shallow_clone(),
        Task::Sort => digits.f_sort(1, false)?.0,
        Task::Reverse => digits.f_flip([1])?,
    })
}

/// The likeliest token, `steps` times: `[N, L]` → `[N, steps]`.
fn greedy(model: &Gpt2LmHeadModel, prompt: &Tensor, steps: i64) -> Result<Tensor> {
    let mut cache = DynamicCache::default();
    let (mut ids, mut said) = (prompt.shallow_clone(), Vec::new());
    for _ in 0..steps {
        let args = Gpt2Args { past_key_values: Some(&mut cache), ..Gpt2Args::default() };
        let logits = model.forward_with(&ids, args)?.logits; // [N, L, V]
        ids = logits.f_select(1, -1)?.f_argmax(-1, true)?; // [N, 1]
        said.push(ids.shallow_clone());
    }
    Ok(Tensor::f_cat(&said, 1)?)
}

/// A file is one document; of the verses each is one.
fn documents(data: &Text) -> Result<Vec<String>> {
    let Some(path) = &data.text else {
        let column = usize::from(data.language == VersesIn::En);
        let verse = |line: &'static str| line.split('\t').nth(column).map(String::from);
        return Ok(VERSES.lines().filter_map(verse).collect());
    };
    let lines = atencion::data::lines(path)?;
    Ok(vec![lines.join("\n")])
}

/// `"3 1 4"` ↔ `[3, 1, 4]`
fn of_digits(digits: i64) -> Result<Tokenizer> {
    let vocabulary: serde_json::Map<String, serde_json::Value> =
        (0..digits).map(|digit| (digit.to_string(), digit.into())).collect();
    let file = serde_json::json!({
        "version": "1.0",
        "pre_tokenizer": { "type": "WhitespaceSplit" },
        "model": { "type": "WordLevel", "vocab": vocabulary, "unk_token": "0" }
    });
    let folder = tempfile::tempdir().map_err(|error| Error::value(error.to_string()))?;
    let path = folder.path().join("tokenizer.json");
    crate::view::save(&path, file.to_string().as_bytes())?;
    Tokenizer::from_pretrained(folder.path())
}
