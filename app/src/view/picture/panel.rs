//! How large a panel and its parts are, in pixels of the SVG.

use unicode_width::UnicodeWidthStr;

use super::Panel;
use crate::view::Matrix;

/// Text of cells and labels.
pub(super) const TEXT: f64 = 13.0;
/// Text of titles.
pub(super) const TITLE: f64 = 16.0;
/// Between things that do not belong together.
pub(super) const GAP: i32 = 28;

const TITLE_HEIGHT: i32 = 24;
const CAPTION_HEIGHT: i32 = 22;
const SCALE_HEIGHT: i32 = 44;
/// A table larger than this is drawn as means of blocks.
const MOST_COLUMNS: usize = 1024;
const MOST_ROWS: usize = 512;
/// Names longer than this are cut.
const LONGEST_NAME: usize = 16;
/// Up to that many rows and columns the numbers stand in the cells.
const NUMBERED: usize = 12;

/// A panel with the sizes of its parts.
pub(super) struct Sized<'a> {
    pub panel: &'a Panel,
    /// The numbers, reduced if there are too many.
    pub matrix: Matrix,
    /// Width and height of a cell.
    pub cell: (i32, i32),
    /// Whether the cells hold their numbers.
    pub numbered: bool,
    /// Width of the row names.
    pub left: i32,
    /// Height of the column names.
    pub top: i32,
    /// Whether the column names stand upright.
    pub upright: bool,
}

impl<'a> Sized<'a> {
    pub fn of(panel: &'a Panel) -> Self {
        let matrix = panel.matrix.at_most(MOST_ROWS, MOST_COLUMNS);
        let numbered = matrix.rows <= NUMBERED && matrix.columns <= NUMBERED;
        let cell = if numbered { (62, 34) } else { cell(matrix.rows, matrix.columns) };
        let whole = matrix.rows == panel.matrix.rows && matrix.columns == panel.matrix.columns;
        let rows: &[String] = if whole && cell.1 >= 12 { &panel.labels.rows } else { &[] };
        let columns: &[String] = if whole && cell.0 >= 12 { &panel.labels.columns } else { &[] };
        let widest = widest(columns);
        let upright = widest + 6 > cell.0;
        let top = match (columns.is_empty(), upright) {
            (true, _) => 0,
            (_, true) => widest + 8,
            (_, false) => 20,
        };
        let left = if rows.is_empty() { 0 } else { self::widest(rows) + 8 };
        Self { panel, matrix, cell, numbered, left, top, upright }
    }

    /// Where the first cell begins, seen from the panel's corner.
    pub fn origin(&self) -> (i32, i32) {
        (self.left, TITLE_HEIGHT + CAPTION_HEIGHT + self.top)
    }

    pub fn size(&self) -> (i32, i32) {
        let (left, top) = self.origin();
        let cells = self.cell.0 * self.matrix.columns as i32;
        // Title, caption and scale want room even over a single column.
        let words = text_width(&self.panel.title, TITLE).max(text_width(&self.panel.caption, TEXT));
        let width = (left + cells).max(words).max(left + 190);
        (width, top + self.cell.1 * self.matrix.rows as i32 + SCALE_HEIGHT)
    }

    /// The name of a row as it is drawn, where there is room for one.
    pub fn row_name(&self, row: usize) -> Option<String> {
        (self.left > 0).then(|| name(self.panel.labels.row(row)))
    }

    /// The name of a column as it is drawn, where there is room for one.
    pub fn column_name(&self, column: usize) -> Option<String> {
        (self.top > 0).then(|| name(self.panel.labels.column(column)))
    }
}

/// Square where a table is about as wide as it is high: a diagonal is then seen as one.
fn cell(rows: usize, columns: usize) -> (i32, i32) {
    if rows.max(columns) <= 3 * rows.min(columns) {
        let side = side(rows.max(columns), 720);
        return (side, side);
    }
    (side(columns, 1024), side(rows, 560))
}

/// A cell's side when that many share some pixels.
fn side(count: usize, pixels: i32) -> i32 {
    (pixels / count.max(1) as i32).clamp(1, 28)
}

fn name(name: &str) -> String {
    crate::view::labels::cut(name, LONGEST_NAME)
}

fn widest(names: &[String]) -> i32 {
    names.iter().map(|text| text_width(&name(text), TEXT)).max().unwrap_or(0)
}

/// About as wide as the text will be: in DejaVu Sans a letter is six tenths of its height, few are wider.
fn text_width(text: &str, size: f64) -> i32 {
    (text.width() as f64 * size * 0.6).ceil() as i32
}
