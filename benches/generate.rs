//! A model writes: how fast it goes on from a prompt, how fast it reads one, and what fewer bits cost. scripts/bench lets
//! this process and those of `transformers` and llama.cpp (generate.py, generate_llama.py) take turns.
//!
//! `generate --serve FOLDER FORMAT` answers on standard output what it is asked on standard input, a line each:
//!
//! | asked | answered |
//! |---|---|
//! | `decode BATCH PROMPT NEW` | nanoseconds of the tokens after the first |
//! | `prefill BATCH PROMPT` | nanoseconds of the first token |
//! | `operators PROMPT` | JSON: `[name, calls, nanoseconds]` of each operator of one token |
//! | `cost FILE` | JSON: perplexity, and mean Kullback–Leibler divergence from float32, on ids in rows of equal length |
//!
//! FORMAT is `exact` (float32, `transformers`' bits) or one of `f32 f16 bf16 int8 int4`, packed.

use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Instant;

use atencion::generate::{Decoder, GenerationConfig, Tokens};
use atencion::libtorch::{WeightFormat, profile};
use atencion::models::{
    ConfigJson, Gpt2Config, Gpt2LmHeadModel, LlamaConfig, LlamaForCausalLM, open_decoder,
    open_packed_decoder,
};
use atencion::{Result, StateDict};
use tch::{Device, Kind, Tensor};

fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args().skip_while(|word| word != "--serve").collect();
    // `cargo bench` and `cargo test --benches` ask nothing.
    let [_, folder, format] = &arguments[..] else { return Ok(()) };
    let format = format_of(format);
    let model = match format {
        None => open_decoder(folder, Kind::Float, Device::Cpu)?,
        Some(format) => open_packed_decoder(folder, format)?,
    };
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("standard input");
        let words: Vec<_> = line.split(' ').collect();
        let number = |at: usize| words[at].parse::<i64>().expect("a number");
        let answer = match words[0] {
            "decode" => decode(&*model, number(1), number(2), number(3))?.to_string(),
            "prefill" => prefill(&*model, number(1), number(2))?.to_string(),
            "operators" => operators(&*model, number(1))?,
            "cost" => cost(folder.as_ref(), format, words[1].as_ref())?,
            other => panic!("{other} is not known"),
        };
        println!("{answer}");
        std::io::stdout().flush().expect("standard output");
    }
    Ok(())
}

fn format_of(name: &str) -> Option<WeightFormat> {
    match name {
        "exact" => None,
        "f32" => Some(WeightFormat::Float32),
        "f16" => Some(WeightFormat::Float16),
        "bf16" => Some(WeightFormat::BFloat16),
        "int8" => Some(WeightFormat::Int8),
        "int4" => Some(WeightFormat::Int4),
        other => panic!("{other} is no format"),
    }
}

/// Ids in no order, the same each time; generate.py has the same.
fn prompt(batch: i64, length: i64) -> Tensor {
    let numbers = Tensor::arange(batch * length, (Kind::Int64, Device::Cpu));
    ((numbers * 7919i64 + 13i64).remainder(50_000)).view([batch, length])
}

/// The likeliest token each time, and no end before `new` tokens.
fn tokens(model: &dyn Decoder, batch: i64, length: i64, new: i64) -> Result<Tokens<'_>> {
    let how = GenerationConfig { max_new_tokens: Some(new), ..GenerationConfig::default() };
    Tokens::new(model, &prompt(batch, length), None, &how)
}

fn decode(model: &dyn Decoder, batch: i64, length: i64, new: i64) -> Result<u128> {
    let mut tokens = tokens(model, batch, length, new)?;
    tokens.next().transpose()?;
    let start = Instant::now();
    tokens.try_for_each(|token| token.map(drop))?;
    Ok(start.elapsed().as_nanos())
}

fn prefill(model: &dyn Decoder, batch: i64, length: i64) -> Result<u128> {
    let start = Instant::now();
    tokens(model, batch, length, 1)?.try_for_each(|token| token.map(drop))?;
    Ok(start.elapsed().as_nanos())
}

/// The tenth token of a continuation.
fn operators(model: &dyn Decoder, length: i64) -> Result<String> {
    let mut tokens = tokens(model, 1, length, 20)?;
    for token in tokens.by_ref().take(9) {
        token?;
    }
    let (token, table) = profile(|| tokens.next())?;
    token.transpose()?;
    let rows = table
        .iter()
        .map(|row| format!("[{:?}, {}, {}]", row.name, row.calls, row.self_time.as_nanos()));
    Ok(format!("[{}]", rows.collect::<Vec<_>>().join(", ")))
}

/// Logits of all tokens, for which a [`Decoder`] is not asked.
enum Model {
    Gpt2(Box<Gpt2LmHeadModel>),
    Llama(Box<LlamaForCausalLM>),
}

impl Model {
    fn open(folder: &Path, format: Option<WeightFormat>) -> Result<Self> {
        let json = ConfigJson::load(folder)?;
        let state = StateDict::open(folder.join("model.safetensors"))?.packed(format);
        Ok(match json.model_type() {
            Some("gpt2") => {
                let config = Gpt2Config::from_json(json)?;
                Self::Gpt2(Box::new(Gpt2LmHeadModel::from_state_dict(state, &config)?))
            }
            _ => {
                let config = LlamaConfig::from_json(json)?;
                Self::Llama(Box::new(LlamaForCausalLM::from_state_dict(state, &config)?))
            }
        })
    }

    /// `[1, L]` → the log-probabilities of what follows each token but the last, `[L − 1, V]`.
    fn log_probs(&self, ids: &Tensor) -> Result<Tensor> {
        let logits = match self {
            Self::Gpt2(model) => model.forward(ids)?,
            Self::Llama(model) => model.forward(ids)?,
        };
        let length = ids.size()[1];
        Ok(logits.get(0).narrow(0, 0, length - 1).log_softmax(-1, Kind::Double))
    }
}

fn cost(folder: &Path, format: Option<WeightFormat>, file: &Path) -> Result<String> {
    let _no_grad = tch::no_grad_guard();
    let rows = StateDict::load(file)?.require("ids")?.shallow_clone();
    let exact = Model::open(folder, None)?;
    let model = Model::open(folder, format)?;
    let (mut surprise, mut before, mut divergence, mut count) = (0.0, 0.0, 0.0, 0);
    for row in 0..rows.size()[0] {
        let ids = rows.narrow(0, row, 1);
        let next = ids.get(0).narrow(0, 1, ids.size()[1] - 1).unsqueeze(1);
        let [p, q] = [exact.log_probs(&ids)?, model.log_probs(&ids)?];
        let of = |log_probs: &Tensor| {
            -log_probs.gather(1, &next, false).sum(Kind::Double).double_value(&[])
        };
        before += of(&p);
        surprise += of(&q);
        divergence += (p.exp() * (&p - &q)).sum(Kind::Double).double_value(&[]);
        count += next.size()[0];
    }
    let each = |sum: f64| sum / count as f64;
    Ok(format!(
        "{{\"perplexity\": {}, \"exact\": {}, \"divergence\": {}, \"tokens\": {count}}}",
        each(surprise).exp(),
        each(before).exp(),
        each(divergence)
    ))
}
