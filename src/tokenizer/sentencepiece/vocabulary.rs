//! The pieces of a SentencePiece model, found by their text.

use std::collections::HashMap;

use super::proto::{ModelProto, PieceType};
use crate::{Error, Result};

/// A piece, its score and its kind.
pub(super) struct Entry {
    pub piece: String,
    pub score: f32,
    pub kind: PieceType,
}

/// All pieces of a model; ids are places in `entries`.
pub(super) struct Vocabulary {
    pub entries: Vec<Entry>,
    /// The pieces that a text can be cut into.
    ordinary: HashMap<String, usize>,
    /// Unknown, control and byte pieces, which no text is cut into.
    reserved: HashMap<String, usize>,
    user_defined: Vec<String>,
    pub unknown: usize,
    /// The longest ordinary piece, in bytes.
    pub longest: usize,
    /// The lowest and the highest score of normal pieces.
    pub scores: (f32, f32),
}

impl Vocabulary {
    pub(super) fn new(model: &ModelProto) -> Result<Self> {
        let mut all = Self {
            entries: Vec::with_capacity(model.pieces.len()),
            ordinary: HashMap::new(),
            reserved: HashMap::new(),
            user_defined: vec![],
            unknown: 0,
            longest: 0,
            scores: (f32::MAX, f32::MIN_POSITIVE),
        };
        let mut unknown = None;
        for (id, piece) in model.pieces.iter().enumerate() {
            let entry = Entry {
                piece: piece.piece().to_owned(),
                score: piece.score(),
                kind: piece.r#type(),
            };
            if entry.piece.is_empty() {
                return Err(Error::value(format!(
                    "piece {id} of the SentencePiece model is empty"
                )));
            }
            if entry.kind == PieceType::Unknown {
                unknown = Some(id);
            }
            all.add(id, entry)?;
        }
        all.unknown = unknown
            .ok_or_else(|| Error::value("the SentencePiece model has no piece for the unknown"))?;
        // The longest first, as the longest of several that fit is taken.
        all.user_defined.sort_by_key(|piece| std::cmp::Reverse(piece.len()));
        Ok(all)
    }

    fn add(&mut self, id: usize, entry: Entry) -> Result<()> {
        let ordinary =
            matches!(entry.kind, PieceType::Normal | PieceType::UserDefined | PieceType::Unused);
        let map = if ordinary { &mut self.ordinary } else { &mut self.reserved };
        if map.insert(entry.piece.clone(), id).is_some() {
            return Err(Error::value(format!(
                "the SentencePiece model has {:?} twice",
                entry.piece
            )));
        }
        if ordinary {
            self.longest = self.longest.max(entry.piece.len());
        }
        match entry.kind {
            PieceType::Normal => {
                self.scores = (self.scores.0.min(entry.score), self.scores.1.max(entry.score));
            }
            PieceType::UserDefined => self.user_defined.push(entry.piece.clone()),
            _ => {}
        }
        self.entries.push(entry);
        Ok(())
    }

    /// The id of an ordinary piece.
    pub(super) fn ordinary(&self, piece: &str) -> Option<usize> {
        self.ordinary.get(piece).copied()
    }

    /// The id of any piece.
    pub(super) fn id(&self, piece: &str) -> Option<usize> {
        self.reserved.get(piece).or_else(|| self.ordinary.get(piece)).copied()
    }

    pub(super) fn kind(&self, id: usize) -> PieceType {
        self.entries[id].kind
    }

    /// The length in bytes of the longest user-defined piece that `text` begins with.
    pub(super) fn user_defined_prefix(&self, text: &str) -> Option<usize> {
        self.user_defined.iter().find(|piece| text.starts_with(piece.as_str())).map(String::len)
    }
}
