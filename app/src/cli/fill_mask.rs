//! `atencion fill-mask`: which words a model would put where one is missing.

use atencion::device::DeviceChoice;
use atencion::models::{AutoModel, BertArgs, BertForMaskedLm};
use atencion::tokenizer::{Encoding, Tokenizer};
use atencion::{Error, Result};
use serde_json::json;
use tch::{Kind, Tensor};

use super::model_folder::Revision;
use super::reading::Reader;
use super::{Outcome, Ui, likely};
use crate::i18n::{Lang, plain};
use crate::view::Terminal;

/// The arguments of `atencion fill-mask`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A model's folder in Hugging Face's layout, or owner/name
    #[arg(value_name = "DIR")]
    dir: String,
    #[command(flatten)]
    revision: Revision,
    /// The text, with [MASK] (or the model's own token) where a word is missing
    #[arg(value_name = "TEXT")]
    text: String,
    /// How many words to show for each place
    #[arg(long, value_name = "K", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    top: u32,
    /// Where to compute: auto, cpu, cuda, cuda:N or mps
    #[arg(long, value_name = "DEVICE", default_value_t = DeviceChoice::Auto)]
    device: DeviceChoice,
    /// One JSON document on standard output, at full precision
    #[arg(long)]
    json: bool,
}

/// A word for one place, and the text with it there.
struct Filled {
    token: i64,
    token_str: String,
    score: f64,
    sequence: String,
}

pub(super) fn run(args: &Args, ui: &mut Ui) -> anyhow::Result<Outcome> {
    let reader = Reader::open(&args.dir, args.revision.revision.as_deref(), args.device, ui.lang)?;
    let AutoModel::BertForMaskedLm(model) = &reader.model else {
        let family = [("family", plain(reader.model.model_type()))];
        return Err(Error::value(ui.lang.text_with("fill-mask-no-head", &family))
            .mend(ui.lang.text("fill-mask-no-head-mend"))
            .into());
    };
    let tokenizer = reader.tokenizer()?;
    let encoding = tokenizer.encode(&args.text)?;
    let places = places(&tokenizer, &encoding, ui.lang)?;
    let logits = tch::no_grad(|| logits(model, &reader, &encoding))?;
    let mut masks = Vec::new();
    for &place in &places {
        masks.push((place, likeliest(&logits, place, &encoding, &tokenizer, args.top)?));
    }
    if args.json {
        let masks = masks.iter().map(|(place, words)| {
            let words = words.iter().map(|it| {
                json!({ "score": it.score, "token": it.token, "token_str": it.token_str, "sequence": it.sequence })
            });
            json!({ "position": place, "predictions": words.collect::<Vec<_>>() })
        });
        let document = json!({ "text": args.text, "masks": masks.collect::<Vec<_>>() });
        serde_json::to_writer_pretty(&mut ui.out, &document)?;
        writeln!(ui.out)?;
        return Ok(Outcome::Fine);
    }
    let terminal = Terminal::of_stdout();
    for (at, (_, words)) in masks.iter().enumerate() {
        if masks.len() > 1 {
            let number = [("number", (at as i64 + 1).into())];
            writeln!(ui.out, "{}", terminal.bold(ui.lang.text_with("fill-mask-place", &number)))?;
        }
        let named: Vec<_> = words.iter().map(|it| (it.token_str.clone(), it.score)).collect();
        likely::print(&named, &terminal, ui)?;
        if let Some(first) = words.first().filter(|_| masks.len() == 1) {
            writeln!(ui.out, "\n{}", atencion::printable(&first.sequence))?;
        }
    }
    Ok(Outcome::Fine)
}

/// Where a word is missing.
fn places(tokenizer: &Tokenizer, encoding: &Encoding, lang: Lang) -> Result<Vec<usize>> {
    let mask = tokenizer.special_token("mask_token").unwrap_or("[MASK]");
    let id = tokenizer.token_to_id(mask);
    let places: Vec<usize> =
        (0..encoding.len()).filter(|&at| Some(encoding.ids[at]) == id).collect();
    if places.is_empty() {
        let mask = [("mask", plain(mask))];
        return Err(Error::value(lang.text_with("fill-mask-none", &mask))
            .mend(lang.text_with("fill-mask-none-mend", &mask)));
    }
    Ok(places)
}

/// `[L, V]`
fn logits(model: &BertForMaskedLm, reader: &Reader, encoding: &Encoding) -> Result<Tensor> {
    let out = model.forward_with(&reader.ids(encoding)?, BertArgs::default())?;
    Ok(out.logits.f_select(0, 0)?)
}

fn likeliest(
    logits: &Tensor,
    place: usize,
    encoding: &Encoding,
    tokenizer: &Tokenizer,
    top: u32,
) -> Result<Vec<Filled>> {
    let probabilities = logits.f_select(0, place as i64)?.f_softmax(-1, None::<Kind>)?; // [V]
    let most = i64::from(top).min(probabilities.size1()?);
    let (scores, ids) = probabilities.f_topk(most, -1, true, true)?;
    let scores = Vec::<f64>::try_from(&scores.f_to_kind(Kind::Double)?)?;
    let ids = Vec::<i64>::try_from(&ids)?;
    let filled = ids.into_iter().zip(scores).map(|(token, score)| {
        let mut text = encoding.ids.clone();
        text[place] = token;
        Ok(Filled {
            token,
            token_str: tokenizer.decode(&[token], false)?,
            score,
            sequence: tokenizer.decode(&text, true)?,
        })
    });
    filled.collect()
}
