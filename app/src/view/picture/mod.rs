//! Pictures: heatmaps as SVG and PNG, labelled, with the numbers in the cells where they fit.
//!
//! ```
//! use atencion_cli::view::picture::Picture;
//! let svg = Picture::causal(4, atencion_cli::i18n::Lang::En)?.svg()?;
//! assert!(svg.starts_with("<svg"));
//! # Ok::<(), atencion::Error>(())
//! ```

mod cells;
mod draw;
mod known;
mod panel;
#[cfg(feature = "program")]
mod png;

use super::{Labels, Matrix, labels, slices};
use crate::i18n::Lang;
use atencion::{Error, Result, Step, Trace};

pub use known::positional_encoding;

/// One heatmap of a picture.
#[derive(Debug, Clone)]
pub struct Panel {
    /// Above it: what it shows.
    pub title: String,
    /// Below the title: formula and shape.
    pub caption: String,
    /// The numbers.
    pub matrix: Matrix,
    /// What its rows and columns are called.
    pub labels: Labels,
}

/// One picture: panels side by side, in lines.
#[derive(Debug, Clone)]
pub struct Picture {
    /// What the picture is, for those who cannot see it.
    pub title: String,
    /// Its heatmaps.
    pub panels: Vec<Panel>,
}

/// More panels than this make a picture that nobody can read.
const MOST_PANELS: usize = 48;

impl Panel {
    /// That row alone, counted from 0, with its name in the title.
    fn row(self, row: usize) -> Self {
        let columns = self.matrix.columns;
        let numbers = (0..columns).map(|column| self.matrix.at(row, column)).collect();
        let name = self.labels.row(row).to_owned();
        Self {
            title: format!("{} · {name}", self.title),
            matrix: Matrix { rows: 1, columns, values: numbers },
            labels: Labels { rows: vec![name], ..self.labels },
            ..self
        }
    }
}

impl Picture {
    /// Every step of a trace; `words` name the rows and columns (empty: `q₁ …`, `k₁ …`).
    ///
    /// # Errors
    /// When there is nothing to draw, or more than 48 heatmaps.
    pub fn of_trace(trace: &Trace, words: &[String], lang: Lang) -> Result<Self> {
        Self::of_steps(&trace.steps().iter().collect::<Vec<_>>(), words, lang)
    }

    /// Some steps of a trace.
    ///
    /// # Errors
    /// When there is nothing to draw, or more than 48 heatmaps.
    pub fn of_steps(steps: &[&Step], words: &[String], lang: Lang) -> Result<Self> {
        let panels: Vec<Vec<Panel>> =
            steps.iter().map(|step| panels_of(step, words)).collect::<Result<_>>()?;
        Self { title: lang.text("picture-trace"), panels: panels.concat() }.checked()
    }

    /// The same for one query word, counted from 0: of each step its row; keys and values whole.
    ///
    /// # Errors
    /// When there is nothing to draw, or more than 48 heatmaps.
    pub fn of_row(steps: &[&Step], words: &[String], row: usize, lang: Lang) -> Result<Self> {
        let mut picture = Self { title: lang.text("picture-trace"), panels: vec![] };
        for step in steps {
            let panels = panels_of(step, words)?;
            let of_keys = matches!(step.name.as_str(), "key" | "value");
            let cut = |panel: Panel| if of_keys { panel } else { panel.row(row) };
            picture.panels.extend(panels.into_iter().map(cut));
        }
        picture.checked()
    }

    /// One step, a heatmap for each head.
    ///
    /// # Errors
    /// When there is nothing to draw, or more than 48 heatmaps.
    pub fn of_step(step: &Step, words: &[String]) -> Result<Self> {
        Self { title: step.name.clone(), panels: panels_of(step, words)? }.checked()
    }

    fn checked(self) -> Result<Self> {
        if self.panels.iter().all(|panel| panel.matrix.values.is_empty()) {
            return Err(Error::value("there is nothing to draw: every tensor is empty"));
        }
        if self.panels.len() > MOST_PANELS {
            let what =
                format!("{} heatmaps in one picture, at most {MOST_PANELS} fit", self.panels.len());
            return Err(Error::value(what).mend("draw one step, or fewer heads"));
        }
        Ok(self)
    }

    /// The picture as SVG.
    ///
    /// # Errors
    /// When it cannot be drawn.
    pub fn svg(&self) -> Result<String> {
        draw::svg(self)
    }

    /// The picture as PNG, two pixels for each of the SVG's.
    ///
    /// # Errors
    /// When it cannot be drawn.
    #[cfg(feature = "program")]
    pub fn png(&self) -> Result<Vec<u8>> {
        png::rasterise(&self.svg()?)
    }
}

/// A picture that is SVG already, as PNG: two pixels for each of its own.
///
/// # Errors
/// When it cannot be drawn.
#[cfg(feature = "program")]
pub fn png(svg: &str) -> Result<Vec<u8>> {
    png::rasterise(svg)
}

fn panels_of(step: &Step, words: &[String]) -> Result<Vec<Panel>> {
    let size = step.tensor.size();
    let names = Labels::of_words(&step.name, &size, words);
    let caption = format!("{}   {}", step.formula, labels::shape(&step.name, &size));
    let panel = |slice: super::Slice| Panel {
        title: match slice.index[..] {
            [] => step.name.clone(),
            ref index => format!("{}{}", step.name, labels::index(index)),
        },
        caption: caption.clone(),
        matrix: slice.matrix,
        labels: names.clone(),
    };
    Ok(slices(&step.tensor)?.into_iter().map(panel).collect())
}
