//! Beam search: several sequences are followed at once, and the best are given back. `_beam_search`.
//!
//! ```text
//! B = batch size, N = num_beams, K = candidates of a step, M = max_length, V = vocab_size
//! ```

use tch::{Kind, Tensor};

use super::prepared::{Prepared, prepare};
use super::stopping::Stopping;
use super::{Decoder, EarlyStopping, Generated, GenerationConfig, StopStrings};
use crate::{Error, Result};

/// What is added to the score of what may not be chosen.
const OUT: f64 = -1e9;

/// Sequences, of which each has a score, the beams it came along, and its tokens' log-probabilities.
struct Beams {
    /// int64 `[B, n, M]`
    sequences: Tensor,
    /// float32 `[B, n]`
    scores: Tensor,
    /// int64 `[B, n, M − prompt]`: the row each token came from; −1 where there is none yet.
    indices: Tensor,
    /// float32 `[B, n, M − prompt]`
    log_probs: Tensor,
}

impl Beams {
    /// The beams of these places, int64 `[B, m]`.
    fn gather(&self, places: &Tensor) -> Result<Self> {
        Ok(Self {
            sequences: gather_beams(&self.sequences, places)?,
            scores: gather_beams(&self.scores, places)?,
            indices: gather_beams(&self.indices, places)?,
            log_probs: gather_beams(&self.log_probs, places)?,
        })
    }

    fn with_scores(&self, scores: Tensor) -> Self {
        Self {
            sequences: self.sequences.shallow_clone(),
            scores,
            indices: self.indices.shallow_clone(),
            log_probs: self.log_probs.shallow_clone(),
        }
    }

    fn cat(&self, other: &Self) -> Result<Self> {
        let both = |a: &Tensor, b: &Tensor| Tensor::f_cat(&[a, b], 1);
        Ok(Self {
            sequences: both(&self.sequences, &other.sequences)?,
            scores: both(&self.scores, &other.scores)?,
            indices: both(&self.indices, &other.indices)?,
            log_probs: both(&self.log_probs, &other.log_probs)?,
        })
    }
}

/// `_gather_beams`: `[B, n, ..]` and places `[B, m]` → `[B, m, ..]`.
fn gather_beams(tensor: &Tensor, places: &Tensor) -> Result<Tensor> {
    let places =
        if tensor.dim() > places.dim() { places.f_unsqueeze(-1)? } else { places.shallow_clone() };
    Ok(tensor.f_take_along_dim(&places, 1)?)
}

struct Search<'a> {
    config: &'a GenerationConfig,
    stopping: Stopping,
    prompt: i64,
    /// The longest sequence so far, its prompt included.
    length: i64,
    running: Beams,
    finished: Beams,
    /// bool `[B, N]`: which of `finished` have ended.
    is_sent_finished: Tensor,
    /// bool `[B, 1]`: whether a better one may be found.
    can_improve: Tensor,
}

pub(super) fn search(
    model: &dyn Decoder,
    input_ids: &Tensor,
    attention_mask: Option<&Tensor>,
    config: &GenerationConfig,
    stop_strings: Option<&StopStrings>,
) -> Result<Generated> {
    let prepared = prepare(model, input_ids, attention_mask, config, config.num_beams)?;
    let Prepared { mut feed, processors, sequences, prompt, max_length } = prepared;
    let stopping = Stopping {
        max_length,
        eos_token_id: config.eos_token_id.clone(),
        stop_strings: stop_strings.cloned(),
    };
    let mut search = Search::new(config, &sequences, prompt, stopping)?;
    loop {
        let so_far = search.running.sequences.f_narrow(2, 0, search.length)?.f_flatten(0, 1)?; // [B·N, S]
        let logits = feed.next_logits(&so_far)?;
        let mut log_probs = logits.f_log_softmax(-1, None::<Kind>)?;
        if log_probs.f_select(1, 0)?.f_isnan()?.f_any()?.f_int64_value(&[])? != 0 {
            return Err(Error::value(format!(
                "the scores of token {} are NaN: nothing can be chosen",
                search.length + 1
            ))
            .mend("the weights are broken, or the kind is too small for them"));
        }
        for processor in &processors {
            log_probs = processor.process(&so_far, &log_probs)?;
        }
        if !search.step(&log_probs)? {
            return search.best();
        }
        let rows =
            search.running.indices.f_select(2, search.length - 1 - prompt)?.f_flatten(0, 1)?;
        feed.reorder(&rows)?;
    }
}

impl<'a> Search<'a> {
    fn new(
        config: &'a GenerationConfig,
        prompt_rows: &Tensor,
        prompt: i64,
        stopping: Stopping,
    ) -> Result<Self> {
        let beams = config.num_beams;
        let (rows, max_length) = prompt_rows.size2()?;
        let (batch, device) = (rows / beams, prompt_rows.device());
        // `pad_token_id or eos_token_id[0]`, where 0 counts as none.
        let fill = match config.eos_token_id.first() {
            Some(eos) => config.padding().filter(|pad| *pad != 0).unwrap_or(*eos),
            None => -1,
        };
        let sequences = copy_of(&prompt_rows.f_view([batch, beams, max_length])?)?;
        let _ = sequences.f_narrow(2, prompt, max_length - prompt)?.f_fill_(fill)?;
        // At first all beams are the same: only the first counts.
        let scores = Tensor::f_zeros([batch, beams], (Kind::Float, device))?;
        let _ = scores.f_narrow(1, 1, beams - 1)?.f_fill_(OUT)?;
        let new = [batch, beams, max_length - prompt];
        let started = |scores: Tensor| -> Result<Beams> {
            Ok(Beams {
                sequences: copy_of(&sequences)?,
                scores,
                indices: Tensor::f_full(new, -1, (Kind::Int64, device))?,
                log_probs: Tensor::f_zeros(new, (Kind::Float, device))?,
            })
        };
        Ok(Self {
            config,
            stopping,
            prompt,
            length: prompt,
            running: started(scores)?,
            finished: started(Tensor::f_full([batch, beams], OUT, (Kind::Float, device))?)?,
            is_sent_finished: Tensor::f_zeros([batch, beams], (Kind::Bool, device))?,
            can_improve: Tensor::f_ones([batch, 1], (Kind::Bool, device))?,
        })
    }

    /// One token more, from its log-probabilities `[B·N, V]`; `false` when it was the last.
    fn step(&mut self, log_probs: &Tensor) -> Result<bool> {
        let candidates = self.top_k_continuations(log_probs)?; // K beams
        let hits = self.ended(&candidates.sequences)?; // [B, K]
        self.running = self.still_running(&candidates, &hits)?;
        self.update_finished(&candidates, &hits)?;
        self.length += 1;
        self.can_improve = self.check_can_improve()?;
        self.goes_on(&hits)
    }

    /// `_get_top_k_continuations`: K = `num_beams` · (1 + number of end tokens), at least twice `num_beams`, so that
    /// enough go on whatever ends.
    fn top_k_continuations(&self, log_probs: &Tensor) -> Result<Beams> {
        let beams = self.config.num_beams;
        let keep = beams * (1 + self.config.eos_token_id.len() as i64).max(2);
        let (rows, vocabulary) = log_probs.size2()?;
        let batch = rows / beams;
        let log_probs = log_probs.f_view([batch, beams, vocabulary])?;
        let accumulated = log_probs.f_add(&self.running.scores.f_unsqueeze(-1)?)?;
        let accumulated = accumulated.f_reshape([batch, -1])?; // [B, N·V]
        let (scores, places) = if self.config.do_sample {
            let probs = accumulated.f_softmax(-1, None::<Kind>)?;
            let places = probs.f_multinomial(keep, false)?;
            (accumulated.f_gather(1, &places, false)?, places)
        } else {
            if keep > beams * vocabulary {
                return Err(Error::value(format!(
                    "{beams} beams need {keep} candidates, but there are {}",
                    beams * vocabulary
                ))
                .mend("follow fewer beams"));
            }
            accumulated.f_topk(keep, -1, true, true)?
        };
        let beam = places.f_floor_divide_scalar(vocabulary)?; // [B, K]
        let from = self.running.gather(&beam)?;
        let new = self.length - self.prompt;
        from.sequences.f_select(2, self.length)?.f_copy_(&places.f_remainder(vocabulary)?)?;
        let offset = Tensor::f_arange(batch, (Kind::Int64, places.device()))?.f_view([-1, 1])?;
        let row = beam.f_add(&offset.f_mul_scalar(beams)?)?;
        from.indices.f_select(2, new)?.f_copy_(&row)?;
        let chosen = log_probs.f_reshape([batch, -1])?.f_gather(1, &places, false)?;
        from.log_probs.f_select(2, new)?.f_copy_(&chosen)?;
        Ok(Beams { scores, ..from })
    }

    /// Which of these, one token longer than before, have ended: `[B, K, M]` → bool `[B, K]`.
    fn ended(&self, sequences: &Tensor) -> Result<Tensor> {
        let (batch, count, _) = sequences.size3()?;
        let length = self.length + 1;
        let tail = self.stopping.tail().min(length);
        let tails = sequences.f_narrow(2, length - tail, tail)?.f_contiguous()?;
        let tails = Vec::<i64>::try_from(tails.f_view(-1)?)?;
        let ended: Vec<bool> =
            tails.chunks(tail as usize).map(|tail| self.stopping.ends(tail, length)).collect();
        Ok(Tensor::f_from_slice(&ended)?.f_view([batch, count])?.f_to_device(sequences.device())?)
    }

    /// `_get_running_beams_for_next_iteration`
    fn still_running(&self, candidates: &Beams, hits: &Tensor) -> Result<Beams> {
        let scores = candidates.scores.f_add(&out_where(hits)?)?;
        let (_, places) = scores.f_topk(self.config.num_beams, -1, true, true)?;
        candidates.with_scores(scores).gather(&places)
    }

    /// `_update_finished_beams`: keeps the best of those that had ended and those that just did.
    fn update_finished(&mut self, candidates: &Beams, hits: &Tensor) -> Result<()> {
        let beams = self.config.num_beams;
        // The others are there only so that enough go on.
        let just_finished = copy_of(hits)?;
        let others = just_finished.size()[1] - beams;
        let _ = just_finished.f_narrow(1, beams, others)?.f_fill_(0)?;
        let length = (self.length + 1 - self.prompt) as f64;
        let mut scores = candidates.scores.f_div_scalar(length.powf(self.config.length_penalty))?;
        if self.config.early_stopping == EarlyStopping::True {
            let full = self.is_sent_finished.f_all_dim(-1, true)?;
            scores = scores.f_add(&out_where(&full)?)?;
        }
        scores = scores.f_add(&out_where(&self.can_improve.f_logical_not()?)?)?;
        scores = scores.f_add(&out_where(&just_finished.f_logical_not()?)?)?;
        let merged = self.finished.cat(&candidates.with_scores(scores))?;
        let is_finished = Tensor::f_cat(&[&self.is_sent_finished, &just_finished], 1)?;
        let (_, places) = merged.scores.f_topk(beams, -1, true, true)?;
        self.finished = merged.gather(&places)?;
        self.is_sent_finished = gather_beams(&is_finished, &places)?;
        Ok(())
    }

    /// `_check_early_stop_heuristic`
    fn check_can_improve(&self) -> Result<Tensor> {
        let penalty = self.config.length_penalty;
        let longest = self.config.early_stopping == EarlyStopping::Never && penalty > 0.0;
        let length = if longest { self.stopping.max_length } else { self.length } - self.prompt;
        let best = self.running.scores.f_narrow(1, 0, 1)?;
        let best = best.f_div_scalar((length as f64).powf(penalty))?; // [B, 1]
        let worst = self.finished.scores.f_amin(1, true)?;
        let unfinished = self.is_sent_finished.f_logical_not()?;
        let worst = worst.f_expand_as(&unfinished)?.f_masked_fill(&unfinished, OUT)?; // [B, N]
        let better = best.f_gt_tensor(&worst)?.f_any_dim(-1, true)?;
        Ok(self.can_improve.f_logical_and(&better)?)
    }

    /// `_beam_search_has_unfinished_sequences`
    fn goes_on(&self, hits: &Tensor) -> Result<bool> {
        let is = |flags: Tensor| -> Result<bool> { Ok(flags.f_int64_value(&[])? != 0) };
        let all_full = self.config.early_stopping == EarlyStopping::True
            && is(self.is_sent_finished.f_all()?)?;
        Ok(is(self.can_improve.f_any()?)? && !all_full && !is(hits.f_all()?)?)
    }

    /// The best of each prompt, the best first.
    fn best(&self) -> Result<Generated> {
        let best = |t: &Tensor| t.f_narrow(1, 0, self.config.num_return_sequences)?.f_flatten(0, 1);
        let indices = best(&self.finished.indices)?;
        let lengths = indices.f_ge(0)?.f_sum_dim_intlist(1, false, Kind::Int64)?;
        let longest = lengths.f_max()?.f_int64_value(&[])?;
        let lengths = Vec::<i64>::try_from(lengths)?;
        let log_probs = best(&self.finished.log_probs)?.f_to_kind(Kind::Double)?;
        let rows = log_probs.f_unbind(0)?.into_iter().zip(lengths);
        let log_probs = rows.map(|(row, new)| Ok(Vec::<f64>::try_from(row.f_narrow(0, 0, new)?)?));
        Ok(Generated {
            sequences: best(&self.finished.sequences)?.f_narrow(1, 0, self.prompt + longest)?,
            log_probs: log_probs.collect::<Result<_>>()?,
            sequences_scores: Some(best(&self.finished.scores)?),
        })
    }
}

/// −1e9 where a flag is set, 0 elsewhere.
fn out_where(flags: &Tensor) -> Result<Tensor> {
    Ok(flags.f_to_kind(Kind::Float)?.f_mul_scalar(OUT)?)
}

fn copy_of(tensor: &Tensor) -> Result<Tensor> {
    let mut copy = tensor.f_empty_like()?;
    copy.f_copy_(tensor)?;
    Ok(copy)
}
