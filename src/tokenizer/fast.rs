//! The families whose tokenizer is the `tokenizers` crate's, built as `transformers` builds them from each kind of file.

use std::collections::HashMap;
use std::path::Path;

use tokenizers::decoders::byte_fallback::ByteFallback;
use tokenizers::decoders::fuse::Fuse;
use tokenizers::decoders::sequence::Sequence as Decoders;
use tokenizers::decoders::strip::Strip;
use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::bert::BertNormalizer;
use tokenizers::normalizers::replace::Replace;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::metaspace::{Metaspace, PrependScheme};
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{AddedToken, Tokenizer};

use super::sentencepiece::SentencePiece;
use super::settings::{self, Settings};
use crate::{Error, Result};

pub(super) type Vocabulary = HashMap<String, u32>;

/// An error of the crate, in one line.
pub(super) fn refused(error: tokenizers::Error) -> Error {
    Error::value(format!("tokenizer: {}", crate::io::printable(&error.to_string())))
}

/// `tokenizer.json`: all is in it.
pub(super) fn from_json(path: &Path, settings: &mut Settings) -> Result<Tokenizer> {
    let bytes = std::fs::read(path).map_err(|error| Error::file(path, error))?;
    let mut tokenizer = caught(path, || Tokenizer::from_bytes(&bytes))?
        .map_err(|error| Error::file(path, crate::io::printable(&error.to_string())))?;
    // Both are arguments of the call, not properties of the file.
    tokenizer.with_padding(None);
    tokenizer.with_truncation(None).map_err(refused)?;
    add_special_tokens(&mut tokenizer, settings)?;
    let asked = settings.flag("add_bos_token").or(settings.flag("add_eos_token"));
    if asked.is_some() || tokenizer.get_post_processor().is_none() {
        add_begin_and_end(&mut tokenizer, settings)?;
    }
    tried(&tokenizer, path)?;
    Ok(tokenizer)
}

/// Whether it can put its special tokens around a text and around two: the crate panics where its template names one that
/// the file does not define. A text that it refuses is nobody's fault yet.
fn tried(tokenizer: &Tokenizer, path: &Path) -> Result<()> {
    caught(path, || {
        let _one = tokenizer.encode("a", true);
        let _two = tokenizer.encode(("a", "a"), true);
    })
}

/// The crate panics at some files: in a decoder that is no JSON, at a token of a template that is not there.
fn caught<T>(path: &Path, read: impl FnOnce() -> T) -> Result<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).map_err(|panic| {
        let why = crate::error::line_of_panic(&*panic);
        Error::file(path, format!("the tokenizer cannot be put together: {why}"))
    })
}

/// `vocab.json` and `merges.txt`: GPT-2's byte-level pairs.
pub(super) fn byte_level(folder: &Path, settings: &mut Settings) -> Result<Tokenizer> {
    let vocabulary = vocabulary_of(&folder.join("vocab.json"))?;
    let merges = merges_of(&folder.join("merges.txt"))?;
    let bpe = BPE::builder()
        .vocab_and_merges::<Vocab>(vocabulary.into_iter().collect(), merges)
        .build()
        .map_err(|error| {
            Error::file(folder.join("merges.txt"), crate::io::printable(&error.to_string()))
        })?;
    let mut tokenizer = Tokenizer::new(bpe);
    let prefix = settings.flag("add_prefix_space").unwrap_or(false);
    tokenizer.with_pre_tokenizer(Some(ByteLevel::default().add_prefix_space(prefix)));
    tokenizer.with_decoder(Some(ByteLevel::default()));
    for name in ["bos_token", "eos_token", "unk_token"] {
        settings.special_or(name, "<|endoftext|>");
    }
    add_special_tokens(&mut tokenizer, settings)?;
    add_begin_and_end(&mut tokenizer, settings)?;
    Ok(tokenizer)
}

/// `vocab.txt`: BERT's word pieces.
pub(super) fn word_piece(path: &Path, settings: &mut Settings) -> Result<Tokenizer> {
    let text = std::fs::read_to_string(path).map_err(|error| Error::file(path, error))?;
    let lines = text.strip_suffix('\n').unwrap_or(&text).split('\n');
    let lines = lines.map(|line| line.strip_suffix('\r').unwrap_or(line));
    let vocabulary: Vocabulary = lines.zip(0..).map(|(word, id)| (word.to_owned(), id)).collect();
    let unknown = settings.special_or("unk_token", "[UNK]");
    if !vocabulary.contains_key(&unknown) {
        return Err(Error::file(path, format!("it lacks the token for unknown words, {unknown}")));
    }
    let normalizer = BertNormalizer::new(
        true,
        settings.flag("tokenize_chinese_chars").unwrap_or(true),
        settings.flag("strip_accents"),
        settings.flag("do_lower_case").unwrap_or(true),
    );
    for (name, token) in [("pad_token", "[PAD]"), ("mask_token", "[MASK]")] {
        settings.special_or(name, token);
    }
    let classifier = settings.special_or("cls_token", "[CLS]");
    let separator = settings.special_or("sep_token", "[SEP]");
    bert(vocabulary, normalizer, &unknown, &classifier, &separator, |tokenizer| {
        add_special_tokens(tokenizer, settings)
    })
}

/// BERT's tokenizer: `[CLS] A [SEP] B [SEP]`. `add` adds the special tokens.
pub(super) fn bert(
    vocabulary: Vocabulary,
    normalizer: BertNormalizer,
    unknown: &str,
    classifier: &str,
    separator: &str,
    add: impl FnOnce(&mut Tokenizer) -> Result<()>,
) -> Result<Tokenizer> {
    let model = WordPiece::builder()
        .vocab::<Vocab>(vocabulary.into_iter().collect())
        .unk_token(unknown.to_owned())
        .build()
        .map_err(refused)?;
    let mut tokenizer = Tokenizer::new(model);
    tokenizer.with_normalizer(Some(normalizer)).map_err(refused)?;
    tokenizer.with_pre_tokenizer(Some(BertPreTokenizer));
    tokenizer.with_decoder(Some(tokenizers::decoders::wordpiece::WordPiece::default()));
    add(&mut tokenizer)?;
    let single = format!("{classifier}:0 $A:0 {separator}:0");
    let pair = format!("{classifier}:0 $A:0 {separator}:0 $B:1 {separator}:1");
    template(&mut tokenizer, &single, &pair, &[classifier.to_owned(), separator.to_owned()])?;
    Ok(tokenizer)
}

/// `tokenizer.model`: Llama's SentencePiece file with byte-pair encoding.
pub(super) fn llama(path: &Path, settings: &mut Settings) -> Result<Tokenizer> {
    let model = SentencePiece::open(path)?;
    if !model.is_bpe() {
        let what =
            "a unigram model, and as tokenizer.model only Llama's byte-pair encoding is known";
        return Err(
            Error::file(path, what).mend("save a tokenizer.json with Python's transformers")
        );
    }
    let pieces: Vec<&str> = (0..model.len()).filter_map(|id| model.piece(id)).collect();
    let vocabulary: Vocabulary =
        pieces.iter().zip(0..).map(|(piece, id)| ((*piece).to_owned(), id)).collect();
    let merges = merges_from(&pieces, &vocabulary);
    let bpe = BPE::builder()
        .vocab_and_merges::<Vocab>(vocabulary.into_iter().collect(), merges)
        .fuse_unk(true)
        .byte_fallback(true)
        .build()
        .map_err(refused)?;
    let mut tokenizer = Tokenizer::new(bpe);
    let prefix = settings.flag("add_prefix_space").unwrap_or(true);
    let scheme = match (prefix, settings.flag("legacy").unwrap_or(false)) {
        (false, _) => PrependScheme::Never,
        (true, false) => PrependScheme::First,
        (true, true) => PrependScheme::Always,
    };
    tokenizer.with_pre_tokenizer(Some(Metaspace::new('\u{2581}', scheme, false)));
    let mut decoders = vec![
        Replace::new("\u{2581}", " ").map_err(refused)?.into(),
        ByteFallback::default().into(),
        Fuse::default().into(),
    ];
    if prefix {
        decoders.push(Strip::new(' ', 1, 0).into());
    }
    tokenizer.with_decoder(Some(Decoders::new(decoders)));
    for (name, token) in [("bos_token", "<s>"), ("eos_token", "</s>"), ("unk_token", "<unk>")] {
        settings.special_or(name, token);
    }
    let added =
        model.added().map(|(piece, control)| AddedToken::from(piece, control).normalized(false));
    settings.extra.extend(added);
    add_special_tokens(&mut tokenizer, settings)?;
    add_begin_and_end(&mut tokenizer, settings)?;
    Ok(tokenizer)
}

/// The merges that a list of pieces stands for, in the order in which `transformers` puts them.
fn merges_from(pieces: &[&str], vocabulary: &Vocabulary) -> Vec<(String, String)> {
    let mut merges: Vec<(u32, &str, &str)> = vec![];
    for (piece, rank) in pieces.iter().zip(0..) {
        let mut ways: Vec<(u32, u32, &str, &str)> = piece
            .char_indices()
            .skip(1)
            .filter_map(|(at, _)| {
                let (left, right) = piece.split_at(at);
                Some((*vocabulary.get(left)?, *vocabulary.get(right)?, left, right))
            })
            .collect();
        ways.sort();
        merges.extend(ways.into_iter().map(|(_, _, left, right)| (rank, left, right)));
    }
    merges.sort_by_key(|(rank, left, right)| (*rank, left.chars().count(), right.chars().count()));
    merges.into_iter().map(|(_, left, right)| (left.to_owned(), right.to_owned())).collect()
}

/// Adds the folder's special tokens, those of `added_tokens_decoder` first, so that they get the ids they had.
fn add_special_tokens(tokenizer: &mut Tokenizer, settings: &Settings) -> Result<()> {
    let known: Vec<String> =
        tokenizer.get_added_tokens_decoder().into_values().map(|token| token.content).collect();
    let mut tokens: Vec<AddedToken> = vec![];
    let listed = settings.added().into_iter().map(|(_, token)| token);
    for token in listed.chain(settings.all_special().cloned()) {
        let twice = tokens.iter().any(|other| other.content == token.content);
        if !twice && !known.contains(&token.content) {
            tokens.push(token);
        }
    }
    tokenizer.add_tokens(tokens).map_err(refused)?;
    Ok(())
}

/// Puts the tokens for begin and end around every text, where `add_bos_token` and `add_eos_token` say so.
fn add_begin_and_end(tokenizer: &mut Tokenizer, settings: &Settings) -> Result<()> {
    let token = |flag: &str, name: &str| {
        settings.special(name).filter(|_| settings.flag(flag).unwrap_or(false)).map(str::to_owned)
    };
    let (begin, end) = (token("add_bos_token", "bos_token"), token("add_eos_token", "eos_token"));
    let around = |text: &str, id: u8| {
        let before = begin.as_ref().map(|token| format!("{token}:{id} ")).unwrap_or_default();
        let after = end.as_ref().map(|token| format!(" {token}:{id}")).unwrap_or_default();
        format!("{before}${text}:{id}{after}")
    };
    let single = around("A", 0);
    let pair = format!("{single} {}", around("B", 1));
    let tokens: Vec<String> = begin.iter().chain(&end).cloned().collect();
    template(tokenizer, &single, &pair, &tokens)
}

fn template(tokenizer: &mut Tokenizer, single: &str, pair: &str, tokens: &[String]) -> Result<()> {
    let ids = tokens.iter().map(|token| match tokenizer.token_to_id(token) {
        Some(id) => Ok((token.clone(), id)),
        None => Err(Error::value(format!("the vocabulary lacks the special token {token}"))),
    });
    let ids: Vec<(String, u32)> = ids.collect::<Result<_>>()?;
    let broken = |error: String| Error::value(format!("tokenizer: {error}"));
    let template = TemplateProcessing::builder()
        .try_single(single)
        .map_err(broken)?
        .try_pair(pair)
        .map_err(broken)?
        .special_tokens(ids)
        .build()
        .map_err(|error| broken(error.to_string()))?;
    tokenizer.with_post_processor(Some(template));
    Ok(())
}

/// A vocabulary in JSON: each token with its id.
pub(super) fn vocabulary_of(path: &Path) -> Result<Vocabulary> {
    let object =
        settings::object(path)?.ok_or_else(|| Error::file(path, "there is no such file"))?;
    let entry = |(token, id): (String, serde_json::Value)| {
        let id = id.as_u64().and_then(|id| u32::try_from(id).ok());
        let why = || Error::file(path, format!("the id of {token:?} is no whole number"));
        Ok((token.clone(), id.ok_or_else(why)?))
    };
    object.into_iter().map(entry).collect()
}

fn merges_of(path: &Path) -> Result<Vec<(String, String)>> {
    let text = std::fs::read_to_string(path).map_err(|error| Error::file(path, error))?;
    let mut merges = vec![];
    for (number, line) in text.lines().enumerate() {
        if line.starts_with("#version") || line.is_empty() {
            continue;
        }
        match line.split_once(' ') {
            Some((left, right)) if !right.contains(' ') => {
                merges.push((left.to_owned(), right.to_owned()))
            }
            _ => {
                let what =
                    format!("line {} is no pair: {:?}", number + 1, crate::io::printable(line));
                return Err(Error::file(path, what));
            }
        }
    }
    Ok(merges)
}
