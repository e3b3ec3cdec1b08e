//! `--picture`: the pictures that need no input.

use super::Args;
use crate::cli::Ui;
use crate::i18n::{Lang, plain};
use crate::view::Terminal;
use crate::view::heatmap::of_matrix;
use crate::view::picture::Picture;
use atencion::io::printable;
use atencion::{Error, Result};

#[derive(Debug, clap::Args)]
pub(super) struct ShownArgs {
    /// Instead: draw a positional encoding, a causal mask or a padding mask
    #[arg(long, value_name = "WHAT", conflicts_with_all = ["q", "k", "v", "mask", "causal", "heads", "tokens", "step", "row", "json"])]
    picture: Option<Shown>,
    /// Size of that picture
    #[arg(long, value_name = "NxM", requires = "picture")]
    size: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Shown {
    Positional,
    Causal,
    Padding,
}

/// Larger pictures show nothing that a smaller one does not.
const MOST: i64 = 4096;

/// `20x512`, or `8` alone.
fn size(text: &str, lang: Lang) -> Result<(i64, Option<i64>)> {
    let number = |text: &str| text.trim().parse::<i64>().ok().filter(|it| (1..=MOST).contains(it));
    let numbers: Option<Vec<i64>> = text.split(['x', '×']).map(number).collect();
    match numbers.as_deref() {
        Some([first]) => Ok((*first, None)),
        Some([first, second]) => Ok((*first, Some(*second))),
        _ => {
            let what = lang.text_with("explain-size", &[("text", plain(printable(text)))]);
            let mend = lang.text_with("explain-size-mend", &[("most", plain(MOST))]);
            Err(Error::value(what).mend(mend))
        }
    }
}

impl ShownArgs {
    /// The picture asked for.
    pub fn picture(&self, lang: Lang) -> Result<Option<Picture>> {
        let Some(shown) = self.picture else { return Ok(None) };
        let (first, second) = match &self.size {
            Some(text) => size(text, lang).map(|(first, second)| (Some(first), second))?,
            None => (None, None),
        };
        let picture = match shown {
            // The sizes of the Illustrated Transformer's picture.
            Shown::Positional => {
                Picture::positional(first.unwrap_or(20), second.unwrap_or(512), lang)?
            }
            Shown::Causal => Picture::causal(first.unwrap_or(8), lang)?,
            Shown::Padding => {
                let words = first.unwrap_or(5);
                Picture::padding(words, second.unwrap_or(words + 3), lang)?
            }
        };
        Ok(Some(picture))
    }
}

/// Into the files asked for; without any, in the terminal.
pub(super) fn show(picture: &Picture, args: &Args, ui: &mut Ui) -> anyhow::Result<()> {
    if args.picture.wanted() {
        return Ok(args.picture.save(|| Ok(picture.clone()))?);
    }
    let terminal = Terminal::of_stdout();
    for panel in &picture.panels {
        let heatmap = of_matrix(&panel.matrix, &panel.labels, &terminal, ui.lang);
        writeln!(
            ui.out,
            "{}\n{}\n\n{heatmap}",
            terminal.bold(&panel.title),
            terminal.dim(&panel.caption)
        )?;
    }
    Ok(())
}
