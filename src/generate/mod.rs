//! How a model writes on: one token after the other, each chosen from what the model thinks likely.
//!
//! The ids are those of `transformers`' `generate`, whichever way they are chosen: with the same seed the same draws.
//!
//! | step | where |
//! |---|---|
//! | what is asked of a model, whichever it is | [`Decoder`] |
//! | the options, under `transformers`' names | [`GenerationConfig`] |
//! | the whole prompt at once, then token by token from the cache | `feed` |
//! | scores are changed before a token is chosen | [`LogitsProcessor`], one file each |
//! | greedy search and sampling | [`Tokens`], an iterator |
//! | beam search | `beam` |
//! | when it is enough: length, end token, stop strings | `stopping`, [`StopStrings`] |
//!
//! ```
//! use atencion::generate::{GenerationConfig, generate};
//! use atencion::models::{Gpt2Config, Gpt2LmHeadModel};
//! use atencion::nn::Path;
//! use tch::{Device, Tensor};
//!
//! let config = Gpt2Config { n_layer: 2, n_head: 2, n_embd: 8, vocab_size: 10, ..Default::default() };
//! let model = Gpt2LmHeadModel::new(Path::root(Device::Cpu), &config)?;
//! let prompt = Tensor::from_slice2(&[[1i64, 2, 3]]); // [B, S]
//! let how = GenerationConfig { max_new_tokens: Some(5), ..GenerationConfig::default() };
//! let written = generate(&model, &prompt, None, &how)?;
//! assert_eq!(written.sequences.size(), [1, 8]);
//! # Ok::<(), atencion::Error>(())
//! ```
//!
//! Source: `transformers/generation/utils.py`, `logits_process.py`, `stopping_criteria.py`.

mod beam;
mod config;
mod config_file;
mod decoder;
mod feed;
mod prepared;
pub mod processors;
mod sample;
mod stop_strings;
mod stopping;

use tch::Tensor;

use crate::Result;

pub use config::{EarlyStopping, GenerationConfig};
pub use decoder::{Decoder, DecoderArgs, Encoded};
pub use processors::LogitsProcessor;
pub use sample::{Token, Tokens};
pub use stop_strings::StopStrings;

/// What [`generate`] gives back.
#[derive(Debug)]
pub struct Generated {
    /// int64 `[B · num_return_sequences, length]`: the prompt, and after it what was written.
    pub sequences: Tensor,
    /// For each of them, float32 `[new tokens]`: the log-probability of what was chosen, among what could be chosen.
    pub log_probs: Vec<Vec<f64>>,
    /// Beam search: float32 `[B · num_return_sequences]`, the sum of the log-probabilities, divided by length as
    /// `length_penalty` says.
    pub sequences_scores: Option<Tensor>,
}

/// `model.generate(input_ids, attention_mask=…, …)`
///
/// `input_ids` is int64 `[B, S]`, padded on the left; `attention_mask` `[B, S]`, 0 = padding. An encoder–decoder reads
/// them, and writes from its own start token.
///
/// # Errors
/// When options exclude each other or are out of range, the prompt has no room, or the model's logits are no numbers.
pub fn generate(
    model: &dyn Decoder,
    input_ids: &Tensor,
    attention_mask: Option<&Tensor>,
    config: &GenerationConfig,
) -> Result<Generated> {
    generate_until(model, input_ids, attention_mask, config, None)
}

/// The same, and it ends at a stop string, too: `generate(…, stop_strings=[..], tokenizer=tokenizer)`.
///
/// # Errors
/// As [`generate`].
pub fn generate_until(
    model: &dyn Decoder,
    input_ids: &Tensor,
    attention_mask: Option<&Tensor>,
    config: &GenerationConfig,
    stop_strings: Option<&StopStrings>,
) -> Result<Generated> {
    if config.num_beams > 1 {
        return tch::no_grad(|| {
            beam::search(model, input_ids, attention_mask, config, stop_strings)
        });
    }
    let mut tokens = Tokens::new(model, input_ids, attention_mask, config)?;
    tokens.stop_at(stop_strings.cloned());
    let mut log_probs = vec![Vec::new(); tokens.sequences().size()[0] as usize];
    for token in &mut tokens {
        let token = token?;
        let chosen = token.chosen().into_iter().zip(token.log_probs()?);
        for (row, ((_, live), log_prob)) in chosen.enumerate() {
            if live {
                log_probs[row].push(log_prob);
            }
        }
    }
    Ok(Generated { sequences: tokens.sequences(), log_probs, sequences_scores: None })
}
