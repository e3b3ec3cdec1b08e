//! `atencion generate`: a model writes on from a prompt, or answers.

mod chat;
mod interrupt;
mod json;
mod options;
mod prompt;
mod shown;
mod stream;

use std::path::Path;
use std::time::{Duration, Instant};

use atencion::device::DeviceChoice;
use atencion::generate::{
    Decoder, Generated, GenerationConfig, StopStrings, Tokens, generate_until,
};
use atencion::libtorch::WeightFormat;
use atencion::models::{open_decoder, open_packed_decoder};
use atencion::tokenizer::Tokenizer;
use atencion::{Error, Result};
use tch::{Device, Kind, Tensor};

use super::model_folder::{Revision, model_folder};
use super::{Outcome, Ui};
use crate::i18n::Lang;
use interrupt::Interrupt;
pub(super) use options::Dtype;
use options::Options;
use stream::Stream;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A model's folder, as save_pretrained writes it, or owner/name
    #[arg(value_name = "DIR")]
    dir: String,
    #[command(flatten)]
    revision: Revision,
    /// What to write on from; without it, standard input
    #[arg(value_name = "PROMPT")]
    prompt: Option<String>,
    /// Hold a conversation: each line of standard input is answered; with PROMPT, one answer
    #[arg(long)]
    chat: bool,
    /// Show the five likeliest tokens of each step
    #[arg(long, conflicts_with_all = ["json", "num_beams", "num_return_sequences", "chat"])]
    show: bool,
    /// One JSON document on standard output: ids, texts, log-probabilities
    #[arg(long, conflicts_with = "chat")]
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
    #[command(flatten)]
    options: Options,
}

pub(super) fn run(args: &Args, ui: &mut Ui) -> anyhow::Result<Outcome> {
    let writer = Writer::open(args, ui)?;
    if let Some(seed) = args.options.seed {
        tch::manual_seed(seed as i64);
    }
    if args.chat {
        return chat::hold(&writer, args.prompt.as_deref(), ui);
    }
    let text = prompt::text(args.prompt.as_deref(), ui)?;
    let ids = writer.prompt_ids(&text, ui)?;
    if args.json || !writer.streams() {
        let started = Instant::now();
        let written = writer.all(&ids)?;
        let new = written.log_probs.iter().map(Vec::len).sum();
        if args.json {
            json::write(&writer, &text, &ids, &written, ui)?;
        } else {
            shown::sequences(&writer, &written, ui)?;
        }
        say_speed(new, started.elapsed(), ui);
        return Ok(Outcome::Fine);
    }
    let begun = writer.begun(&ids)?;
    if args.show {
        shown::steps(&writer, &ids, &begun, ui)?;
    } else {
        writer.stream(&ids, &begun, ui)?;
    }
    Ok(Outcome::Fine)
}

/// A model with its tokenizer and the way in which it writes.
struct Writer {
    model: Box<dyn Decoder>,
    tokenizer: Tokenizer,
    config: GenerationConfig,
    stop_strings: Option<StopStrings>,
}

impl Writer {
    fn open(args: &Args, ui: &Ui) -> Result<Self> {
        let folder = model_folder(&args.dir, args.revision.revision.as_deref(), ui.lang)?;
        let mut config = GenerationConfig::from_pretrained(&folder)?;
        args.options.apply(&mut config, ui.lang)?;
        config.check()?;
        let tokenizer = Tokenizer::from_pretrained(&folder)?;
        args.options.apply_words(&mut config, &tokenizer)?;
        let stop_strings = match config.stop_strings.is_empty() {
            true => None,
            false => Some(StopStrings::new(&config.stop_strings, tokenizer.token_bytes()?)?),
        };
        let model = open(&folder, args.dtype, args.fast, args.device, ui.lang)?;
        Ok(Self { model, tokenizer, config, stop_strings })
    }

    /// Whether a token can be shown as soon as it is chosen.
    fn streams(&self) -> bool {
        self.config.num_beams == 1 && self.config.num_return_sequences == 1
    }

    /// The prompt's ids; an empty one begins with the token that begins a text.
    fn prompt_ids(&self, text: &str, ui: &Ui) -> Result<Vec<i64>> {
        let ids = self.tokenizer.encode(text)?.ids;
        match (ids.is_empty(), self.config.bos_token_id) {
            (false, _) => Ok(ids),
            (true, Some(start)) => Ok(vec![start]),
            (true, None) => Err(Error::value(ui.lang.text("generate-empty"))
                .mend(ui.lang.text("generate-empty-mend"))),
        }
    }

    /// What a text begins with: the prompt, or nothing where an encoder reads it.
    fn begun(&self, ids: &[i64]) -> Result<String> {
        self.tokenizer.decode(self.before(ids), true)
    }

    /// The ids of it.
    fn before<'a>(&self, ids: &'a [i64]) -> &'a [i64] {
        if self.model.is_encoder_decoder() { &[] } else { ids }
    }

    fn all(&self, ids: &[i64]) -> Result<Generated> {
        let input_ids = Tensor::from_slice(ids).unsqueeze(0);
        generate_until(&*self.model, &input_ids, None, &self.config, self.stop_strings.as_ref())
    }

    fn tokens(&self, ids: &[i64]) -> Result<Tokens<'_>> {
        let input_ids = Tensor::from_slice(ids).unsqueeze(0);
        let mut tokens = Tokens::new(&*self.model, &input_ids, None, &self.config)?;
        tokens.stop_at(self.stop_strings.clone());
        Ok(tokens)
    }

    /// Writes on behind `begun`, whole characters at a time; gives back what was written.
    fn stream(&self, ids: &[i64], begun: &str, ui: &mut Ui) -> anyhow::Result<String> {
        let interrupt = Interrupt::listen();
        let tokens = self.tokens(ids)?;
        let started = Instant::now();
        let mut stream = Stream::new(&self.tokenizer, self.before(ids));
        let mut new = 0;
        for token in tokens {
            let (id, _) = token?.chosen()[0];
            if new == 0 {
                write!(ui.out, "{begun}")?;
            }
            new += 1;
            write!(ui.out, "{}", stream.push(id)?)?;
            ui.out.flush()?;
            if interrupt.heard() {
                break;
            }
        }
        writeln!(ui.out, "{}", stream.rest())?;
        ui.out.flush()?;
        say_speed(new, started.elapsed(), ui);
        Ok(stream.written().to_owned())
    }
}

/// The model on the device that was asked for, its weights of the kind that was asked for.
///
/// # Errors
/// When the device has no such weights, or the folder cannot be read.
pub(super) fn open(
    dir: &Path,
    dtype: Dtype,
    fast: bool,
    device: DeviceChoice,
    lang: Lang,
) -> Result<Box<dyn Decoder>> {
    let device = device.resolve()?;
    match weights(device, dtype, fast, lang)? {
        Weights::Packed(format) => open_packed_decoder(dir, format),
        Weights::Of(kind) => open_decoder(dir, kind, device),
    }
}

/// What a model's weights are made on a device.
#[derive(Debug, PartialEq)]
enum Weights {
    Packed(WeightFormat),
    Of(Kind),
}

/// # Errors
/// When the device has none of that kind.
fn weights(device: Device, dtype: Dtype, fast: bool, lang: Lang) -> Result<Weights> {
    if device == Device::Cpu
        && let Some(format) = dtype.packed(fast)
    {
        return Ok(Weights::Packed(format));
    }
    dtype.kind().map(Weights::Of).ok_or_else(|| {
        Error::value(lang.text("generate-dtype")).mend(lang.text("generate-dtype-mend"))
    })
}

/// Tokens per second, on standard error: standard output is the text's.
fn say_speed(new: usize, took: Duration, ui: &Ui) {
    let seconds = took.as_secs_f64();
    let per_second = new as f64 / seconds.max(1e-9);
    let said = ui.lang.text_with(
        "generate-speed",
        &[
            ("tokens", (new as i64).into()),
            ("seconds", format!("{seconds:.2}").into()),
            ("speed", format!("{per_second:.1}").into()),
        ],
    );
    eprintln_or_not(&said);
}

/// `eprintln!` panics where nobody listens.
fn eprintln_or_not(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_that_a_device_lacks_are_said() {
        for device in [Device::Cuda(0), Device::Mps] {
            for dtype in [Dtype::Int8, Dtype::Int4] {
                let refused = weights(device, dtype, false, Lang::En).unwrap_err();
                assert!(refused.what().contains("on the CPU"), "{refused}");
                assert!(refused.how_to_mend().is_some_and(|how| how.contains("--device cpu")));
                let packed = weights(Device::Cpu, dtype, false, Lang::En).unwrap();
                assert!(matches!(packed, Weights::Packed(_)));
            }
            // There the kernels are libtorch's own, whatever --fast says.
            assert_eq!(
                weights(device, Dtype::F16, true, Lang::En).unwrap(),
                Weights::Of(Kind::Half)
            );
            assert_eq!(
                weights(device, Dtype::F32, true, Lang::En).unwrap(),
                Weights::Of(Kind::Float)
            );
        }
        assert_eq!(
            weights(Device::Cpu, Dtype::F32, false, Lang::En).unwrap(),
            Weights::Of(Kind::Float)
        );
    }
}
