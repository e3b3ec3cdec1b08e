//! `generation_config.json`: each option is honoured, or refused by its name.

use std::path::Path;

use serde_json::{Map, Value};

use super::{EarlyStopping, GenerationConfig};
use crate::{Error, Result};

/// What is written into the file and changes no id: how it was saved, what is given back beside the ids, and how a cache
/// is kept.
const CHANGES_NO_ID: [&str; 15] = [
    "_from_model_config",
    "transformers_version",
    "output_attentions",
    "output_hidden_states",
    "output_scores",
    "output_logits",
    "return_dict_in_generate",
    "cache_implementation",
    "cache_config",
    "return_legacy_cache",
    "prefill_chunk_size",
    "low_memory",
    "max_matching_ngram_size",
    "remove_unused_columns",
    "chat_format",
];

impl GenerationConfig {
    /// Reads a folder's `generation_config.json`; where there is none, what `config.json` says of special tokens.
    ///
    /// # Errors
    /// When it is not a JSON object, or has an option that is not known here or out of range.
    pub fn from_pretrained(folder: impl AsRef<Path>) -> Result<Self> {
        let folder = &crate::io::model_folder(folder)?;
        let path = folder.join("generation_config.json");
        if path.exists() {
            return read(&path)
                .and_then(|text| Self::from_json(&text))
                .map_err(|e| within(&path, &e));
        }
        let path = folder.join("config.json");
        let options = read(&path).and_then(|text| object(&text)).map_err(|e| within(&path, &e))?;
        let mut config = Self::default();
        let special = options.into_iter().filter(|(name, _)| name.ends_with("_token_id"));
        // `sep_token_id` and its like are the tokenizer's.
        special.into_iter().try_for_each(|(name, value)| config.set(&name, &value).map(drop))?;
        Ok(config)
    }

    /// Reads the text of a `generation_config.json`.
    ///
    /// # Errors
    /// When it is not a JSON object, or has an option that is not known here or out of range.
    pub fn from_json(text: &str) -> Result<Self> {
        let mut config = Self::default();
        let mut unknown = Vec::new();
        for (name, value) in object(text)? {
            let silent = value.is_null() || CHANGES_NO_ID.contains(&name.as_str());
            if !silent && !config.set(&name, &value)? && !says_nothing(&name, &value) {
                unknown.push(format!("{name} = {value}"));
            }
        }
        if !unknown.is_empty() {
            return Err(Error::value(format!("not known here: {}", unknown.join(", ")))
                .mend("take it out of the file, if another way of choosing will do"));
        }
        config.check()?;
        Ok(config)
    }

    /// Sets an option by its name; `false` when there is none of that name.
    fn set(&mut self, name: &str, value: &Value) -> Result<bool> {
        if value.is_null() {
            return Ok(true);
        }
        let given = Given { name, value };
        match name {
            "max_length" => self.max_length = Some(given.integer()?),
            "max_new_tokens" => self.max_new_tokens = Some(given.integer()?),
            "min_length" => self.min_length = given.integer()?,
            "min_new_tokens" => self.min_new_tokens = Some(given.integer()?),
            "stop_strings" => self.stop_strings = given.texts()?,
            "do_sample" => self.do_sample = given.flag()?,
            "num_beams" => self.num_beams = given.integer()?,
            "early_stopping" => self.early_stopping = given.early_stopping()?,
            "length_penalty" => self.length_penalty = given.number()?,
            "num_return_sequences" => self.num_return_sequences = given.integer()?,
            "use_cache" => self.use_cache = given.flag()?,
            "temperature" => self.temperature = given.number()?,
            // transformers takes 0 for all of them.
            "top_k" => self.top_k = Some(given.integer()?).filter(|k| *k != 0),
            "top_p" => self.top_p = given.number()?,
            "min_p" => self.min_p = Some(given.number()?),
            "typical_p" => self.typical_p = given.number()?,
            "epsilon_cutoff" => self.epsilon_cutoff = given.number()?,
            "eta_cutoff" => self.eta_cutoff = given.number()?,
            "repetition_penalty" => self.repetition_penalty = given.number()?,
            "no_repeat_ngram_size" => self.no_repeat_ngram_size = given.integer()?,
            "bad_words_ids" => self.bad_words_ids = given.lists_of_ids()?,
            "suppress_tokens" => self.suppress_tokens = given.ids()?,
            "forced_bos_token_id" => self.forced_bos_token_id = Some(given.integer()?),
            "forced_eos_token_id" => self.forced_eos_token_id = given.ids()?,
            "remove_invalid_values" => self.remove_invalid_values = given.flag()?,
            "renormalize_logits" => self.renormalize_logits = given.flag()?,
            "bos_token_id" => self.bos_token_id = Some(given.integer()?),
            "eos_token_id" => self.eos_token_id = given.ids()?,
            "pad_token_id" => self.pad_token_id = Some(given.integer()?),
            "decoder_start_token_id" => self.decoder_start_token_id = Some(given.integer()?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Whether an option that is not known here is set to what it is without being set.
fn says_nothing(name: &str, value: &Value) -> bool {
    match name {
        "encoder_repetition_penalty"
        | "guidance_scale"
        | "diversity_penalty"
        | "num_beam_groups" => {
            matches!(value.as_f64(), Some(number) if number == 1.0 || number == 0.0)
        }
        _ => matches!(value, Value::Bool(false)) || value.as_f64() == Some(0.0),
    }
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| Error::value(error.to_string()))
}

fn within(path: &Path, error: &Error) -> Error {
    let located = Error::file(path, error);
    match error.how_to_mend() {
        Some(how) => located.mend(how),
        None => located,
    }
}

fn object(text: &str) -> Result<Map<String, Value>> {
    match serde_json::from_str(text) {
        Ok(Value::Object(options)) => Ok(options),
        Ok(_) => Err(Error::value("it should be an object: {\"max_new_tokens\": ..}")),
        Err(error) => Err(Error::value(format!("it is not JSON: {error}"))),
    }
}

/// An option's value, as the kind that it should be.
struct Given<'a> {
    name: &'a str,
    value: &'a Value,
}

impl Given<'_> {
    fn wrong(&self, wanted: &str) -> Error {
        Error::value(format!("{} should be {wanted}, but is {}", self.name, self.value))
    }

    fn integer(&self) -> Result<i64> {
        self.value.as_i64().ok_or_else(|| self.wrong("an integer"))
    }

    fn number(&self) -> Result<f64> {
        self.value.as_f64().ok_or_else(|| self.wrong("a number"))
    }

    fn flag(&self) -> Result<bool> {
        self.value.as_bool().ok_or_else(|| self.wrong("true or false"))
    }

    fn early_stopping(&self) -> Result<EarlyStopping> {
        match self.value {
            Value::Bool(true) => Ok(EarlyStopping::True),
            Value::Bool(false) => Ok(EarlyStopping::False),
            Value::String(text) if text == "never" => Ok(EarlyStopping::Never),
            _ => Err(self.wrong("true, false or \"never\"")),
        }
    }

    /// One, or a list of them.
    fn ids(&self) -> Result<Vec<i64>> {
        let ids = match self.value {
            Value::Array(list) => list.iter().map(Value::as_i64).collect(),
            one => one.as_i64().map(|id| vec![id]),
        };
        ids.ok_or_else(|| self.wrong("an id or a list of ids"))
    }

    fn lists_of_ids(&self) -> Result<Vec<Vec<i64>>> {
        let lists = self.value.as_array().ok_or_else(|| self.wrong("a list of lists of ids"))?;
        lists
            .iter()
            .map(|value| match value.is_array() {
                true => Given { name: self.name, value }.ids(),
                false => Err(self.wrong("a list of lists of ids")),
            })
            .collect()
    }

    fn texts(&self) -> Result<Vec<String>> {
        let texts = match self.value {
            Value::String(text) => Some(vec![text.clone()]),
            Value::Array(list) => {
                list.iter().map(|text| text.as_str().map(str::to_owned)).collect()
            }
            _ => None,
        };
        texts.ok_or_else(|| self.wrong("a text or a list of texts"))
    }
}
