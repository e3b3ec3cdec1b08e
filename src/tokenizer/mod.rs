//! Text to numbers and back: the tokenizer in a model's folder, with the same ids as Python's `transformers`.
//!
//! | files | families | through |
//! |---|---|---|
//! | `tokenizer.json` | all that have one | the `tokenizers` crate |
//! | `vocab.json`, `merges.txt` | GPT-2 | the same, put together as `GPT2Tokenizer` does |
//! | `vocab.txt` | BERT | the same, as `BertTokenizer` does |
//! | `tokenizer.model` | Llama | the same, its merges taken from the [`SentencePiece`] model |
//! | `source.spm`, `target.spm`, `vocab.json` | Marian | [`SentencePiece`] |
//!
//! ```no_run
//! use atencion::tokenizer::Tokenizer;
//!
//! let tokenizer = Tokenizer::from_pretrained("bert-base-uncased")?;
//! let encoding = tokenizer.encode("Hello, world!")?;
//! assert_eq!(encoding.tokens, ["[CLS]", "hello", ",", "world", "!", "[SEP]"]);
//! assert_eq!(tokenizer.decode(&encoding.ids, true)?, "hello, world!");
//! # Ok::<(), atencion::Error>(())
//! ```
//!
//! Rust's strings are UTF-8; [`Tokenizer::encode_bytes`] takes any bytes, as Python's `bytes.decode("utf-8",
//! "replace")` does.

mod bytes;
mod chat;
mod encoding;
mod fast;
mod folder;
mod marian;
mod sentencepiece;
mod settings;
mod train;

use std::path::PathBuf;

use tokenizers::{TruncationDirection, TruncationParams, TruncationStrategy, truncate_encodings};

use self::chat::ChatTemplate;
use self::fast::refused;
use self::marian::Marian;
use self::settings::Settings;
use crate::{Error, Result};

pub use self::encoding::{Batch, Encoding, Side};
pub use self::sentencepiece::{Piece, SentencePiece};
pub use self::train::TrainArgs;

/// The tokenizer of a model folder.
pub struct Tokenizer {
    backend: Backend,
    settings: Settings,
    chat_template: Option<ChatTemplate>,
    padding_side: Side,
    truncation_side: Side,
}

enum Backend {
    Fast(Box<tokenizers::Tokenizer>),
    Marian { files: PathBuf, tokenizer: Box<Marian> },
}

/// How several texts get one length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Padding {
    /// They do not (`padding=False`).
    #[default]
    None,
    /// That of the longest of them (`padding=True`).
    Longest,
    /// This one (`padding="max_length"`).
    Length(usize),
}

/// The arguments of a call of `transformers`' tokenizers.
#[derive(Debug, Clone)]
pub struct EncodeArgs {
    /// Put in the tokens for beginning and end that the model was trained with.
    pub add_special_tokens: bool,
    /// Cut what is longer (`truncation=True, max_length=…`), from the longest text of a pair first.
    pub max_length: Option<usize>,
    /// How several texts get one length.
    pub padding: Padding,
    /// The text is of the target language (`text_target=…`): only Marian tells the two apart.
    pub target: bool,
}

impl Default for EncodeArgs {
    /// Special tokens, no truncation, no padding.
    fn default() -> Self {
        Self { add_special_tokens: true, max_length: None, padding: Padding::None, target: false }
    }
}

impl Tokenizer {
    fn new(backend: Backend, settings: Settings, padding: Side) -> Result<Self> {
        let padding_side = settings.padding_side(padding)?;
        let truncation_side = settings.truncation_side()?;
        Ok(Self { backend, settings, chat_template: None, padding_side, truncation_side })
    }

    fn trained(tokenizer: tokenizers::Tokenizer, special: &[(&str, &str)]) -> Result<Self> {
        let settings = Settings::of(special);
        Self::new(Backend::Fast(Box::new(tokenizer)), settings, Side::Right)
    }

    /// A text as the model takes it: `tokenizer(text)`.
    ///
    /// # Errors
    /// When the tokenizer's own parts refuse, as a word level without a token for the unknown does.
    pub fn encode(&self, text: &str) -> Result<Encoding> {
        self.encode_with(text, None, &EncodeArgs::default())
    }

    /// The same from bytes: what is not UTF-8 in them becomes U+FFFD.
    ///
    /// # Errors
    /// As [`Tokenizer::encode`].
    pub fn encode_bytes(&self, text: &[u8]) -> Result<Encoding> {
        self.encode(&String::from_utf8_lossy(text))
    }

    /// A text, or a pair of them: `tokenizer(text, pair, …)`.
    ///
    /// # Errors
    /// When `max_length` leaves no room for the special tokens, or the tokenizer takes no pairs (Marian).
    pub fn encode_with(
        &self,
        text: &str,
        pair: Option<&str>,
        args: &EncodeArgs,
    ) -> Result<Encoding> {
        let mut encoding = match &self.backend {
            Backend::Fast(tokenizer) => self.encode_fast(tokenizer, text, pair, args)?,
            Backend::Marian { tokenizer, .. } => {
                if pair.is_some() {
                    return Err(Error::value("Marian's tokenizer takes no pairs of texts"));
                }
                let limit = args.max_length.map(|length| (length, self.truncation_side));
                tokenizer.encode(text, args.target, args.add_special_tokens, limit)?
            }
        };
        if let Padding::Length(length) = args.padding {
            self.pad(std::slice::from_mut(&mut encoding), length)?;
        }
        Ok(encoding)
    }

    fn encode_fast(
        &self,
        tokenizer: &tokenizers::Tokenizer,
        text: &str,
        pair: Option<&str>,
        args: &EncodeArgs,
    ) -> Result<Encoding> {
        let special = args.add_special_tokens;
        // transformers takes an empty second text for none.
        let pair = pair.filter(|pair| !pair.is_empty());
        let encoding = match (args.max_length, pair) {
            (None, None) => tokenizer.encode_char_offsets(text, special),
            (None, Some(pair)) => tokenizer.encode_char_offsets((text, pair), special),
            (Some(length), pair) => {
                let plain =
                    |text: &str| tokenizer.encode_char_offsets(text, false).map_err(refused);
                let (first, second) = (plain(text)?, pair.map(plain).transpose()?);
                let params = self.truncation(tokenizer, length, pair.is_some(), special)?;
                let (first, second) =
                    truncate_encodings(first, second, &params).map_err(refused)?;
                tokenizer.post_process(first, second, special)
            }
        };
        Ok(from_crate(&encoding.map_err(refused)?, tokenizer))
    }

    fn truncation(
        &self,
        tokenizer: &tokenizers::Tokenizer,
        length: usize,
        pair: bool,
        special: bool,
    ) -> Result<TruncationParams> {
        let added = tokenizer.get_post_processor().map_or(0, |post| {
            use tokenizers::PostProcessor;
            post.added_tokens(pair)
        });
        let added = if special { added } else { 0 };
        let Some(max_length) = length.checked_sub(added) else {
            let what = format!("max_length is {length}, and the special tokens alone are {added}");
            return Err(Error::value(what).mend(format!("use {} or more", added + 1)));
        };
        let direction = match self.truncation_side {
            Side::Left => TruncationDirection::Left,
            Side::Right => TruncationDirection::Right,
        };
        Ok(TruncationParams {
            direction,
            max_length,
            strategy: TruncationStrategy::LongestFirst,
            stride: 0,
        })
    }

    /// Several texts, one encoding each: `tokenizer([text, …], …)`.
    ///
    /// # Errors
    /// As [`Tokenizer::encode_with`]; when padding is asked of a tokenizer without a token for it.
    pub fn encode_batch<S: AsRef<str>>(&self, texts: &[S], args: &EncodeArgs) -> Result<Batch> {
        let one = |text: &S| self.encode_with(text.as_ref(), None, args);
        let mut encodings: Vec<Encoding> = texts.iter().map(one).collect::<Result<_>>()?;
        if args.padding == Padding::Longest {
            let longest = encodings.iter().map(Encoding::len).max().unwrap_or(0);
            self.pad(&mut encodings, longest)?;
        }
        Ok(Batch { encodings })
    }

    fn pad(&self, encodings: &mut [Encoding], length: usize) -> Result<()> {
        let Some(token) = self.special_token("pad_token") else {
            return Err(Error::value("the tokenizer has no token for padding")
                .mend("name one as pad_token in tokenizer_config.json"));
        };
        let id = self.token_to_id(token).ok_or_else(|| {
            Error::value(format!("the token for padding, {token}, is not in the vocabulary"))
        })?;
        for encoding in encodings {
            encoding.pad(length, self.padding_side, id, token);
        }
        Ok(())
    }

    /// Ids as text: `tokenizer.decode(ids, skip_special_tokens=…)`.
    ///
    /// # Errors
    /// When an id is negative; for Marian also when it is not in the vocabulary.
    pub fn decode(&self, ids: &[i64], skip_special_tokens: bool) -> Result<String> {
        let (text, pairs) = match &self.backend {
            Backend::Marian { tokenizer, .. } => {
                (tokenizer.decode(ids, skip_special_tokens)?, false)
            }
            Backend::Fast(tokenizer) => {
                let pairs = matches!(tokenizer.get_model(), tokenizers::ModelWrapper::BPE(_));
                let ids: Vec<u32> = ids.iter().map(|&id| token_id(id)).collect::<Result<_>>()?;
                (tokenizer.decode(&ids, skip_special_tokens).map_err(refused)?, pairs)
            }
        };
        // As in transformers, byte-pair encoding never is cleaned up: its spaces are the text's own.
        let clean = self.settings.flag("clean_up_tokenization_spaces").unwrap_or(false) && !pairs;
        Ok(if clean { without_spaces(&text) } else { text })
    }

    /// The id of a token, if it is in the vocabulary.
    pub fn token_to_id(&self, token: &str) -> Option<i64> {
        match &self.backend {
            Backend::Fast(tokenizer) => tokenizer.token_to_id(token).map(i64::from),
            Backend::Marian { tokenizer, .. } => tokenizer.id(token).map(i64::from),
        }
    }

    /// The token of an id, if there is one.
    pub fn id_to_token(&self, id: i64) -> Option<String> {
        let id = u32::try_from(id).ok()?;
        match &self.backend {
            Backend::Fast(tokenizer) => tokenizer.id_to_token(id),
            Backend::Marian { tokenizer, .. } => tokenizer.token(id).map(str::to_owned),
        }
    }

    /// The number of tokens, added ones included: `len(tokenizer)`.
    pub fn vocab_size(&self) -> usize {
        match &self.backend {
            Backend::Fast(tokenizer) => tokenizer.get_vocab_size(true),
            Backend::Marian { tokenizer, .. } => tokenizer.len(),
        }
    }

    /// A special token by its name in `transformers`: `"bos_token"`, `"eos_token"`, `"unk_token"`, `"sep_token"`,
    /// `"pad_token"`, `"cls_token"`, `"mask_token"`.
    pub fn special_token(&self, name: &str) -> Option<&str> {
        self.settings.special(name)
    }

    /// The longest sequence that the model was made for, where the folder says it.
    pub fn model_max_length(&self) -> Option<usize> {
        self.settings.model_max_length()
    }

    /// A conversation as one text: `tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=…)`.
    /// `messages` is a list of objects with `role` and `content`.
    ///
    /// # Errors
    /// When the folder has no template, `messages` is no list, or the template refuses, fails or loops.
    pub fn apply_chat_template(
        &self,
        messages: &serde_json::Value,
        add_generation_prompt: bool,
    ) -> Result<String> {
        let Some(template) = &self.chat_template else {
            return Err(Error::value("the folder has no chat template").mend(
                "use a model that was trained on conversations, or put the text together yourself",
            ));
        };
        template.render(messages, add_generation_prompt, self.settings.named())
    }
}

fn from_crate(encoding: &tokenizers::Encoding, tokenizer: &tokenizers::Tokenizer) -> Encoding {
    let numbers = |list: &[u32]| list.iter().map(|&number| i64::from(number)).collect();
    Encoding {
        ids: numbers(encoding.get_ids()),
        // Not the crate's own list, where a unigram model keeps what it does not know as it stood in the text.
        tokens: encoding.get_ids().iter().filter_map(|&id| tokenizer.id_to_token(id)).collect(),
        offsets: encoding.get_offsets().to_vec(),
        type_ids: numbers(encoding.get_type_ids()),
        attention_mask: numbers(encoding.get_attention_mask()),
        special_tokens_mask: numbers(encoding.get_special_tokens_mask()),
    }
}

fn token_id(id: i64) -> Result<u32> {
    u32::try_from(id).map_err(|_| Error::value(format!("{id} is no token's id")))
}

/// `clean_up_tokenization` of `transformers`: no space before punctuation.
fn without_spaces(text: &str) -> String {
    const PAIRS: [(&str, &str); 10] = [
        (" .", "."),
        (" ?", "?"),
        (" !", "!"),
        (" ,", ","),
        (" ' ", "'"),
        (" n't", "n't"),
        (" 'm", "'m"),
        (" 's", "'s"),
        (" 've", "'ve"),
        (" 're", "'re"),
    ];
    PAIRS.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}
