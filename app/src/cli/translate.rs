//! `atencion translate`: an encoder–decoder reads a text and writes another, line by line.

use std::io::{BufRead, stdin};

use atencion::device::DeviceChoice;
use atencion::generate::{Decoder, GenerationConfig, generate};
use atencion::tokenizer::{EncodeArgs, Tokenizer};
use atencion::{Error, Result};
use serde_json::json;
use tch::Tensor;

use super::generate::{Dtype, open};
use super::model_folder::{Revision, model_folder};
use super::{Outcome, Ui};

/// Beams, where the folder does not say how many.
const BEAMS: i64 = 4;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A Marian or BART model's folder, as save_pretrained writes it, or owner/name
    #[arg(value_name = "DIR")]
    dir: String,
    #[command(flatten)]
    revision: Revision,
    /// What to translate; without it, each line of standard input
    #[arg(value_name = "TEXT")]
    text: Option<String>,
    /// Follow N translations at once, and show the best
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    num_beams: Option<i64>,
    /// At most that many tokens
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    max_new_tokens: Option<i64>,
    /// A JSON document a line on standard output: texts, ids, score
    #[arg(long)]
    json: bool,
    /// Where to compute: auto, cpu, cuda, cuda:N or mps
    #[arg(long, value_name = "DEVICE", default_value_t = DeviceChoice::Auto)]
    device: DeviceChoice,
    /// What the weights are kept as: the smaller, the faster
    #[arg(long, value_name = "KIND", value_enum, default_value_t = Dtype::F32)]
    dtype: Dtype,
    /// float32 by kernels of our own; the last bits differ from transformers'
    #[arg(long)]
    fast: bool,
}

pub(super) fn run(args: &Args, ui: &mut Ui) -> anyhow::Result<Outcome> {
    let translator = Translator::open(args, ui)?;
    if let Some(text) = &args.text {
        translator.line(text, args.json, ui)?;
        return Ok(Outcome::Fine);
    }
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        if stdin().lock().read_until(b'\n', &mut bytes)? == 0 {
            return Ok(Outcome::Fine);
        }
        let line = String::from_utf8_lossy(&bytes);
        translator.line(line.trim_end_matches(['\r', '\n']), args.json, ui)?;
    }
}

struct Translator {
    model: Box<dyn Decoder>,
    tokenizer: Tokenizer,
    config: GenerationConfig,
}

impl Translator {
    fn open(args: &Args, ui: &Ui) -> Result<Self> {
        let folder = model_folder(&args.dir, args.revision.revision.as_deref(), ui.lang)?;
        let mut config = GenerationConfig::from_pretrained(&folder)?;
        match args.num_beams {
            Some(beams) => config.num_beams = beams,
            None if config.num_beams == 1 => config.num_beams = BEAMS,
            None => {}
        }
        config.num_return_sequences = 1;
        config.max_new_tokens = args.max_new_tokens.or(config.max_new_tokens);
        config.check()?;
        let model = open(&folder, args.dtype, args.fast, args.device, ui.lang)?;
        if !model.is_encoder_decoder() {
            return Err(Error::value(ui.lang.text("translate-decoder"))
                .mend(ui.lang.text("translate-decoder-mend")));
        }
        Ok(Self { model, tokenizer: Tokenizer::from_pretrained(&folder)?, config })
    }

    /// An empty line stays one: lines of the two texts belong together.
    fn line(&self, text: &str, as_json: bool, ui: &mut Ui) -> anyhow::Result<()> {
        let (ids, score) = match text.trim() {
            "" => (Vec::new(), None),
            _ => self.translate(text)?,
        };
        let translation = self.tokenizer.decode(&ids, true)?;
        if as_json {
            let line =
                json!({ "text": text, "translation": translation, "ids": ids, "score": score });
            writeln!(ui.out, "{line}")?;
        } else {
            writeln!(ui.out, "{translation}")?;
        }
        // Who pipes lines in sees each as soon as it is done.
        Ok(ui.out.flush()?)
    }

    /// The ids behind the start token, and the score of the beam.
    fn translate(&self, text: &str) -> Result<(Vec<i64>, Option<f64>)> {
        let args =
            EncodeArgs { max_length: self.tokenizer.model_max_length(), ..EncodeArgs::default() };
        let ids = self.tokenizer.encode_with(text, None, &args)?.ids;
        let input_ids = Tensor::f_from_slice(&ids)?.f_unsqueeze(0)?;
        let written = generate(&*self.model, &input_ids, None, &self.config)?;
        let new = written.log_probs.first().map_or(0, Vec::len);
        let row = Vec::<i64>::try_from(written.sequences.f_select(0, 0)?)?;
        let score = written.sequences_scores.map(|scores| scores.double_value(&[0]));
        Ok((row.into_iter().skip(1).take(new).collect(), score))
    }
}
