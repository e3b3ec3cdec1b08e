//! Ids to text as they come, a character only when it is whole.

use atencion::Result;
use atencion::tokenizer::Tokenizer;

/// What was written so far. A token can be half a character, and the next one change how the last is spelled.
pub(super) struct Stream<'a> {
    tokenizer: &'a Tokenizer,
    ids: Vec<i64>,
    /// How many of the ids are the prompt's, and how long its text is.
    prompt: usize,
    text: String,
    shown: usize,
}

/// What stands for bytes that are no character.
const BROKEN: char = '\u{fffd}';

impl<'a> Stream<'a> {
    pub fn new(tokenizer: &'a Tokenizer, prompt: &[i64]) -> Self {
        let text = tokenizer.decode(prompt, true).unwrap_or_default();
        let shown = text.len();
        Self { tokenizer, ids: prompt.to_vec(), prompt: shown, text, shown }
    }

    /// What can be shown now that this token is there.
    ///
    /// # Errors
    /// When the id has no token.
    pub fn push(&mut self, id: i64) -> Result<String> {
        self.ids.push(id);
        self.text = self.tokenizer.decode(&self.ids, true)?;
        let whole = self.text.trim_end_matches(BROKEN).len();
        Ok(self.up_to(whole))
    }

    /// What is left, whole or not.
    pub fn rest(&mut self) -> String {
        self.up_to(self.text.len())
    }

    /// All that came after the prompt.
    pub fn written(&self) -> &str {
        self.text.get(self.prompt..).unwrap_or_default()
    }

    fn up_to(&mut self, end: usize) -> String {
        // A prompt that ends in half a character makes the text shorter once it is whole.
        let begin = self.shown.min(end);
        let new = self.text.get(begin..end).unwrap_or_default().to_owned();
        self.shown = self.shown.max(end);
        new
    }
}
