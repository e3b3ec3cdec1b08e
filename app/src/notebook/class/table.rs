//! The table of grades, as CSV.

use super::Graded;
use crate::i18n::Lang;
use atencion::{Error, Result, printable};

/// A row a notebook: who, which file, its status, mistake and cell, the points of each exercise and of all.
///
/// # Errors
/// None that a table in memory can have.
pub fn csv(class: &[Graded], lang: Lang) -> Result<Vec<u8>> {
    write(class, lang).map_err(|error| Error::value(error.to_string()))
}

fn write(class: &[Graded], lang: Lang) -> std::result::Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut out = csv::Writer::from_writer(Vec::new());
    let mut head: Vec<String> =
        ["student", "file", "status", "mistake", "why", "cell"].map(str::to_owned).to_vec();
    if let Some(first) = class.first() {
        head.extend(first.marks.iter().map(|mark| safe(&mark.exercise)));
    }
    head.extend(["points", "of", "same_as"].map(str::to_owned));
    out.write_record(&head)?;
    for graded in class {
        out.write_record(row(graded, lang))?;
    }
    Ok(out.into_inner()?)
}

fn row(graded: &Graded, lang: Lang) -> Vec<String> {
    let mut row = vec![
        safe(&graded.student),
        safe(&graded.file.display().to_string()),
        graded.status.word().to_owned(),
        graded.mistake().unwrap_or_default().to_owned(),
        safe(&why(graded, lang)),
        graded.cell.map(|cell| cell.to_string()).unwrap_or_default(),
    ];
    row.extend(graded.marks.iter().map(|mark| points(mark.points)));
    row.extend([points(graded.points()), points(graded.of()), safe(&graded.same_as.join("; "))]);
    row
}

/// In one sentence.
pub fn why(graded: &Graded, lang: Lang) -> String {
    if let Some(mistake) = graded.mistake() {
        return lang.text(&format!("museum-{mistake}"));
    }
    match (&graded.unreadable, &graded.raised) {
        (Some(error), _) => printable(error.what()),
        (None, Some((_, what))) => printable(what),
        (None, None) => String::new(),
    }
}

/// Two digits after the point at most.
pub fn points(points: f64) -> String {
    let text = format!("{points:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Nothing that a spreadsheet would take for a formula, and nothing that is not seen.
fn safe(text: &str) -> String {
    let text = printable(text);
    if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_computes_nothing_and_hides_nothing() {
        assert_eq!(safe("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(safe("@SUM(1)"), "'@SUM(1)");
        assert_eq!(safe("Ana\n\u{202e}x"), "Ana\\n\\u{202e}x");
        assert_eq!(safe("Zoë Gil"), "Zoë Gil");
    }

    #[test]
    fn points_are_short() {
        assert_eq!(
            [points(10.0), points(3.5), points(10.0 / 3.0), points(0.0)],
            ["10", "3.5", "3.33", "0"]
        );
    }
}
