//! A small heatmap in the terminal, of Unicode blocks: coloured where there are colours, else shaded `░▒▓█`.

use tch::Tensor;
use unicode_width::UnicodeWidthStr;

use super::{Labels, Matrix, Terminal, labels, slices, viridis};
use crate::i18n::Lang;
use atencion::Result;

/// More rows than this are drawn as means of blocks.
const MOST_ROWS: usize = 24;
/// More slices (heads) than this are only counted.
const MOST_SLICES: usize = 4;
/// A column's name is cut to that width.
const WIDEST_NAME: usize = 8;
/// In cells narrower than this a cut name says nothing any more.
const SHORTEST_NAME: usize = 4;
const INDENT: &str = "  ";

/// The heatmap of a tensor, with its scale below: one for each of the first heads if it has more than two dimensions.
/// Every line ends in `\n`, and none is longer than the terminal is wide.
///
/// # Errors
/// When the tensor's numbers are not real.
pub fn heatmap(tensor: &Tensor, names: &Labels, terminal: &Terminal, lang: Lang) -> Result<String> {
    let slices = slices(tensor)?;
    let mut text = String::new();
    for slice in slices.iter().take(MOST_SLICES) {
        if !slice.index.is_empty() {
            let index = labels::index(&slice.index);
            text += &format!("{INDENT}{}\n", terminal.dim(index));
        }
        text += &of_matrix(&slice.matrix, names, terminal, lang);
    }
    if slices.len() > MOST_SLICES {
        let more = (slices.len() - MOST_SLICES) as i64;
        let note = lang.text_with("heatmap-more-slices", &[("count", more.into())]);
        text += &format!("{INDENT}{}\n", terminal.dim(note));
    }
    Ok(text)
}

/// The heatmap of one table, with its scale below.
pub fn of_matrix(matrix: &Matrix, names: &Labels, terminal: &Terminal, lang: Lang) -> String {
    if matrix.values.is_empty() {
        return format!("{INDENT}{}\n", terminal.dim(lang.text("heatmap-empty")));
    }
    let grid = Grid::fitting(matrix, names, terminal);
    let mut text = grid.header(names);
    for row in 0..grid.matrix.rows {
        text += &grid.row(row, names, terminal);
    }
    text += &scale(grid.range, grid.margin, terminal);
    if grid.is_summary() {
        let (high, wide) = grid.block;
        let shape = format!("{high}×{wide}");
        let note = lang.text_with("heatmap-means", &[("shape", shape.into())]);
        text += &format!("{INDENT}{}\n", terminal.dim(note));
    }
    text
}

/// How a table is laid out on a terminal.
struct Grid {
    matrix: Matrix,
    /// Of what is drawn: means lie closer together than the numbers.
    range: Option<(f64, f64)>,
    /// Rows and columns of the table that one cell stands for.
    block: (usize, usize),
    /// Width of the row names.
    margin: usize,
    /// Width of a cell.
    cell: usize,
}

impl Grid {
    fn fitting(matrix: &Matrix, names: &Labels, terminal: &Terminal) -> Self {
        let margin = widest(names.rows.iter().take(matrix.rows)).min(WIDEST_NAME * 2);
        let room = terminal.columns.saturating_sub(INDENT.len() + margin + 1).max(1);
        let named = widest(names.columns.iter().take(matrix.columns)).min(WIDEST_NAME) + 1;
        let cells = (SHORTEST_NAME..=named).rev().chain([named.clamp(3, SHORTEST_NAME), 2, 1]);
        let cell = cells.into_iter().find(|cell| cell * matrix.columns <= room).unwrap_or(1);
        let small = matrix.at_most(MOST_ROWS, room / cell);
        let block = (matrix.rows.div_ceil(small.rows), matrix.columns.div_ceil(small.columns));
        Self { range: small.range(), matrix: small, block, margin, cell }
    }

    fn is_summary(&self) -> bool {
        self.block != (1, 1)
    }

    /// The columns' names, where they fit.
    fn header(&self, names: &Labels) -> String {
        if self.is_summary() || names.columns.is_empty() || self.cell < 3 {
            return String::new();
        }
        let name = |column| centred(names.column(column), self.cell);
        let line: String = (0..self.matrix.columns).map(name).collect();
        format!("{INDENT}{:margin$} {}\n", "", line.trim_end(), margin = self.margin)
    }

    fn row(&self, row: usize, names: &Labels, terminal: &Terminal) -> String {
        let name = if self.is_summary() { "" } else { names.row(row) };
        let cells: String = (0..self.matrix.columns)
            .map(|column| cell(self.matrix.at(row, column), self.range, self.cell, terminal))
            .collect();
        format!("{INDENT}{} {}\n", to_width(name, self.margin), cells.trim_end())
    }
}

/// One cell: a block in the number's colour or shade, or what says that it is no ordinary number.
fn cell(value: f64, range: Option<(f64, f64)>, width: usize, terminal: &Terminal) -> String {
    let special = |mark: &str| terminal.dim(centred(mark, width));
    match range {
        _ if value.is_nan() => special("?"),
        _ if value == f64::NEG_INFINITY => special("·"),
        _ if value == f64::INFINITY => special("∞"),
        None => special("?"),
        Some(range) => block(place(value, range), width, terminal),
    }
}

fn block(at: f64, width: usize, terminal: &Terminal) -> String {
    if terminal.has_colour_map() {
        return terminal.foreground(viridis(at), "█".repeat(width));
    }
    const SHADES: [&str; 4] = ["░", "▒", "▓", "█"];
    let shade = (at * SHADES.len() as f64) as usize;
    SHADES[shade.min(SHADES.len() - 1)].repeat(width)
}

/// Where in the range a number lies: 0 to 1, and the middle where all are equal.
pub(super) fn place(value: f64, (low, high): (f64, f64)) -> f64 {
    // Halves first: high − low may overflow.
    let span = high / 2.0 - low / 2.0;
    if span > 0.0 { ((value / 2.0 - low / 2.0) / span).clamp(0.0, 1.0) } else { 0.5 }
}

/// `0.1892 ░▒▓█ 0.5857`: what the colours stand for.
fn scale(range: Option<(f64, f64)>, margin: usize, terminal: &Terminal) -> String {
    let Some((low, high)) = range else { return String::new() };
    let bar: String = match (low == high, terminal.has_colour_map()) {
        (true, _) => block(0.5, 2, terminal),
        (false, true) => (0..8).map(|step| block(f64::from(step) / 7.0, 1, terminal)).collect(),
        (false, false) => (0..4).map(|step| block(f64::from(step) / 3.0, 2, terminal)).collect(),
    };
    let text = match low == high {
        true => format!("{bar} {}", number(low)),
        false => format!("{} {bar} {}", number(low), number(high)),
    };
    format!("{INDENT}{:margin$} {text}\n", "")
}

/// A number in few characters: four digits after the point, as torch prints, or an exponent.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if value.is_finite() && size != 0.0 && !(1e-4..1e5).contains(&size) {
        return format!("{value:.2e}");
    }
    if value == value.trunc() && value.is_finite() {
        return format!("{value:.0}");
    }
    match value {
        f64::INFINITY => "∞".into(),
        f64::NEG_INFINITY => "−∞".into(),
        _ if value.is_nan() => "nan".into(),
        _ => format!("{value:.4}"),
    }
}

fn widest<'a>(names: impl Iterator<Item = &'a String>) -> usize {
    names.map(|name| name.width()).max().unwrap_or(0)
}

/// The text cut or filled up to exactly that many columns.
pub fn to_width(text: &str, width: usize) -> String {
    let text = labels::cut(text, width);
    let fill = width.saturating_sub(text.width());
    text + &" ".repeat(fill)
}

fn centred(text: &str, width: usize) -> String {
    let text = labels::cut(text, width.saturating_sub(1).max(1));
    let left = width.saturating_sub(text.width()) / 2;
    to_width(&(" ".repeat(left) + &text), width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Colours;
    use atencion::tensor;
    use tch::{Device, Kind};

    fn draw(tensor: &Tensor, names: &Labels) -> String {
        heatmap(tensor, names, &Terminal::plain(80), Lang::En).unwrap()
    }

    #[test]
    fn shades_rise_with_the_numbers() {
        let drawn = draw(&tensor![[0.0, 0.3, 0.6, 1.0]], &Labels::numbered("q", 1, "k", 4));
        let rows: Vec<&str> = drawn.lines().collect();
        assert_eq!(rows[0], "     k₁ k₂ k₃ k₄");
        assert_eq!(rows[1], "  q₁ ░░░▒▒▒▓▓▓███");
        assert_eq!(rows[2], "     0 ░░▒▒▓▓██ 1");
    }

    #[test]
    fn what_is_no_number_has_its_own_mark() {
        let special = Tensor::from_slice(&[f64::NEG_INFINITY, f64::NAN, f64::INFINITY, 1.0]);
        let drawn = draw(&special, &Labels::default());
        for mark in ["·", "?", "∞"] {
            assert!(drawn.lines().next().unwrap().contains(mark), "{drawn}");
        }
    }

    #[test]
    fn never_wider_than_the_terminal() {
        let wide = Tensor::rand([100, 5000], (Kind::Float, Device::Cpu));
        for (columns, tensor) in [(80, &wide), (48, &wide), (48, &wide.narrow(1, 0, 30))] {
            let terminal = Terminal::plain(columns);
            let names = Labels::numbered("q", 100, "k", 5000);
            let drawn = heatmap(tensor, &names, &terminal, Lang::Es).unwrap();
            let longest = drawn.lines().map(|line| line.width()).max().unwrap();
            assert!(longest <= columns, "{longest}: {drawn}");
            assert!(drawn.lines().count() <= MOST_ROWS + 2);
        }
    }

    #[test]
    fn colours_come_from_the_map() {
        let terminal = Terminal { colours: Colours::True, ..Terminal::plain(80) };
        let drawn = heatmap(&tensor![[0.0, 1.0]], &Labels::default(), &terminal, Lang::En).unwrap();
        assert!(
            drawn.contains("\x1b[38;2;68;1;84m███\x1b[0m\x1b[38;2;254;232;37m███"),
            "{drawn:?}"
        );
    }

    #[test]
    fn extremes_do_not_overflow() {
        assert_eq!(place(f64::MAX, (f64::MIN, f64::MAX)), 1.0);
        assert_eq!(place(0.0, (f64::MIN, f64::MAX)), 0.5);
        assert_eq!(place(3.0, (3.0, 3.0)), 0.5);
    }

    #[test]
    fn numbers_are_short() {
        let written = [0.25, 3.0, -0.0, 1e-7, 123_456.0, f64::NEG_INFINITY].map(number);
        assert_eq!(written, ["0.2500", "3", "-0", "1.00e-7", "1.23e5", "−∞"]);
    }
}
