//! What is likely, the likeliest first: a line for each, with a bar.

use unicode_width::UnicodeWidthStr;

use super::Ui;
use crate::i18n::Lang;
use crate::view::{Terminal, viridis};

/// Lines of a name, a bar and a percentage.
pub(super) fn print(
    named: &[(String, f64)],
    terminal: &Terminal,
    ui: &mut Ui,
) -> std::io::Result<()> {
    let names: Vec<String> = named.iter().map(|(name, _)| atencion::printable(name)).collect();
    let widest = names.iter().map(|name| name.width()).max().unwrap_or(0);
    let room = terminal.columns.saturating_sub(widest + 12).clamp(10, 40);
    for ((_, probability), name) in named.iter().zip(names) {
        let long = (probability * room as f64).round() as usize;
        let bar = terminal.foreground(viridis(*probability), "█".repeat(long));
        let gap = " ".repeat(room - long.min(room));
        let padding = " ".repeat(widest - name.width());
        writeln!(ui.out, "{name}{padding}  {bar}{gap}  {}", percent(*probability, ui.lang))?;
    }
    Ok(())
}

/// With a comma in Spanish.
fn percent(probability: f64, lang: Lang) -> String {
    number(format!("{:.1} %", 100.0 * probability), lang)
}

/// A number as the language writes it.
pub(super) fn number(english: String, lang: Lang) -> String {
    match lang {
        Lang::Es => english.replace('.', ","),
        Lang::En => english,
    }
}
