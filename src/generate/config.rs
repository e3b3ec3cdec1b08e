//! The options of `generate`, under `transformers`' names and with its defaults.

use crate::{Error, Result};

/// When beam search has seen enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EarlyStopping {
    /// `True`: as soon as `num_beams` sequences have ended.
    True,
    /// `False`: when it is unlikely that a better one is found.
    #[default]
    False,
    /// `"never"`: when there can be no better one.
    Never,
}

/// `transformers`' `GenerationConfig`.
#[derive(Debug, Clone, PartialEq)]
pub struct GenerationConfig {
    /// The longest sequence, its prompt included; `max_new_tokens` goes before it. `None`: 20 more than the prompt.
    pub max_length: Option<i64>,
    /// How many tokens are written at most.
    pub max_new_tokens: Option<i64>,
    /// No end token before the sequence is this long, its prompt included.
    pub min_length: i64,
    /// No end token before this many were written.
    pub min_new_tokens: Option<i64>,
    /// These texts end the sequence; the tokenizer's [`StopStrings`](super::StopStrings) find them.
    pub stop_strings: Vec<String>,
    /// Whether tokens are drawn, not the likeliest taken.
    pub do_sample: bool,
    /// How many sequences are followed at once; 1: no beam search.
    pub num_beams: i64,
    /// When beam search has seen enough.
    pub early_stopping: EarlyStopping,
    /// Beam search divides a sequence's score by its length to this power: above 0 favours long sequences.
    pub length_penalty: f64,
    /// How many sequences are given back for each prompt.
    pub num_return_sequences: i64,
    /// Whether keys and values are kept.
    pub use_cache: bool,
    /// Scores are divided by it before a token is drawn: below 1 the likely becomes likelier.
    pub temperature: f64,
    /// Only the k likeliest are drawn; `None`: all.
    pub top_k: Option<i64>,
    /// Only the likeliest that together have this probability.
    pub top_p: f64,
    /// Only what is at least this share as likely as the likeliest.
    pub min_p: Option<f64>,
    /// Only what is about as surprising as can be expected, up to this probability.
    pub typical_p: f64,
    /// Only what has at least this probability; 0: all.
    pub epsilon_cutoff: f64,
    /// The same, and less where much is possible; 0: all.
    pub eta_cutoff: f64,
    /// Above 1: what is there already becomes less likely.
    pub repetition_penalty: f64,
    /// No n tokens come twice; 0: they may.
    pub no_repeat_ngram_size: i64,
    /// These sequences of ids are not written.
    pub bad_words_ids: Vec<Vec<i64>>,
    /// These ids are not written.
    pub suppress_tokens: Vec<i64>,
    /// The first id that is written, behind a start token.
    pub forced_bos_token_id: Option<i64>,
    /// The ids of which one is written where `max_length` ends the sequence.
    pub forced_eos_token_id: Vec<i64>,
    /// NaN becomes 0 and infinity the largest number, before a token is chosen.
    pub remove_invalid_values: bool,
    /// Scores are made log-probabilities after all else.
    pub renormalize_logits: bool,
    /// The id that begins a text.
    pub bos_token_id: Option<i64>,
    /// The ids that end it.
    pub eos_token_id: Vec<i64>,
    /// The id that fills up what is shorter than the others; `None`: the first of `eos_token_id`.
    pub pad_token_id: Option<i64>,
    /// The id from which an encoder–decoder writes; `None`: `bos_token_id`.
    pub decoder_start_token_id: Option<i64>,
}

impl Default for GenerationConfig {
    fn default() -> Self {
        Self {
            max_length: None,
            max_new_tokens: None,
            min_length: 0,
            min_new_tokens: None,
            stop_strings: Vec::new(),
            do_sample: false,
            num_beams: 1,
            early_stopping: EarlyStopping::default(),
            length_penalty: 1.0,
            num_return_sequences: 1,
            use_cache: true,
            temperature: 1.0,
            top_k: Some(50),
            top_p: 1.0,
            min_p: None,
            typical_p: 1.0,
            epsilon_cutoff: 0.0,
            eta_cutoff: 0.0,
            repetition_penalty: 1.0,
            no_repeat_ngram_size: 0,
            bad_words_ids: Vec::new(),
            suppress_tokens: Vec::new(),
            forced_bos_token_id: None,
            forced_eos_token_id: Vec::new(),
            remove_invalid_values: false,
            renormalize_logits: false,
            bos_token_id: None,
            eos_token_id: Vec::new(),
            pad_token_id: None,
            decoder_start_token_id: None,
        }
    }
}

impl GenerationConfig {
    /// Whether each option is in its range, and they go together.
    ///
    /// # Errors
    /// Names the option.
    pub fn check(&self) -> Result<()> {
        self.check_ranges()?;
        self.check_together()?;
        self.check_ids()
    }

    /// All that are out of range at once: who mends one should not meet the next.
    fn check_ranges(&self) -> Result<()> {
        let mut wrong = OutOfRange::default();
        wrong.unless_more_than_0(
            "temperature",
            self.temperature,
            "for the likeliest token each time, do not sample",
        );
        wrong.unless_more_than_0(
            "repetition_penalty",
            self.repetition_penalty,
            "1 changes nothing",
        );
        wrong.unless_share("top_p", self.top_p, false);
        wrong.unless_share("typical_p", self.typical_p, false);
        wrong.unless_share("min_p", self.min_p.unwrap_or(1.0), true);
        wrong.unless_share("epsilon_cutoff", self.epsilon_cutoff, true);
        wrong.unless_share("eta_cutoff", self.eta_cutoff, true);
        if !self.length_penalty.is_finite() {
            wrong.options.push(format!("length_penalty is {}", self.length_penalty));
        }
        wrong.unless_at_least("top_k", self.top_k, 1);
        wrong.unless_at_least("num_beams", Some(self.num_beams), 1);
        wrong.unless_at_least("num_return_sequences", Some(self.num_return_sequences), 1);
        wrong.unless_at_least("no_repeat_ngram_size", Some(self.no_repeat_ngram_size), 0);
        wrong.unless_at_least("max_length", self.max_length, 1);
        wrong.unless_at_least("max_new_tokens", self.max_new_tokens, 1);
        wrong.unless_at_least("min_length", Some(self.min_length), 0);
        wrong.unless_at_least("min_new_tokens", self.min_new_tokens, 0);
        wrong.into_result()
    }

    fn check_together(&self) -> Result<()> {
        if self.num_beams > 1 && self.num_return_sequences > self.num_beams {
            return Err(Error::value(format!(
                "num_return_sequences is {}, but there are num_beams={}",
                self.num_return_sequences, self.num_beams
            ))
            .mend("follow more beams, or take fewer sequences"));
        }
        if self.num_beams == 1 && !self.do_sample && self.num_return_sequences > 1 {
            return Err(Error::value(format!(
                "num_return_sequences is {}, but the likeliest token each time makes one sequence",
                self.num_return_sequences
            ))
            .mend("sample, or follow several beams"));
        }
        if let (Some(least), Some(most)) = (self.min_new_tokens, self.max_new_tokens)
            && least > most
        {
            return Err(Error::value(format!(
                "min_new_tokens is {least}, but max_new_tokens is {most}"
            )));
        }
        Ok(())
    }

    fn check_ids(&self) -> Result<()> {
        let ids = [&self.eos_token_id, &self.suppress_tokens, &self.forced_eos_token_id];
        let one = [self.bos_token_id, self.pad_token_id, self.decoder_start_token_id];
        let words = self.bad_words_ids.iter().flatten();
        let mut all = ids.into_iter().flatten().chain(words).chain(one.iter().flatten());
        if let Some(id) = all.find(|id| **id < 0) {
            return Err(Error::value(format!("{id} is no token's id")));
        }
        if self.bad_words_ids.iter().any(Vec::is_empty) {
            return Err(Error::value("one of bad_words_ids is empty"));
        }
        if self.stop_strings.iter().any(String::is_empty) {
            return Err(Error::value(
                "one of stop_strings is empty: it would end every text at once",
            ));
        }
        Ok(())
    }

    /// `pad_token_id`, or in its place the first of `eos_token_id`.
    pub(super) fn padding(&self) -> Option<i64> {
        self.pad_token_id.or(self.eos_token_id.first().copied())
    }

    /// The length at which every sequence ends, for a prompt of `prompt` tokens and a model of so many positions.
    ///
    /// # Errors
    /// When the prompt leaves no room.
    pub(super) fn length_limit(&self, prompt: i64, max_positions: Option<i64>) -> Result<i64> {
        let limit = match (self.max_new_tokens, self.max_length) {
            (Some(new), _) => prompt.saturating_add(new),
            (None, Some(length)) => length,
            // As `transformers`: 20 more, as far as there are positions.
            (None, None) => (prompt + 20).min(max_positions.unwrap_or(i64::MAX).max(prompt)),
        };
        if let Some(positions) = max_positions
            && prompt > positions
        {
            return Err(Error::value(format!(
                "the prompt has {prompt} tokens, but the model has {positions} positions"
            ))
            .mend(format!("cut it: the last {} tokens leave room for one", positions - 1)));
        }
        if prompt >= limit {
            return Err(Error::value(format!(
                "the prompt has {prompt} tokens, and max_length is {limit}: there is no room for another"
            ))
            .mend("give max_new_tokens, or a larger max_length"));
        }
        // The last token is written and not read, so one more than the positions can be had.
        match max_positions {
            Some(positions) if limit > positions + 1 => Err(Error::value(format!(
                "{prompt} tokens and {} more are longer than the model's {positions} positions",
                limit - prompt
            ))
            .mend(format!("at most {} more can be written", positions + 1 - prompt))),
            _ => Ok(limit),
        }
    }
}

/// What is wrong with each option that is out of its range, and how to mend the first for which that can be said.
#[derive(Default)]
struct OutOfRange {
    options: Vec<String>,
    mend: Option<&'static str>,
}

impl OutOfRange {
    fn unless_more_than_0(&mut self, name: &str, value: f64, mend: &'static str) {
        if !(value > 0.0 && value.is_finite()) {
            self.options.push(format!("{name} should be more than 0, but is {value}"));
            self.mend.get_or_insert(mend);
        }
    }

    fn unless_share(&mut self, name: &str, value: f64, from_0: bool) {
        if !((value > 0.0 || from_0 && value == 0.0) && value <= 1.0) {
            let from = if from_0 { "from 0" } else { "more than 0" };
            self.options.push(format!("{name} should be {from} and at most 1, but is {value}"));
        }
    }

    fn unless_at_least(&mut self, name: &str, value: Option<i64>, least: i64) {
        if let Some(value) = value.filter(|value| *value < least) {
            self.options.push(format!("{name} should be {least} or more, but is {value}"));
        }
    }

    fn into_result(self) -> Result<()> {
        if self.options.is_empty() {
            return Ok(());
        }
        let error = Error::value(self.options.join("; "));
        Err(match self.mend {
            Some(mend) => error.mend(mend),
            None => error,
        })
    }
}
