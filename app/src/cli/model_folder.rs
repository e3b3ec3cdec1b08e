//! Where a command finds its model: a folder in Hugging Face's layout, or `owner/name` on the Hub.

use std::path::{Path, PathBuf};

use atencion::io::hub::{HubArgs, download};
use atencion::io::is_on_the_hub;
use atencion::{Error, Result};

use crate::i18n::{Lang, plain};

/// `--revision`, where `owner/name` can stand.
#[derive(Debug, clap::Args)]
pub(super) struct Revision {
    /// Of owner/name: a branch, a tag or a commit; without it, main
    #[arg(long, value_name = "REVISION")]
    pub revision: Option<String>,
}

/// The folder that was named; `owner/name` is downloaded into the cache if it is not there.
///
/// # Errors
/// When there is no such folder, and no such model or revision of it; when a folder is to have a revision.
pub(super) fn model_folder(name: &str, revision: Option<&str>, lang: Lang) -> Result<PathBuf> {
    let path = Path::new(name);
    if path.is_dir() {
        return match revision {
            None => Ok(path.to_owned()),
            Some(_) => Err(Error::value(lang.text_with(
                "models-no-revision-of-a-folder",
                &[("name", plain(atencion::printable(name)))],
            ))
            .mend(lang.text("models-no-revision-of-a-folder-mend"))),
        };
    }
    if path.exists() || !is_on_the_hub(name) {
        let what =
            lang.text_with("models-no-folder", &[("name", plain(atencion::printable(name)))]);
        return Err(Error::value(what).mend(lang.text("models-no-folder-mend")));
    }
    let usual = HubArgs::default();
    let revision = revision.map_or_else(|| usual.revision.clone(), str::to_owned);
    download(name, &HubArgs { revision, ..usual })
}
