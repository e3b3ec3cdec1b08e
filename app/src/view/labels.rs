//! What the rows and columns of a tensor are called: `q₁ q₂ …` against `k₁ k₂ …`, or the user's own words.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Names for rows and columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels {
    /// A name a row; fewer or none leave the rest without.
    pub rows: Vec<String>,
    /// A name a column.
    pub columns: Vec<String>,
}

impl Labels {
    /// `q₁ … q_L` down and `k₁ … k_S` across, for instance: a letter with running numbers.
    pub fn numbered(row: &str, rows: usize, column: &str, columns: usize) -> Self {
        Self { rows: numbered(row, rows), columns: numbered(column, columns) }
    }

    /// The name of that row, or nothing.
    pub fn row(&self, at: usize) -> &str {
        self.rows.get(at).map_or("", String::as_str)
    }

    /// The name of that column, or nothing.
    pub fn column(&self, at: usize) -> &str {
        self.columns.get(at).map_or("", String::as_str)
    }
}

/// `q₁, q₂, …`; nothing for an empty letter.
pub fn numbered(letter: &str, count: usize) -> Vec<String> {
    if letter.is_empty() {
        return Vec::new();
    }
    (1..=count).map(|number| format!("{letter}{}", subscript(number))).collect()
}

/// `12` as `₁₂`.
pub fn subscript(number: usize) -> String {
    let low = |digit: u32| char::from_u32(u32::from('₀') + digit).unwrap_or('?');
    number.to_string().chars().filter_map(|digit| digit.to_digit(10)).map(low).collect()
}

/// `[0, 2]`: where a slice lies.
pub fn index(index: &[i64]) -> String {
    format!("[{}]", index.iter().map(i64::to_string).collect::<Vec<_>>().join(", "))
}

/// The text in at most that many columns; what is cut off is an ellipsis. Control characters are left out, so that
/// a hostile name cannot steer the terminal.
pub fn cut(text: &str, columns: usize) -> String {
    let clean: String = text.chars().filter(|letter| !atencion::is_hidden(*letter)).collect();
    if clean.width() <= columns {
        return clean;
    }
    let mut short = String::new();
    let mut used = 0;
    for letter in clean.chars() {
        used += letter.width().unwrap_or(0);
        if used + 1 > columns {
            break;
        }
        short.push(letter);
    }
    short + "…"
}

/// What the dimensions of a step are: the letters of its shape and of the words in its rows and columns.
struct Axes {
    names: &'static [&'static str],
    shape: [&'static str; 2],
    words: [&'static str; 2],
}

/// The steps of attention, under the names that the traces of this crate give them.
const AXES: &[Axes] = &[
    Axes { names: &["q", "query"], shape: ["L", "E"], words: ["q", ""] },
    Axes { names: &["k", "key"], shape: ["S", "E"], words: ["k", ""] },
    Axes { names: &["v", "value"], shape: ["S", "Ev"], words: ["v", ""] },
    Axes {
        names: &[
            "scores",
            "scaled",
            "mask",
            "attn_mask",
            "attn_bias",
            "masked",
            "weights",
            "attn_weight",
        ],
        shape: ["L", "S"],
        words: ["q", "k"],
    },
    Axes {
        names: &["z", "output", "out", "attn_output", "heads"],
        shape: ["L", "Ev"],
        words: ["z", ""],
    },
];

fn axes(step: &str) -> Option<&'static Axes> {
    let step = step.to_lowercase();
    AXES.iter().find(|axes| axes.names.contains(&step.as_str()))
}

impl Labels {
    /// The names that fit a step of attention: `q₁ …` against `k₁ …` for scores and weights. None for other steps.
    pub fn of_step(name: &str, size: &[i64]) -> Self {
        match (axes(name), size) {
            (Some(axes), [.., rows, columns]) => {
                let [row, column] = axes.words;
                Self::numbered(row, *rows as usize, column, *columns as usize)
            }
            _ => Self::default(),
        }
    }

    /// As [`Labels::of_step`], with the words themselves instead of `q₁` and `k₁`; without words, the same.
    pub fn of_words(name: &str, size: &[i64], words: &[String]) -> Self {
        let mut labels = Self::of_step(name, size);
        for side in [&mut labels.rows, &mut labels.columns] {
            if side.len() == words.len() && !words.is_empty() {
                *side = words.to_vec();
            }
        }
        labels
    }
}

/// A shape with its letters, `[H=2, L=4, S=4]`: `L` query words, `S` key words, `E` numbers a word, `Ev` numbers a
/// value, `H` heads, `B` batch. Steps of other names show their numbers alone.
pub fn shape(name: &str, size: &[i64]) -> String {
    const LEADING: [&str; 2] = ["B", "H"];
    let letters: Vec<&str> = match axes(name) {
        Some(axes) if (2..=4).contains(&size.len()) => {
            LEADING[4 - size.len()..].iter().chain(&axes.shape).copied().collect()
        }
        _ => vec![],
    };
    let name = |at: usize| letters.get(at).map_or(String::new(), |letter| format!("{letter}="));
    let sizes: Vec<String> =
        size.iter().enumerate().map(|(at, size)| format!("{}{size}", name(at))).collect();
    format!("[{}]", sizes.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_from_one() {
        let labels = Labels::numbered("q", 12, "", 3);
        assert_eq!((labels.row(0), labels.row(11), labels.row(12)), ("q₁", "q₁₂", ""));
        assert_eq!(labels.column(0), "");
    }

    #[test]
    fn shapes_have_letters_where_the_step_is_known() {
        assert_eq!(shape("weights", &[4, 5]), "[L=4, S=5]");
        assert_eq!(shape("weights", &[2, 3, 4, 5]), "[B=2, H=3, L=4, S=5]");
        assert_eq!(shape("Q", &[2, 4, 8]), "[H=2, L=4, E=8]");
        assert_eq!(shape("x", &[2, 4]), "[2, 4]");
        assert_eq!(shape("weights", &[]), "[]");
    }

    #[test]
    fn long_and_hostile_names_are_cut() {
        assert_eq!(cut("gato", 4), "gato");
        assert_eq!(cut("pescado", 4), "pes…");
        assert_eq!(cut("\u{1b}[31mrojo\u{202e}", 20), "[31mrojo");
        assert_eq!(cut("猫猫猫", 4), "猫…");
    }

    #[test]
    fn words_stand_where_they_fit() {
        let words = ["el".to_owned(), "gato".to_owned()];
        let labels = Labels::of_words("weights", &[2, 3], &words);
        assert_eq!((labels.row(1), labels.column(1)), ("gato", "k₂"));
    }
}
