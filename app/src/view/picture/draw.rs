//! Drawing a picture with plotters, as SVG.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontFamily, FontTransform};

use super::cells::{colour, runs};
use super::panel::{GAP, Sized, TEXT, TITLE};
use super::{Panel, Picture};
use crate::view::colour::ink_on;
use crate::view::heatmap::number;
use crate::view::{Rgb, viridis};
use atencion::{Error, Result};

/// What the embedded font is called; Verdana has nearly the same widths where a browser has no DejaVu.
const FONTS: &str = "DejaVu Sans, Verdana, sans-serif";
/// A picture's lines of panels are at most that wide, unless one panel alone is wider.
const WIDEST: i32 = 1250;
const PAPER: Rgb = (255, 255, 255);
const GREY: Rgb = (90, 90, 90);
const BLACK_INK: Rgb = (20, 20, 20);

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// The picture as an SVG document.
pub(super) fn svg(picture: &Picture) -> Result<String> {
    let panels: Vec<Sized> = picture
        .panels
        .iter()
        .filter(|panel| !panel.matrix.values.is_empty())
        .map(Sized::of)
        .collect();
    let (corners, size) = arrange(&panels);
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        area.fill(&WHITE).map_err(failed)?;
        for (panel, corner) in panels.iter().zip(corners) {
            Pen { area: &area, corner }.panel(panel)?;
        }
        area.present().map_err(failed)?;
    }
    Ok(with_title(&svg, &picture.title))
}

/// The corner of each panel, and the size of the whole.
fn arrange(panels: &[Sized]) -> (Vec<(i32, i32)>, (u32, u32)) {
    let mut corners = Vec::new();
    let (mut x, mut y, mut line_height, mut width) = (GAP, GAP, 0, 0);
    for panel in panels {
        let (wide, high) = panel.size();
        if x > GAP && x + wide > WIDEST {
            (x, y, line_height) = (GAP, y + line_height + GAP, 0);
        }
        corners.push((x, y));
        x += wide + GAP;
        width = width.max(x);
        line_height = line_height.max(high);
    }
    (corners, (width as u32, (y + line_height + GAP) as u32))
}

/// Screen readers read an SVG's title; plotters writes none.
fn with_title(svg: &str, title: &str) -> String {
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    svg.replacen(">\n", &format!(" role=\"img\">\n<title>{title}</title>\n"), 1)
}

/// Draws at a panel's corner.
struct Pen<'a, 'b> {
    area: &'a Area<'b>,
    corner: (i32, i32),
}

impl Pen<'_, '_> {
    fn panel(&self, panel: &Sized) -> Result<()> {
        let Panel { title, caption, .. } = panel.panel;
        self.text(title, (0, 0), Type { size: TITLE, bold: true, ..Type::default() })?;
        self.text(caption, (0, 25), Type { colour: GREY, ..Type::default() })?;
        let range = panel.matrix.range();
        self.names(panel)?;
        for run in runs(&panel.matrix, range) {
            let (left, top) = at(panel, run.row, run.column);
            let (right, bottom) = at(panel, run.row + run.rows, run.column + run.columns);
            self.rectangle((left, top), (right, bottom), run.colour)?;
        }
        if panel.numbered {
            self.lines(panel)?;
            self.numbers(panel, range)?;
        }
        self.scale(panel, range)
    }

    fn names(&self, panel: &Sized) -> Result<()> {
        let (left, top) = panel.origin();
        let (wide, high) = panel.cell;
        for row in 0..panel.matrix.rows {
            if let Some(name) = panel.row_name(row) {
                let middle = top + row as i32 * high + high / 2;
                let style = Type { anchor: (HPos::Right, VPos::Center), ..Type::default() };
                self.text(&name, (left - 6, middle), style)?;
            }
        }
        for column in 0..panel.matrix.columns {
            if let Some(name) = panel.column_name(column) {
                let middle = left + column as i32 * wide + wide / 2;
                let style = match panel.upright {
                    true => Type {
                        anchor: (HPos::Left, VPos::Center),
                        upright: true,
                        ..Type::default()
                    },
                    false => Type { anchor: (HPos::Center, VPos::Bottom), ..Type::default() },
                };
                self.text(&name, (middle, top - 6), style)?;
            }
        }
        Ok(())
    }

    fn numbers(&self, panel: &Sized, range: Option<(f64, f64)>) -> Result<()> {
        let (wide, high) = panel.cell;
        for row in 0..panel.matrix.rows {
            for column in 0..panel.matrix.columns {
                let value = panel.matrix.at(row, column);
                let (left, top) = at(panel, row, column);
                let style = Type {
                    colour: ink_on(colour(value, range)),
                    anchor: (HPos::Center, VPos::Center),
                    ..Type::default()
                };
                self.text(&number(value), (left + wide / 2, top + high / 2), style)?;
            }
        }
        Ok(())
    }

    /// Thin lines between numbered cells: equal neighbours are still told apart.
    fn lines(&self, panel: &Sized) -> Result<()> {
        let (left, top) = panel.origin();
        let (right, bottom) = at(panel, panel.matrix.rows, panel.matrix.columns);
        for row in 1..panel.matrix.rows {
            let (_, y) = at(panel, row, 0);
            self.rectangle((left, y), (right, y + 1), PAPER)?;
        }
        for column in 1..panel.matrix.columns {
            let (x, _) = at(panel, 0, column);
            self.rectangle((x, top), (x + 1, bottom), PAPER)?;
        }
        Ok(())
    }

    /// What the colours stand for, below the cells.
    fn scale(&self, panel: &Sized, range: Option<(f64, f64)>) -> Result<()> {
        let Some((low, high)) = range else { return Ok(()) };
        let (left, bottom) = at(panel, panel.matrix.rows, 0);
        let (top, wide) = (bottom + 12, 128);
        let style = || Type { colour: GREY, size: TEXT - 1.0, ..Type::default() };
        if low == high {
            self.rectangle((left, top), (left + 16, top + 10), viridis(0.5))?;
            return self.text(&number(low), (left + 22, top - 1), style());
        }
        for step in 0..wide / 2 {
            let x = left + 2 * step;
            let shade = viridis(f64::from(step) / f64::from(wide / 2 - 1));
            self.rectangle((x, top), (x + 2, top + 10), shade)?;
        }
        let right = Type { anchor: (HPos::Right, VPos::Top), ..style() };
        self.text(&number(low), (left, top + 13), style())?;
        self.text(&number(high), (left + wide, top + 13), right)
    }

    fn rectangle(&self, from: (i32, i32), to: (i32, i32), (red, green, blue): Rgb) -> Result<()> {
        let fill = RGBColor(red, green, blue).filled();
        self.area.draw(&Rectangle::new([self.place(from), self.place(to)], fill)).map_err(failed)
    }

    fn text(&self, text: &str, at: (i32, i32), style: Type) -> Result<()> {
        let (red, green, blue) = style.colour;
        let weight = if style.bold { FontStyle::Bold } else { FontStyle::Normal };
        let turn = if style.upright { FontTransform::Rotate270 } else { FontTransform::None };
        // plotters divides by 1.24, as a font's size counts its line and not its letters.
        let font =
            FontDesc::new(FontFamily::Name(FONTS), style.size * 1.24, weight).transform(turn);
        let (across, down) = style.anchor;
        let style = font.color(&RGBColor(red, green, blue)).pos(Pos::new(across, down));
        self.area.draw(&Text::new(text.to_owned(), self.place(at), style)).map_err(failed)
    }

    fn place(&self, (x, y): (i32, i32)) -> (i32, i32) {
        (self.corner.0 + x, self.corner.1 + y)
    }
}

/// The upper left corner of a cell, seen from the panel's corner.
fn at(panel: &Sized, row: usize, column: usize) -> (i32, i32) {
    let (left, top) = panel.origin();
    (left + column as i32 * panel.cell.0, top + row as i32 * panel.cell.1)
}

/// How a text is set.
struct Type {
    size: f64,
    bold: bool,
    upright: bool,
    colour: Rgb,
    anchor: (HPos, VPos),
}

impl Default for Type {
    fn default() -> Self {
        let anchor = (HPos::Left, VPos::Top);
        Self { size: TEXT, bold: false, upright: false, colour: BLACK_INK, anchor }
    }
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::value(format!("the picture cannot be drawn: {error}"))
}
