//! `atencion tokenize`: a text in the pieces that a model reads.

use atencion::tokenizer::{EncodeArgs, Encoding, Tokenizer};
use serde_json::{Value, json};

use super::model_folder::{Revision, model_folder};
use super::{Outcome, Ui};
use crate::view::{Terminal, viridis};

/// The arguments of `atencion tokenize`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A model's folder in Hugging Face's layout, or owner/name
    #[arg(value_name = "DIR")]
    dir: String,
    #[command(flatten)]
    revision: Revision,
    /// The text
    #[arg(value_name = "TEXT")]
    text: String,
    /// Leave out the tokens that the tokenizer puts around the text
    #[arg(long)]
    no_special_tokens: bool,
    /// One JSON document on standard output
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, ui: &mut Ui) -> anyhow::Result<Outcome> {
    let tokenizer = Tokenizer::from_pretrained(model_folder(
        &args.dir,
        args.revision.revision.as_deref(),
        ui.lang,
    )?)?;
    let how = EncodeArgs { add_special_tokens: !args.no_special_tokens, ..EncodeArgs::default() };
    let encoding = tokenizer.encode_with(&args.text, None, &how)?;
    if args.json {
        serde_json::to_writer_pretty(&mut ui.out, &as_json(&encoding, &args.text))?;
        writeln!(ui.out)?;
        return Ok(Outcome::Fine);
    }
    print(&encoding, &args.text, &Terminal::of_stdout(), ui)?;
    Ok(Outcome::Fine)
}

/// The characters from one offset to another, as Python counts them.
fn part(text: &str, (start, end): (usize, usize)) -> String {
    text.chars().skip(start).take(end.saturating_sub(start)).collect()
}

fn as_json(encoding: &Encoding, text: &str) -> Value {
    let tokens = (0..encoding.len()).map(|i| {
        let (start, end) = encoding.offsets[i];
        json!({
            "piece": encoding.tokens[i],
            "id": encoding.ids[i],
            "start": start,
            "end": end,
            "text": part(text, encoding.offsets[i]),
            "special": encoding.special_tokens_mask[i] == 1,
        })
    });
    json!({ "text": text, "tokens": tokens.collect::<Vec<_>>() })
}

/// The pieces side by side, each in a colour of its own; then a line for each.
fn print(encoding: &Encoding, text: &str, terminal: &Terminal, ui: &mut Ui) -> std::io::Result<()> {
    let pieces: Vec<String> =
        encoding.tokens.iter().map(|piece| atencion::printable(piece)).collect();
    let coloured =
        pieces.iter().enumerate().map(|(i, piece)| terminal.foreground(colour(i), piece));
    writeln!(ui.out, "{}\n", coloured.collect::<Vec<_>>().join(&terminal.dim("│")))?;
    let widest = |list: &[String]| list.iter().map(|it| it.chars().count()).max().unwrap_or(0);
    let ids: Vec<String> = encoding.ids.iter().map(i64::to_string).collect();
    let (piece_width, id_width) = (widest(&pieces), widest(&ids));
    for (i, piece) in pieces.iter().enumerate() {
        let padded = format!("{piece}{}", " ".repeat(piece_width - piece.chars().count()));
        let place = match encoding.special_tokens_mask[i] == 1 {
            true => terminal.dim(ui.lang.text("tokenize-special")),
            false => {
                let (start, end) = encoding.offsets[i];
                let part = atencion::printable(&part(text, (start, end)));
                format!("{start}..{end}  {}", terminal.dim(format!("{part:?}")))
            }
        };
        let piece = terminal.foreground(colour(i), padded);
        writeln!(ui.out, "{piece}  {:>id_width$}  {place}", ids[i])?;
    }
    let count = [("count", (encoding.len() as i64).into())];
    writeln!(ui.out, "\n{}", ui.lang.text_with("tokenize-count", &count))
}

/// Neighbours are to look different: six colours, one after the other.
fn colour(i: usize) -> crate::view::Rgb {
    const PLACES: [f64; 6] = [0.35, 0.95, 0.55, 0.8, 0.45, 0.7];
    viridis(PLACES[i % PLACES.len()])
}
