//! A curve over the steps of a training, as SVG.

use plotters::prelude::*;

use atencion::{Error, Result};

const SIZE: (u32, u32) = (900, 320);
const INK: RGBColor = RGBColor(49, 104, 142);

/// The points `(step, value)` joined by a line, under that title.
///
/// # Errors
/// When there is no point with a finite value.
pub fn curve(points: &[(f64, f64)], title: &str, step: &str) -> Result<String> {
    let points: Vec<(f64, f64)> = points.iter().copied().filter(|(_, y)| y.is_finite()).collect();
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Err(Error::value(format!("{title}: there is nothing to draw")));
    };
    let low = points.iter().map(|(_, y)| *y).fold(f64::INFINITY, f64::min);
    let high = points.iter().map(|(_, y)| *y).fold(f64::NEG_INFINITY, f64::max);
    let room = ((high - low) * 0.05).max(1e-3);
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        let mut chart = ChartBuilder::on(&area)
            .caption(title, ("sans-serif", 18))
            .margin(12)
            .x_label_area_size(36)
            .y_label_area_size(56)
            .build_cartesian_2d(first.0..last.0.max(first.0 + 1.0), low - room..high + room)
            .map_err(failed)?;
        let mut mesh = chart.configure_mesh();
        mesh.x_desc(step)
            .x_label_formatter(&|step| format!("{step:.0}"))
            .light_line_style(WHITE.mix(0.0))
            .draw()
            .map_err(failed)?;
        let line = ShapeStyle::from(&INK).stroke_width(2);
        chart.draw_series(LineSeries::new(points, line)).map_err(failed)?;
        area.present().map_err(failed)?;
    }
    Ok(svg.replacen(">\n", &format!(" role=\"img\" aria-label=\"{}\">\n", escaped(title)), 1))
}

/// The mean of each of at most `count` stretches: a curve of a hundred thousand steps is as readable as one of a hundred.
pub fn thinned(points: &[(f64, f64)], count: usize) -> Vec<(f64, f64)> {
    let each = points.len().div_ceil(count.max(1)).max(1);
    let mean = |part: &[(f64, f64)]| {
        let size = part.len() as f64;
        let sum = part.iter().fold((0.0, 0.0), |sum, (x, y)| (sum.0 + x, sum.1 + y));
        (sum.0 / size, sum.1 / size)
    };
    points.chunks(each).map(mean).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::value(format!("the curve cannot be drawn: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_an_svg_with_a_name_and_a_line() {
        let svg = curve(&[(1.0, 3.0), (2.0, 1.5), (3.0, f64::NAN)], "a < \"b\"", "step").unwrap();
        let document = roxmltree::Document::parse(&svg).unwrap();
        assert_eq!(document.root_element().attribute("aria-label"), Some("a < \"b\""));
        assert!(document.descendants().any(|node| node.has_tag_name("polyline")));
        assert!(curve(&[(1.0, f64::NAN)], "t", "step").is_err());
    }

    #[test]
    fn thinning_keeps_the_mean() {
        let points: Vec<(f64, f64)> = (0..1000).map(|i| (f64::from(i), f64::from(i % 2))).collect();
        let thin = thinned(&points, 100);
        assert_eq!(thin.len(), 100);
        assert!(thin.iter().all(|(_, y)| (*y - 0.5).abs() < 1e-12));
        assert_eq!(thinned(&points[..3], 100), &points[..3]);
    }
}
