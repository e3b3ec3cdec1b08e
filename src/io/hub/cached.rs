//! Which models are in the cache, without asking anybody.

use std::path::{Path, PathBuf};

use super::HubArgs;

/// A model of which something is in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedModel {
    /// `owner/name`
    pub name: String,
    /// Its folder of the newest snapshot: what `from_pretrained` opens.
    pub folder: PathBuf,
    /// How much room it takes, all its snapshots together.
    pub bytes: u64,
}

/// The models in the cache, in the order of their names; none where there is no cache.
pub fn cached_models(args: &HubArgs) -> Vec<CachedModel> {
    let cache = super::cache(args);
    let entries = std::fs::read_dir(cache.path()).into_iter().flatten().flatten();
    let mut models: Vec<CachedModel> = entries.filter_map(|entry| model(&entry.path())).collect();
    models.sort_by(|a, b| a.name.cmp(&b.name));
    models
}

/// `models--owner--name` with a snapshot that has a configuration.
fn model(place: &Path) -> Option<CachedModel> {
    let name = place.file_name()?.to_str()?.strip_prefix("models--")?.replace("--", "/");
    let snapshots = std::fs::read_dir(place.join("snapshots")).ok()?.flatten();
    let whole = snapshots.filter(|it| it.path().join("config.json").exists());
    let newest = whole.max_by_key(|it| it.metadata().and_then(|it| it.modified()).ok())?;
    let blobs = std::fs::read_dir(place.join("blobs")).into_iter().flatten().flatten();
    let bytes = blobs.filter_map(|blob| blob.metadata().ok()).map(|it| it.len()).sum();
    Some(CachedModel { name, folder: newest.path(), bytes })
}
