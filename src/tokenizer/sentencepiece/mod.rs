//! SentencePiece models (`source.spm`, `tokenizer.model`): text to pieces and back, as Google's library does it.
//!
//! The `sentencepiece` crate binds the C++ library, whose Protocol Buffers would stand beside libtorch's own in one
//! program; `tokenizers` has the same models but sums in float64 and normalizes by grapheme, so some texts come out
//! differently. What is here follows the C++ sources, and the tests hold it against Python's `sentencepiece`.

mod bpe;
mod charsmap;
mod normalizer;
mod proto;
mod unigram;
mod vocabulary;

use std::path::Path;

use prost::Message;

use self::normalizer::{Normalizer, SPACE};
use self::proto::{ModelProto, ModelType, PieceType};
use self::vocabulary::Vocabulary;
use crate::{Error, Result};

/// A SentencePiece model: unigram or byte-pair encoding.
pub struct SentencePiece {
    vocabulary: Vocabulary,
    normalizer: Normalizer,
    bpe: bool,
    byte_fallback: bool,
    unk_surface: String,
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its text; a space is `▁` (U+2581).
    pub piece: String,
    /// Its place in the model's vocabulary.
    pub id: usize,
    /// The bytes of the text that it stands for.
    pub range: std::ops::Range<usize>,
}

impl SentencePiece {
    /// Opens a model file.
    ///
    /// # Errors
    /// When the file cannot be read, is no SentencePiece model, or is a word or character model.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|error| Error::file(path, error))?;
        Self::from_bytes(&bytes).map_err(|error| crate::io::in_file(path, error))
    }

    /// A model from the bytes of its file.
    ///
    /// # Errors
    /// When they are no SentencePiece model, or a word or character model.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let model = Self::decode_proto(bytes)?;
        let trainer = model.trainer_spec.clone().unwrap_or_default();
        let bpe = match trainer.model_type() {
            ModelType::Unigram => false,
            ModelType::Bpe => true,
            other => {
                return Err(Error::value(format!(
                    "a SentencePiece model of type {other:?} is not supported"
                ))
                .mend("use a unigram or BPE model"));
            }
        };
        Ok(Self {
            vocabulary: Vocabulary::new(&model)?,
            normalizer: Normalizer::new(&model)?,
            bpe,
            byte_fallback: trainer.byte_fallback(),
            unk_surface: trainer.unk_surface().to_owned(),
        })
    }

    fn decode_proto(bytes: &[u8]) -> Result<ModelProto> {
        match ModelProto::decode(bytes) {
            Ok(model) if !model.pieces.is_empty() => Ok(model),
            _ => Err(Error::value("not a SentencePiece model")),
        }
    }

    /// The text as pieces: `SentencePieceProcessor.encode(text, out_type=str)`, with ids and ranges.
    pub fn encode(&self, text: &str) -> Vec<Piece> {
        let normalized = self.normalizer.normalize(text, &self.vocabulary);
        let cut = if self.bpe { bpe::encode } else { unigram::encode };
        let mut pieces: Vec<Piece> = vec![];
        let mut after_unknown = false;
        for (range, id) in cut(&normalized.text, &self.vocabulary) {
            let piece = &normalized.text[range.clone()];
            let origin = normalized.origin[range.start]..normalized.origin[range.end];
            let unknown = self.vocabulary.kind(id) == PieceType::Unknown;
            match pieces.last_mut() {
                _ if unknown && self.byte_fallback => self.push_bytes(piece, origin, &mut pieces),
                // Unknown neighbours are one piece.
                Some(last) if unknown && after_unknown => {
                    last.piece.push_str(piece);
                    last.range.end = origin.end;
                }
                _ => pieces.push(Piece { piece: piece.to_owned(), id, range: origin }),
            }
            after_unknown = unknown;
        }
        pieces
    }

    /// An unknown piece as its bytes; the last of them stands for the whole character.
    fn push_bytes(&self, piece: &str, origin: std::ops::Range<usize>, pieces: &mut Vec<Piece>) {
        for (index, byte) in piece.bytes().enumerate() {
            let name = format!("<0x{byte:02X}>");
            let id = self.vocabulary.id(&name).unwrap_or(self.vocabulary.unknown);
            let last = index + 1 == piece.len();
            let end = if last { origin.end } else { origin.start };
            pieces.push(Piece { piece: name, id, range: origin.start..end });
        }
    }

    /// Pieces as text: `SentencePieceProcessor.decode_pieces`.
    pub fn decode<S: AsRef<str>>(&self, pieces: &[S]) -> String {
        let mut text = String::new();
        let mut bytes = vec![];
        // Whether nothing has been written yet, so that the space put before every text goes away again.
        let mut at_start = true;
        let mut start_seen = false;
        for piece in pieces {
            let piece = piece.as_ref();
            let id = self.vocabulary.id(piece).unwrap_or(self.vocabulary.unknown);
            if self.vocabulary.kind(id) == PieceType::Byte {
                bytes.extend(byte_of(piece));
                continue;
            }
            text.push_str(&characters_of(&std::mem::take(&mut bytes)));
            if start_seen || !text.is_empty() {
                at_start = false;
            }
            start_seen = self.push_decoded(piece, id, at_start, &mut text);
        }
        text.push_str(&characters_of(&bytes));
        text
    }

    /// Writes a piece; whether the space at the start of the text was left out of it.
    fn push_decoded(&self, piece: &str, id: usize, at_start: bool, text: &mut String) -> bool {
        match self.vocabulary.kind(id) {
            PieceType::Control => return false,
            PieceType::Unknown if self.vocabulary.entries[id].piece == piece => {
                text.push_str(&self.unk_surface);
                return false;
            }
            PieceType::Unknown => {
                text.push_str(piece);
                return false;
            }
            _ => {}
        }
        let rules = &self.normalizer;
        let mut rest = piece;
        if at_start && (rules.add_dummy_prefix || rules.remove_extra_whitespaces) {
            rest = piece.strip_prefix(SPACE).unwrap_or(piece);
        }
        text.push_str(&rest.replace(SPACE, " "));
        // Where spaces are not kept, all of those at the start go.
        rest.len() < piece.len() && !rules.remove_extra_whitespaces
    }

    /// The number of pieces.
    pub fn len(&self) -> usize {
        self.vocabulary.entries.len()
    }

    /// Whether there are no pieces; never, as a model without pieces is refused.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text of piece `id`.
    pub fn piece(&self, id: usize) -> Option<&str> {
        self.vocabulary.entries.get(id).map(|entry| entry.piece.as_str())
    }

    /// The place of a piece in the vocabulary.
    pub fn id(&self, piece: &str) -> Option<usize> {
        self.vocabulary.id(piece)
    }

    /// Whether the model is byte-pair encoding, not unigram.
    pub(super) fn is_bpe(&self) -> bool {
        self.bpe
    }

    /// The pieces that no text is cut into or that are always kept whole (true: control, false: user-defined).
    pub(super) fn added(&self) -> impl Iterator<Item = (&str, bool)> {
        self.vocabulary.entries.iter().filter_map(|entry| match entry.kind {
            PieceType::Control => Some((entry.piece.as_str(), true)),
            PieceType::UserDefined => Some((entry.piece.as_str(), false)),
            _ => None,
        })
    }
}

/// The byte that `<0x0A>` stands for.
fn byte_of(piece: &str) -> Option<u8> {
    u8::from_str_radix(piece.strip_prefix("<0x")?.strip_suffix('>')?, 16).ok()
}

/// Bytes as text; SentencePiece puts one U+FFFD for every byte that belongs to no character.
fn characters_of(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(std::iter::repeat_n('\u{fffd}', chunk.invalid().len()));
    }
    text
}
