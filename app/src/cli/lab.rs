//! `atencion lab`: recurrence, convolution and attention side by side, measured.

mod cost;
mod page;
mod recall;

use std::path::PathBuf;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::{Outcome, Ui};
use crate::i18n::{Lang, plain};
use crate::lab::recall::Task;
use crate::view::{chart, picture, save};
use atencion::{Error, Result};

/// The arguments of `atencion lab`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What to measure: what a layer costs, or what it remembers
    #[arg(value_name = "WHAT", value_enum)]
    what: What,
    /// Words of a sequence; in recall, pairs to remember
    #[arg(long, value_name = "N,N", value_delimiter = ',', value_parser = clap::value_parser!(i64).range(1..=1 << 20))]
    lengths: Vec<i64>,
    /// Numbers of a word
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=1 << 14))]
    width: Option<i64>,
    /// Sequences at once; in cost, one measurement for each
    #[arg(long, value_name = "N,N", value_delimiter = ',', value_parser = clap::value_parser!(i64).range(1..=1 << 20))]
    batch: Vec<i64>,
    /// Cost: threads of an operator, one measurement for each (default: all)
    #[arg(long, value_name = "N,N", value_delimiter = ',', value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Vec<u16>,
    /// Cost: seconds to repeat each measurement for
    #[arg(long, value_name = "SECONDS", default_value_t = 0.2)]
    seconds: f64,
    /// Recall: what is asked at the end
    #[arg(long, value_name = "TASK", value_enum, default_value_t = Task::Copy)]
    task: Task,
    /// Recall: steps that each layer learns for
    #[arg(long, value_name = "N", default_value_t = 400, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    steps: u64,
    /// Recall: Adam's learning rate
    #[arg(long, value_name = "X", default_value_t = 3e-3)]
    lr: f64,
    /// Of the weights and the words
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: i64,
    /// One JSON document on standard output, at full precision
    #[arg(long)]
    json: bool,
    /// Write a page with the charts and the tables
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the chart as an SVG picture
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Write the chart as a PNG picture
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum What {
    Cost,
    Recall,
}

pub(super) fn run(args: &Args, ui: &mut Ui) -> anyhow::Result<Outcome> {
    let waits = args.seconds.is_finite() && args.seconds >= 0.0;
    let learns = args.lr.is_finite() && args.lr > 0.0;
    if !waits || !learns {
        return Err(Error::value(ui.lang.text("lab-bad-number"))
            .mend(ui.lang.text("lab-bad-number-mend"))
            .into());
    }
    match args.what {
        What::Cost => cost::run(args, ui),
        What::Recall => recall::run(args, ui),
    }
}

/// What a measurement says, in the three forms that are asked for.
struct Report {
    /// Above all.
    title: String,
    /// What was measured.
    setup: String,
    tables: Vec<Table>,
    /// Of each the curves and what is beside them; the first one is shown in the terminal, too.
    charts: Vec<(Vec<chart::Series>, Scale, String)>,
    /// What follows, in words.
    sentences: Vec<String>,
}

/// What a chart's values are.
#[derive(Debug, Clone, Copy)]
enum Scale {
    Seconds,
    Share,
}

/// Numbers with names above and on the left.
struct Table {
    title: String,
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Report {
    fn write<T: Serialize>(
        &self,
        args: &Args,
        numbers: &T,
        ui: &mut Ui,
    ) -> anyhow::Result<Outcome> {
        self.files(args, ui.lang)?;
        if args.json {
            serde_json::to_writer_pretty(&mut ui.out, numbers)?;
            writeln!(ui.out)?;
            return Ok(Outcome::Fine);
        }
        writeln!(ui.out, "{}\n{}", self.title, textwrap::fill(&self.setup, 80))?;
        for table in &self.tables {
            write!(ui.out, "\n{}", table.text())?;
        }
        if let Some((series, scale, title)) = self.charts.first() {
            writeln!(
                ui.out,
                "\n{title}\n{}",
                chart::letters(series, &axes(*scale, title, ui.lang))?
            )?;
        }
        for sentence in &self.sentences {
            writeln!(ui.out, "{}", textwrap::fill(sentence, 80))?;
        }
        Ok(Outcome::Fine)
    }

    /// All that is to be written is made before any file is touched.
    fn files(&self, args: &Args, lang: Lang) -> Result<()> {
        let Some((series, scale, title)) = self.charts.first() else { return Ok(()) };
        let first = || chart::svg(series, &axes(*scale, title, lang));
        let mut files = Vec::new();
        if let Some(path) = &args.html {
            files.push((path, page::page(self, lang)?.into_bytes()));
        }
        if let Some(path) = &args.svg {
            files.push((path, first()?.into_bytes()));
        }
        if let Some(path) = &args.png {
            files.push((path, picture::png(&first()?)?));
        }
        files.into_iter().try_for_each(|(path, bytes)| save(path, &bytes))
    }
}

fn axes<'a>(scale: Scale, title: &'a str, lang: Lang) -> chart::Axes<'a> {
    let counted = match scale {
        Scale::Seconds => "lab-words",
        Scale::Share => "lab-recall-distance",
    };
    chart::Axes {
        title,
        x: lang.text(counted),
        value: said(scale, lang),
        logarithmic: matches!(scale, Scale::Seconds),
    }
}

/// How a value is written: a chart asks for it often, and knows no language.
fn said(scale: Scale, lang: Lang) -> fn(f64) -> String {
    match (scale, lang) {
        (Scale::Seconds, Lang::En) => |value| time(value, Lang::En),
        (Scale::Seconds, Lang::Es) => |value| time(value, Lang::Es),
        (Scale::Share, Lang::En) => |value| percent(value, Lang::En),
        (Scale::Share, Lang::Es) => |value| percent(value, Lang::Es),
    }
}

impl Table {
    /// As wide as each column's widest, the first one on the left.
    fn text(&self) -> String {
        let lines = || std::iter::once(&self.head).chain(&self.rows);
        let width = |column: usize| {
            let cells = lines().filter_map(|line| line.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.head.len()).map(width).collect();
        let line = |cells: &Vec<String>| {
            let cells = cells.iter().zip(&widths).enumerate().map(|(at, (cell, &width))| {
                if at == 0 { format!("  {cell:<width$}") } else { format!("  {cell:>width$}") }
            });
            cells.collect::<String>().trim_end().to_owned() + "\n"
        };
        format!("{}\n{}", self.title, lines().map(line).collect::<String>())
    }
}

/// Seconds as a person says them.
fn time(seconds: f64, lang: Lang) -> String {
    let (value, unit) = match seconds {
        s if s < 1e-3 => (s * 1e6, "µs"),
        s if s < 1.0 => (s * 1e3, "ms"),
        s => (s, "s"),
    };
    let digits = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
    super::likely::number(format!("{value:.digits$} {unit}"), lang)
}

/// Bytes as a person says them.
fn memory(bytes: usize, lang: Lang) -> String {
    let (value, unit) = match bytes as f64 {
        b if b < 1024.0 * 1024.0 => (b / 1024.0, "KiB"),
        b if b < 1024.0 * 1024.0 * 1024.0 => (b / 1024.0 / 1024.0, "MiB"),
        b => (b / 1024.0 / 1024.0 / 1024.0, "GiB"),
    };
    super::likely::number(format!("{value:.1} {unit}"), lang)
}

fn percent(share: f64, lang: Lang) -> String {
    match lang {
        Lang::Es => format!("{:.0} %", share * 100.0),
        Lang::En => format!("{:.0}%", share * 100.0),
    }
}

/// The processor, as in *on this CPU*; what was measured depends on nothing more.
fn machine(lang: Lang) -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    lang.text_with("lab-machine", &[("cores", plain(cores))])
}

/// A bar on standard error while it measures.
fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{bar:28} {pos}/{len} {elapsed}<{eta}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn observe(bar: &ProgressBar) -> impl FnMut(usize, usize) {
    |done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_as_a_person_says_them() {
        let en = |seconds| time(seconds, Lang::En);
        assert_eq!(
            [en(1.5e-6), en(0.012_34), en(0.5), en(12.0)],
            ["1.50 µs", "12.3 ms", "500 ms", "12.0 s"]
        );
        assert_eq!(time(0.0015, Lang::Es), "1,50 ms");
        assert_eq!([memory(512, Lang::En), memory(3 << 20, Lang::Es)], ["0.5 KiB", "3,0 MiB"]);
        assert_eq!([percent(0.125, Lang::En), percent(1.0, Lang::Es)], ["12%", "100 %"]);
    }

    #[test]
    fn a_tables_columns_stand_below_one_another() {
        let cells = |cells: [&str; 2]| cells.map(String::from).to_vec();
        let table = Table {
            title: "t".into(),
            head: cells(["words", "µs"]),
            rows: vec![cells(["16", "1.50"])],
        };
        assert_eq!(table.text(), "t\n  words    µs\n  16     1.50\n");
    }
}
