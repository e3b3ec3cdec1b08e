//! `--profile`: where the time of a training goes, operator by operator.

use std::time::Duration;

use super::super::Ui;
use crate::i18n::plain;
use atencion::libtorch::OperatorTime;

/// Operators that are shown; the others are added up.
const SHOWN: usize = 15;

/// A line an operator, that which takes longest first: its share of all the time, what it takes in a step, and how often
/// it is called in one. Last what no operator took: data, checkpoints, and the loop itself.
pub(super) fn print(
    table: &[OperatorTime],
    took: Duration,
    steps: u64,
    ui: &mut Ui,
) -> std::io::Result<()> {
    let lang = ui.lang;
    let head = ["share", "per-step", "calls", "operator"];
    let [share, per_step, calls, operator] =
        head.map(|name| lang.text(&format!("train-profile-{name}")));
    let seconds = [("seconds", plain(format!("{:.1}", took.as_secs_f64())))];
    writeln!(ui.out, "{}", lang.text_with("train-profile-head", &seconds))?;
    writeln!(ui.out, "{share:>9} {per_step:>12} {calls:>12}  {operator}")?;
    let steps = steps.max(1) as f64;
    let mut row = |time: Duration, calls: Option<usize>, name: &str| {
        let share = 100.0 * time.as_secs_f64() / took.as_secs_f64().max(1e-9);
        let milliseconds = 1e3 * time.as_secs_f64() / steps;
        let calls = calls.map_or(String::new(), |calls| format!("{:.1}", calls as f64 / steps));
        writeln!(ui.out, "{share:>7.1} % {milliseconds:>9.3} ms {calls:>12}  {name}")
    };
    let (shown, others) = table.split_at(table.len().min(SHOWN));
    for operator in shown {
        row(operator.self_time, Some(operator.calls), &operator.name)?;
    }
    let sum = |table: &[OperatorTime]| table.iter().map(|row| row.self_time).sum::<Duration>();
    if !others.is_empty() {
        let calls = others.iter().map(|operator| operator.calls).sum();
        let count = [("count", plain(others.len()))];
        row(sum(others), Some(calls), &lang.text_with("train-profile-others", &count))?;
    }
    row(took.saturating_sub(sum(table)), None, &lang.text("train-profile-rest"))
}
