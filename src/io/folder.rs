//! Where a model is: a folder in Hugging Face's layout, or `owner/name` on the Hub.

use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// The folder of that name; with the feature `hub`, `owner/name` that is no folder is one of the cache, downloaded if it
/// is not there: as `from_pretrained` has it in Python. For a revision or a token of one's own there is
/// `hub::download`, which gives such a folder.
///
/// # Errors
/// When there is no such folder, and no such model.
pub fn model_folder(name: impl AsRef<Path>) -> Result<PathBuf> {
    let path = name.as_ref();
    if path.is_dir() {
        return Ok(path.to_owned());
    }
    match path.to_str().filter(|name| is_on_the_hub(name) && !path.exists()) {
        Some(name) => on_the_hub(name),
        None => Err(Error::file(path, "it is no folder").mend(
            "name a folder with config.json and model.safetensors, as save_pretrained writes it, or owner/name on the Hub",
        )),
    }
}

#[cfg(feature = "hub")]
fn on_the_hub(name: &str) -> Result<PathBuf> {
    super::hub::download(name, &super::hub::HubArgs::default())
}

#[cfg(not(feature = "hub"))]
fn on_the_hub(name: &str) -> Result<PathBuf> {
    Err(Error::value(format!("{} is no folder", crate::printable(name)))
        .mend("the feature `hub` of the crate atencion downloads models"))
}

/// Whether a name can be one of the Hub, `owner/name`: no path with a dot or a slash at its ends is.
pub fn is_on_the_hub(name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    parts.len() == 2 && parts.iter().all(|part| !part.is_empty() && !part.starts_with(['.', '~']))
}
