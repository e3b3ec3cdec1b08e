//! How tokens are chosen: what the command line says goes before the folder's `generation_config.json`.

use atencion::generate::{EarlyStopping, GenerationConfig};
use atencion::libtorch::WeightFormat;
use atencion::tokenizer::{EncodeArgs, Tokenizer};
use atencion::{Error, Result};
use tch::Kind;

use crate::i18n::Lang;

/// What the weights are kept as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(in crate::cli) enum Dtype {
    F32,
    Bf16,
    F16,
    Int8,
    Int4,
}

impl Dtype {
    /// The format that weights are packed in for the CPU; float32 is packed only where other last bits are fine.
    pub fn packed(self, fast: bool) -> Option<WeightFormat> {
        match self {
            Self::F32 => fast.then_some(WeightFormat::Float32),
            Self::Bf16 => Some(WeightFormat::BFloat16),
            Self::F16 => Some(WeightFormat::Float16),
            Self::Int8 => Some(WeightFormat::Int8),
            Self::Int4 => Some(WeightFormat::Int4),
        }
    }

    /// The kind of the tensors for another device.
    pub fn kind(self) -> Option<Kind> {
        match self {
            Self::F32 => Some(Kind::Float),
            Self::Bf16 => Some(Kind::BFloat16),
            Self::F16 => Some(Kind::Half),
            Self::Int8 | Self::Int4 => None,
        }
    }
}

/// `True`, `False` or `"never"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Early {
    True,
    False,
    Never,
}

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// At most that many tokens
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    max_new_tokens: Option<i64>,
    /// At least that many tokens
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    min_new_tokens: Option<i64>,
    /// The likeliest token each time, whatever the folder says
    #[arg(long, conflicts_with_all = ["do_sample", "temperature", "top_k", "top_p", "min_p", "typical_p"])]
    greedy: bool,
    /// Draw tokens, as the sampling options below do by themselves
    #[arg(long)]
    do_sample: bool,
    /// Below 1 the likely becomes likelier
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    temperature: Option<f64>,
    /// Draw from the K likeliest
    #[arg(long, value_name = "K", allow_negative_numbers = true)]
    top_k: Option<i64>,
    /// Draw from the likeliest that together have probability P
    #[arg(long, value_name = "P", allow_negative_numbers = true)]
    top_p: Option<f64>,
    /// Draw from what is at least P times as likely as the likeliest
    #[arg(long, value_name = "P", allow_negative_numbers = true)]
    min_p: Option<f64>,
    /// Draw from what is about as surprising as expected, up to probability P
    #[arg(long, value_name = "P", allow_negative_numbers = true)]
    typical_p: Option<f64>,
    /// The generator's seed
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Above 1 what is there already becomes less likely
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    repetition_penalty: Option<f64>,
    /// No N tokens come twice
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    no_repeat_ngram_size: Option<i64>,
    /// Never write this text; can be given several times
    #[arg(long, value_name = "TEXT")]
    bad_words: Vec<String>,
    /// End at this text; can be given several times
    #[arg(long, value_name = "TEXT")]
    stop: Vec<String>,
    /// Follow N sequences at once, and show the best
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    num_beams: Option<i64>,
    /// Of beams: above 0 favours long sequences
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    length_penalty: Option<f64>,
    /// Of beams: when it is enough
    #[arg(long, value_name = "WHEN", value_enum)]
    early_stopping: Option<Early>,
    /// How many sequences are shown
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    num_return_sequences: Option<i64>,
}

impl Options {
    /// Puts them into the folder's own.
    ///
    /// # Errors
    /// When they exclude each other.
    pub fn apply(&self, config: &mut GenerationConfig, lang: Lang) -> Result<()> {
        let drawn = self.temperature.is_some()
            || [self.top_p, self.min_p, self.typical_p].iter().any(Option::is_some)
            || self.top_k.is_some();
        if drawn && !self.do_sample && self.num_beams.is_some_and(|beams| beams > 1) {
            return Err(Error::value(lang.text("generate-beams-drawn"))
                .mend(lang.text("generate-beams-drawn-mend")));
        }
        config.do_sample = !self.greedy && (config.do_sample || self.do_sample || drawn);
        if self.num_beams.is_some() && !self.do_sample {
            config.do_sample = false;
        }
        // A length of the folder's would else be the shorter one.
        config.max_new_tokens = self.max_new_tokens.or(config.max_new_tokens);
        config.min_new_tokens = self.min_new_tokens.or(config.min_new_tokens);
        set(&mut config.temperature, self.temperature);
        config.top_k = self.top_k.or(config.top_k);
        set(&mut config.top_p, self.top_p);
        config.min_p = self.min_p.or(config.min_p);
        set(&mut config.typical_p, self.typical_p);
        set(&mut config.repetition_penalty, self.repetition_penalty);
        set(&mut config.no_repeat_ngram_size, self.no_repeat_ngram_size);
        set(&mut config.num_beams, self.num_beams);
        set(&mut config.length_penalty, self.length_penalty);
        set(&mut config.num_return_sequences, self.num_return_sequences);
        set(
            &mut config.early_stopping,
            self.early_stopping.map(|when| match when {
                Early::True => EarlyStopping::True,
                Early::False => EarlyStopping::False,
                Early::Never => EarlyStopping::Never,
            }),
        );
        config.stop_strings.extend(self.stop.iter().cloned());
        Ok(())
    }

    /// The texts that are never written, as ids: with and without a space before them.
    ///
    /// # Errors
    /// When a text is empty.
    pub fn apply_words(&self, config: &mut GenerationConfig, tokenizer: &Tokenizer) -> Result<()> {
        let args = EncodeArgs { add_special_tokens: false, ..EncodeArgs::default() };
        for word in &self.bad_words {
            for text in [word.clone(), format!(" {word}")] {
                let ids = tokenizer.encode_with(&text, None, &args)?.ids;
                if !config.bad_words_ids.contains(&ids) {
                    config.bad_words_ids.push(ids);
                }
            }
        }
        config.check()
    }
}

fn set<T>(place: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *place = given;
    }
}
