//! What each token adds to a text: `StopStringCriteria.clean_tokenizer_vocab`.

use std::collections::HashMap;

use super::{Backend, Tokenizer};
use crate::Result;

/// Before a token stands a text, so that no tokenizer takes it for the beginning and drops its space.
const BEFORE: &str = "abcdef";

impl Tokenizer {
    /// For each id the bytes that its token adds to a text that is under way; `None` for ids without a token.
    ///
    /// # Errors
    /// When the tokenizer's own parts refuse.
    pub fn token_bytes(&self) -> Result<Vec<Option<Vec<u8>>>> {
        let before = self.encode_with(
            BEFORE,
            None,
            &super::EncodeArgs { add_special_tokens: false, ..super::EncodeArgs::default() },
        )?;
        let spelling = self.spelling();
        let one = |id: i64| -> Result<Option<Vec<u8>>> {
            let Some(token) = self.id_to_token(id) else { return Ok(None) };
            if let Some(bytes) = spelling.bytes(&token) {
                return Ok(Some(bytes));
            }
            let text = self.decode(&[&before.ids[..], &[id]].concat(), false)?;
            let at = text.find(BEFORE).map_or(0, |at| at + BEFORE.len());
            Ok(Some(text.as_bytes()[at..].to_vec()))
        };
        (0..self.vocab_size() as i64).map(one).collect()
    }

    fn spelling(&self) -> Spelling {
        let decoder = match &self.backend {
            Backend::Fast(tokenizer) => tokenizer.get_decoder(),
            Backend::Marian { .. } => None,
        };
        let decoder = decoder.and_then(|decoder| serde_json::to_string(decoder).ok());
        let decoder = decoder.unwrap_or_default();
        if decoder.contains("\"ByteFallback\"") {
            Spelling::Fallback
        } else if decoder.contains("\"ByteLevel\"") {
            Spelling::Level(bytes_of_characters())
        } else {
            Spelling::Text
        }
    }
}

/// How bytes are spelled in a vocabulary.
enum Spelling {
    /// A character for each byte, as in GPT-2.
    Level(HashMap<char, u8>),
    /// `<0x0A>`, as in Llama.
    Fallback,
    /// Not at all.
    Text,
}

impl Spelling {
    fn bytes(&self, token: &str) -> Option<Vec<u8>> {
        match self {
            Self::Level(bytes) => token.chars().map(|c| bytes.get(&c).copied()).collect(),
            Self::Fallback => {
                let digits = token.strip_prefix("<0x")?.strip_suffix('>')?;
                let two = digits.len() == 2;
                two.then(|| u8::from_str_radix(digits, 16).ok()).flatten().map(|byte| vec![byte])
            }
            Self::Text => None,
        }
    }
}

/// GPT-2's `bytes_to_unicode`, the other way round: what can be seen stands for itself, the rest comes after 255.
fn bytes_of_characters() -> HashMap<char, u8> {
    let seen = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    let (own, others): (Vec<u8>, Vec<u8>) = (0..=255).partition(seen);
    let moved = (256..).filter_map(char::from_u32).zip(others);
    own.into_iter().map(|byte| (char::from(byte), byte)).chain(moved).collect()
}
