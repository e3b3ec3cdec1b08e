//! `atencion embed`: texts as vectors, and how near to one another they are.

use atencion::device::DeviceChoice;
use atencion::tokenizer::Tokenizer;
use atencion::{Error, Result};
use serde_json::{Value, json};
use tch::{Kind, Tensor};

use super::likely::number;
use super::model_folder::Revision;
use super::reading::Reader;
use super::{Outcome, Ui};
use crate::view::{Terminal, viridis};

/// The arguments of `atencion embed`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A model's folder in Hugging Face's layout, or owner/name
    #[arg(value_name = "DIR")]
    dir: String,
    #[command(flatten)]
    revision: Revision,
    /// The texts
    #[arg(value_name = "TEXT", required = true)]
    texts: Vec<String>,
    /// How a text's tokens become one vector: their mean, or the first one; by default what the folder says, else the mean
    #[arg(long, value_name = "HOW", value_enum)]
    pooling: Option<Pooling>,
    /// Where to compute: auto, cpu, cuda, cuda:N or mps
    #[arg(long, value_name = "DEVICE", default_value_t = DeviceChoice::Auto)]
    device: DeviceChoice,
    /// One JSON document on standard output, at full precision
    #[arg(long)]
    json: bool,
}

/// `sentence-transformers`' poolings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Pooling {
    /// The mean of all tokens.
    Mean,
    /// The first token.
    Cls,
}

pub(super) fn run(args: &Args, ui: &mut Ui) -> anyhow::Result<Outcome> {
    let reader = Reader::open(&args.dir, args.revision.revision.as_deref(), args.device, ui.lang)?;
    let tokenizer = reader.tokenizer()?;
    let pooling = args.pooling.unwrap_or_else(|| of_folder(&reader));
    let embeddings = tch::no_grad(|| -> Result<Tensor> {
        let one = |text: &String| vector(text, &reader, &tokenizer, pooling, ui);
        let vectors = args.texts.iter().map(one).collect::<Result<Vec<_>>>()?;
        Ok(Tensor::f_stack(&vectors, 0)?) // [N, E]
    })?;
    let cosine = cosine(&embeddings)?;
    if args.json {
        let document = json!({
            "texts": args.texts,
            "pooling": if pooling == Pooling::Cls { "cls" } else { "mean" },
            "embeddings": rows(&embeddings)?,
            "cosine": rows(&cosine)?,
        });
        serde_json::to_writer_pretty(&mut ui.out, &document)?;
        writeln!(ui.out)?;
        return Ok(Outcome::Fine);
    }
    print(args, &embeddings, &cosine, ui)?;
    Ok(Outcome::Fine)
}

/// `1_Pooling/config.json` of `sentence-transformers`.
fn of_folder(reader: &Reader) -> Pooling {
    let said = std::fs::read(reader.folder.join("1_Pooling/config.json")).ok();
    let said = said.and_then(|text| serde_json::from_slice::<Value>(&text).ok());
    match said.is_some_and(|said| said["pooling_mode_cls_token"] == true) {
        true => Pooling::Cls,
        false => Pooling::Mean,
    }
}

/// `[E]`
fn vector(
    text: &str,
    reader: &Reader,
    tokenizer: &Tokenizer,
    pooling: Pooling,
    ui: &Ui,
) -> Result<Tensor> {
    let encoding = tokenizer.encode(text)?;
    if encoding.is_empty() {
        return Err(Error::value(ui.lang.text("models-no-words"))
            .mend(ui.lang.text("models-no-words-mend")));
    }
    let hidden = reader.model.last_hidden_state(&reader.ids(&encoding)?)?.f_select(0, 0)?; // [L, E]
    Ok(match pooling {
        Pooling::Mean => hidden.f_mean_dim([0i64].as_slice(), false, None::<Kind>)?,
        Pooling::Cls => hidden.f_select(0, 0)?,
    })
}

/// Each with each: `[N, E]` → `[N, N]`.
fn cosine(embeddings: &Tensor) -> Result<Tensor> {
    let wide = embeddings.f_to_kind(Kind::Double)?;
    let norms = wide.f_norm_scalaropt_dim(2, [-1i64].as_slice(), true)?.f_clamp_min(1e-12)?;
    let units = wide.f_div(&norms)?;
    Ok(units.f_matmul(&units.f_transpose(0, 1)?)?)
}

fn rows(matrix: &Tensor) -> Result<Vec<Vec<f64>>> {
    let row = |at| Ok(Vec::<f64>::try_from(&matrix.f_get(at)?.f_to_kind(Kind::Double)?)?);
    (0..matrix.size()[0]).map(row).collect()
}

/// One text: its numbers. Several: the matrix of their cosines, each coloured by its value.
fn print(args: &Args, embeddings: &Tensor, cosine: &Tensor, ui: &mut Ui) -> anyhow::Result<()> {
    use atencion::tensor::TorchDisplay;
    if let [text] = &args.texts[..] {
        let size = embeddings.size()[1];
        writeln!(ui.out, "{}  [{size}]", atencion::printable(text))?;
        writeln!(ui.out, "{}", embeddings.f_select(0, 0)?.printed())?;
        return Ok(());
    }
    let terminal = Terminal::of_stdout();
    for (at, text) in args.texts.iter().enumerate() {
        writeln!(ui.out, "{:>3}  {}", at + 1, atencion::printable(text))?;
    }
    let head: String = (1..=args.texts.len()).map(|at| format!("{at:>8}")).collect();
    writeln!(ui.out, "\n   {}", terminal.dim(head))?;
    for (at, row) in rows(cosine)?.iter().enumerate() {
        let cells = row.iter().map(|&value| {
            let cell = number(format!("{value:>8.4}"), ui.lang);
            terminal.foreground(viridis(value.clamp(0.0, 1.0)), cell)
        });
        writeln!(ui.out, "{:>3}{}", at + 1, cells.collect::<String>())?;
    }
    Ok(())
}
