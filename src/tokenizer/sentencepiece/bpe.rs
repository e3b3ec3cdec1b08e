//! Byte-pair encoding: the neighbours whose union has the highest score are joined, again and again (Sennrich 2016).
//!
//! Of two unions with the same score the one further to the left comes first, as in SentencePiece's `bpe::Model`.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};
use std::ops::Range;

use super::proto::PieceType;
use super::vocabulary::Vocabulary;

/// A stretch of the text, in a list that is linked both ways.
struct Symbol {
    range: Range<usize>,
    before: Option<usize>,
    after: Option<usize>,
    /// A user-defined piece, which is never joined with its neighbours.
    frozen: bool,
}

/// Two neighbours that may be joined.
struct Pair {
    score: f32,
    left: usize,
    right: usize,
    length: usize,
}

impl Ord for Pair {
    fn cmp(&self, other: &Self) -> Ordering {
        self.score.total_cmp(&other.score).then(other.left.cmp(&self.left))
    }
}

impl PartialOrd for Pair {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Pair {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Pair {}

/// One text on its way from characters to pieces.
struct Joining<'a> {
    text: &'a str,
    vocabulary: &'a Vocabulary,
    symbols: Vec<Symbol>,
    agenda: BinaryHeap<Pair>,
    /// What unused pieces were joined from: they are taken apart again in the end.
    parts: HashMap<Range<usize>, [Range<usize>; 2]>,
}

/// The pieces of a normalized text, as byte ranges with their ids.
pub(super) fn encode(text: &str, vocabulary: &Vocabulary) -> Vec<(Range<usize>, usize)> {
    let symbols = characters(text, vocabulary);
    let count = symbols.len();
    let mut joining =
        Joining { text, vocabulary, symbols, agenda: BinaryHeap::new(), parts: HashMap::new() };
    for right in 1..count {
        joining.propose(Some(right - 1), Some(right));
    }
    joining.join_all();
    joining.pieces()
}

fn characters(text: &str, vocabulary: &Vocabulary) -> Vec<Symbol> {
    let mut symbols: Vec<Symbol> = vec![];
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let user_defined = vocabulary.user_defined_prefix(&text[at..]);
        let end = at + user_defined.unwrap_or(c.len_utf8());
        let index = symbols.len();
        symbols.push(Symbol {
            range: at..end,
            before: index.checked_sub(1),
            after: (end < text.len()).then_some(index + 1),
            frozen: user_defined.is_some(),
        });
        at = end;
    }
    symbols
}

impl Joining<'_> {
    /// Puts two neighbours on the agenda if their union is a piece.
    fn propose(&mut self, left: Option<usize>, right: Option<usize>) {
        let (Some(left), Some(right)) = (left, right) else { return };
        let (a, b) = (&self.symbols[left], &self.symbols[right]);
        if a.frozen || b.frozen {
            return;
        }
        let union = a.range.start..b.range.end;
        let Some(id) = self.vocabulary.ordinary(&self.text[union.clone()]) else { return };
        let score = self.vocabulary.entries[id].score;
        self.agenda.push(Pair { score, left, right, length: union.len() });
        if self.vocabulary.kind(id) == PieceType::Unused {
            self.parts.insert(union, [a.range.clone(), b.range.clone()]);
        }
    }

    fn join_all(&mut self) {
        while let Some(Pair { left, right, length, .. }) = self.agenda.pop() {
            let (a, b) = (self.symbols[left].range.clone(), self.symbols[right].range.clone());
            // One of them has been joined with another neighbour since.
            if a.is_empty() || b.is_empty() || a.len() + b.len() != length {
                continue;
            }
            let after = self.symbols[right].after;
            self.symbols[right].range = b.end..b.end;
            self.symbols[left].range = a.start..b.end;
            self.symbols[left].after = after;
            if let Some(after) = after {
                self.symbols[after].before = Some(left);
            }
            self.propose(self.symbols[left].before, Some(left));
            self.propose(Some(left), after);
        }
    }

    fn pieces(&self) -> Vec<(Range<usize>, usize)> {
        let mut pieces = vec![];
        let mut at = (!self.symbols.is_empty()).then_some(0);
        while let Some(index) = at {
            self.take_apart(self.symbols[index].range.clone(), &mut pieces);
            at = self.symbols[index].after;
        }
        pieces
    }

    fn take_apart(&self, range: Range<usize>, pieces: &mut Vec<(Range<usize>, usize)>) {
        let id = self.vocabulary.id(&self.text[range.clone()]).unwrap_or(self.vocabulary.unknown);
        match self.parts.get(&range) {
            Some([left, right]) if self.vocabulary.kind(id) == PieceType::Unused => {
                self.take_apart(left.clone(), pieces);
                self.take_apart(right.clone(), pieces);
            }
            _ => pieces.push((range, id)),
        }
    }
}
