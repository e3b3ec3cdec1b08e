//! `atencion classify`: what a model takes an input for, the likeliest first.

use atencion::device::DeviceChoice;
use atencion::images::ImageProcessor;
use atencion::models::{AutoModel, BertArgs, ProblemType};
use atencion::{Error, Result};
use serde_json::json;
use tch::{Kind, Tensor};

use super::model_folder::Revision;
use super::reading::Reader;
use super::{Outcome, Ui, likely};
use crate::i18n::{Lang, plain};
use crate::view::Terminal;

/// The arguments of `atencion classify`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A model's folder in Hugging Face's layout, or owner/name
    #[arg(value_name = "DIR")]
    dir: String,
    #[command(flatten)]
    revision: Revision,
    /// A text, or a picture: PNG, JPEG or WebP
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
    let reader = Reader::open(&args.dir, args.revision.revision.as_deref(), args.device, ui.lang)?;
    let guesses = tch::no_grad(|| guesses(&reader, args, ui.lang))?;
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
    let named: Vec<_> =
        shown.iter().map(|guess| (guess.label.clone(), guess.probability)).collect();
    likely::print(&named, &Terminal::of_stdout(), ui)?;
    Ok(Outcome::Fine)
}

fn guesses(reader: &Reader, args: &Args, lang: Lang) -> Result<Vec<Guess>> {
    match &reader.model {
        AutoModel::ViT(model) => {
            let pixels = ImageProcessor::from_pretrained(&reader.folder)?.open(&args.input)?; // [1, C, Y, X]
            let logits = model.forward(&pixels.f_to_device(reader.device)?)?;
            in_order(&logits, &model.id2label, model.problem_type)
        }
        AutoModel::BertForSequenceClassification(model) => {
            let ids = reader.ids(&reader.tokenizer()?.encode(&args.input)?)?;
            let logits = model.forward_with(&ids, BertArgs::default())?.logits;
            in_order(&logits, &model.bert.config.id2label, model.problem_type)
        }
        other => {
            let family = [("family", plain(other.model_type()))];
            Err(Error::value(lang.text_with("classify-no-classifier", &family))
                .mend(lang.text("classify-no-classifier-mend")))
        }
    }
}

/// The labels by their logits `[1, N]`. One label, or each of several for itself, has the probability that it is there;
/// of several together one is: as in `transformers`' pipelines.
fn in_order(
    logits: &Tensor,
    labels: &[String],
    problem_type: Option<ProblemType>,
) -> Result<Vec<Guess>> {
    let logits = logits.f_select(0, 0)?.f_to_kind(Kind::Double)?; // [N]
    let each = labels.len() == 1 || problem_type == Some(ProblemType::MultiLabelClassification);
    let probabilities =
        if each { logits.f_sigmoid()? } else { logits.f_softmax(-1, None::<Kind>)? };
    let numbers = Vec::<f64>::try_from(&logits)?;
    let probabilities = Vec::<f64>::try_from(&probabilities)?;
    let all = numbers.into_iter().zip(probabilities).enumerate();
    let mut guesses: Vec<Guess> = all
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
