//! A GPT-2 that says digits again, or writes a text on.

use std::path::Path;

use serde_json::{Value, json};
use tch::{Device, IndexOp, Kind, Tensor};

use super::{Evaluation, Metric, Subject, enough, given, held, positions};
use crate::i18n::{Lang, plain};
use crate::train::recipe::{Digits, Recipe, Task, Text};
use crate::train::verses;
use atencion::data::pack;
use atencion::models::{ConfigJson, DynamicCache, Gpt2Args, Gpt2Config, Gpt2LmHeadModel};
use atencion::tokenizer::{Tokenizer, TrainArgs};
use atencion::{Error, Result};

/// Sequences of digits that are measured with.
const HELD_OUT: i64 = 1000;
/// The label that counts not.
const IGNORED: i64 = -100;
/// Ends a document.
const END: i64 = 0;
/// Tokens that a sample goes on for.
const SAMPLE: usize = 40;

/// Ids `[L]` and the labels that belong to them.
type Example = (Vec<i64>, Vec<i64>);

/// Sequences for a model that writes on.
pub(in crate::train) struct Writing {
    examples: Vec<Example>,
    vocab_size: i64,
    /// Ids in a sequence.
    length: i64,
    tokenizer: Tokenizer,
    measure: Measure,
}

enum Measure {
    /// `[N, length]`, never learned from.
    Digits { held: Tensor, task: Task },
    /// `[N, block]`
    Text { held: Vec<Vec<i64>> },
}

impl Writing {
    /// Sequences of digits from the process's generator, which the seed was given to.
    pub fn digits(data: Digits, batch: usize, lang: Lang) -> Result<Self> {
        let count = data.examples + HELD_OUT;
        let all = Tensor::f_randint(data.digits, [count, data.length], (Kind::Int64, Device::Cpu))?;
        let held = all.f_narrow(0, data.examples, HELD_OUT)?;
        let examples = Vec::<Vec<i64>>::try_from(&all.f_narrow(0, 0, data.examples)?)?;
        enough(examples.len(), batch, lang)?;
        Ok(Self {
            examples: examples.into_iter().map(|digits| labelled(digits, data.task)).collect(),
            vocab_size: data.digits,
            length: 2 * data.length,
            tokenizer: of_digits(data.digits)?,
            measure: Measure::Digits { held, task: data.task },
        })
    }

    /// Blocks of a text, as long as the model has positions.
    pub fn text(data: &Text, recipe: &Recipe, lang: Lang) -> Result<Self> {
        let block = positions(recipe, "n_positions", 64).max(2);
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
        let held = held(blocks.len(), data.held_out);
        if held >= blocks.len() {
            return Err(short(Error::value("")));
        }
        let held = blocks.split_off(blocks.len() - held);
        enough(blocks.len(), recipe.train.batch_size, lang)?;
        Ok(Self {
            examples: blocks.into_iter().map(|ids| (ids.clone(), ids)).collect(),
            vocab_size: tokenizer.vocab_size() as i64,
            length: block,
            tokenizer,
            measure: Measure::Text { held },
        })
    }

    fn words(&self, ids: &Tensor) -> Result<String> {
        self.tokenizer.decode(&Vec::<i64>::try_from(ids)?, true)
    }
}

impl Subject for Writing {
    type Model = Gpt2LmHeadModel;
    type Item = Example;

    fn options(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("model_type", "gpt2".into()),
            ("architectures", json!(["GPT2LMHeadModel"])),
            ("vocab_size", self.vocab_size.into()),
            ("n_positions", self.length.into()),
            ("n_ctx", self.length.into()),
        ]
    }

    fn check(&self, config: &Value, lang: Lang) -> Result<()> {
        let most = config["n_positions"].as_i64().unwrap_or(self.length);
        if most >= self.length {
            return Ok(());
        }
        let variables = [("length", plain(self.length)), ("most", plain(most))];
        Err(Error::value(lang.text_with("train-too-long", &variables))
            .mend(lang.text_with("train-too-long-mend", &variables)))
    }

    fn build(&self, config: ConfigJson, device: Device) -> Result<Gpt2LmHeadModel> {
        Gpt2LmHeadModel::new(atencion::nn::Path::root(device), &Gpt2Config::from_json(config)?)
    }

    fn take_items(&mut self) -> Vec<Example> {
        std::mem::take(&mut self.examples)
    }

    fn tokens(&self) -> f64 {
        self.length as f64
    }

    fn loss(&self, model: &Gpt2LmHeadModel, batch: &[Example], device: Device) -> Result<Tensor> {
        let stacked = |of: fn(&Example) -> &Vec<i64>| {
            let rows: Vec<&Vec<i64>> = batch.iter().map(of).collect();
            Tensor::from_slice2(&rows).f_to_device(device)
        };
        let (ids, labels) = (stacked(|example| &example.0)?, stacked(|example| &example.1)?); // [B, L]
        loss_of(model, &ids, &labels)
    }

    fn evaluate(&self, model: &Gpt2LmHeadModel, device: Device) -> Result<Evaluation> {
        let _no_grad = tch::no_grad_guard();
        match &self.measure {
            Measure::Digits { held, task } => self.exact(model, &held.f_to_device(device)?, *task),
            Measure::Text { held } => self.validation_loss(model, held, device),
        }
    }

    fn tied(&self) -> &'static [&'static str] {
        &["lm_head.weight"]
    }

    fn save(&self, folder: &Path) -> Result<()> {
        self.tokenizer.save_pretrained(folder)
    }
}

impl Writing {
    /// How many sequences of digits are answered without a mistake.
    fn exact(&self, model: &Gpt2LmHeadModel, held: &Tensor, task: Task) -> Result<Evaluation> {
        let said = greedy(model, held, held.size()[1])?;
        let right = answers(held, task)?.f_eq_tensor(&said)?.f_all_dim(1, false)?;
        let value = right.f_mean(Kind::Double)?.f_double_value(&[])?;
        let sample = format!("{} → {}", self.words(&held.i(0))?, self.words(&said.i(0))?);
        Ok(Evaluation { metric: Metric::Exact, value, sample })
    }

    fn validation_loss(
        &self,
        model: &Gpt2LmHeadModel,
        held: &[Vec<i64>],
        device: Device,
    ) -> Result<Evaluation> {
        let mut sum = 0.0;
        for blocks in held.chunks(32) {
            let ids = Tensor::from_slice2(blocks).f_to_device(device)?;
            sum += loss_of(model, &ids, &ids)?.f_double_value(&[])? * blocks.len() as f64;
        }
        let begin = &held[0][..(held[0].len() / 2).max(1)];
        let goes_on = SAMPLE.min(self.length as usize - begin.len());
        let prompt = Tensor::from_slice(begin).f_unsqueeze(0)?.f_to_device(device)?;
        let said = greedy(model, &prompt, goes_on as i64)?;
        let sample = format!("{} → {}", self.words(&prompt.i(0))?, self.words(&said.i(0))?);
        Ok(Evaluation { metric: Metric::Loss, value: sum / held.len() as f64, sample })
    }
}

fn loss_of(model: &Gpt2LmHeadModel, ids: &Tensor, labels: &Tensor) -> Result<Tensor> {
    let args = Gpt2Args { labels: Some(labels), ..Gpt2Args::default() };
    let loss = model.forward_with(ids, args)?.loss;
    given(loss)
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
    match &data.text {
        Some(path) => Ok(vec![atencion::data::lines(path)?.join("\n")]),
        None => Ok(verses::of(data.language)),
    }
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
