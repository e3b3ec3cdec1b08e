//! Several curves over lengths, in one picture: as SVG, and in letters for the terminal.
//!
//! Lengths double from one to the next, so their axis is logarithmic; so is that of what grows with them.

use plotters::prelude::*;

use atencion::{Error, Result};

/// One curve.
#[derive(Debug, Clone)]
pub struct Series {
    /// What it is called.
    pub name: String,
    /// What stands for it where there are only letters.
    pub letter: char,
    /// `(length, value)`, ascending.
    pub points: Vec<(f64, f64)>,
}

/// What is beside the curves.
#[derive(Debug, Clone)]
pub struct Axes<'a> {
    /// Above.
    pub title: &'a str,
    /// Below: what is counted.
    pub x: String,
    /// How a value is written.
    pub value: fn(f64) -> String,
    /// Whether the values' axis is logarithmic, too; otherwise it goes from 0 to 1.
    pub logarithmic: bool,
}

const SIZE: (u32, u32) = (900, 420);
/// Okabe and Ito's colours, which the colour-blind tell apart.
const INKS: [RGBColor; 5] = [
    RGBColor(230, 159, 0),
    RGBColor(0, 158, 115),
    RGBColor(86, 180, 233),
    RGBColor(204, 121, 167),
    RGBColor(0, 0, 0),
];

/// Where the curves lie, on axes that are straight.
struct Plane {
    x: (f64, f64),
    y: (f64, f64),
    logarithmic: bool,
}

impl Plane {
    fn of(series: &[Series], axes: &Axes) -> Result<Self> {
        let points = || series.iter().flat_map(|it| &it.points);
        let drawable =
            |(x, y): &&(f64, f64)| *x > 0.0 && y.is_finite() && (*y > 0.0 || !axes.logarithmic);
        let mut plane = Self { x: (0.0, 1.0), y: (0.0, 1.0), logarithmic: axes.logarithmic };
        let all: Vec<(f64, f64)> =
            points().filter(drawable).map(|point| plane.place(*point)).collect();
        if all.is_empty() {
            return Err(Error::value(format!("{}: there is nothing to draw", axes.title)));
        }
        let range = |values: &dyn Fn(&(f64, f64)) -> f64| {
            let low = all.iter().map(values).fold(f64::INFINITY, f64::min);
            let high = all.iter().map(values).fold(f64::NEG_INFINITY, f64::max);
            (low, if high > low { high } else { low + 1.0 })
        };
        plane.x = range(&|point| point.0);
        if axes.logarithmic {
            plane.y = range(&|point| point.1);
        }
        Ok(plane)
    }

    fn place(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (x.log2(), if self.logarithmic { y.log10() } else { y })
    }

    fn value(&self, y: f64) -> f64 {
        if self.logarithmic { 10f64.powf(y) } else { y }
    }

    fn curve(&self, series: &Series) -> Vec<(f64, f64)> {
        let places = series.points.iter().map(|point| self.place(*point));
        places.filter(|(x, y)| x.is_finite() && y.is_finite()).collect()
    }
}

/// The curves as a picture.
///
/// # Errors
/// When there is no point that can be drawn.
pub fn svg(series: &[Series], axes: &Axes) -> Result<String> {
    let plane = Plane::of(series, axes)?;
    let mut svg = String::new();
    draw(&mut svg, series, axes, &plane)
        .map_err(|error| Error::value(format!("the chart cannot be drawn: {error}")))?;
    let title = axes.title.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    Ok(svg.replacen(">\n", &format!(" role=\"img\" aria-label=\"{title}\">\n"), 1))
}

type Drawn = std::result::Result<(), Box<dyn std::error::Error>>;

fn draw(svg: &mut String, series: &[Series], axes: &Axes, plane: &Plane) -> Drawn {
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let room = (plane.y.1 - plane.y.0) * 0.04;
    let mut chart = ChartBuilder::on(&area)
        .caption(axes.title, ("sans-serif", 18))
        .margin(12)
        .margin_right(24)
        .x_label_area_size(40)
        .y_label_area_size(70)
        .build_cartesian_2d(plane.x.0..plane.x.1, plane.y.0 - room..plane.y.1 + room)?;
    chart
        .configure_mesh()
        .x_desc(&axes.x)
        .x_labels((plane.x.1 - plane.x.0) as usize + 1)
        .x_label_formatter(&|x| format!("{:.0}", x.exp2()))
        .y_label_formatter(&|y| (axes.value)(plane.value(*y)))
        .light_line_style(WHITE.mix(0.0))
        .draw()?;
    for (series, ink) in series.iter().zip(INKS.iter().cycle()) {
        let line = ShapeStyle::from(ink).stroke_width(2);
        let points = plane.curve(series);
        chart
            .draw_series(LineSeries::new(points.clone(), line))?
            .label(&series.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], line));
        chart.draw_series(points.iter().map(|point| Circle::new(*point, 3, ink.filled())))?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.8))
        .draw()?;
    area.present()?;
    Ok(())
}

/// Letters down and across, without what is at the sides.
const ROWS: usize = 14;
const COLUMNS: usize = 60;
/// Letters for a value, right beside the axis.
const BESIDE: usize = 9;
/// Where two curves share a place.
const SHARED: char = '·';

/// The curves in letters, and below them who is who: at most 72 characters wide.
///
/// # Errors
/// When there is no point that can be drawn.
pub fn letters(series: &[Series], axes: &Axes) -> Result<String> {
    let plane = Plane::of(series, axes)?;
    let mut grid = vec![[' '; COLUMNS]; ROWS];
    for series in series {
        let curve = plane.curve(series);
        for (column, row) in (0..COLUMNS).filter_map(|column| plane.cell(&curve, column)) {
            let cell = &mut grid[row][column];
            *cell = if *cell == ' ' || *cell == series.letter { series.letter } else { SHARED };
        }
    }
    let mut text = String::new();
    for (row, cells) in grid.iter().enumerate() {
        let share = 1.0 - row as f64 / (ROWS - 1) as f64;
        let value = plane.value(plane.y.0 + share * (plane.y.1 - plane.y.0));
        let said =
            if row % 4 == 0 || row + 1 == ROWS { (axes.value)(value) } else { String::new() };
        let line = cells.iter().collect::<String>();
        text += &format!("{said:>BESIDE$} │{}\n", line.trim_end());
    }
    text += &format!("{:>BESIDE$} └{}\n", "", "─".repeat(COLUMNS));
    text += &format!("{:>BESIDE$}  {}\n", "", lengths(&plane, &axes.x));
    let names = series.iter().map(|it| format!("{} {}", it.letter, it.name));
    text += &format!("{:>BESIDE$}  {}\n", "", names.collect::<Vec<_>>().join("   "));
    Ok(text)
}

impl Plane {
    /// Where the curve is in that column: between its points it is straight.
    fn cell(&self, curve: &[(f64, f64)], column: usize) -> Option<(usize, usize)> {
        let x = self.x.0 + (self.x.1 - self.x.0) * column as f64 / (COLUMNS - 1) as f64;
        let slack = (self.x.1 - self.x.0) * 1e-9;
        let after = curve.iter().position(|point| point.0 >= x - slack)?;
        let (right, left) = (curve[after], curve[after.saturating_sub(1)]);
        if x < curve[0].0 - slack {
            return None;
        }
        let share = if right.0 > left.0 { (x - left.0) / (right.0 - left.0) } else { 1.0 };
        let y = left.1 + share * (right.1 - left.1);
        let down = (self.y.1 - y) / (self.y.1 - self.y.0) * (ROWS - 1) as f64;
        Some((column, (down.round().max(0.0) as usize).min(ROWS - 1)))
    }
}

/// Powers of two below their columns, as many as have room.
fn lengths(plane: &Plane, name: &str) -> String {
    let mut line = String::new();
    for power in plane.x.0.ceil() as i64..=plane.x.1.floor() as i64 {
        let share = (power as f64 - plane.x.0) / (plane.x.1 - plane.x.0);
        let column = (share * (COLUMNS - 1) as f64).round() as usize;
        let text = (power as f64).exp2().to_string();
        let begin = (column + 1).saturating_sub(text.len());
        if line.is_empty() || begin > line.chars().count() + 1 {
            line = format!("{line:begin$}{text}");
        }
    }
    format!("{line} {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series() -> Vec<Series> {
        let of = |name: &str, letter, points: &[(f64, f64)]| Series {
            name: name.into(),
            letter,
            points: points.to_vec(),
        };
        vec![
            of("line", 'L', &[(16.0, 1.0), (64.0, 4.0), (256.0, 16.0)]),
            of("square", 'S', &[(16.0, 0.1), (64.0, 1.6), (256.0, 25.6)]),
        ]
    }

    fn axes() -> Axes<'static> {
        Axes {
            title: "a < \"b\"",
            x: "words".into(),
            value: |value| format!("{value:.1}"),
            logarithmic: true,
        }
    }

    #[test]
    fn a_picture_has_its_curves_and_their_names() {
        let svg = svg(&series(), &axes()).unwrap();
        let document = roxmltree::Document::parse(&svg).unwrap();
        assert_eq!(document.root_element().attribute("aria-label"), Some("a < \"b\""));
        let lines = document.descendants().filter(|node| node.has_tag_name("polyline"));
        assert!(lines.count() >= 2);
        let texts: Vec<&str> =
            document.descendants().filter_map(|node| node.text()).map(str::trim).collect();
        for text in ["line", "square", "16", "256", "words"] {
            assert!(texts.contains(&text), "{text} {texts:?}");
        }
    }

    #[test]
    fn letters_cross_where_the_curves_do() {
        let text = letters(&series(), &axes()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.iter().all(|line| line.chars().count() <= 80), "{text}");
        let row = |letter| lines.iter().position(|line| line.contains(letter)).unwrap();
        // On the right the square is on top, on the left below.
        assert!(lines[0].trim_end().ends_with('S') && row('S') < row('L'), "{text}");
        assert!(lines[ROWS - 1].contains("│S"), "{text}");
        assert!(text.contains("L line   S square") && text.contains("256 words"), "{text}");
    }

    #[test]
    fn one_length_is_drawn_and_none_is_an_error() {
        let one = [Series { points: vec![(8.0, 0.5)], ..series()[0].clone() }];
        assert!(letters(&one, &axes()).unwrap().contains('L'));
        assert!(svg(&one, &Axes { logarithmic: false, ..axes() }).is_ok());
        let none = [Series { points: vec![(8.0, f64::NAN)], ..series()[0].clone() }];
        assert!(letters(&none, &axes()).is_err() && svg(&none, &axes()).is_err());
    }
}
