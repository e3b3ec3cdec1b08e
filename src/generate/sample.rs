//! Greedy search and sampling, token by token: `_sample`.

use tch::{Kind, Tensor};

use super::feed::Feed;
use super::prepared::{Prepared, prepare};
use super::stopping::Stopping;
use super::{Decoder, GenerationConfig, LogitsProcessor, StopStrings};
use crate::libtorch::below_autograd::BelowAutograd;
use crate::{Error, Result};

/// Writes on, one token of every row each time; to stop, stop asking.
///
/// ```
/// # use atencion::models::{Gpt2Config, Gpt2LmHeadModel};
/// # use tch::{Device, Tensor};
/// use atencion::generate::{GenerationConfig, Tokens};
/// # let config = Gpt2Config { n_layer: 1, n_head: 2, n_embd: 8, vocab_size: 10, ..Default::default() };
/// # let model = Gpt2LmHeadModel::new(atencion::nn::Path::root(Device::Cpu), &config)?;
///
/// let how = GenerationConfig { max_new_tokens: Some(100), ..GenerationConfig::default() };
/// for token in Tokens::new(&model, &Tensor::from_slice2(&[[1i64, 2]]), None, &how)?.take(3) {
///     let (id, _) = token?.chosen()[0];
///     assert!((0..10).contains(&id));
/// }
/// # Ok::<(), atencion::Error>(())
/// ```
pub struct Tokens<'a> {
    feed: Feed<'a>,
    processors: Vec<Box<dyn LogitsProcessor>>,
    stopping: Stopping,
    do_sample: bool,
    /// What rows that have ended are filled with; `None`: they go on.
    padding: Option<i64>,
    sequences: Tensor,
    length: i64,
    live: Vec<bool>,
    ended: bool,
}

/// One step: the token that each row got, and the scores that it was chosen by.
#[derive(Debug)]
pub struct Token {
    /// int64 `[B]`
    pub ids: Tensor,
    /// After all processors, float32 `[B, V]`.
    pub scores: Tensor,
    live: Vec<bool>,
}

impl Token {
    /// Each row's id, and whether the row had not ended before.
    pub fn chosen(&self) -> Vec<(i64, bool)> {
        let ids = Vec::<i64>::try_from(&self.ids).unwrap_or_default();
        ids.into_iter().zip(self.live.iter().copied()).collect()
    }

    /// Each row's log-probability of what was chosen, among what could be chosen.
    ///
    /// # Errors
    /// When libtorch refuses.
    pub fn log_probs(&self) -> Result<Vec<f64>> {
        let log_probs = self.scores.f_log_softmax(-1, None::<Kind>)?;
        let chosen = log_probs.f_gather(1, &self.ids.f_unsqueeze(1)?, false)?.f_squeeze_dim(1)?;
        Ok(Vec::<f64>::try_from(chosen.f_to_kind(Kind::Double)?)?)
    }

    /// A row's `k` likeliest ids with their probabilities, the likeliest first.
    ///
    /// # Errors
    /// When there is no such row.
    pub fn likeliest(&self, row: i64, k: i64) -> Result<Vec<(i64, f64)>> {
        let probs = self.scores.f_select(0, row)?.f_softmax(-1, Kind::Double)?;
        let (best, ids) = probs.f_topk(k.min(probs.size()[0]), -1, true, true)?;
        let best = Vec::<f64>::try_from(best)?.into_iter();
        Ok(Vec::<i64>::try_from(ids)?.into_iter().zip(best).collect())
    }
}

impl<'a> Tokens<'a> {
    /// From a prompt, int64 `[B, S]`, padded on the left where `attention_mask [B, S]` is 0.
    ///
    /// # Errors
    /// As [`generate`](super::generate), and when several beams are asked for, whose tokens are known at the end only.
    pub fn new(
        model: &'a dyn Decoder,
        input_ids: &Tensor,
        attention_mask: Option<&Tensor>,
        config: &GenerationConfig,
    ) -> Result<Self> {
        if config.num_beams > 1 {
            return Err(Error::value(format!(
                "with num_beams={} no token is certain before the end",
                config.num_beams
            ))
            .mend("call generate, or follow one beam"));
        }
        let expand = config.num_return_sequences;
        let prepared = tch::no_grad(|| prepare(model, input_ids, attention_mask, config, expand))?;
        let Prepared { feed, processors, sequences, prompt, max_length } = prepared;
        let rows = sequences.size()[0] as usize;
        let eos_token_id = config.eos_token_id.clone();
        Ok(Self {
            feed,
            processors,
            do_sample: config.do_sample,
            // What ends by a stop string alone goes on, as in transformers, while others are written.
            padding: if eos_token_id.is_empty() { None } else { config.padding() },
            stopping: Stopping { max_length, eos_token_id, stop_strings: None },
            sequences,
            length: prompt,
            live: vec![true; rows],
            ended: false,
        })
    }

    /// Ends rows at these texts, too.
    pub fn stop_at(&mut self, stop_strings: Option<StopStrings>) {
        self.stopping.stop_strings = stop_strings;
    }

    /// The prompt and what was written so far: int64 `[B, length]`.
    pub fn sequences(&self) -> Tensor {
        self.sequences.narrow(1, 0, self.length)
    }

    fn step(&mut self) -> Result<Token> {
        // Nobody wants a derivative of an id; autograd's layer would cost each operator of the model a part of its time.
        let _below = BelowAutograd::of([&self.sequences; 3]);
        let so_far = self.sequences.f_narrow(1, 0, self.length)?;
        let mut scores = self.feed.next_logits(&so_far)?;
        for processor in &self.processors {
            scores = processor.process(&so_far, &scores)?;
        }
        let chosen = self.choose(&scores)?;
        let ids = self.with_padding(chosen)?;
        self.sequences.f_select(1, self.length)?.f_copy_(&ids)?;
        self.length += 1;
        let live = self.live.clone();
        self.end_rows()?;
        Ok(Token { ids, scores, live })
    }

    fn choose(&self, scores: &Tensor) -> Result<Tensor> {
        if !self.do_sample {
            let ids = scores.f_argmax(-1, false)?; // a NaN is the largest of all
            let best = scores.f_gather(1, &ids.f_unsqueeze(1)?, false)?;
            if best.f_isnan()?.f_any()?.f_int64_value(&[])? != 0 {
                return Err(self.no_numbers("NaN"));
            }
            return Ok(ids);
        }
        let probs = scores.f_softmax(-1, None::<Kind>)?;
        // NaN or +∞ among the scores, or −∞ everywhere: the whole row is NaN.
        if probs.f_select(1, 0)?.f_isnan()?.f_any()?.f_int64_value(&[])? != 0 {
            return Err(self.no_numbers("NaN or infinite"));
        }
        Ok(probs.f_multinomial(1, false)?.f_squeeze_dim(1)?)
    }

    fn no_numbers(&self, what: &str) -> Error {
        Error::value(format!(
            "the scores of token {} are {what}: nothing can be chosen",
            self.length + 1
        ))
        .mend(
            "the weights are broken, the kind is too small for them, or every token was forbidden",
        )
    }

    /// Rows that have ended get padding.
    fn with_padding(&self, chosen: Tensor) -> Result<Tensor> {
        match self.padding {
            Some(padding) if self.live.contains(&false) => {
                let ended: Vec<bool> = self.live.iter().map(|live| !live).collect();
                let ended = Tensor::f_from_slice(&ended)?.f_to_device(chosen.device())?;
                Ok(chosen.f_masked_fill(&ended, padding)?)
            }
            _ => Ok(chosen),
        }
    }

    fn end_rows(&mut self) -> Result<()> {
        let tail = self.stopping.tail().min(self.length);
        let tails = self.sequences.f_narrow(1, self.length - tail, tail)?.f_contiguous()?;
        let tails = Vec::<i64>::try_from(tails.f_view(-1)?)?;
        for (live, tail) in self.live.iter_mut().zip(tails.chunks(tail as usize)) {
            *live &= !self.stopping.ends(tail, self.length);
        }
        self.ended = !self.live.contains(&true);
        Ok(())
    }
}

impl Iterator for Tokens<'_> {
    type Item = Result<Token>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let token = tch::no_grad(|| self.step());
        self.ended |= token.is_err();
        Some(token)
    }
}
