//! `atencion lab recall`: which layer still remembers, at which distance.

use serde::Serialize;

use super::{Args, Report, Scale, Table, bar, machine, observe, percent};
use crate::cli::{Outcome, Ui};
use crate::i18n::{FluentValue, Lang, plain};
use crate::lab::Family;
use crate::lab::recall::{Remembered, Setup, Task, VALUES, measure};
use crate::view::chart::Series;

const DISTANCES: [i64; 5] = [2, 4, 8, 16, 32];
const WIDTH: i64 = 64;
const BATCH: i64 = 64;
/// A layer that answers so often is said to remember.
const REMEMBERS: f64 = 0.9;

#[derive(Serialize)]
struct Numbers<'a> {
    setup: &'a Setup,
    remembered: &'a [Remembered],
}

pub(super) fn run(args: &Args, ui: &mut Ui) -> anyhow::Result<Outcome> {
    let mut distances =
        if args.lengths.is_empty() { DISTANCES.to_vec() } else { args.lengths.clone() };
    distances.sort_unstable();
    distances.dedup();
    let setup = Setup {
        task: args.task,
        width: args.width.unwrap_or(WIDTH),
        distances,
        batch: args.batch.first().copied().unwrap_or(BATCH),
        steps: args.steps,
        lr: args.lr,
        seed: args.seed,
    };
    let bar = bar();
    let found = measure(&setup, &mut observe(&bar));
    bar.finish_and_clear();
    let found = found?;
    let report = report(&setup, &found, ui.lang);
    report.write(args, &Numbers { setup: &setup, remembered: &found }, ui)
}

fn report(setup: &Setup, found: &[Remembered], lang: Lang) -> Report {
    let of = |family: Family| found.iter().filter(move |it| it.family == family);
    let name = |family: Family| lang.text(&format!("lab-family-{}", family.id()));
    let row = |&distance: &i64| {
        let cell = |family| of(family).find(|it| it.distance == distance).map(|it| it.accuracy);
        let cells =
            Family::ALL.map(|it| cell(it).map(|share| percent(share, lang)).unwrap_or_default());
        std::iter::once(distance.to_string()).chain(cells).collect()
    };
    let title = lang.text(match setup.task {
        Task::Copy => "lab-recall-copy",
        Task::Associative => "lab-recall-associative",
    });
    let table = Table {
        title: lang.text("lab-recall-right"),
        head: std::iter::once(lang.text("lab-recall-distance"))
            .chain(Family::ALL.map(name))
            .collect(),
        rows: setup.distances.iter().map(row).collect(),
    };
    let series = Family::ALL.map(|it| Series {
        name: name(it),
        letter: it.letter(),
        points: of(it).map(|it| (it.distance as f64, it.accuracy)).collect(),
    });
    let variables: [(&str, FluentValue); 5] = [
        ("width", plain(setup.width)),
        ("steps", plain(setup.steps)),
        ("batch", plain(setup.batch)),
        ("values", plain(VALUES)),
        ("machine", plain(machine(lang))),
    ];
    Report {
        title: title.clone(),
        setup: lang.text_with("lab-recall-setup", &variables),
        tables: vec![table],
        charts: vec![(series.to_vec(), Scale::Share, lang.text("lab-recall-right"))],
        sentences: Family::ALL.map(|it| sentence(it, &of(it).collect::<Vec<_>>(), lang)).to_vec(),
    }
}

/// *The LSTM remembers 8 pairs; at 16 it is right in 31 %.*
fn sentence(family: Family, found: &[&Remembered], lang: Lang) -> String {
    let forgets = found.iter().find(|it| it.accuracy < REMEMBERS);
    let until = found.iter().take_while(|it| it.accuracy >= REMEMBERS).last();
    let the = lang.text(&format!("lab-family-{}-The", family.id()));
    let number = |it: Option<&&Remembered>| plain(it.map_or(0, |it| it.distance));
    let share = plain(forgets.map(|it| percent(it.accuracy, lang)).unwrap_or_default());
    let id = match (until, forgets) {
        (_, None) => "lab-recall-all",
        (None, _) => "lab-recall-none",
        _ => "lab-recall-until",
    };
    let variables = [
        ("layer", plain(the)),
        ("until", number(until)),
        ("beyond", number(forgets)),
        ("share", share),
    ];
    lang.text_with(id, &variables)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remembered(family: Family, accuracies: [f64; 2]) -> Vec<Remembered> {
        let one = |(distance, accuracy)| Remembered { family, distance, accuracy, loss: 0.5 };
        [4, 8].into_iter().zip(accuracies).map(one).collect()
    }

    #[test]
    fn what_is_remembered_is_said_in_a_sentence() {
        let said = |accuracies, lang| {
            let found = remembered(Family::Lstm, accuracies);
            sentence(Family::Lstm, &found.iter().collect::<Vec<_>>(), lang)
        };
        assert_eq!(
            said([0.95, 0.31], Lang::En),
            "The LSTM remembers 4 pairs; at 8 it is right in 31%."
        );
        assert_eq!(
            said([1.0, 0.99], Lang::En),
            "The LSTM remembers every distance that was asked for."
        );
        assert!(said([0.2, 0.1], Lang::Es).contains("20 %"));
    }
}
