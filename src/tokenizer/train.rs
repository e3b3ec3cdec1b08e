//! Vocabularies from text: byte-level pairs as GPT-2's, word pieces as BERT's. The same text gives the same vocabulary.

use std::collections::BTreeSet;

use tokenizers::models::TrainerWrapper;
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::models::wordpiece::{WordPiece, WordPieceTrainer};
use tokenizers::normalizers::bert::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{AddedToken, NormalizedString, Normalizer, OffsetReferential, OffsetType};
use tokenizers::{PreTokenizedString, PreTokenizer};

use super::Tokenizer;
use super::fast::{self, refused};
use crate::{Error, Result};

/// How a vocabulary is made.
#[derive(Debug, Clone)]
pub struct TrainArgs {
    /// The number of tokens, special ones included.
    pub vocab_size: usize,
    /// Pairs met less often are not joined.
    pub min_frequency: u64,
}

impl Default for TrainArgs {
    /// 8,000 tokens, each met at least twice.
    fn default() -> Self {
        Self { vocab_size: 8_000, min_frequency: 2 }
    }
}

/// The special tokens of a vocabulary of word pieces, in BERT's order of ids.
const BERT_TOKENS: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

impl Tokenizer {
    /// Byte-level pairs (BPE) from `texts`, GPT-2's way: `<|endoftext|>` is id 0 and ends every text.
    ///
    /// # Errors
    /// When `vocab_size` is too small for the 256 bytes and the special token.
    pub fn train_bpe<S: AsRef<str> + Sync>(texts: &[S], args: &TrainArgs) -> Result<Self> {
        let tokenizer = byte_level_pairs(texts, &["<|endoftext|>"], args)?;
        let special = ["bos_token", "eos_token", "unk_token"].map(|name| (name, "<|endoftext|>"));
        Self::trained(tokenizer, &special)
    }

    /// The same for an encoder–decoder: `</s>`, id 0, is put behind every text, and `<pad>`, id 1, fills up.
    ///
    /// # Errors
    /// As [`train_bpe`](Self::train_bpe).
    pub fn train_seq2seq_bpe<S: AsRef<str> + Sync>(texts: &[S], args: &TrainArgs) -> Result<Self> {
        let mut tokenizer = byte_level_pairs(texts, &["</s>", "<pad>"], args)?;
        let ended = TemplateProcessing::builder()
            .try_single("$A </s>")
            .and_then(|builder| builder.try_pair("$A </s> $B </s>"))
            .map_err(Error::value)?
            .special_tokens(vec![("</s>", 0)])
            .build()
            .map_err(|error| Error::value(error.to_string()))?;
        tokenizer.with_post_processor(Some(ended));
        Self::trained(tokenizer, &[("eos_token", "</s>"), ("pad_token", "<pad>")])
    }

    /// Word pieces from `texts`, BERT's way; `lowercase` also takes accents off.
    ///
    /// # Errors
    /// When `vocab_size` is too small for the characters of the texts.
    pub fn train_word_piece<S: AsRef<str> + Sync>(
        texts: &[S],
        lowercase: bool,
        args: &TrainArgs,
    ) -> Result<Self> {
        let normalizer = BertNormalizer::new(true, true, None, lowercase);
        let alphabet = alphabet(texts, &normalizer)?;
        room_for(BERT_TOKENS.len() + alphabet.len(), args)?;
        // The trainer gives ids to the characters within words in a hash table's order. Those that come first as
        // special tokens have them already, and so the vocabulary is the same in every run.
        let first: Vec<String> =
            BERT_TOKENS.iter().map(|token| (*token).to_owned()).chain(alphabet).collect();
        let trainer = WordPieceTrainer::builder()
            .vocab_size(args.vocab_size)
            .min_frequency(args.min_frequency)
            .show_progress(false)
            .special_tokens(
                first.iter().map(|token| AddedToken::from(token.as_str(), true)).collect(),
            )
            .build();
        let model = WordPiece::builder().unk_token("[UNK]".into()).build().map_err(refused)?;
        let mut learner = tokenizers::Tokenizer::new(model);
        learner.with_normalizer(Some(normalizer)).map_err(refused)?;
        learner.with_pre_tokenizer(Some(BertPreTokenizer));
        let mut trainer = TrainerWrapper::from(trainer);
        learner.train(&mut trainer, texts.iter().map(AsRef::as_ref)).map_err(refused)?;
        let vocabulary = learner.get_vocab(false);
        let tokenizer =
            fast::bert(vocabulary, normalizer, "[UNK]", "[CLS]", "[SEP]", |tokenizer| {
                let special = BERT_TOKENS.map(|token| AddedToken::from(token, true));
                tokenizer.add_special_tokens(special).map(drop).map_err(refused)
            })?;
        let special = [
            ("pad_token", "[PAD]"),
            ("unk_token", "[UNK]"),
            ("cls_token", "[CLS]"),
            ("sep_token", "[SEP]"),
            ("mask_token", "[MASK]"),
        ];
        Self::trained(tokenizer, &special)
    }
}

/// GPT-2's splitting and its 256 bytes, behind those special tokens.
fn byte_level_pairs<S: AsRef<str> + Sync>(
    texts: &[S],
    special: &[&str],
    args: &TrainArgs,
) -> Result<tokenizers::Tokenizer> {
    room_for(256 + special.len(), args)?;
    let mut tokenizer = tokenizers::Tokenizer::new(BPE::default());
    tokenizer.with_pre_tokenizer(Some(ByteLevel::default().add_prefix_space(false)));
    tokenizer.with_decoder(Some(ByteLevel::default()));
    let trainer = BpeTrainer::builder()
        .vocab_size(args.vocab_size)
        .min_frequency(args.min_frequency)
        .show_progress(false)
        .special_tokens(special.iter().map(|token| AddedToken::from(*token, true)).collect())
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .build();
    let mut trainer = TrainerWrapper::from(trainer);
    tokenizer.train(&mut trainer, texts.iter().map(AsRef::as_ref)).map_err(refused)?;
    Ok(tokenizer)
}

fn room_for(least: usize, args: &TrainArgs) -> Result<()> {
    if args.vocab_size < least {
        let what =
            format!("vocab_size is {}, and single characters alone need {least}", args.vocab_size);
        return Err(Error::value(what).mend(format!("use {least} or more")));
    }
    Ok(())
}

/// The characters of the texts as they begin a word and as they go on in one (`##`), in order.
fn alphabet<S: AsRef<str>>(texts: &[S], normalizer: &BertNormalizer) -> Result<Vec<String>> {
    let (mut begin, mut within) = (BTreeSet::new(), BTreeSet::new());
    for text in texts {
        let mut normalized = NormalizedString::from(text.as_ref());
        normalizer.normalize(&mut normalized).map_err(refused)?;
        let mut words = PreTokenizedString::from(normalized);
        BertPreTokenizer.pre_tokenize(&mut words).map_err(refused)?;
        for (word, ..) in words.get_splits(OffsetReferential::Original, OffsetType::Byte) {
            let mut characters = word.chars();
            begin.extend(characters.next());
            within.extend(characters);
        }
    }
    let within = within.into_iter().map(|c| format!("##{c}"));
    Ok(begin.into_iter().map(String::from).chain(within).collect())
}
