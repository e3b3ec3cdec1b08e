//! `atencion explain`: attention in six steps, with the numbers.

mod chapters;
mod inputs;
mod json;
mod of_model;
mod page;
mod pictures;
mod row;
mod words;

use clap::Args as ClapArgs;

use super::pictures::PictureArgs;
use super::{Outcome, Ui, pager};
use crate::view::Terminal;
use atencion::device::DeviceChoice;
use atencion::{Error, Result};

use chapters::{Chapter, Explained};
use inputs::InputArgs;
use pictures::ShownArgs;

#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    #[command(flatten)]
    input: InputArgs,
    /// Show this step alone, 1 to 6
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=6))]
    step: Option<u8>,
    /// Follow one query word through the numbers, counted from 1
    #[arg(long, value_name = "I", value_parser = clap::value_parser!(u32).range(1..))]
    row: Option<u32>,
    /// Where to compute: auto, cpu, cuda, cuda:N or mps
    #[arg(long, value_name = "DEVICE", default_value_t = DeviceChoice::Auto)]
    device: DeviceChoice,
    /// One JSON document on standard output, at full precision
    #[arg(long)]
    json: bool,
    /// Do not use a pager
    #[arg(long)]
    no_pager: bool,
    #[command(flatten)]
    picture: PictureArgs,
    #[command(flatten)]
    shown: ShownArgs,
}

pub(super) fn run(args: &Args, ui: &mut Ui) -> anyhow::Result<Outcome> {
    if let Some(picture) = args.shown.picture(ui.lang)? {
        pictures::show(&picture, args, ui)?;
        return Ok(Outcome::Fine);
    }
    let explained = tch::no_grad(|| Explained::of(args.input.read(args.device, ui.lang)?))?;
    explained.check_row(args.row, ui.lang)?;
    let row = args.row.map(|row| row as usize - 1);
    args.picture.save(|| explained.picture(args.step, row, ui.lang))?;
    if args.json {
        json::write(&explained, args.step, args.row, ui)?;
        return Ok(Outcome::Fine);
    }
    let terminal = Terminal::of_stdout();
    let text = text(&explained, args, &terminal, ui)?;
    pager::write(&text, !args.no_pager, &terminal, ui.out)?;
    Ok(Outcome::Fine)
}

fn text(explained: &Explained, args: &Args, terminal: &Terminal, ui: &Ui) -> Result<String> {
    let row = args.row.map(|row| row as usize - 1);
    if let (Some(row), None) = (row, args.step) {
        return row::text(explained, row, terminal, ui.lang);
    }
    let page = page::Page { explained, row, terminal, lang: ui.lang };
    let chapters: Vec<&Chapter> = explained.chapters(args.step).collect();
    let texts: Vec<String> =
        chapters.into_iter().map(|chapter| page.chapter(chapter)).collect::<Result<_>>()?;
    let title = if args.step.is_some() { String::new() } else { page.title() };
    Ok(title + &texts.join("\n"))
}

impl Explained {
    fn check_row(&self, row: Option<u32>, lang: crate::i18n::Lang) -> Result<()> {
        let words = self.queries();
        match row {
            Some(row) if row as usize > words => {
                let count = (words as i64).into();
                let what = lang.text_with(
                    "explain-no-such-row",
                    &[("row", i64::from(row).into()), ("count", count)],
                );
                Err(Error::value(what).mend(
                    lang.text_with("explain-no-such-row-mend", &[("count", (words as i64).into())]),
                ))
            }
            _ => Ok(()),
        }
    }
}
