//! What changes the scores before a token is chosen, one file each: `transformers/generation/logits_process.py`.
//!
//! Each computes what its namesake does, by the same operators, so that the same token is chosen also where two are
//! nearly equal. [`processors`] puts them together in `generate`'s order.

mod bad_words;
mod cutoff;
mod forced;
mod length;
mod min_p;
mod ngram;
mod normalization;
mod repetition;
mod suppress;
mod temperature;
mod top_k;
mod top_p;
mod typical;

use tch::Tensor;

use super::GenerationConfig;
use crate::Result;

pub use bad_words::NoBadWords;
pub use cutoff::{EpsilonCutoff, EtaCutoff};
pub use forced::{ForcedBosToken, ForcedEosToken};
pub use length::MinLength;
pub use min_p::MinP;
pub use ngram::NoRepeatNGram;
pub use normalization::{InfNanRemove, LogitNormalization};
pub use repetition::RepetitionPenalty;
pub use suppress::SuppressTokens;
pub use temperature::Temperature;
pub use top_k::TopK;
pub use top_p::TopP;
pub use typical::Typical;

/// Changes the scores of the next token.
pub trait LogitsProcessor {
    /// `scores` are float `[B, V]`, and `input_ids` int64 `[B, S]` what was written so far → `[B, V]`.
    ///
    /// # Errors
    /// When libtorch refuses, or an id is not in the vocabulary.
    fn process(&self, input_ids: &Tensor, scores: &Tensor) -> Result<Tensor>;
}

/// `_get_logits_processor`: what a configuration asks for, in `transformers`' order.
///
/// `prompt` is the prompt's length, `max_length` where the sequence ends at the latest, `padding` how many tokens of
/// padding each row begins with, int64 `[B]`.
pub fn processors(
    config: &GenerationConfig,
    prompt: i64,
    max_length: i64,
    padding: Option<&Tensor>,
) -> Vec<Box<dyn LogitsProcessor>> {
    let mut list: Vec<Box<dyn LogitsProcessor>> = Vec::new();
    let eos = &config.eos_token_id;
    if config.repetition_penalty != 1.0 {
        list.push(Box::new(RepetitionPenalty {
            penalty: config.repetition_penalty,
            prompt_ignore_length: padding.map(Tensor::shallow_clone),
        }));
    }
    if config.no_repeat_ngram_size > 0 {
        list.push(Box::new(NoRepeatNGram { ngram_size: config.no_repeat_ngram_size }));
    }
    if !config.bad_words_ids.is_empty() {
        list.push(Box::new(NoBadWords::new(&config.bad_words_ids, eos)));
    }
    // generate() sets min_length, too, where min_new_tokens is given.
    let least = config.min_new_tokens.map_or(config.min_length, |new| prompt + new);
    if !eos.is_empty() && least > 0 {
        list.push(Box::new(MinLength { min_length: least, eos_token_id: eos.clone() }));
    }
    if let Some(bos_token_id) = config.forced_bos_token_id {
        list.push(Box::new(ForcedBosToken { bos_token_id }));
    }
    if !config.forced_eos_token_id.is_empty() {
        let eos_token_id = config.forced_eos_token_id.clone();
        list.push(Box::new(ForcedEosToken { max_length, eos_token_id }));
    }
    if config.remove_invalid_values {
        list.push(Box::new(InfNanRemove));
    }
    if !config.suppress_tokens.is_empty() {
        list.push(Box::new(SuppressTokens { suppress_tokens: config.suppress_tokens.clone() }));
    }
    if config.do_sample {
        warpers(config, &mut list);
    }
    if config.renormalize_logits {
        list.push(Box::new(LogitNormalization));
    }
    list
}

/// Those that only sampling has.
fn warpers(config: &GenerationConfig, list: &mut Vec<Box<dyn LogitsProcessor>>) {
    // Beams need one token to go on with, whatever ends the others.
    let min_tokens_to_keep = match (config.num_beams, config.eos_token_id.len() as i64) {
        (1, _) => 1,
        (_, 0) => 2,
        (_, ends) => ends + 1,
    };
    if config.temperature != 1.0 {
        list.push(Box::new(Temperature { temperature: config.temperature }));
    }
    if let Some(top_k) = config.top_k {
        list.push(Box::new(TopK { top_k, min_tokens_to_keep }));
    }
    if config.top_p < 1.0 {
        list.push(Box::new(TopP { top_p: config.top_p, min_tokens_to_keep }));
    }
    if let Some(min_p) = config.min_p {
        list.push(Box::new(MinP { min_p, min_tokens_to_keep }));
    }
    if config.typical_p < 1.0 {
        list.push(Box::new(Typical { mass: config.typical_p, min_tokens_to_keep }));
    }
    if config.epsilon_cutoff > 0.0 && config.epsilon_cutoff < 1.0 {
        list.push(Box::new(EpsilonCutoff { epsilon: config.epsilon_cutoff, min_tokens_to_keep }));
    }
    if config.eta_cutoff > 0.0 && config.eta_cutoff < 1.0 {
        list.push(Box::new(EtaCutoff { epsilon: config.eta_cutoff, min_tokens_to_keep }));
    }
}

/// −∞: what no token that can be chosen has.
const NEVER: f64 = f64::NEG_INFINITY;

/// A mask over sorted scores, put back in the order of the vocabulary: both `[B, V]`.
fn in_vocabulary_order(sorted_mask: &Tensor, sorted_indices: &Tensor) -> Result<Tensor> {
    Ok(sorted_mask.f_scatter(1, sorted_indices, sorted_mask)?)
}

/// Which ids are among these: bool `[V]`.
fn among(ids: &[i64], scores: &Tensor) -> Result<Tensor> {
    let vocabulary = scores.size().last().copied().unwrap_or(0);
    let all = Tensor::f_arange(vocabulary, (tch::Kind::Int64, scores.device()))?;
    let ids = Tensor::f_from_slice(ids)?.f_to_device(scores.device())?;
    Ok(Tensor::f_isin(&all, &ids, false, false)?)
}
