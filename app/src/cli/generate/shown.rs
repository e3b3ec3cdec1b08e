//! Several sequences one below the other, and the steps of one with what was likely.

use std::time::Instant;

use atencion::generate::Generated;

use super::interrupt::Interrupt;
use super::{Ui, Writer, say_speed};
use crate::view::Terminal;

/// Characters of the longest bar.
const BAR: f64 = 24.0;
/// Tokens that a step shows.
const LIKELIEST: i64 = 5;

/// Each with its number and, of beams, its score.
pub(super) fn sequences(writer: &Writer, written: &Generated, ui: &mut Ui) -> anyhow::Result<()> {
    let terminal = Terminal::of_stdout();
    for (at, row) in Vec::<Vec<i64>>::try_from(&written.sequences)?.iter().enumerate() {
        let score = written.sequences_scores.as_ref();
        let score = score.map(|scores| format!("  {:.4}", scores.double_value(&[at as i64])));
        let heading = format!("{}{}", at + 1, score.unwrap_or_default());
        writeln!(ui.out, "{}", terminal.bold(heading))?;
        writeln!(ui.out, "{}\n", writer.tokenizer.decode(row, true)?)?;
    }
    Ok(())
}

/// The token that was chosen, and the five likeliest with bars.
pub(super) fn steps(writer: &Writer, ids: &[i64], begun: &str, ui: &mut Ui) -> anyhow::Result<()> {
    let terminal = Terminal::of_stdout();
    let interrupt = Interrupt::listen();
    let started = Instant::now();
    let mut new = 0;
    for token in writer.tokens(ids)? {
        let token = token?;
        let (chosen, _) = token.chosen()[0];
        if new == 0 {
            writeln!(ui.out, "{begun}")?;
        }
        new += 1;
        writeln!(ui.out, "\n{}", terminal.bold(format!("{new}  {}", spelled(writer, chosen))))?;
        for (id, probability) in token.likeliest(0, LIKELIEST)? {
            let line = format!(
                "  {} {:5.1} %  {}",
                bar(probability),
                100.0 * probability,
                spelled(writer, id)
            );
            let line = if id == chosen { line } else { terminal.dim(line) };
            writeln!(ui.out, "{line}")?;
        }
        ui.out.flush()?;
        if interrupt.heard() {
            break;
        }
    }
    say_speed(new, started.elapsed(), ui);
    Ok(())
}

/// A token as it is read, its spaces to be seen.
fn spelled(writer: &Writer, id: i64) -> String {
    let text = writer.tokenizer.decode(&[id], false).unwrap_or_default();
    format!("{text:?}")
}

/// Eighths of a character make the bar exact.
fn bar(share: f64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share.clamp(0.0, 1.0) * BAR * 8.0).round() as usize;
    let text = "█".repeat(eighths / 8) + EIGHTHS[eighths % 8];
    format!("{text:<width$}", width = BAR as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_they_are_likely() {
        assert_eq!(bar(1.0), "█".repeat(24));
        assert_eq!(bar(0.0), " ".repeat(24));
        assert_eq!(bar(0.5).trim_end(), "█".repeat(12));
        assert_eq!(bar(1.0 / 192.0).trim_end(), "▏");
    }
}
