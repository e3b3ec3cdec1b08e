//! Where a command finds its model: a folder in Hugging Face's layout, or `owner/name` on the Hub.

use std::path::{Path, PathBuf};

use atencion::io::hub::{HubArgs, download};
use atencion::io::is_on_the_hub;
use atencion::{Error, Result};

use crate::i18n::{Lang, plain};

/// The folder that was named; `owner/name` is downloaded into the cache if it is not there.
///
/// # Errors
/// When there is no such folder, and no such model.
pub(super) fn model_folder(name: &str, lang: Lang) -> Result<PathBuf> {
    let path = Path::new(name);
    if path.is_dir() {
        return Ok(path.to_owned());
    }
    if path.exists() || !is_on_the_hub(name) {
        let what =
            lang.text_with("models-no-folder", &[("name", plain(atencion::printable(name)))]);
        return Err(Error::value(what).mend(lang.text("models-no-folder-mend")));
    }
    download(name, &HubArgs::default())
}
