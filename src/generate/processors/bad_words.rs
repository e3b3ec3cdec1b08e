//! `NoBadWordsLogitsProcessor`

use std::collections::BTreeMap;

use tch::{Kind, Tensor};

use super::{LogitsProcessor, NEVER};
use crate::{Error, Result};

/// These sequences of ids are not written.
#[derive(Debug, Clone)]
pub struct NoBadWords {
    words: Vec<Vec<i64>>,
}

impl NoBadWords {
    /// The end of a text is never a bad word, even where it is named as one.
    pub fn new(bad_words_ids: &[Vec<i64>], eos_token_id: &[i64]) -> Self {
        let is_end = |word: &&Vec<i64>| matches!(word[..], [id] if eos_token_id.contains(&id));
        Self { words: bad_words_ids.iter().filter(|word| !is_end(word)).cloned().collect() }
    }
}

impl LogitsProcessor for NoBadWords {
    fn process(&self, input_ids: &Tensor, scores: &Tensor) -> Result<Tensor> {
        let (batch, vocabulary) = scores.size2()?;
        if let Some(id) = self.words.iter().flatten().find(|id| **id >= vocabulary) {
            return Err(Error::value(format!(
                "bad_words_ids has the id {id}, but the vocabulary has {vocabulary} tokens"
            )));
        }
        let length = input_ids.size()[1];
        let mut bias = Tensor::f_zeros([batch, vocabulary], (scores.kind(), scores.device()))?;
        for (prefix_length, words) in by_prefix_length(&self.words) {
            if prefix_length > length {
                continue;
            }
            let rows = matching_rows(input_ids, prefix_length, &words)?; // [B, words]
            let last: Vec<i64> = words.iter().filter_map(|word| word.last().copied()).collect();
            let last = Tensor::f_from_slice(&last)?.f_to_device(scores.device())?;
            let zero = Tensor::f_zeros_like(&rows.f_to_kind(scores.kind())?)?;
            let added = zero.f_masked_fill(&rows, NEVER)?;
            bias = bias.f_index_add(1, &last, &added)?;
        }
        Ok(scores.f_add(&bias)?)
    }
}

fn by_prefix_length(words: &[Vec<i64>]) -> BTreeMap<i64, Vec<&Vec<i64>>> {
    let mut groups: BTreeMap<i64, Vec<&Vec<i64>>> = BTreeMap::new();
    for word in words.iter().filter(|word| !word.is_empty()) {
        groups.entry(word.len() as i64 - 1).or_default().push(word);
    }
    groups
}

/// Which rows end with all of a word but its last id: bool `[B, words]`.
fn matching_rows(input_ids: &Tensor, prefix_length: i64, words: &[&Vec<i64>]) -> Result<Tensor> {
    let (batch, length) = input_ids.size2()?;
    let count = words.len() as i64;
    if prefix_length == 0 {
        return Ok(Tensor::f_ones([batch, count], (Kind::Bool, input_ids.device()))?);
    }
    let prefixes: Vec<i64> =
        words.iter().flat_map(|word| word[..word.len() - 1].iter().copied()).collect();
    let prefixes = Tensor::f_from_slice(&prefixes)?.f_view([count, prefix_length])?;
    let tail = input_ids.f_narrow(1, length - prefix_length, prefix_length)?.f_unsqueeze(1)?;
    Ok(tail.f_eq_tensor(&prefixes.f_to_device(input_ids.device())?)?.f_all_dim(-1, false)?)
}
