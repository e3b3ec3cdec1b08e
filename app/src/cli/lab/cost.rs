//! `atencion lab cost`: time, memory, and what must wait for what, beside the paper's table 1.

use serde::Serialize;

use super::{Args, Report, Scale, Table, bar, machine, memory, observe, time};
use crate::cli::{Outcome, Ui};
use crate::i18n::{Lang, plain};
use crate::lab::Family;
use crate::lab::cost::{Measured, Setup, Waiting, measure, waiting};
use crate::lab::crossover::{Faster, curve, faster, rounded};
use crate::view::chart::Series;
use atencion::Result;

const LENGTHS: [i64; 5] = [16, 64, 256, 1024, 4096];
const WIDTH: i64 = 128;

#[derive(Serialize)]
struct Numbers<'a> {
    setup: &'a Setup,
    measured: &'a [Measured],
    waiting: &'a [Waiting],
}

pub(super) fn run(args: &Args, ui: &mut Ui) -> anyhow::Result<Outcome> {
    let setup = setup(args)?;
    let bar = bar();
    let measured = measure(&setup, &mut observe(&bar));
    bar.finish_and_clear();
    let (measured, waiting) = (measured?, waiting(setup.width, &setup.lengths)?);
    let report = report(&setup, &measured, &waiting, ui.lang);
    report.write(args, &Numbers { setup: &setup, measured: &measured, waiting: &waiting }, ui)
}

fn setup(args: &Args) -> Result<Setup> {
    let or = |given: &[i64], default: &[i64]| {
        let mut numbers = if given.is_empty() { default } else { given }.to_vec();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    };
    let threads = match &args.threads[..] {
        [] => vec![atencion::libtorch::get_num_threads()?],
        given => given.iter().map(|&threads| threads.into()).collect(),
    };
    Ok(Setup {
        width: args.width.unwrap_or(WIDTH),
        lengths: or(&args.lengths, &LENGTHS),
        batches: or(&args.batch, &[1]),
        threads,
        seconds: args.seconds,
        seed: args.seed,
    })
}

/// What one chart and three tables are of.
struct Group<'a> {
    setup: &'a Setup,
    measured: &'a [Measured],
    batch: i64,
    threads: usize,
    lang: Lang,
}

fn report(setup: &Setup, measured: &[Measured], waiting: &[Waiting], lang: Lang) -> Report {
    let groups = setup.threads.iter().flat_map(|&threads| {
        setup.batches.iter().map(move |&batch| Group { setup, measured, batch, threads, lang })
    });
    let groups: Vec<Group> = groups.collect();
    let mut tables: Vec<Table> = groups.iter().flat_map(Group::tables).collect();
    tables.push(waits(setup, waiting, lang));
    tables.push(paper(lang));
    let mut sentences: Vec<String> = groups.iter().flat_map(Group::sentences).collect();
    sentences.push(lang.text("lab-cost-waits-note"));
    Report {
        title: lang.text("lab-cost-title"),
        setup: lang.text_with(
            "lab-cost-setup",
            &[("width", plain(setup.width)), ("machine", plain(machine(lang)))],
        ),
        tables,
        charts: groups.iter().flat_map(Group::charts).collect(),
        sentences,
    }
}

fn family(family: Family, lang: Lang) -> String {
    lang.text(&format!("lab-family-{}", family.id()))
}

impl Group<'_> {
    /// `forward + backward, batch 8, 2 threads`
    fn named(&self, id: &str) -> String {
        let variables = [("batch", plain(self.batch)), ("threads", plain(self.threads))];
        format!("{}, {}", self.lang.text(id), self.lang.text_with("lab-cost-group", &variables))
    }

    fn tables(&self) -> Vec<Table> {
        let lang = self.lang;
        vec![
            self.table("lab-cost-training", |it| time(it.training, lang)),
            self.table("lab-cost-forward", |it| time(it.forward, lang)),
            self.table("lab-cost-memory", |it| memory(it.memory, lang)),
        ]
    }

    fn table(&self, id: &str, said: impl Fn(&Measured) -> String) -> Table {
        let cell = |length: i64, family: Family| {
            let found = self.measured.iter().find(|it| {
                it.family == family
                    && it.length == length
                    && (it.batch, it.threads) == (self.batch, self.threads)
            });
            found.map(&said).unwrap_or_default()
        };
        let row = |&length: &i64| {
            let cells = Family::ALL.map(|family| cell(length, family));
            std::iter::once(length.to_string()).chain(cells).collect()
        };
        let names = Family::ALL.map(|it| family(it, self.lang));
        Table {
            title: self.named(id),
            head: std::iter::once(self.lang.text("lab-words")).chain(names).collect(),
            rows: self.setup.lengths.iter().map(row).collect(),
        }
    }

    fn charts(&self) -> Vec<(Vec<Series>, Scale, String)> {
        let of = |id: &str, time: fn(&Measured) -> f64| {
            let series = Family::ALL.map(|it| Series {
                name: family(it, self.lang),
                letter: it.letter(),
                points: curve(self.measured, it, (self.batch, self.threads), time),
            });
            (series.to_vec(), Scale::Seconds, self.named(id))
        };
        vec![of("lab-cost-training", |it| it.training), of("lab-cost-forward", |it| it.forward)]
    }

    /// *On this CPU attention is faster than the LSTM up to 1,900 words*, for each of the others, in training.
    fn sentences(&self) -> Vec<String> {
        let key = (self.batch, self.threads);
        let of = |it| curve(self.measured, it, key, |it| it.training);
        let attention = of(Family::Attention);
        let said = |other: Family| {
            let (id, words) = match faster(&attention, &of(other)) {
                Faster::Always => ("lab-cost-always", 0),
                Faster::Never => ("lab-cost-never", 0),
                Faster::UpTo(words) => ("lab-cost-up-to", rounded(words)),
                Faster::From(words) => ("lab-cost-from", rounded(words)),
                Faster::Mixed => ("lab-cost-mixed", 0),
            };
            let other = self.lang.text(&format!("lab-family-{}-the", other.id()));
            self.lang.text_with(id, &[("other", plain(other)), ("words", plain(words))])
        };
        let others = Family::ALL.into_iter().filter(|&it| it != Family::Attention).map(said);
        std::iter::once(self.named("lab-cost-on-this") + ":").chain(others).collect()
    }
}

/// At the shortest and the longest.
fn waits(setup: &Setup, waiting: &[Waiting], lang: Lang) -> Table {
    let ends = [setup.lengths.first(), setup.lengths.last()].map(|it| it.copied().unwrap_or(1));
    let row = |it: Family| {
        let at = |length| waiting.iter().find(|w| w.family == it && w.length == length);
        let number = |length, of: fn(&Waiting) -> usize| {
            at(length).map(of).map(|number| number.to_string()).unwrap_or_default()
        };
        let chains = ends.map(|length| number(length, |it| it.chain));
        let paths = ends.map(|length| number(length, Waiting::path));
        std::iter::once(family(it, lang)).chain(chains).chain(paths).collect()
    };
    let head = |id: &str| ends.map(|length| lang.text_with(id, &[("words", plain(length))]));
    Table {
        title: lang.text("lab-cost-waits"),
        head: std::iter::once(String::new())
            .chain(head("lab-cost-chain"))
            .chain(head("lab-cost-path"))
            .collect(),
        rows: Family::ALL.map(row).to_vec(),
    }
}

/// Vaswani et al., 2017, table 1.
fn paper(lang: Lang) -> Table {
    let row = |name: String, cells: [&str; 3]| {
        std::iter::once(name).chain(cells.map(String::from)).collect::<Vec<_>>()
    };
    let heads = ["lab-paper-cost", "lab-paper-waits", "lab-paper-path"].map(|id| lang.text(id));
    Table {
        title: lang.text("lab-paper"),
        head: std::iter::once(String::new()).chain(heads).collect(),
        rows: vec![
            row(lang.text("lab-paper-recurrent"), ["O(n·d²)", "O(n)", "O(n)"]),
            row(family(Family::Convolution, lang), ["O(k·n·d²)", "O(1)", "O(n/k), O(logₖ n)"]),
            row(family(Family::Attention, lang), ["O(n²·d)", "O(1)", "O(1)"]),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made up: attention's time grows with the square, the others' with the length.
    fn measured() -> Vec<Measured> {
        let one = |family: Family, length: i64| {
            let n = length as f64;
            let seconds = if family == Family::Attention { n * n } else { 100.0 * n } * 1e-6;
            Measured {
                family,
                length,
                batch: 1,
                threads: 2,
                forward: seconds / 3.0,
                training: seconds,
                memory: 4096,
            }
        };
        Family::ALL.into_iter().flat_map(|it| [16, 64, 256].map(|n| one(it, n))).collect()
    }

    fn made(lang: Lang) -> Report {
        let setup = Setup {
            width: 8,
            lengths: vec![16, 64, 256],
            batches: vec![1],
            threads: vec![2],
            seconds: 0.0,
            seed: 0,
        };
        let waiting = waiting(8, &setup.lengths).unwrap();
        report(&setup, &measured(), &waiting, lang)
    }

    #[test]
    fn where_the_curves_cross_is_said_in_a_sentence() {
        let said = |lang| made(lang).sentences.join("\n");
        assert!(
            said(Lang::En).contains("faster than the LSTM up to 100 words"),
            "{}",
            said(Lang::En)
        );
        assert!(
            said(Lang::Es).contains("más rápida que la LSTM hasta 100 palabras"),
            "{}",
            said(Lang::Es)
        );
    }

    #[test]
    fn every_table_fits_a_terminal() {
        for lang in Lang::ALL {
            let report = made(lang);
            let text: String = report.tables.iter().map(Table::text).collect();
            assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
            assert!(text.contains("25.6 ms") || text.contains("25,6 ms"), "{text}");
            assert_eq!(report.charts.len(), 2);
            assert_eq!(report.charts[0].0.len(), 5);
        }
    }
}
