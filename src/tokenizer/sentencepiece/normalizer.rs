//! A text before it is cut: replacements, white space as `▁`, and where each byte came from.

use super::charsmap::CharsMap;
use super::proto::ModelProto;
use super::vocabulary::Vocabulary;
use crate::Result;

/// What stands for a space in pieces.
pub(super) const SPACE: &str = "\u{2581}";

/// A text as the model sees it.
pub(super) struct Normalized {
    pub text: String,
    /// For each byte of `text`, and for its end, the byte of the original where it came from.
    pub origin: Vec<usize>,
}

/// The rules of one model.
pub(super) struct Normalizer {
    charsmap: Option<CharsMap>,
    pub add_dummy_prefix: bool,
    pub remove_extra_whitespaces: bool,
    escape_whitespaces: bool,
    pub treat_whitespace_as_suffix: bool,
}

impl Normalizer {
    pub(super) fn new(model: &ModelProto) -> Result<Self> {
        let spec = model.normalizer_spec.clone().unwrap_or_default();
        let trainer = model.trainer_spec.clone().unwrap_or_default();
        let blob = spec.precompiled_charsmap.as_deref().filter(|blob| !blob.is_empty());
        Ok(Self {
            charsmap: blob.map(CharsMap::from_bytes).transpose()?,
            add_dummy_prefix: spec.add_dummy_prefix(),
            remove_extra_whitespaces: spec.remove_extra_whitespaces(),
            escape_whitespaces: spec.escape_whitespaces(),
            treat_whitespace_as_suffix: trainer.treat_whitespace_as_suffix(),
        })
    }

    /// `Normalizer::Normalize` of SentencePiece, step by step.
    pub(super) fn normalize(&self, input: &str, vocabulary: &Vocabulary) -> Normalized {
        let mut out = Normalized { text: String::with_capacity(input.len() + 3), origin: vec![] };
        let mut rest = input;
        if self.remove_extra_whitespaces {
            while !rest.is_empty() {
                let (length, replaced) = self.prefix(rest, vocabulary);
                if replaced != " " {
                    break;
                }
                rest = &rest[length..];
            }
        }
        if rest.is_empty() {
            out.origin.push(input.len() - rest.len());
            return out;
        }
        if !self.treat_whitespace_as_suffix && self.add_dummy_prefix {
            self.push_space(&mut out, input.len() - rest.len());
        }
        let mut after_space = self.remove_extra_whitespaces;
        while !rest.is_empty() {
            let at = input.len() - rest.len();
            let (length, mut replaced) = self.prefix(rest, vocabulary);
            if after_space {
                replaced = replaced.trim_start_matches(' ');
            }
            if !replaced.is_empty() {
                for c in replaced.chars() {
                    if c == ' ' { self.push_space(&mut out, at) } else { push(&mut out, c, at) }
                }
                after_space = replaced.ends_with(' ');
            }
            rest = &rest[length..];
            after_space &= self.remove_extra_whitespaces;
        }
        let mut end = input.len();
        if self.remove_extra_whitespaces {
            let space = if self.escape_whitespaces { SPACE } else { " " };
            while out.text.ends_with(space) {
                out.text.truncate(out.text.len() - space.len());
                end = out.origin[out.text.len()];
                out.origin.truncate(out.text.len());
            }
        }
        if self.treat_whitespace_as_suffix && self.add_dummy_prefix {
            self.push_space(&mut out, end);
        }
        out.origin.push(end);
        out
    }

    fn push_space(&self, out: &mut Normalized, at: usize) {
        push(out, if self.escape_whitespaces { '\u{2581}' } else { ' ' }, at);
    }

    /// The next stretch of the text: its length in bytes, and what becomes of it.
    fn prefix<'a>(&'a self, text: &'a str, vocabulary: &Vocabulary) -> (usize, &'a str) {
        if let Some(length) = vocabulary.user_defined_prefix(text) {
            return (length, &text[..length]);
        }
        if let Some(found) =
            self.charsmap.as_ref().and_then(|map| map.longest_prefix(text.as_bytes()))
        {
            return found;
        }
        let length = text.chars().next().map_or(0, char::len_utf8);
        (length, &text[..length])
    }
}

fn push(out: &mut Normalized, c: char, at: usize) {
    out.text.push(c);
    out.origin.resize(out.text.len(), at);
}
