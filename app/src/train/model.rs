//! The `config.json` of a recipe's model, and the folder that it is saved in.

use std::path::Path;

use serde_json::{Map, Value};

use super::recipe::Recipe;
use super::subject::Subject;
use crate::i18n::Lang;
use atencion::{Error, Result, StateDict};

/// What follows from the data, and what the recipe says: a `config.json`.
pub(super) fn config_json(recipe: &Recipe, subject: &impl Subject, lang: Lang) -> Result<Value> {
    let mut config: Map<String, Value> = subject.config();
    for (key, value) in &recipe.model {
        let value = serde_json::to_value(value).map_err(|error| Error::value(error.to_string()))?;
        config.insert(key.clone(), value);
    }
    let config = Value::Object(config);
    subject.check(&config, lang)?;
    Ok(config)
}

/// Writes a folder in Hugging Face's layout, of those weights.
pub(super) fn save(
    folder: &Path,
    config: &Value,
    weights: &StateDict,
    subject: &impl Subject,
) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| Error::file(folder, error))?;
    let is_tied = config.get("tie_word_embeddings") != Some(&Value::Bool(false));
    let once = |name: &str| !(is_tied && subject.tied().contains(&name));
    let kept = weights.iter().filter(|(name, _)| once(name));
    let kept: StateDict =
        kept.map(|(name, tensor)| (name.to_owned(), tensor.shallow_clone())).collect();
    subject.save(folder)?;
    kept.save(folder.join("model.safetensors"))?;
    crate::view::save(&folder.join("config.json"), format!("{config:#}\n").as_bytes())
}
