//! One step as text: sentence, formulas, lines, tensor, heatmap, and the same for one pair of words.

use unicode_width::UnicodeWidthStr;

use super::chapters::{Chapter, Explained, STEPS};
use super::words::{Head, line, name, pair, vector};
use crate::i18n::Lang;
use crate::view::code::folded;
use crate::view::heatmap::heatmap;
use crate::view::{Labels, Terminal, labels};
use atencion::tensor::{PrintOptions, Printed};
use atencion::{Result, Step};

/// Prose wider than this is hard to read.
const WIDEST: usize = 100;
/// Of a tensor with more numbers only the edges are printed; torch has 1000, which fill several screens.
const MOST_NUMBERS: usize = 256;

pub(super) struct Page<'a> {
    pub explained: &'a Explained,
    /// The query word of the examples, if one was asked for.
    pub row: Option<usize>,
    pub terminal: &'a Terminal,
    pub lang: Lang,
}

impl Page<'_> {
    /// What stands above all the steps.
    pub fn title(&self) -> String {
        let formula = "Attention(Q, K, V) = softmax(QKᵀ / √d_k) V";
        let title = self.terminal.bold(self.lang.text("explain-title"));
        format!("{title}\n{formula}\n\n{}\n\n", self.prose("explain-intro"))
    }

    pub fn chapter(&self, chapter: &Chapter) -> Result<String> {
        let number = chapter.number;
        let values = [("number", i64::from(number).into()), ("steps", i64::from(STEPS).into())];
        let of = self.lang.text_with("explain-step", &values);
        let heading = format!("{of} · {}", self.lang.text(&format!("explain-title-{number}")));
        let rule = "─".repeat(heading.width().min(self.terminal.columns));
        let mut text = format!("{}\n{}\n", self.terminal.bold(&heading), self.terminal.dim(rule));
        let sentence = match chapter.steps.is_empty() {
            true => self.prose("explain-no-mask"),
            false => self.prose(&format!("explain-sentence-{number}")),
        };
        text += &format!("{sentence}\n\n");
        text +=
            &self.entry("explain-per-word", &self.lang.text(&format!("explain-per-word-{number}")));
        for step in &chapter.steps {
            text += &self.step(step)?;
        }
        text += &self.example(number)?;
        Ok(text)
    }

    fn step(&self, step: &Step) -> Result<String> {
        let size = step.tensor.size();
        let mut text = self.entry("explain-matrix", &step.formula);
        text += &self.entry("explain-python", &step.python);
        text += &self.entry("explain-rust", &step.rust);
        let shape = self.terminal.dim(labels::shape(&step.name, &size));
        let options = PrintOptions {
            threshold: MOST_NUMBERS,
            linewidth: self.terminal.columns.min(80),
            ..PrintOptions::default()
        };
        let printed = Printed::new(&step.tensor).options(options);
        text += &format!("\n{} {shape}\n{printed}\n\n", self.terminal.bold(&step.name));
        let names = Labels::of_words(&step.name, &size, &self.explained.words);
        text += &heatmap(&step.tensor, &names, self.terminal, self.lang)?;
        Ok(text + "\n")
    }

    /// A line with its name before it; what does not fit goes on below.
    fn entry(&self, name: &str, text: &str) -> String {
        let margin = self.margin();
        let name = format!("  {:<width$}", self.lang.text(name), width = margin - 4);
        let room = self.terminal.columns.min(WIDEST).saturating_sub(margin).max(24);
        let blank = " ".repeat(margin - 2);
        let lines = text.lines().flat_map(|line| folded(line, room));
        lines
            .enumerate()
            .map(|(at, line)| {
                let before = if at == 0 { self.terminal.dim(&name) } else { blank.clone() };
                format!("{before}  {line}\n")
            })
            .collect()
    }

    /// As wide as the widest name, in either language.
    fn margin(&self) -> usize {
        const NAMES: [&str; 5] = [
            "explain-matrix",
            "explain-per-word",
            "explain-python",
            "explain-rust",
            "explain-here",
        ];
        NAMES.iter().map(|name| self.lang.text(name).width()).max().unwrap_or(0) + 4
    }

    fn prose(&self, id: &str) -> String {
        let width = self.terminal.columns.clamp(20, WIDEST);
        textwrap::fill(&self.lang.text(id), textwrap::Options::new(width))
    }

    fn weight(&self, head: &Head, column: usize) -> String {
        head.softmax(column).unwrap_or_else(|| self.lang.text("explain-all-hidden"))
    }

    /// The step for one query and one key, in numbers.
    fn example(&self, number: u8) -> Result<String> {
        let row = self.row.unwrap_or(1).min(self.explained.queries().saturating_sub(1));
        let heads = Head::all(self.explained, row)?;
        let Some(head) = heads.first() else { return Ok(String::new()) };
        let column = 2.min(head.scores.len() - 1);
        let written = match number {
            1 => format!(
                "{} = {}   {} = {}   {} = {}",
                name("q", row),
                vector(&head.query),
                name("k", column),
                vector(&line(&head.key, column)),
                name("v", column),
                vector(&line(&head.value, column)),
            ),
            2 => head.dot(column),
            3 => head.division(column, self.explained.d_k),
            4 => match head.masking(column) {
                Some(masking) => masking,
                None => return Ok(String::new()),
            },
            5 => format!("{}: {}", pair(row, column), self.weight(head, column)),
            _ => head.weighted_sum(),
        };
        let which = if heads.len() > 1 {
            format!("{} ", labels::index(&head.index))
        } else {
            String::new()
        };
        Ok(self.entry("explain-here", &format!("{which}{written}")))
    }
}
