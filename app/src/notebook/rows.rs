//! A matrix that was printed row by row: tensors of one dimension one after another, or lines of bare numbers.

use super::precision::Precision;
use super::printed::Printed;

/// More rows than this are no exercise.
const MOST_ROWS: usize = 1000;

/// Each run of at least two vectors of one length, as a matrix.
pub(super) fn of_vectors(printed: &[Printed]) -> Vec<Printed> {
    let alike = |a: &Printed, b: &Printed| {
        a.shape.len() == 1 && a.shape == b.shape && !a.summarised && !b.summarised
    };
    printed
        .chunk_by(alike)
        .filter(|rows| (2..=MOST_ROWS).contains(&rows.len()))
        .map(stacked)
        .collect()
}

fn stacked(rows: &[Printed]) -> Printed {
    // A row of whole numbers, `[1., 0.]`, is exact; what the others were rounded to holds for all.
    let coarsest = rows.iter().map(|row| &row.precision).min_by_key(|precision| match precision {
        Precision::Full => u8::MAX,
        other => other.digits().unwrap_or(u8::MAX),
    });
    Printed {
        shape: vec![rows.len(), rows[0].shape[0]],
        values: rows.iter().flat_map(|row| row.values.iter().copied()).collect(),
        precision: coarsest.cloned().unwrap_or(Precision::Full),
        ..rows[0].clone()
    }
}

/// Each run of at least two lines of bare numbers, as many on each: `Attn 1: 0.25 0.50 0.50`. What stands before a colon
/// names the row; whole numbers alone are no result.
pub(super) fn of_text(text: &str) -> Vec<Printed> {
    let lines: Vec<Option<Row>> = text.lines().take(MOST_ROWS).enumerate().map(row).collect();
    let alike = |a: &Option<Row>, b: &Option<Row>| match (a, b) {
        (Some(a), Some(b)) => a.values.len() == b.values.len(),
        _ => false,
    };
    let runs = lines.chunk_by(alike).filter(|rows| rows.len() > 1);
    runs.filter_map(|rows| matrix(&rows.iter().flatten().collect::<Vec<_>>())).collect()
}

struct Row {
    line: usize,
    before: String,
    values: Vec<f64>,
    decimals: Vec<u8>,
}

fn row((at, line): (usize, &str)) -> Option<Row> {
    let (before, numbers) = line.rsplit_once(':').unwrap_or(("", line));
    let words: Vec<&str> = numbers
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|'))
        .filter(|word| !word.is_empty())
        .collect();
    let values: Option<Vec<f64>> = words.iter().map(|word| plain(word)).collect();
    let decimals =
        words.iter().map(|word| word.split_once('.').map_or(0, |(_, after)| after.len() as u8));
    let values = values.filter(|values| values.len() > 1)?;
    Some(Row {
        line: at + 1,
        before: before.chars().take(80).collect(),
        values,
        decimals: decimals.collect(),
    })
}

/// A number as `:.2f` writes it.
fn plain(word: &str) -> Option<f64> {
    let digits = word.trim_start_matches('-');
    let is_plain = digits.len() < 20
        && digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    is_plain.then(|| word.parse().ok()).flatten()
}

fn matrix(rows: &[&Row]) -> Option<Printed> {
    let first = rows.first()?;
    let decimals: Vec<u8> = rows.iter().flat_map(|row| row.decimals.iter().copied()).collect();
    decimals.iter().any(|digits| *digits > 0).then(|| Printed {
        line: first.line,
        before: first.before.clone(),
        shape: vec![rows.len(), first.values.len()],
        values: rows.iter().flat_map(|row| row.values.iter().copied()).collect(),
        precision: Precision::Each(decimals),
        kind: None,
        summarised: false,
    })
}

#[cfg(test)]
mod tests {
    use super::super::printed::tensors;
    use super::*;

    #[test]
    fn vectors_one_after_another_are_rows() {
        let text = "Z1: tensor([0.2500, 0.5000])\ntensor([1., 0.])\n\ntensor([1, 2, 3])";
        let rows = of_vectors(&tensors(text));
        assert_eq!(rows.len(), 1);
        assert_eq!(
            (&rows[0].shape[..], &rows[0].values[..]),
            (&[2, 2][..], &[0.25, 0.5, 1.0, 0.0][..])
        );
        assert_eq!(rows[0].precision, Precision::Decimals(4));
    }

    #[test]
    fn lines_of_bare_numbers_are_rows() {
        let rows = of_text("Attn 1: 0.25 0.50\nAttn 2: 0.19 0.54\ndone\n1 2\n3 4\n");
        assert_eq!(rows.len(), 1);
        assert_eq!((&rows[0].shape[..], rows[0].line), (&[2, 2][..], 1));
        assert_eq!(rows[0].precision, Precision::Each(vec![2; 4]));
    }
}
