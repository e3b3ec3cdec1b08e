//! A GPT-2 or a Llama goes on learning from a text.

use std::path::Path;

use serde_json::{Map, Value};
use tch::{Device, IndexOp, Tensor};

use super::Tuning;
use super::writer::Writer;
use crate::i18n::{Lang, plain};
use crate::train::recipe::{Recipe, VersesIn};
use crate::train::subject::{Evaluation, Metric, Subject, enough, held};
use crate::train::verses;
use atencion::data::{lines, pack};
use atencion::generate::{GenerationConfig, generate};
use atencion::models::ConfigJson;
use atencion::tokenizer::Tokenizer;
use atencion::{Error, Result};

/// Tokens that a sample goes on for.
const SAMPLE: usize = 40;
/// Blocks that are measured together.
const TOGETHER: usize = 16;

/// Blocks of a text.
pub(in crate::train) struct Continuing {
    tuning: Tuning,
    tokenizer: Tokenizer,
    /// `[N, block]`
    learned: Vec<Vec<i64>>,
    held: Vec<Vec<i64>>,
    block: usize,
}

impl Continuing {
    /// Reads the text by the model's own tokenizer.
    pub fn new(tuning: Tuning, recipe: &Recipe) -> Result<Self> {
        let (lang, block) = (tuning.lang, tuning.data.longest);
        let tokenizer = Tokenizer::from_pretrained(&tuning.folder)?;
        let documents = match &tuning.data.file {
            Some(path) => vec![lines(path)?.join("\n")],
            None => verses::of(VersesIn::En),
        };
        let ids = |text: &String| tokenizer.encode(text).map(|encoding| encoding.ids);
        let documents = documents.iter().map(ids).collect::<Result<Vec<_>>>()?;
        let tokens: usize = documents.iter().map(|document| document.len() + 1).sum();
        let short = || {
            let variables = [("tokens", plain(tokens)), ("block", plain(block))];
            Error::value(lang.text_with("train-short-text", &variables))
                .mend(lang.text("train-short-text-finetune-mend"))
        };
        let mut learned = pack(&documents, end(&tuning, &tokenizer), block).map_err(|_| short())?;
        let held = held(learned.len(), tuning.data.held_out);
        if held >= learned.len() {
            return Err(short());
        }
        let held = learned.split_off(learned.len() - held);
        enough(learned.len(), recipe.train.batch_size, lang)?;
        Ok(Self { tuning, tokenizer, learned, held, block })
    }

    fn words(&self, ids: &Tensor) -> Result<String> {
        self.tokenizer.decode(&Vec::<i64>::try_from(ids)?, true)
    }

    /// A held block's first half, and how the model goes on.
    fn sample(&self, model: &Writer, device: Device) -> Result<String> {
        let begin = &self.held[0][..(self.block / 2).max(1)];
        let prompt = Tensor::from_slice(begin).f_unsqueeze(0)?.f_to_device(device)?;
        let goes_on = SAMPLE.min(self.block - begin.len()).max(1);
        let config = GenerationConfig {
            max_new_tokens: Some(goes_on as i64),
            pad_token_id: Some(0),
            ..GenerationConfig::default()
        };
        let said = generate(model.decoder(), &prompt, None, &config)?.sequences.i(0);
        let said = said.f_narrow(0, begin.len() as i64, said.size()[0] - begin.len() as i64)?;
        Ok(format!("{} → {}", self.words(&prompt.i(0))?, self.words(&said)?))
    }
}

/// What ends a document.
fn end(tuning: &Tuning, tokenizer: &Tokenizer) -> i64 {
    let of_config = tuning.config.get("eos_token_id").and_then(Value::as_i64);
    let of_tokenizer =
        tokenizer.special_token("eos_token").and_then(|token| tokenizer.token_to_id(token));
    of_tokenizer.or(of_config).unwrap_or(0)
}

impl Subject for Continuing {
    type Model = Writer;
    type Item = Vec<i64>;

    fn options(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }

    fn config(&self) -> Map<String, Value> {
        self.tuning.config.clone()
    }

    fn check(&self, config: &Value, lang: Lang) -> Result<()> {
        let most = ["n_positions", "max_position_embeddings"].map(|key| config[key].as_u64());
        match most.into_iter().flatten().next() {
            Some(most) if most < self.block as u64 => {
                let variables = [("length", plain(self.block)), ("most", plain(most))];
                Err(Error::value(lang.text_with("train-base-too-short", &variables))
                    .mend(lang.text_with("train-base-too-short-mend", &variables)))
            }
            _ => Ok(()),
        }
    }

    fn build(&self, config: ConfigJson, device: Device) -> Result<Writer> {
        self.tuning.begin(self.tuning.state()?, config, device)
    }

    fn take_items(&mut self) -> Vec<Vec<i64>> {
        std::mem::take(&mut self.learned)
    }

    fn tokens(&self) -> f64 {
        self.block as f64
    }

    fn loss(&self, model: &Writer, batch: &[Vec<i64>], device: Device) -> Result<Tensor> {
        model.loss(&Tensor::from_slice2(batch).f_to_device(device)?)
    }

    fn evaluate(&self, model: &Writer, device: Device) -> Result<Evaluation> {
        let _no_grad = tch::no_grad_guard();
        let mut sum = 0.0;
        for blocks in self.held.chunks(TOGETHER) {
            let ids = Tensor::from_slice2(blocks).f_to_device(device)?;
            sum += model.loss(&ids)?.f_double_value(&[])? * blocks.len() as f64;
        }
        let value = sum / self.held.len() as f64;
        Ok(Evaluation { metric: Metric::Loss, value, sample: self.sample(model, device)? })
    }

    fn tied(&self) -> &'static [&'static str] {
        &[]
    }

    fn save(&self, folder: &Path) -> Result<()> {
        self.tokenizer.save_pretrained(folder)
    }

    fn keep(&self, folder: &Path, config: &Value, model: &Writer) -> Result<()> {
        self.tuning.keep(model, config, folder)?;
        self.save(folder)
    }
}
