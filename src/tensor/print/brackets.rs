//! Numbers in nested brackets, broken into lines, with `...` for what is left out.

use super::PrintOptions;
use super::formatter::Words;

/// Lays `words` out as torch's `_tensor_str_with_formatter` does.
pub(super) struct Brackets<'a> {
    pub(super) words: &'a Words,
    /// The shape of what is printed: where a dimension is cut, only its edges are among the words.
    pub(super) shape: &'a [usize],
    /// Which dimensions are cut.
    pub(super) cut: &'a [bool],
    /// The tensor is too large to be printed whole.
    pub(super) summarize: bool,
    pub(super) options: &'a PrintOptions,
}

impl Brackets<'_> {
    pub(super) fn write(&self, indent: usize) -> String {
        self.slice(0, 0, indent)
    }

    /// The slice whose first word is `start`, from dimension `dim` on.
    fn slice(&self, dim: usize, start: usize, indent: usize) -> String {
        match self.shape.len() - dim {
            0 => self.words.words[start].clone(),
            1 => self.vector(dim, start, indent),
            below => {
                let step: usize = self.shape[dim + 1..].iter().product();
                let slices = self
                    .items(dim, "...", |item| self.slice(dim + 1, start + item * step, indent + 1));
                let separator = format!(",{}{}", "\n".repeat(below - 1), " ".repeat(indent + 1));
                format!("[{}]", slices.join(&separator))
            }
        }
    }

    fn vector(&self, dim: usize, start: usize, indent: usize) -> String {
        let words = self.items(dim, " ...", |item| self.words.words[start + item].clone());
        let room = self.options.linewidth.saturating_sub(indent);
        let per_line = (room / (self.words.width + 2)).max(1);
        let lines: Vec<String> = words.chunks(per_line).map(|line| line.join(", ")).collect();
        format!("[{}]", lines.join(&format!(",\n{}", " ".repeat(indent + 1))))
    }

    /// The items of a dimension, with `dots` in the middle of a cut one.
    fn items(&self, dim: usize, dots: &str, item: impl Fn(usize) -> String) -> Vec<String> {
        if self.summarize && self.options.edgeitems == 0 {
            return vec!["...".to_owned()];
        }
        let mut items: Vec<String> = (0..self.shape[dim]).map(item).collect();
        if self.cut[dim] {
            items.insert(self.options.edgeitems, dots.to_owned());
        }
        items
    }
}
