//! `atencion classify`: what a model takes an input for, the likeliest first.

use std::path::Path;

use atencion::device::DeviceChoice;
use atencion::images::ImageProcessor;
use atencion::models::{AutoModel, ViTForImageClassification};
use atencion::nn::Module;
use atencion::{Error, Result};
use serde_json::json;
use tch::Kind;

use super::model_folder::model_folder;
use super::{Outcome, Ui};
use crate::i18n::{Lang, plain};
use crate::view::{Terminal, viridis};

/// The arguments of `atencion classify`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A model's folder in Hugging Face's layout, or owner/name
    #[arg(value_name = "DIR")]
    dir: String,
    /// A picture: PNG, JPEG or WebP
    #[arg(value_name = "INPUT")]
    input: String,
    /// How many labels to show
    #[arg(long, value_name = "K", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    top: u32,
    /// Where to compute: auto, cpu, cuda, cuda:N or mps
    #[arg(long, value_name = "DEVICE", default_value_t = DeviceChoice::Auto)]
    device: DeviceChoice,
    /// One JSON document on standard output, at full precision
    #[arg(long)]
    json: bool,
}

/// A label and how likely it is.
struct Guess {
    id: usize,
    label: String,
    logit: f64,
    probability: f64,
}

pub(super) fn run(args: &Args, ui: &mut Ui) -> anyhow::Result<Outcome> {
    let folder = model_folder(&args.dir, ui.lang)?;
    let guesses = match AutoModel::from_pretrained(&folder)? {
        AutoModel::ViT(model) => tch::no_grad(|| of_picture(*model, &folder, args))?,
        other => {
            let family = [("family", plain(other.model_type()))];
            let what = ui.lang.text_with("classify-no-classifier", &family);
            return Err(Error::value(what)
                .mend(ui.lang.text("classify-no-classifier-mend"))
                .into());
        }
    };
    let shown = &guesses[..guesses.len().min(args.top as usize)];
    if args.json {
        let labels = shown.iter().map(|guess| {
            json!({ "label": guess.label, "id": guess.id, "probability": guess.probability, "logit": guess.logit })
        });
        serde_json::to_writer_pretty(
            &mut ui.out,
            &json!({ "labels": labels.collect::<Vec<_>>() }),
        )?;
        writeln!(ui.out)?;
        return Ok(Outcome::Fine);
    }
    print(shown, &Terminal::of_stdout(), ui)?;
    Ok(Outcome::Fine)
}

fn of_picture(
    mut model: ViTForImageClassification,
    folder: &Path,
    args: &Args,
) -> Result<Vec<Guess>> {
    let device = args.device.resolve()?;
    let pixels = ImageProcessor::from_pretrained(folder)?.open(&args.input)?; // [1, 3, Y, X]
    model.to(device, None)?;
    let logits = model.forward(&pixels.f_to_device(device)?)?.f_select(0, 0)?; // [K]
    let probabilities = logits.f_softmax(-1, Kind::Double)?;
    let numbers = Vec::<f64>::try_from(&logits.f_to_kind(Kind::Double)?)?;
    let probabilities = Vec::<f64>::try_from(&probabilities)?;
    let labels = &model.id2label;
    let mut guesses: Vec<Guess> = numbers
        .into_iter()
        .zip(probabilities)
        .enumerate()
        .map(|(id, (logit, probability))| Guess {
            id,
            label: labels.get(id).cloned().unwrap_or_else(|| id.to_string()),
            logit,
            probability,
        })
        .collect();
    guesses.sort_by(|a, b| b.logit.total_cmp(&a.logit));
    Ok(guesses)
}

/// A line for each: the label, a bar, a percentage.
fn print(guesses: &[Guess], terminal: &Terminal, ui: &mut Ui) -> std::io::Result<()> {
    let labels: Vec<String> =
        guesses.iter().map(|guess| atencion::printable(&guess.label)).collect();
    let widest = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
    let room = terminal.columns.saturating_sub(widest + 12).clamp(10, 40);
    for (guess, label) in guesses.iter().zip(labels) {
        let long = (guess.probability * room as f64).round() as usize;
        let bar = terminal.foreground(viridis(guess.probability), "█".repeat(long));
        let gap = " ".repeat(room - long.min(room));
        let padding = " ".repeat(widest - label.chars().count());
        writeln!(ui.out, "{label}{padding}  {bar}{gap}  {}", percent(guess.probability, ui.lang))?;
    }
    Ok(())
}

/// With a comma in Spanish.
fn percent(probability: f64, lang: Lang) -> String {
    let number = format!("{:.1} %", 100.0 * probability);
    match lang {
        Lang::Es => number.replace('.', ","),
        Lang::En => number,
    }
}
