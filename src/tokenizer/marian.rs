//! Marian's tokenizer: a SentencePiece model a language, and one vocabulary of their pieces.

use std::collections::HashMap;
use std::path::Path;

use super::encoding::{Encoding, Side};
use super::fast::vocabulary_of;
use super::sentencepiece::SentencePiece;
use super::settings::Settings;
use crate::{Error, Result};

/// `source.spm`, `target.spm`, `vocab.json`.
pub(super) struct Marian {
    source: SentencePiece,
    target: SentencePiece,
    ids: HashMap<String, u32>,
    tokens: HashMap<u32, String>,
    /// Ids of the target language where it has a vocabulary of its own.
    target_ids: Option<HashMap<String, u32>>,
    /// Tokens that a text is never cut within, the longest first.
    whole: Vec<String>,
    unknown: String,
    end: String,
    special: Vec<String>,
}

impl Marian {
    pub(super) fn read(folder: &Path, settings: &mut Settings) -> Result<Self> {
        let unknown = settings.special_or("unk_token", "<unk>");
        let end = settings.special_or("eos_token", "</s>");
        let padding = settings.special_or("pad_token", "<pad>");
        let path = folder.join("vocab.json");
        let ids = vocabulary_of(&path)?;
        if let Some(token) =
            [&unknown, &end, &padding].into_iter().find(|token| !ids.contains_key(*token))
        {
            return Err(Error::file(path, format!("it lacks the special token {token}")));
        }
        let separate = settings.flag("separate_vocabs").unwrap_or(false);
        let target_ids =
            separate.then(|| vocabulary_of(&folder.join("target_vocab.json"))).transpose()?;
        let tokens = target_ids.as_ref().unwrap_or(&ids);
        let tokens = tokens.iter().map(|(token, id)| (*id, token.clone())).collect();
        let special: Vec<String> =
            settings.all_special().map(|token| token.content.clone()).collect();
        let mut whole = special.clone();
        whole.extend(settings.added().into_iter().map(|(_, token)| token.content));
        whole.sort_by_key(|token| std::cmp::Reverse(token.len()));
        whole.dedup();
        Ok(Self {
            source: SentencePiece::open(folder.join("source.spm"))?,
            target: SentencePiece::open(folder.join("target.spm"))?,
            ids,
            tokens,
            target_ids,
            whole,
            unknown,
            end,
            special,
        })
    }

    /// A text of the source language, or of the target one; `length` is the longest that it may become.
    pub(super) fn encode(
        &self,
        text: &str,
        target: bool,
        add_special_tokens: bool,
        limit: Option<(usize, Side)>,
    ) -> Result<Encoding> {
        let mut tokens = self.tokens_of(text, target);
        let added = usize::from(add_special_tokens);
        if let Some((length, side)) = limit {
            let room = length.saturating_sub(added);
            match side {
                Side::Right => tokens.truncate(room),
                Side::Left => drop(tokens.drain(..tokens.len().saturating_sub(room))),
            }
        }
        if add_special_tokens {
            tokens.push((self.end.clone(), 0..0));
        }
        let characters = CharacterAt::new(text);
        let mut encoding = Encoding::default();
        for (index, (token, range)) in tokens.iter().enumerate() {
            let id = self.id_of(token, target);
            encoding.ids.push(i64::from(id));
            encoding.tokens.push(self.token(id).unwrap_or(token).to_owned());
            encoding.offsets.push((characters.of(range.start), characters.of(range.end)));
            let is_added = add_special_tokens && index + 1 == tokens.len();
            encoding.special_tokens_mask.push(i64::from(is_added));
        }
        encoding.type_ids = vec![0; tokens.len()];
        encoding.attention_mask = vec![1; tokens.len()];
        Ok(encoding)
    }

    fn id_of(&self, token: &str, target: bool) -> u32 {
        let special = self.whole.iter().any(|whole| whole == token);
        let own = self.target_ids.as_ref().filter(|_| target && !special);
        let ids = own.unwrap_or(&self.ids);
        ids.get(token).or_else(|| ids.get(&self.unknown)).copied().unwrap_or(0)
    }

    /// Pieces with the bytes of the text that they stand for; special tokens in the text are kept whole.
    fn tokens_of(&self, text: &str, target: bool) -> Vec<(String, std::ops::Range<usize>)> {
        let mut tokens = vec![];
        let mut start = 0;
        let mut at = 0;
        while at < text.len() {
            let rest = &text[at..];
            if let Some(whole) = self.whole.iter().find(|whole| rest.starts_with(whole.as_str())) {
                self.cut(text, start..at, target, &mut tokens);
                tokens.push((whole.clone(), at..at + whole.len()));
                at += whole.len();
                start = at;
            } else {
                at += rest.chars().next().map_or(1, char::len_utf8);
            }
        }
        self.cut(text, start..text.len(), target, &mut tokens);
        tokens
    }

    /// A stretch without special tokens; a language's code such as `>>fr<<` before it stays whole.
    fn cut(
        &self,
        text: &str,
        mut stretch: std::ops::Range<usize>,
        target: bool,
        tokens: &mut Vec<(String, std::ops::Range<usize>)>,
    ) {
        let part = &text[stretch.clone()];
        if let Some(length) = part.find("<<").filter(|_| part.starts_with(">>")) {
            let end = stretch.start + length + 2;
            tokens.push((text[stretch.start..end].to_owned(), stretch.start..end));
            stretch.start = end;
        }
        let model = if target { &self.target } else { &self.source };
        for piece in model.encode(&text[stretch.clone()]) {
            let range = stretch.start + piece.range.start..stretch.start + piece.range.end;
            tokens.push((piece.piece, range));
        }
    }

    /// Ids as text. As in `transformers`, the source's model joins the pieces unless the vocabularies are separate.
    pub(super) fn decode(&self, ids: &[i64], skip_special_tokens: bool) -> Result<String> {
        let model = if self.target_ids.is_some() { &self.target } else { &self.source };
        let mut text = String::new();
        let mut pieces: Vec<&str> = vec![];
        for &id in ids {
            let known = u32::try_from(id).ok().and_then(|id| self.token(id));
            let token = known.ok_or_else(|| {
                Error::value(format!(
                    "id {id} is not in the vocabulary of {} tokens",
                    self.tokens.len()
                ))
            })?;
            if !self.special.iter().any(|special| special == token) {
                pieces.push(token);
            } else if !skip_special_tokens {
                text.push_str(&model.decode(&std::mem::take(&mut pieces)));
                text.push_str(token);
                text.push(' ');
            }
        }
        text.push_str(&model.decode(&pieces));
        Ok(text.replace('\u{2581}', " ").trim().to_owned())
    }

    pub(super) fn id(&self, token: &str) -> Option<u32> {
        self.ids.get(token).copied()
    }

    pub(super) fn token(&self, id: u32) -> Option<&str> {
        self.tokens.get(&id).map(String::as_str)
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }
}

/// From bytes of a text to its characters.
struct CharacterAt(Vec<usize>);

impl CharacterAt {
    fn new(text: &str) -> Self {
        let mut table = vec![0; text.len() + 1];
        let mut count = 0;
        for (at, c) in text.char_indices() {
            table[at..at + c.len_utf8()].fill(count);
            count += 1;
        }
        table[text.len()] = count;
        Self(table)
    }

    fn of(&self, byte: usize) -> usize {
        self.0[byte]
    }
}
