//! A Marian that translates, learned from pairs of sentences as the paper's was: one vocabulary for both languages,
//! batches of about as many tokens, smoothed labels, beam search at the end.
//!
//! Source: *Attention Is All You Need*, sections 5 and 6.1.

use std::path::Path;

use serde_json::{Value, json};
use tch::{Device, Tensor};

use super::{Conclusion, Evaluation, Metric, Score, Subject, enough, fits, held};
use crate::i18n::{Lang, plain};
use crate::train::recipe::{Pairs, Recipe};
use crate::train::verses;
use atencion::data::{bucket_by_tokens, pad_sequence, parallel, tsv};
use atencion::generate::{GenerationConfig, generate};
use atencion::metrics::{bleu, chrf};
use atencion::models::{ConfigJson, MarianMTModel, Seq2SeqArgs, Seq2SeqConfig};
use atencion::nn::CrossEntropyLoss;
use atencion::tokenizer::{Tokenizer, TrainArgs};
use atencion::{Error, Result};

/// `</s>`, which ends a sentence, and from which the decoder writes.
const END: i64 = 0;
/// `<pad>`
const PAD: i64 = 1;
/// The label that counts not.
const IGNORED: i64 = -100;
/// Sentences that are translated together.
const TOGETHER: usize = 16;
/// Sentences that are translated at the end.
const SCORED: usize = 200;
/// The paper's beams, and the power of the length that it divides by.
const BEAMS: i64 = 4;
const ALPHA: f64 = 0.6;

/// The ids of a sentence and of its translation, each with `</s>` behind it.
type Pair = (Vec<i64>, Vec<i64>);

/// Sentences and their translations.
pub(in crate::train) struct Translation {
    /// Pairs of about one length.
    batches: Vec<Vec<Pair>>,
    held: Vec<Pair>,
    /// Pairs that are too long.
    left_out: usize,
    tokenizer: Tokenizer,
    longest: usize,
    label_smoothing: f64,
    tokens: f64,
}

impl Translation {
    /// Reads the pairs, makes the vocabulary, and puts pairs of about one length together.
    pub fn new(data: &Pairs, recipe: &Recipe, lang: Lang) -> Result<Self> {
        let texts = read(data, lang)?;
        let both: Vec<&str> =
            texts.iter().flat_map(|(source, target)| [source.as_str(), target]).collect();
        let args = TrainArgs { vocab_size: data.vocabulary, ..TrainArgs::default() };
        let tokenizer = Tokenizer::train_seq2seq_bpe(&both, &args)?;
        let ids = |text: &String| tokenizer.encode(text).map(|encoding| encoding.ids);
        let pair = |(source, target): &(String, String)| Ok((ids(source)?, ids(target)?));
        let mut pairs = texts.iter().map(pair).collect::<Result<Vec<Pair>>>()?;
        let all = pairs.len();
        pairs.retain(|pair| length(pair) <= data.longest);
        let left_out = all - pairs.len();
        let held = every(&mut pairs, data.held_out);
        // One to learn from, one to measure with.
        enough(pairs.len().min(held.len()), 1, lang)?;
        let lengths: Vec<usize> = pairs.iter().map(length).collect();
        let order = bucket_by_tokens(&lengths, data.batch_tokens)?;
        enough(order.len(), recipe.train.accumulate as usize, lang)?;
        let tokens = pairs.iter().map(|(_, target)| target.len()).sum::<usize>() as f64;
        let tokens = tokens / order.len() as f64;
        let batch = |items: Vec<usize>| items.into_iter().map(|item| pairs[item].clone()).collect();
        let batches = order.into_iter().map(batch).collect();
        let (longest, label_smoothing) = (data.longest, data.label_smoothing);
        Ok(Self { batches, held, left_out, tokenizer, longest, label_smoothing, tokens })
    }

    fn loss_of(
        &self,
        model: &MarianMTModel,
        pairs: &[Pair],
        device: Device,
        label_smoothing: f64,
    ) -> Result<Tensor> {
        let (sources, targets): (Vec<_>, Vec<_>) = pairs.iter().cloned().unzip();
        let (source, padded) = pad_sequence(&sources, PAD)?; // [B, S]
        let mask = padded.f_logical_not()?.f_to_kind(tch::Kind::Int64)?.f_to_device(device)?;
        let (labels, padded) = pad_sequence(&targets, PAD)?; // [B, L]
        let labels = labels.f_masked_fill(&padded, IGNORED)?.f_to_device(device)?;
        let args = Seq2SeqArgs {
            attention_mask: Some(&mask),
            labels: Some(&labels),
            ..Seq2SeqArgs::default()
        };
        let logits = model.forward_with(&source.f_to_device(device)?, args)?.logits; // [B, L, V]
        let criterion = CrossEntropyLoss { label_smoothing, ..CrossEntropyLoss::default() };
        criterion.forward(&logits.f_flatten(0, 1)?, &labels.f_flatten(0, 1)?)
    }

    /// What the model makes of each sentence.
    fn translate(
        &self,
        model: &MarianMTModel,
        pairs: &[Pair],
        config: &GenerationConfig,
        device: Device,
    ) -> Result<Vec<String>> {
        let mut said = Vec::new();
        for pairs in pairs.chunks(TOGETHER) {
            let sources: Vec<Vec<i64>> = pairs.iter().map(|(source, _)| source.clone()).collect();
            let (ids, padded) = pad_sequence(&sources, PAD)?;
            let mask = padded.f_logical_not()?.f_to_kind(tch::Kind::Int64)?.f_to_device(device)?;
            let written = generate(model, &ids.f_to_device(device)?, Some(&mask), config)?;
            for row in Vec::<Vec<i64>>::try_from(&written.sequences)? {
                said.push(self.tokenizer.decode(&row, true)?);
            }
        }
        Ok(said)
    }

    fn generation(&self, num_beams: i64) -> GenerationConfig {
        GenerationConfig {
            max_length: Some(self.longest as i64),
            num_beams,
            length_penalty: ALPHA,
            eos_token_id: vec![END],
            pad_token_id: Some(PAD),
            decoder_start_token_id: Some(END),
            ..GenerationConfig::default()
        }
    }

    fn text(&self, ids: &[i64]) -> Result<String> {
        self.tokenizer.decode(ids, true)
    }
}

impl Subject for Translation {
    type Model = MarianMTModel;
    type Item = Vec<Pair>;
    const ITEM_IS_BATCH: bool = true;

    fn options(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("model_type", "marian".into()),
            ("architectures", json!(["MarianMTModel"])),
            ("vocab_size", self.tokenizer.vocab_size().into()),
            ("max_position_embeddings", self.longest.into()),
            ("pad_token_id", PAD.into()),
            ("eos_token_id", END.into()),
            ("decoder_start_token_id", END.into()),
            ("forced_eos_token_id", END.into()),
        ]
    }

    fn check(&self, config: &Value, lang: Lang) -> Result<()> {
        fits(self.longest, config, lang)
    }

    fn build(&self, config: ConfigJson, device: Device) -> Result<MarianMTModel> {
        MarianMTModel::new(atencion::nn::Path::root(device), &Seq2SeqConfig::from_json(config)?)
    }

    fn take_items(&mut self) -> Vec<Vec<Pair>> {
        std::mem::take(&mut self.batches)
    }

    fn count(&self, items: &[Vec<Pair>]) -> usize {
        items.iter().map(Vec::len).sum()
    }

    fn remarks(&self, lang: Lang) -> Vec<String> {
        let variables = [("count", plain(self.left_out)), ("longest", plain(self.longest))];
        let said = lang.text_with("train-left-out", &variables);
        if self.left_out > 0 { vec![said] } else { Vec::new() }
    }

    /// Each item is a batch already.
    fn batch_size(&self, _train: &crate::train::recipe::Train) -> usize {
        1
    }

    fn tokens(&self) -> f64 {
        self.tokens
    }

    fn loss(&self, model: &MarianMTModel, batch: &[Vec<Pair>], device: Device) -> Result<Tensor> {
        self.loss_of(model, &batch.concat(), device, self.label_smoothing)
    }

    /// Every so many-th pair. The loss is the mean of all tokens, of which a process has more or fewer than another; one
    /// without a pair computes the first for nothing, since all must.
    fn share(
        &self,
        batch: Vec<Vec<Pair>>,
        process: usize,
        processes: usize,
    ) -> (Vec<Vec<Pair>>, f64) {
        let all = batch.concat();
        let tokens = |pairs: &[Pair]| pairs.iter().map(|(_, target)| target.len()).sum::<usize>();
        let own: Vec<Pair> = all.iter().skip(process).step_by(processes).cloned().collect();
        let counts = (tokens(&own) * processes) as f64 / tokens(&all).max(1) as f64;
        (vec![if own.is_empty() { all[..1].to_vec() } else { own }], counts)
    }

    fn evaluate(&self, model: &MarianMTModel, device: Device) -> Result<Evaluation> {
        let _no_grad = tch::no_grad_guard();
        let (mut sum, mut tokens) = (0.0, 0.0);
        for pairs in self.held.chunks(TOGETHER) {
            let count = pairs.iter().map(|(_, target)| target.len()).sum::<usize>() as f64;
            sum += self.loss_of(model, pairs, device, 0.0)?.f_double_value(&[])? * count;
            tokens += count;
        }
        let said = self.translate(model, &self.held[..1], &self.generation(1), device)?;
        let sample = format!("{} → {}", self.text(&self.held[0].0)?, said.concat());
        Ok(Evaluation { metric: Metric::Loss, value: sum / tokens, sample })
    }

    fn conclude(&self, model: &MarianMTModel, at: &Conclusion) -> Result<Vec<Score>> {
        let _no_grad = tch::no_grad_guard();
        let pairs = &self.held[..self.held.len().min(SCORED)];
        let said = self.translate(model, pairs, &self.generation(BEAMS), at.device)?;
        let expected =
            pairs.iter().map(|(_, target)| self.text(target)).collect::<Result<Vec<_>>>()?;
        Ok(vec![
            Score { name: "BLEU".into(), value: bleu(&said, &expected)? },
            Score { name: "chrF".into(), value: chrf(&said, &expected)? },
        ])
    }

    fn tied(&self) -> &'static [&'static str] {
        &[
            "lm_head.weight",
            "model.encoder.embed_tokens.weight",
            "model.decoder.embed_tokens.weight",
            // Computed, as transformers does.
            "model.encoder.embed_positions.weight",
            "model.decoder.embed_positions.weight",
        ]
    }

    fn save(&self, folder: &Path) -> Result<()> {
        self.tokenizer.save_pretrained(folder)?;
        let config = json!({
            "num_beams": BEAMS,
            "length_penalty": ALPHA,
            "max_length": self.longest,
            "decoder_start_token_id": END,
            "eos_token_id": END,
            "forced_eos_token_id": END,
            "pad_token_id": PAD,
        });
        let path = folder.join("generation_config.json");
        crate::view::save(&path, format!("{config:#}\n").as_bytes())
    }
}

/// The longer side.
fn length((source, target): &Pair) -> usize {
    source.len().max(target.len())
}

/// Takes out that share, from all over: texts change from their beginning to their end.
fn every(pairs: &mut Vec<Pair>, share: f64) -> Vec<Pair> {
    let step = (pairs.len() / held(pairs.len(), share)).max(2);
    let (mut kept, mut out) = (Vec::new(), Vec::new());
    for (at, pair) in pairs.drain(..).enumerate() {
        if at % step == step / 2 { out.push(pair) } else { kept.push(pair) }
    }
    *pairs = kept;
    out
}

fn read(data: &Pairs, lang: Lang) -> Result<Vec<(String, String)>> {
    let pairs = match (&data.pairs, &data.source, &data.target) {
        (Some(path), None, None) => tsv(path, data.columns)?,
        (None, Some(source), Some(target)) => parallel(source, target)?,
        (None, None, None) => built_in(data, lang)?,
        _ => {
            return Err(Error::value(lang.text("train-pairs-files"))
                .mend(lang.text("train-pairs-files-mend")));
        }
    };
    Ok(pairs.into_iter().filter(|(a, b)| !a.trim().is_empty() && !b.trim().is_empty()).collect())
}

fn built_in(data: &Pairs, lang: Lang) -> Result<Vec<(String, String)>> {
    let owned = |(a, b): (&str, &str)| (a.to_owned(), b.to_owned());
    match (data.from.as_str(), data.to.as_str()) {
        ("es", "en") => Ok(verses::pairs().map(owned).collect()),
        ("en", "es") => Ok(verses::pairs().map(|(es, en)| owned((en, es))).collect()),
        (from, to) => {
            let variables = [("from", plain(from)), ("to", plain(to))];
            Err(Error::value(lang.text_with("train-no-pairs", &variables))
                .mend(lang.text("train-no-pairs-mend")))
        }
    }
}
