//! The unigram language model: the cut of a text whose pieces have the highest sum of log-probabilities (Kudo 2018).
//!
//! Ties and roundings are those of SentencePiece's `unigram::Model::EncodeOptimized`: sums are kept in float32,
//! compared in float64, and of two equal sums the one met first stays.

use super::proto::PieceType;
use super::vocabulary::Vocabulary;

/// How much worse than the least likely piece an unknown character is.
const UNKNOWN_PENALTY: f32 = 10.0;

/// The best cut that ends at a byte.
#[derive(Clone, Copy, Default)]
struct Best {
    score: f32,
    /// Where its last piece starts, and that piece; `None` where no cut ends.
    last: Option<(usize, usize)>,
}

/// The pieces of a normalized text, as byte ranges with their ids.
pub(super) fn encode(text: &str, vocabulary: &Vocabulary) -> Vec<(std::ops::Range<usize>, usize)> {
    let mut best = vec![Best::default(); text.len() + 1];
    let unknown = vocabulary.scores.0 - UNKNOWN_PENALTY;
    for (start, first) in text.char_indices() {
        let single = start + first.len_utf8();
        let mut has_single = false;
        for (end, id) in pieces_at(text, start, vocabulary) {
            let score = f64::from(best[start].score) + score(vocabulary, id, end - start);
            improve(&mut best[end], start, id, score);
            has_single |= end == single;
        }
        if !has_single {
            let score = f64::from(best[start].score + unknown);
            improve(&mut best[single], start, vocabulary.unknown, score);
        }
    }
    let mut pieces = vec![];
    let mut end = text.len();
    while let Some((start, id)) = best[end].last {
        pieces.push((start..end, id));
        end = start;
    }
    pieces.reverse();
    pieces
}

/// Ordinary pieces that begin at `start`, the shortest first: where they end, and their ids.
fn pieces_at<'a>(
    text: &'a str,
    start: usize,
    vocabulary: &'a Vocabulary,
) -> impl Iterator<Item = (usize, usize)> + 'a {
    let ends = text[start..].char_indices().map(move |(at, c)| start + at + c.len_utf8());
    ends.take_while(move |end| end - start <= vocabulary.longest)
        .filter_map(move |end| Some((end, vocabulary.ordinary(&text[start..end])?)))
        .filter(|(_, id)| vocabulary.kind(*id) != PieceType::Unused)
}

/// A user-defined piece gets so much that it is always taken.
fn score(vocabulary: &Vocabulary, id: usize, length: usize) -> f64 {
    match vocabulary.kind(id) {
        PieceType::UserDefined => f64::from(length as f32 * vocabulary.scores.1) - 0.1,
        _ => f64::from(vocabulary.entries[id].score),
    }
}

fn improve(target: &mut Best, start: usize, id: usize, score: f64) {
    if target.last.is_none() || score > f64::from(target.score) {
        *target = Best { score: score as f32, last: Some((start, id)) };
    }
}
