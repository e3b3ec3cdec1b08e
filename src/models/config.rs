//! `config.json`, option by option: each is honoured, or refused by its name.

use std::path::Path;

use serde_json::{Map, Value};

use super::LoraAdapter;
use crate::{Error, Result};

/// The options of a `config.json`. A family takes out what it knows; [`finish`](Self::finish) names what is left.
///
/// ```
/// use atencion::models::ConfigJson;
///
/// let mut config = ConfigJson::parse(r#"{"n_layer": 12, "rotary_dim": 32}"#)?;
/// assert_eq!(config.integer("n_layer", 6)?, 12);
/// assert!(config.finish().is_err()); // rotary_dim is not known here
/// # Ok::<(), atencion::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ConfigJson {
    options: Map<String, Value>,
    as_read: AsRead,
}

/// What a folder said, option for option: `save_pretrained` writes back what no forward pass looks at, such as special
/// tokens and `generate`'s settings. Empty for a model from scratch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AsRead {
    /// `config.json`
    pub config: Map<String, Value>,
    /// `generation_config.json`, where there was one.
    pub generation_config: Option<Map<String, Value>>,
}

/// What `transformers` writes into every `config.json` and no forward pass looks at: where the folder comes from, labels'
/// names, and `generate`'s settings.
const OF_NO_FORWARD_PASS: [&str; 36] = [
    "_name_or_path",
    "architectures",
    "model_type",
    "transformers_version",
    "torch_dtype",
    "dtype",
    "id2label",
    "label2id",
    "num_labels",
    "task_specific_params",
    "finetuning_task",
    "tokenizer_class",
    "use_cache",
    "return_dict",
    "output_attentions",
    "output_hidden_states",
    "gradient_checkpointing",
    "bos_token_id",
    "eos_token_id",
    "sep_token_id",
    "prefix",
    "do_sample",
    "max_length",
    "min_length",
    "temperature",
    "top_k",
    "top_p",
    "num_beams",
    "early_stopping",
    "length_penalty",
    "repetition_penalty",
    "no_repeat_ngram_size",
    "bad_words_ids",
    "_attn_implementation_autoset",
    "_num_labels",
    "is_decoder_of",
];

impl ConfigJson {
    /// Reads a folder's `config.json`; where `peft` wrote the folder, that of the model that was learned beside.
    ///
    /// # Errors
    /// When there is none, or it is not a JSON object.
    pub fn load(folder: &Path) -> Result<Self> {
        let path = folder.join("config.json");
        if !path.exists() && LoraAdapter::is_in(folder) {
            return Self::load(&LoraAdapter::from_pretrained(folder)?.base(folder)?);
        }
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Error::file(&path, error)
                .mend("name a folder with config.json and model.safetensors, as save_pretrained writes it")
        })?;
        let mut config = Self::parse(&text).map_err(|error| Error::file(&path, error))?;
        // As in Python, one that cannot be read is none; `generate` says so when it is asked.
        config.as_read.generation_config = std::fs::read(folder.join("generation_config.json"))
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok());
        Ok(config)
    }

    /// What was read, for [`save_pretrained`](super::Gpt2LmHeadModel::save_pretrained) to write back.
    pub fn as_read(&self) -> AsRead {
        self.as_read.clone()
    }

    /// Reads the text of a `config.json`.
    ///
    /// # Errors
    /// When it is not a JSON object.
    pub fn parse(text: &str) -> Result<Self> {
        match serde_json::from_str(text) {
            Ok(Value::Object(options)) => Ok(Self::of(options)),
            Ok(_) => Err(Error::value("config.json should be an object: {\"model_type\": ..}")),
            Err(error) => Err(Error::value(format!("config.json is not JSON: {error}"))),
        }
    }

    pub(crate) fn of(options: Map<String, Value>) -> Self {
        let as_read = AsRead { config: options.clone(), generation_config: None };
        Self { options, as_read }
    }

    /// Whether the folder is of this family: `"model_type": "gpt2"`.
    ///
    /// # Errors
    /// When it names another, or none.
    pub fn expect_model_type(&self, family: &str) -> Result<()> {
        match self.options.get("model_type").and_then(Value::as_str) {
            Some(found) if found == family => Ok(()),
            Some(found) => {
                Err(Error::value(format!("config.json is of model_type {found}, not {family}")))
            }
            None => {
                Err(Error::value(format!("config.json names no model_type; {family} is needed")))
            }
        }
    }

    /// The family that the folder is of: `"model_type": "gpt2"`.
    pub fn model_type(&self) -> Option<&str> {
        self.options.get("model_type").and_then(Value::as_str)
    }

    /// The class that the folder was saved from: `"architectures": ["BertForMaskedLM"]`.
    pub fn architecture(&self) -> Option<&str> {
        self.options.get("architectures")?.as_array()?.first()?.as_str()
    }

    /// An integer that is 0 or more.
    ///
    /// # Errors
    /// When the option is there and no such number.
    pub fn integer(&mut self, name: &str, default: i64) -> Result<i64> {
        Ok(self.optional_integer(name)?.unwrap_or(default))
    }

    /// How many layers there are: a few hundred in the largest models.
    ///
    /// # Errors
    /// As [`integer`](Self::integer), and when it is more than any machine has room for.
    pub fn layers(&mut self, name: &str, default: i64) -> Result<i64> {
        const MOST: i64 = 100_000;
        match self.integer(name, default)? {
            layers if layers <= MOST => Ok(layers),
            layers => Err(wrong(name, &format!("{MOST} at most"), &layers.into())),
        }
    }

    /// An integer that may be missing or `null`.
    ///
    /// # Errors
    /// As [`integer`](Self::integer).
    pub fn optional_integer(&mut self, name: &str) -> Result<Option<i64>> {
        match self.options.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_i64() {
                // Of a larger size there is no tensor, and nothing is set aside to find that out.
                Some(number) if number > i64::from(i32::MAX) => {
                    Err(wrong(name, "below 2,147,483,648", &value))
                }
                Some(number) if number >= 0 => Ok(Some(number)),
                _ => Err(wrong(name, "an integer that is 0 or more", &value)),
            },
        }
    }

    /// A finite number.
    ///
    /// # Errors
    /// When the option is there and no number.
    pub fn number(&mut self, name: &str, default: f64) -> Result<f64> {
        match self.options.remove(name) {
            None | Some(Value::Null) => Ok(default),
            Some(value) => value.as_f64().ok_or_else(|| wrong(name, "a number", &value)),
        }
    }

    /// A probability, such as dropout's.
    ///
    /// # Errors
    /// When the option is not between 0 and 1.
    pub fn probability(&mut self, name: &str, default: f64) -> Result<f64> {
        Ok(self.optional_probability(name)?.unwrap_or(default))
    }

    /// A probability that may be missing or `null`.
    ///
    /// # Errors
    /// As [`probability`](Self::probability).
    pub fn optional_probability(&mut self, name: &str) -> Result<Option<f64>> {
        if self.options.get(name).is_none_or(Value::is_null) {
            self.options.remove(name);
            return Ok(None);
        }
        let p = self.number(name, 0.0)?;
        if (0.0..=1.0).contains(&p) {
            return Ok(Some(p));
        }
        Err(Error::value(format!("config.json: {name} should be between 0 and 1, but is {p}")))
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// When the option is there and neither.
    pub fn flag(&mut self, name: &str, default: bool) -> Result<bool> {
        match self.options.remove(name) {
            None | Some(Value::Null) => Ok(default),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(value) => Err(wrong(name, "true or false", &value)),
        }
    }

    /// A text.
    ///
    /// # Errors
    /// When the option is there and no text.
    pub fn text(&mut self, name: &str, default: &str) -> Result<String> {
        match self.options.remove(name) {
            None | Some(Value::Null) => Ok(default.to_owned()),
            Some(Value::String(text)) => Ok(text),
            Some(value) => Err(wrong(name, "a string", &value)),
        }
    }

    /// Height and width: two integers, or one for both.
    ///
    /// # Errors
    /// When the option is there and neither, or one of them is 0.
    pub fn pair(&mut self, name: &str, default: [i64; 2]) -> Result<[i64; 2]> {
        let value = match self.options.remove(name) {
            None | Some(Value::Null) => return Ok(default),
            Some(value) => value,
        };
        let pair = match value.as_array().map(Vec::as_slice) {
            Some([height, width]) => [height.as_i64(), width.as_i64()],
            _ => [value.as_i64(); 2],
        };
        match pair {
            [Some(height), Some(width)] if height > 0 && width > 0 => Ok([height, width]),
            _ => Err(wrong(name, "one integer above 0, or two: [height, width]", &value)),
        }
    }

    /// Options inside an option: an object that may be missing or `null`.
    ///
    /// # Errors
    /// When the option is there and no object.
    pub fn object(&mut self, name: &str) -> Result<Option<Self>> {
        match self.options.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(options)) => Ok(Some(Self::of(options))),
            Some(value) => Err(wrong(name, "an object", &value)),
        }
    }

    /// A list of texts; empty where it is missing.
    ///
    /// # Errors
    /// When the option is there and no such list.
    pub fn texts(&mut self, name: &str) -> Result<Vec<String>> {
        let value = match self.options.remove(name) {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(value) => value,
        };
        let texts = value.as_array().and_then(|list| {
            list.iter().map(|text| text.as_str().map(str::to_owned)).collect::<Option<_>>()
        });
        texts.ok_or_else(|| wrong(name, "a list of strings", &value))
    }

    /// The labels' names in the order of their numbers, of `id2label`; without it `num_labels` of `LABEL_0`, `LABEL_1`, …
    ///
    /// # Errors
    /// When a number has no name.
    pub fn labels(&mut self) -> Result<Vec<String>> {
        let count = self.optional_integer("num_labels")?;
        let unnamed = |count: i64| (0..count).map(|i| format!("LABEL_{i}")).collect();
        let names = match self.options.remove("id2label") {
            None | Some(Value::Null) => return Ok(unnamed(count.unwrap_or(2))),
            Some(Value::Object(names)) => names,
            Some(value) => return Err(wrong("id2label", "an object of names", &value)),
        };
        // As in `transformers`: a number that was set later counts more than the names.
        if count.is_some_and(|count| count != names.len() as i64) {
            return Ok(unnamed(count.unwrap_or_default()));
        }
        let named = (0..names.len()).map(|i| {
            let name = names.get(&i.to_string()).and_then(Value::as_str);
            name.map(str::to_owned).ok_or_else(|| {
                Error::value(format!(
                    "config.json: id2label has {} names, but none for {i}",
                    names.len()
                ))
            })
        });
        named.collect()
    }

    /// Options that this family's forward pass does not look at.
    pub fn not_looked_at(&mut self, names: &[&str]) {
        for name in names {
            self.options.remove(*name);
        }
    }

    /// An option that is known here with one value only.
    ///
    /// # Errors
    /// When it has another one.
    pub fn only(&mut self, name: &str, value: &Value) -> Result<()> {
        match self.options.remove(name) {
            None | Some(Value::Null) => Ok(()),
            Some(found) if found == *value => Ok(()),
            Some(found) => Err(Error::value(format!(
                "config.json: {name} = {found} is not supported, only {value}"
            ))),
        }
    }

    /// All options are taken.
    ///
    /// # Errors
    /// Names those that are left, all at once.
    pub fn finish(mut self) -> Result<()> {
        self.not_looked_at(&OF_NO_FORWARD_PASS);
        if self.options.is_empty() {
            return Ok(());
        }
        let left: Vec<_> =
            self.options.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        Err(Error::value(format!("config.json: not known here: {}", left.join(", ")))
            .mend("an option that changes nothing may be taken out of config.json"))
    }
}

fn wrong(name: &str, wanted: &str, found: &Value) -> Error {
    Error::value(format!("config.json: {name} should be {wanted}, but is {found}"))
}
