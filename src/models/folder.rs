//! Folders as `save_pretrained` writes them.

use std::path::Path;

use super::LoraAdapter;
use crate::{Error, Result, StateDict};

/// The tensors of a model's folder: `model.safetensors` or its shards, memory-mapped, or `pytorch_model.bin`. A folder
/// of `peft` has those of the model that it was learned beside, with what was learned.
///
/// # Errors
/// When there is none of them, or they cannot be read.
pub(crate) fn open_weights(folder: &Path) -> Result<StateDict> {
    let files = ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin"];
    match files.iter().map(|name| folder.join(name)).find(|path| path.exists()) {
        Some(path) => StateDict::open(path),
        None if LoraAdapter::is_in(folder) => {
            let adapter = LoraAdapter::from_pretrained(folder)?;
            let base = open_weights(&adapter.base(folder)?)?;
            Ok(base.lora(adapter.config, adapter.weights))
        }
        None => Err(Error::file(folder, "it has no model.safetensors")
            .mend("save the model with model.save_pretrained(folder) in Python")),
    }
}

/// Every name with the base model's prefix: a folder saved from the bare model has none.
///
/// # Errors
/// When two tensors would have one name.
pub(crate) fn with_prefix(state: StateDict, prefix: &str, heads: &[&str]) -> Result<StateDict> {
    let under =
        |name: &str, of: &str| name.strip_prefix(of).is_some_and(|rest| rest.starts_with('.'));
    if state.names().any(|name| under(name, prefix)) {
        return Ok(state);
    }
    state.rename(|name| match heads.iter().any(|head| under(name, head)) {
        true => name.to_owned(),
        false => format!("{prefix}.{name}"),
    })
}
