//! What a folder says of its tokenizer beside the vocabulary: `tokenizer_config.json`, `special_tokens_map.json`.

use std::path::Path;

use serde_json::Value;
use tokenizers::AddedToken;

use super::encoding::Side;
use crate::{Error, Result};

/// The names under which `transformers` keeps special tokens.
pub(super) const NAMES: [&str; 7] =
    ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

/// The settings of a tokenizer, and the special tokens by their names.
#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    config: serde_json::Map<String, Value>,
    /// In the order of [`NAMES`].
    special: Vec<(String, AddedToken)>,
    /// Special tokens without a name of their own.
    pub extra: Vec<AddedToken>,
}

impl Settings {
    /// Reads the folder's two files; neither has to be there.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let config = object(&folder.join("tokenizer_config.json"))?.unwrap_or_default();
        let older = object(&folder.join("special_tokens_map.json"))?.unwrap_or_default();
        let mut settings = Self { config, ..Self::default() };
        for name in NAMES {
            let value = settings.config.get(name).or_else(|| older.get(name));
            if let Some(token) = value.and_then(added_token) {
                settings.special.push((name.to_owned(), token));
            }
        }
        for name in ["extra_special_tokens", "additional_special_tokens"] {
            let listed = settings.config.get(name).or_else(|| older.get(name));
            if let Some(Value::Array(tokens)) = listed {
                settings.extra.extend(tokens.iter().filter_map(added_token));
            }
        }
        Ok(settings)
    }

    /// The settings of a tokenizer that was made here.
    pub(super) fn of(special: &[(&str, &str)]) -> Self {
        let special = special
            .iter()
            .map(|(name, token)| ((*name).to_owned(), AddedToken::from(*token, true)));
        Self { special: special.collect(), ..Self::default() }
    }

    /// What `tokenizer_config.json` holds, with the special tokens that go by a name.
    pub(super) fn to_json(&self, marian: bool) -> String {
        let mut config = self.config.clone();
        let class = if marian { "MarianTokenizer" } else { "PreTrainedTokenizerFast" };
        config.entry("tokenizer_class").or_insert(class.into());
        for (name, token) in self.named() {
            config.entry(name).or_insert(token.into());
        }
        format!("{:#}\n", Value::Object(config))
    }

    /// The content of a special token, such as `"mask_token"`.
    pub(super) fn special(&self, name: &str) -> Option<&str> {
        let found = self.special.iter().find(|(known, _)| known == name);
        found.map(|(_, token)| token.content.as_str())
    }

    /// The same, with the family's own where the folder says nothing.
    pub(super) fn special_or(&mut self, name: &str, default: &str) -> String {
        if self.special(name).is_none() && self.config.get(name) != Some(&Value::Null) {
            self.special.push((name.to_owned(), AddedToken::from(default, true)));
        }
        self.special(name).unwrap_or(default).to_owned()
    }

    /// All special tokens, the named ones first.
    pub(super) fn all_special(&self) -> impl Iterator<Item = &AddedToken> {
        self.special.iter().map(|(_, token)| token).chain(&self.extra)
    }

    /// The names and contents of the named special tokens.
    pub(super) fn named(&self) -> impl Iterator<Item = (&str, &str)> {
        self.special.iter().map(|(name, token)| (name.as_str(), token.content.as_str()))
    }

    /// The tokens that were added to the vocabulary, with their ids, in the order of these.
    pub(super) fn added(&self) -> Vec<(u32, AddedToken)> {
        let Some(Value::Object(added)) = self.config.get("added_tokens_decoder") else {
            return vec![];
        };
        let tokens =
            added.iter().filter_map(|(id, token)| Some((id.parse().ok()?, added_token(token)?)));
        let mut tokens: Vec<(u32, AddedToken)> = tokens.collect();
        tokens.sort_by_key(|(id, _)| *id);
        tokens
    }

    /// A switch, where the folder sets it.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.config.get(name)?.as_bool()
    }

    /// A text, where the folder sets it.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.config.get(name)?.as_str()
    }

    /// Where sequences are padded.
    pub(super) fn padding_side(&self, default: Side) -> Result<Side> {
        self.side("padding_side", default)
    }

    /// Where sequences are truncated.
    pub(super) fn truncation_side(&self) -> Result<Side> {
        self.side("truncation_side", Side::Right)
    }

    fn side(&self, name: &str, default: Side) -> Result<Side> {
        match self.text(name) {
            None => Ok(default),
            Some("left") => Ok(Side::Left),
            Some("right") => Ok(Side::Right),
            Some(other) => Err(Error::value(format!("tokenizer_config.json: {name} is {other:?}"))
                .mend("use \"left\" or \"right\"")),
        }
    }

    /// The longest sequence that the model takes; `None` where the folder does not limit it.
    pub(super) fn model_max_length(&self) -> Option<usize> {
        // transformers writes 1e30 for "no limit".
        let length = self.config.get("model_max_length")?.as_f64()?;
        (1.0..1e15).contains(&length).then_some(length as usize)
    }

    /// The chat templates in the configuration: the one, or the one that is named `default`.
    pub(super) fn chat_template(&self) -> Option<&str> {
        match self.config.get("chat_template")? {
            Value::String(template) => Some(template),
            Value::Array(named) => {
                let default = named.iter().find(|entry| entry["name"] == "default");
                default?.get("template")?.as_str()
            }
            _ => None,
        }
    }
}

/// A special token as the configuration writes it: its text alone, or an object.
fn added_token(value: &Value) -> Option<AddedToken> {
    match value {
        Value::String(content) => Some(AddedToken::from(content.as_str(), true)),
        Value::Object(fields) => {
            let content = fields.get("content")?.as_str()?;
            let flag =
                |name: &str, default| fields.get(name).and_then(Value::as_bool).unwrap_or(default);
            let special = flag("special", true);
            let token = AddedToken::from(content, special)
                .single_word(flag("single_word", false))
                .lstrip(flag("lstrip", false))
                .rstrip(flag("rstrip", false));
            Some(token.normalized(flag("normalized", !special)))
        }
        _ => None,
    }
}

/// The object in a JSON file, or `None` if there is no such file.
pub(super) fn object(path: &Path) -> Result<Option<serde_json::Map<String, Value>>> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::file(path, error)),
    };
    match serde_json::from_slice(&text) {
        Ok(Value::Object(object)) => Ok(Some(object)),
        Ok(_) => Err(Error::file(path, "it holds no JSON object")),
        Err(error) => Err(Error::file(path, format!("not JSON: {error}"))),
    }
}
