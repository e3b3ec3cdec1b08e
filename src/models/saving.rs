//! `save_pretrained`: a model's folder, as `transformers` writes it and reads it again.

use std::path::Path;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use tch::Kind;

use super::AsRead;
use crate::io::Pending;
use crate::nn::{Module, dtype_name};
use crate::{Error, Result, StateDict};

/// What `save_pretrained` takes besides the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SaveArgs {
    /// Weights of more bytes than this are several files and an index.
    pub max_shard_size: u64,
}

impl Default for SaveArgs {
    /// 50 GB, as in `transformers` 5.
    fn default() -> Self {
        Self { max_shard_size: 50_000_000_000 }
    }
}

/// A family's configuration. Its fields are the options of `config.json`.
pub(crate) trait FamilyConfig: Serialize {
    fn model_type(&self) -> &'static str;

    fn as_read(&self) -> &AsRead;

    /// What is not in `config.json` as the field has it.
    fn amend(&self, _options: &mut Map<String, Value>) {}
}

/// A model that a folder holds.
pub(crate) trait Pretrained: Module {
    type Config: FamilyConfig;

    /// Whether `generate` writes with it: then the folder has a `generation_config.json`.
    const WRITES: bool = false;

    fn config(&self) -> &Self::Config;

    /// Names of one tensor, the one that the folder has before the other.
    fn tied(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// The name in the folder; `None` for what is computed and not written.
    fn name_in_folder(&self, name: &str) -> Option<String> {
        Some(name.to_owned())
    }
}

/// The family, as `config.json` names it.
pub(crate) fn model_type(model: &impl Pretrained) -> &'static str {
    model.config().model_type()
}

/// The folder of a model. Everything is on the disk before the first file takes its place; each appears whole or not at
/// all, `config.json` last.
pub(crate) fn save_pretrained(
    model: &impl Pretrained,
    folder: &Path,
    args: &SaveArgs,
) -> Result<()> {
    let state = state_of(model)?;
    std::fs::create_dir_all(folder).map_err(|error| Error::file(folder, error))?;
    let mut files = Vec::new();
    if let Some(options) = generation_config(model) {
        files.push(pending(&folder.join("generation_config.json"), &options)?);
    }
    files.push(pending(&folder.join("config.json"), &config_json(model, &state))?);
    state.save_sharded(folder, args.max_shard_size)?;
    files.into_iter().try_for_each(Pending::commit)
}

/// As Python's `json.dumps(options, indent=2, sort_keys=True) + "\n"`.
fn pending(path: &Path, options: &Map<String, Value>) -> Result<Pending> {
    let mut sorted = options.clone();
    sorted.sort_keys();
    let text = serde_json::to_string_pretty(&sorted).map_err(|error| Error::file(path, error))?;
    Pending::write(path, |file| std::io::Write::write_all(file, (text + "\n").as_bytes()))
}

/// The tensors under the names of the folder, tied ones once.
fn state_of(model: &impl Pretrained) -> Result<StateDict> {
    let all = model.state_dict();
    for (kept, tied) in model.tied() {
        let [kept_tensor, tied_tensor] = [all.require(kept)?, all.require(tied)?];
        let one = kept_tensor.data_ptr() == tied_tensor.data_ptr();
        let alike = one || kept_tensor.size() == tied_tensor.size();
        if !alike || !(one || kept_tensor.equal(tied_tensor)) {
            return Err(Error::value(format!(
                "the configuration ties {tied} to {kept}, but their values are not the same"
            ))
            .mend("set tie_word_embeddings to false in the model's config"));
        }
    }
    let is_tied = |name: &str| model.tied().iter().any(|(_, tied)| *tied == name);
    let kept = all.into_iter().filter(|(name, _)| !is_tied(name));
    Ok(kept.filter_map(|(name, tensor)| Some((model.name_in_folder(&name)?, tensor))).collect())
}

fn config_json<M: Pretrained>(model: &M, state: &StateDict) -> Map<String, Value> {
    let config = model.config();
    let mut options = config.as_read().config.clone();
    if let Ok(Value::Object(own)) = serde_json::to_value(config) {
        options.extend(own);
    }
    config.amend(&mut options);
    // How earlier releases spelt what stands there now.
    options.remove("torch_dtype");
    let kind = state.iter().map(|(_, tensor)| tensor.kind()).find(|kind| is_float(*kind));
    options.insert("dtype".into(), dtype_name(kind.unwrap_or(Kind::Float)).into());
    options.insert("model_type".into(), config.model_type().into());
    options.insert("architectures".into(), json!([model.name()]));
    options
}

fn is_float(kind: Kind) -> bool {
    matches!(kind, Kind::Float | Kind::Double | Kind::Half | Kind::BFloat16)
}

/// What the folder said, or what `config.json` says of special tokens.
fn generation_config<M: Pretrained>(model: &M) -> Option<Map<String, Value>> {
    if !M::WRITES {
        return None;
    }
    let read = model.config().as_read();
    Some(read.generation_config.clone().unwrap_or_else(|| {
        let special = read.config.iter().filter(|(name, value)| {
            name.ends_with("_token_id") && *name != "sep_token_id" && !value.is_null()
        });
        let mut options: Map<_, _> =
            special.map(|(name, value)| (name.clone(), value.clone())).collect();
        options.insert("_from_model_config".into(), true.into());
        options
    }))
}

/// `id2label`: the labels' names by their numbers.
pub(crate) fn by_number<S: Serializer>(
    labels: &[String],
    to: S,
) -> std::result::Result<S::Ok, S::Error> {
    to.collect_map(labels.iter().enumerate().map(|(number, label)| (number.to_string(), label)))
}

/// `label2id`, which goes with it.
pub(crate) fn amend_labels(labels: &[String], options: &mut Map<String, Value>) {
    let by_name = labels.iter().enumerate().map(|(number, label)| (label.clone(), number.into()));
    options.insert("label2id".into(), Value::Object(by_name.collect()));
    options.remove("num_labels");
    options.remove("_num_labels");
}

/// Height and width: one number where they are the same.
pub(crate) fn one_or_two<S: Serializer>(
    pair: &[i64; 2],
    to: S,
) -> std::result::Result<S::Ok, S::Error> {
    match pair[0] == pair[1] {
        true => to.serialize_i64(pair[0]),
        false => pair.serialize(to),
    }
}

/// A model's ways in and out: a folder, or `owner/name` on the Hub.
macro_rules! pretrained {
    ($model:ident, $config:ident) => {
        impl $model {
            /// From a folder in Hugging Face's layout, or, with the feature `hub`, from `owner/name` on the Hub; ready to
            /// be used: in evaluation mode, its weights memory-mapped.
            ///
            /// # Errors
            /// When there is no such folder or model, it is of another family, an option is not known, or a tensor is
            /// missing, left over or misshapen.
            pub fn from_pretrained(
                name: impl ::std::convert::AsRef<::std::path::Path>,
            ) -> $crate::Result<Self> {
                let folder = $crate::io::model_folder(name.as_ref())?;
                let config = $config::from_json($crate::models::ConfigJson::load(&folder)?)?;
                Self::from_state_dict($crate::models::folder::open_weights(&folder)?, &config)
            }

            /// Writes a folder that Python's `from_pretrained` reads, and [`from_pretrained`](Self::from_pretrained) here:
            /// `config.json` with everything that was read, `model.safetensors`, and `generation_config.json` for a model
            /// that writes. Each file appears whole or not at all.
            ///
            /// # Errors
            /// When the folder cannot be written, or tied weights are no longer the same.
            pub fn save_pretrained(
                &self,
                folder: impl ::std::convert::AsRef<::std::path::Path>,
            ) -> $crate::Result<()> {
                self.save_pretrained_with(folder, &$crate::models::SaveArgs::default())
            }

            /// [`save_pretrained`](Self::save_pretrained), in shards of a size of one's own.
            ///
            /// # Errors
            /// As [`save_pretrained`](Self::save_pretrained), and when `max_shard_size` is 0.
            pub fn save_pretrained_with(
                &self,
                folder: impl ::std::convert::AsRef<::std::path::Path>,
                args: &$crate::models::SaveArgs,
            ) -> $crate::Result<()> {
                $crate::models::saving::save_pretrained(self, folder.as_ref(), args)
            }
        }
    };
}
pub(crate) use pretrained;
