//! The model of a recipe, and the folder that it is saved in.

use std::path::Path;

use serde_json::{Map, Value, json};
use tch::Device;

use super::recipe::Recipe;
use super::subject::Subject;
use crate::i18n::{Lang, plain};
use atencion::models::{ConfigJson, Gpt2Config, Gpt2LmHeadModel};
use atencion::nn::Module;
use atencion::{Error, Result, StateDict};

/// The options of a recipe's model, with the sizes that follow from the data: a `config.json`.
pub(super) fn config_json(recipe: &Recipe, subject: &Subject, lang: Lang) -> Result<Value> {
    let mut options = Map::new();
    options.insert("model_type".into(), "gpt2".into());
    options.insert("architectures".into(), json!(["GPT2LMHeadModel"]));
    options.insert("vocab_size".into(), subject.vocab_size.into());
    options.insert("n_positions".into(), subject.length.into());
    options.insert("n_ctx".into(), subject.length.into());
    for (key, value) in &recipe.model {
        let value = serde_json::to_value(value).map_err(|error| Error::value(error.to_string()))?;
        options.insert(key.clone(), value);
    }
    if let Some(most) = options["n_positions"].as_i64().filter(|most| *most < subject.length) {
        let variables = [("length", plain(subject.length)), ("most", plain(most))];
        return Err(Error::value(lang.text_with("train-too-long", &variables))
            .mend(lang.text_with("train-too-long-mend", &variables)));
    }
    Ok(Value::Object(options))
}

/// A fresh model.
pub(super) fn build(config: &Value, device: Device) -> Result<Gpt2LmHeadModel> {
    let config = Gpt2Config::from_json(ConfigJson::parse(&config.to_string())?)?;
    Gpt2LmHeadModel::new(atencion::nn::Path::root(device), &config)
}

/// Writes a folder in Hugging Face's layout, of those weights.
pub(super) fn save(
    folder: &Path,
    config: &Value,
    weights: &StateDict,
    subject: &Subject,
) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| Error::file(folder, error))?;
    let tied = config.get("tie_word_embeddings") != Some(&Value::Bool(false));
    let kept = weights.iter().filter(|(name, _)| !(tied && *name == "lm_head.weight"));
    let kept: StateDict =
        kept.map(|(name, tensor)| (name.to_owned(), tensor.shallow_clone())).collect();
    subject.tokenizer.save_pretrained(folder)?;
    kept.save(folder.join("model.safetensors"))?;
    crate::view::save(&folder.join("config.json"), format!("{config:#}\n").as_bytes())
}

/// `4,231` parameters, a tied one once.
pub(super) fn size(model: &Gpt2LmHeadModel) -> i64 {
    model.num_parameters()
}
