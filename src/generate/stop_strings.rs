//! Texts that end a sequence: `StopStringCriteria`.

use std::sync::Arc;

use crate::{Error, Result};

/// Finds stop strings at the end of what was written, also where they begin or end in the middle of a token.
///
/// ```
/// use atencion::generate::StopStrings;
///
/// let tokens = ["a", "st", "op!", "."].map(|token| Some(token.as_bytes().to_vec()));
/// let stop = StopStrings::new(&["top"], tokens.to_vec())?;
/// assert!(stop.end(&[0, 1, 2])); // "astop!"
/// assert!(!stop.end(&[0, 1, 2, 3])); // it ended before the last token
/// # Ok::<(), atencion::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct StopStrings {
    strings: Vec<Vec<u8>>,
    /// What each id adds to a text.
    tokens: Arc<Vec<Option<Vec<u8>>>>,
}

impl StopStrings {
    /// The texts, and for each id of the vocabulary the bytes that it adds to a text.
    ///
    /// # Errors
    /// When there is no text, or one is empty.
    pub fn new<S: AsRef<str>>(strings: &[S], tokens: Vec<Option<Vec<u8>>>) -> Result<Self> {
        if strings.is_empty() || strings.iter().any(|text| text.as_ref().is_empty()) {
            return Err(Error::value("a stop string is empty: it would end every text at once"));
        }
        let strings = strings.iter().map(|text| text.as_ref().as_bytes().to_vec()).collect();
        Ok(Self { strings, tokens: Arc::new(tokens) })
    }

    /// How many of the last tokens can matter: each adds a byte or more.
    pub fn longest(&self) -> i64 {
        self.strings.iter().map(Vec::len).max().unwrap_or(0) as i64
    }

    /// Whether one of the texts ends within the last of these tokens.
    pub fn end(&self, ids: &[i64]) -> bool {
        let first = ids.len().saturating_sub(self.longest() as usize);
        let mut text = Vec::new();
        let mut last = 0;
        for id in &ids[first..] {
            let bytes = usize::try_from(*id).ok().and_then(|id| self.tokens.get(id)?.as_ref());
            let bytes = bytes.map_or(&[][..], Vec::as_slice);
            last = bytes.len();
            text.extend_from_slice(bytes);
        }
        self.strings.iter().any(|stop| {
            // It may begin before the last token, but must end in it.
            let from = (text.len() - last + 1).saturating_sub(stop.len());
            text[from..].windows(stop.len()).any(|window| window == &stop[..])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_ends_in_the_last_token_and_may_begin_before() {
        let tokens = ["ab", "c", "", "abcab"].map(|token| Some(token.as_bytes().to_vec()));
        let stop = StopStrings::new(&["bc", "zz"], tokens.to_vec()).unwrap();
        assert!(stop.end(&[0, 1]), "ab|c");
        assert!(stop.end(&[3]), "in the middle of one token");
        assert!(!stop.end(&[0, 1, 2]), "a token without text ends nothing");
        assert!(!stop.end(&[0]) && !stop.end(&[]) && !stop.end(&[99]));
        assert!(!stop.end(&[0, 1, 0]), "it ended before");
        assert!(StopStrings::new(&[""], Vec::new()).is_err());
    }
}
