//! The coloured cells of a panel, as few rectangles as will do.

use crate::view::heatmap::place;
use crate::view::{Matrix, Rgb, viridis};

/// What stands for −∞, ∞ and nan: none of viridis' colours.
pub(super) const NO_NUMBER: Rgb = (225, 225, 225);

/// Cells of one colour side by side or one below the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub row: usize,
    pub column: usize,
    pub rows: usize,
    pub columns: usize,
    pub colour: Rgb,
}

/// The colour of a cell.
pub(super) fn colour(value: f64, range: Option<(f64, f64)>) -> Rgb {
    match range {
        // 256 steps, as matplotlib's map has: more are not seen, and fewer make longer runs.
        Some(range) if value.is_finite() => viridis((place(value, range) * 255.0).round() / 255.0),
        _ => NO_NUMBER,
    }
}

/// The cells, joined in that direction which needs fewer rectangles: a positional encoding of 20 × 512 numbers is
/// otherwise a megabyte of SVG.
pub(super) fn runs(matrix: &Matrix, range: Option<(f64, f64)>) -> Vec<Run> {
    let at = |row, column| colour(matrix.at(row, column), range);
    let mut across = Vec::new();
    for row in 0..matrix.rows {
        for (column, columns, colour) in lengths((0..matrix.columns).map(|column| at(row, column)))
        {
            across.push(Run { row, column, rows: 1, columns, colour });
        }
    }
    let mut down = Vec::new();
    for column in 0..matrix.columns {
        for (row, rows, colour) in lengths((0..matrix.rows).map(|row| at(row, column))) {
            down.push(Run { row, column, rows, columns: 1, colour });
        }
    }
    if down.len() < across.len() { down } else { across }
}

/// Where each run of equal colours begins, how long it is, and its colour.
fn lengths(colours: impl Iterator<Item = Rgb>) -> Vec<(usize, usize, Rgb)> {
    let mut runs: Vec<(usize, usize, Rgb)> = Vec::new();
    for (at, colour) in colours.enumerate() {
        match runs.last_mut() {
            Some((_, length, last)) if *last == colour => *length += 1,
            _ => runs.push((at, 1, colour)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_cover_every_cell_once() {
        let values = vec![0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.5, f64::NEG_INFINITY];
        let matrix = Matrix { rows: 3, columns: 3, values };
        let mut seen = [[None; 3]; 3];
        for run in runs(&matrix, matrix.range()) {
            for line in &mut seen[run.row..run.row + run.rows] {
                for cell in &mut line[run.column..run.column + run.columns] {
                    assert_eq!(cell.replace(run.colour), None);
                }
            }
        }
        assert!(seen.as_flattened().iter().all(Option::is_some));
        assert_eq!(seen[2][2], Some(NO_NUMBER));
    }

    #[test]
    fn columns_of_one_colour_are_one_rectangle() {
        let matrix = Matrix { rows: 4, columns: 2, values: [0.0, 1.0].repeat(4) };
        assert_eq!(runs(&matrix, matrix.range()).len(), 2);
    }
}
