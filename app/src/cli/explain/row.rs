//! `--row I`: one query word from its dot products to its result.

use super::chapters::Explained;
use super::words::{Head, line, name, pair, short, vector};
use crate::i18n::Lang;
use crate::view::heatmap::{of_matrix, to_width};
use crate::view::{Labels, Matrix, Terminal, labels};
use atencion::Result;

/// More keys than this are cut to the heaviest.
const MOST_KEYS: usize = 16;
/// More heads than this are only counted.
const MOST_HEADS: usize = 4;

pub(super) fn text(
    explained: &Explained,
    row: usize,
    terminal: &Terminal,
    lang: Lang,
) -> Result<String> {
    let heads = Head::all(explained, row)?;
    let word = explained.words.get(row).filter(|_| explained.words.len() == explained.queries());
    let named = word
        .map_or(name("q", row), |word| format!("{} «{}»", name("q", row), labels::cut(word, 24)));
    let title = lang.text_with("explain-row-title", &[("word", named.into())]);
    let mut text = format!("{}\n", terminal.bold(title));
    for head in heads.iter().take(MOST_HEADS) {
        text += "\n";
        if heads.len() > 1 {
            text += &format!("{}\n", terminal.bold(labels::index(&head.index)));
        }
        text += &of_head(head, explained, terminal, lang);
    }
    if heads.len() > MOST_HEADS {
        let more = (heads.len() - MOST_HEADS) as i64;
        text +=
            &format!("\n{}\n", lang.text_with("heatmap-more-slices", &[("count", more.into())]));
    }
    Ok(text)
}

fn of_head(head: &Head, explained: &Explained, terminal: &Terminal, lang: Lang) -> String {
    let mut text = format!("{} = {}\n\n", name("q", head.row), vector(&head.query));
    let keys = keys(head);
    let widths = Widths::of(head, &keys);
    for &key in &keys {
        text += &wrapped(&chain(head, key, &widths), terminal);
    }
    let left_out = head.scores.len() - keys.len();
    if left_out > 0 {
        let note = lang.text_with("explain-row-left-out", &[("count", (left_out as i64).into())]);
        text += &format!("{}\n", terminal.dim(note));
    }
    text += &format!("\n{}\n", wrapped(&head.weighted_sum(), terminal));
    let weights = Matrix { rows: 1, columns: head.weights.len(), values: head.weights.clone() };
    let names = Labels::of_words(
        "weights",
        &[explained.queries() as i64, weights.columns as i64],
        &explained.words,
    );
    let names = Labels { rows: vec![name("q", head.row)], ..names };
    text + &of_matrix(&weights, &names, terminal, lang)
}

/// All keys, or the heaviest in their order.
fn keys(head: &Head) -> Vec<usize> {
    let mut keys: Vec<usize> = (0..head.scores.len()).collect();
    if keys.len() > MOST_KEYS {
        keys.sort_by(|a, b| head.weights[*b].total_cmp(&head.weights[*a]));
        keys.truncate(MOST_KEYS);
        keys.sort_unstable();
    }
    keys
}

/// How wide the columns are, so that the arrows stand below one another.
struct Widths {
    pair: usize,
    score: usize,
    scaled: usize,
    masked: usize,
    weight: usize,
}

impl Widths {
    fn of(head: &Head, keys: &[usize]) -> Self {
        let widest = |text: &dyn Fn(usize) -> String| {
            keys.iter().map(|key| text(*key).chars().count()).max().unwrap_or(0)
        };
        Self {
            pair: widest(&|key| pair(head.row, key)),
            score: widest(&|key| short(head.scores[key])),
            scaled: widest(&|key| short(head.scaled[key])),
            masked: widest(&|key| short(head.logits()[key])),
            weight: widest(&|key| short(head.weights[key])),
        }
    }
}

/// `q₂·k₃ = 0.9 → /1.7321 = 0.5196 → softmax 0.2676 → ·v₃ [0, 0, 1]`
fn chain(head: &Head, key: usize, widths: &Widths) -> String {
    let at = |line: &[f64], width| to_width(&short(line[key]), width);
    let mut text = to_width(&pair(head.row, key), widths.pair);
    text += &format!(" = {}", at(&head.scores, widths.score));
    text += &format!(" → /{} = {}", short(head.root), at(&head.scaled, widths.scaled));
    if let Some(masked) = &head.masked {
        text += &format!(" → mask {}", at(masked, widths.masked));
    }
    text += &format!(" → softmax {}", at(&head.weights, widths.weight));
    text + &format!(" → ·{} {}", name("v", key), vector(&line(&head.value, key)))
}

fn wrapped(text: &str, terminal: &Terminal) -> String {
    let options = textwrap::Options::new(terminal.columns.max(20))
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .subsequent_indent("      ");
    textwrap::fill(text, options) + "\n"
}
