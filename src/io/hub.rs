//! Model folders from the Hugging Face Hub, through the `hf-hub` crate into the cache that Python's `huggingface_hub`
//! uses too.
//!
//! | variable | says |
//! |---|---|
//! | `HF_ENDPOINT` | another server than `https://huggingface.co` |
//! | `HF_HUB_OFFLINE` | `1`: only what is in the cache |
//! | `HF_TOKEN` | the token for models that ask for one; else the one that `hf auth login` keeps |
//! | `HF_HUB_CACHE`, `HF_HOME` | where the cache is: this folder, or `hub` in this one; else `~/.cache/huggingface/hub` |
//!
//! A server that says nothing for `HF_HUB_DOWNLOAD_TIMEOUT` seconds is given up, 30 unless that variable says otherwise.
//! What was downloaded is held against the checksum that the Hub names, and only then used. A download that breaks off
//! goes on where it stopped. A token also reaches the storage that the server redirects to: hf-hub 0.5 sends it on.

mod cached;
mod patience;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hf_hub::api::sync::{Api, ApiBuilder, ApiError};
use hf_hub::{Cache, Repo, RepoType};
use sha1::Sha1;
use sha2::{Digest, Sha256};

pub use self::cached::{CachedModel, cached_models};
use self::patience::{GaveUp, within};
use crate::{Error, Result};

/// How often a download that broke off is taken up again.
const ATTEMPTS: usize = 3;

/// Where models come from, and where they go.
#[derive(Debug, Clone)]
pub struct HubArgs {
    /// A branch, a tag or a commit.
    pub revision: String,
    /// The server, without a slash at its end.
    pub endpoint: String,
    /// The folder of the cache; `None` is the user's own.
    pub cache: Option<PathBuf>,
    /// For models that ask who you are.
    pub token: Option<String>,
    /// Only what is in the cache.
    pub offline: bool,
    /// For how long a server may say nothing.
    pub timeout: Duration,
    /// Whether a bar on standard error shows how far a download is (never when that is no terminal).
    pub progress: bool,
}

impl Default for HubArgs {
    /// The branch `main`, and what the environment says.
    fn default() -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let endpoint = variable("HF_ENDPOINT").unwrap_or_else(|| "https://huggingface.co".into());
        let offline = variable("HF_HUB_OFFLINE").is_some_and(|value| {
            ["1", "on", "yes", "true"].contains(&value.to_lowercase().as_str())
        });
        let cache = variable("HF_HUB_CACHE").map(PathBuf::from);
        let home = || variable("HF_HOME").map(|home| PathBuf::from(home).join("hub"));
        let seconds = variable("HF_HUB_DOWNLOAD_TIMEOUT").and_then(|text| text.parse().ok());
        Self {
            revision: "main".into(),
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            cache: cache.or_else(home),
            token: variable("HF_TOKEN"),
            offline,
            timeout: Duration::from_secs(seconds.filter(|&seconds| seconds > 0).unwrap_or(30)),
            progress: true,
        }
    }
}

/// The folder of a model, downloaded if it is not in the cache: its configuration, tokenizer and weights, the latter
/// as safetensors where there are such.
///
/// # Errors
/// When `model` is no `owner/name`; when it is not on the Hub or asks for a token; when the connection breaks, or what
/// came is not what the Hub says it is; offline, when it is not in the cache.
pub fn download(model: &str, args: &HubArgs) -> Result<PathBuf> {
    check_name(model, &args.revision)?;
    let cache = cache(args);
    if args.offline {
        return cached(&cache, model, &args.revision);
    }
    let mut builder = ApiBuilder::from_cache(cache.clone())
        .with_endpoint(args.endpoint.clone())
        .with_progress(args.progress)
        .with_user_agent("atencion", env!("CARGO_PKG_VERSION"));
    if args.token.is_some() {
        builder = builder.with_token(args.token.clone());
    }
    let api = builder.build().map_err(|error| failed(model, &error))?;
    let asked = Repo::with_revision(model.to_owned(), RepoType::Model, args.revision.clone());
    let repo = api.repo(asked.clone());
    let info = within(args.timeout, false, move |_| repo.info())
        .map_err(|why| gave_up(model, why, args))?
        .map_err(|error| failed(model, &error))?;
    if !is_hash(&info.sha) {
        return Err(Error::value(format!("{model}: the server names no commit")));
    }
    // From here on one commit, so that a push in between cannot mix two.
    let commit = Repo::with_revision(model.to_owned(), RepoType::Model, info.sha.clone());
    let folder = cache.repo(commit.clone()).pointer_path(&info.sha);
    let listed: Vec<&str> = info.siblings.iter().map(|file| file.rfilename.as_str()).collect();
    for name in wanted(&listed) {
        if !folder.join(name).exists() {
            let from =
                Source { api: &api, repo: &commit, cache: &cache.repo(commit.clone()), args };
            from.file(name).map_err(|error| of_model(model, &error))?;
        }
    }
    cache.repo(asked).create_ref(&info.sha).map_err(|error| Error::file(&folder, error))?;
    Ok(folder)
}

fn cache(args: &HubArgs) -> Cache {
    args.cache.clone().map_or_else(Cache::default, Cache::new)
}

/// The error of one of a model's files.
fn of_model(model: &str, error: &Error) -> Error {
    let named = Error::value(format!("{model}: {}", error.what()));
    match error.how_to_mend() {
        Some(how) => named.mend(how),
        None => named,
    }
}

fn check_name(model: &str, revision: &str) -> Result<()> {
    let fine = |part: &str| {
        let letters = part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        letters
            && !part.is_empty()
            && !part.starts_with(['.', '-'])
            && !part.contains("..")
            && part.len() <= 96
    };
    if model.split('/').count() > 2 || !model.split('/').all(fine) {
        return Err(Error::value(format!("{model:?} is no model of the Hub"))
            .mend("a model is owner/name, such as openai-community/gpt2"));
    }
    if !revision.split('/').all(fine) {
        return Err(Error::value(format!("{revision:?} is no revision"))
            .mend("a revision is a branch, a tag or a commit"));
    }
    Ok(())
}

fn cached(cache: &Cache, model: &str, revision: &str) -> Result<PathBuf> {
    let repo = Repo::with_revision(model.to_owned(), RepoType::Model, revision.to_owned());
    if let Some(config) = cache.repo(repo.clone()).get("config.json") {
        let folder = config.parent().map(Path::to_path_buf);
        return Ok(folder.unwrap_or_default());
    }
    // A commit needs no name.
    let folder = cache.repo(repo).pointer_path(revision);
    if is_hash(revision) && folder.is_dir() {
        return Ok(folder);
    }
    Err(Error::value(format!(
        "{model} (revision {revision}) is not in the cache, and HF_HUB_OFFLINE is set"
    ))
    .mend("unset HF_HUB_OFFLINE, or name the model's folder"))
}

/// The files of a model that are of use here.
fn wanted<'a>(listed: &[&'a str]) -> Vec<&'a str> {
    const SMALL: [&str; 18] = [
        "config.json",
        "generation_config.json",
        "preprocessor_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "added_tokens.json",
        "chat_template.jinja",
        "vocab.json",
        "merges.txt",
        "vocab.txt",
        "tokenizer.model",
        "spiece.model",
        "source.spm",
        "target.spm",
        "target_vocab.json",
        "model.safetensors.index.json",
        "pytorch_model.bin.index.json",
    ];
    let safe = |name: &str| name.starts_with("model") && name.ends_with(".safetensors");
    let pickled = |name: &str| name.starts_with("pytorch_model") && name.ends_with(".bin");
    let has_safe = listed.iter().any(|name| safe(name));
    let top = listed.iter().copied().filter(|name| !name.contains(['/', '\\']));
    top.filter(|name| SMALL.contains(name) || safe(name) || (!has_safe && pickled(name))).collect()
}

/// Where a model's files come from, and where they go.
struct Source<'a> {
    api: &'a Api,
    repo: &'a Repo,
    cache: &'a hf_hub::CacheRepo,
    args: &'a HubArgs,
}

/// Whether it is of use to try again.
enum Outcome {
    Again(Error),
    Never(Error),
}

impl Source<'_> {
    /// One file into the cache, whole and with the right checksum.
    fn file(&self, name: &str) -> Result<()> {
        let mut last = Error::value(format!("{name}: nothing came"));
        for _ in 0..ATTEMPTS {
            match self.attempt(name) {
                Ok(()) => return Ok(()),
                Err(Outcome::Again(error)) => last = error,
                Err(Outcome::Never(error)) => return Err(error),
            }
        }
        Err(last)
    }

    fn attempt(&self, name: &str) -> std::result::Result<(), Outcome> {
        let etag = self.etag(name)?;
        let blob = self.cache.blob_path(&etag);
        let path = self.content(name, &blob)?;
        let broken = match checksum_is(&path, &etag) {
            Ok(true) => return Ok(()),
            Ok(false) => {
                let what = format!("{name}: what came does not have the checksum {etag}");
                Error::value(what)
                    .mend("try again; if it stays so, the server or something between is at fault")
            }
            Err(error) => Error::file(&path, error),
        };
        std::fs::remove_file(&path).ok();
        std::fs::remove_file(&blob).ok();
        Err(Outcome::Again(broken))
    }

    /// The checksum that the server names.
    fn etag(&self, name: &str) -> std::result::Result<String, Outcome> {
        let (api, url) = (self.api.clone(), self.api.repo(self.repo.clone()).url(name));
        let described = within(self.args.timeout, false, move |_| api.metadata(&url))
            .map_err(|why| Outcome::Never(gave_up(name, why, self.args)))?
            .map_err(|error| outcome(name, &error))?;
        if is_hash(described.etag()) {
            return Ok(described.etag().to_owned());
        }
        let etag = super::printable(described.etag());
        Err(Outcome::Never(Error::value(format!(
            "{name}: the server names no checksum, but {etag:?}"
        ))))
    }

    /// The file, which may be another than was promised.
    fn content(&self, name: &str, blob: &Path) -> std::result::Result<PathBuf, Outcome> {
        let (repo, file) = (self.api.repo(self.repo.clone()), name.to_owned());
        let work = move |beat| repo.download_with_progress(&file, beat);
        let came = within(self.args.timeout, self.args.progress, work)
            .map_err(|why| Outcome::Never(gave_up(name, why, self.args)))?;
        came.map_err(|error| {
            if matches!(error, ApiError::InvalidResume) {
                // More is there than the file has: what was begun is of something else.
                std::fs::remove_file(blob.with_extension("part")).ok();
            }
            outcome(name, &error)
        })
    }
}

fn outcome(name: &str, error: &ApiError) -> Outcome {
    match error {
        ApiError::RequestError(inner) if !matches!(**inner, ureq::Error::StatusCode(400..500)) => {
            Outcome::Again(failed(name, error))
        }
        ApiError::IoError(_) | ApiError::InvalidResume => Outcome::Again(failed(name, error)),
        _ => Outcome::Never(failed(name, error)),
    }
}

/// Nothing came.
fn gave_up(what: &str, why: GaveUp, args: &HubArgs) -> Error {
    match why {
        GaveUp::Silent => Error::value(format!(
            "{what}: the server said nothing for {} seconds",
            args.timeout.as_secs_f64()
        ))
        .mend("run it again: it goes on where it stopped; HF_HUB_DOWNLOAD_TIMEOUT waits longer"),
        GaveUp::Broken => Error::value(format!("{what}: the download broke down"))
            .mend("run it again: it goes on where it stopped"),
    }
}

/// Large files go by their SHA-256, the others by git's SHA-1 of them.
fn checksum_is(path: &Path, etag: &str) -> std::io::Result<bool> {
    let length = std::fs::metadata(path)?.len();
    let hexadecimal =
        |digest: &[u8]| digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let ours = match etag.len() {
        64 => hexadecimal(&digest::<Sha256>(path, b"")?),
        _ => hexadecimal(&digest::<Sha1>(path, format!("blob {length}\0").as_bytes())?),
    };
    Ok(ours == etag)
}

fn digest<D: Digest>(path: &Path, before: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut file = std::fs::File::open(path)?;
    let mut digest = D::new();
    digest.update(before);
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(digest.finalize().to_vec()),
            read => digest.update(&buffer[..read]),
        }
    }
}

fn is_hash(text: &str) -> bool {
    [40, 64].contains(&text.len())
        && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// What went wrong, in one line.
fn failed(what: &str, error: &ApiError) -> Error {
    let status = match error {
        ApiError::RequestError(inner) => match **inner {
            ureq::Error::StatusCode(status) => Some(status),
            _ => None,
        },
        _ => None,
    };
    match status {
        Some(401 | 403) => Error::value(format!("{what}: the Hub does not let you have it"))
            .mend("the name may be wrong; if it is right, ask for access and set HF_TOKEN"),
        Some(404) => Error::value(format!("{what}: not on the Hub"))
            .mend("look at the name and the revision"),
        Some(status) => {
            Error::value(format!("{what}: the server answers {status}")).mend("try again later")
        }
        None => Error::value(format!("{what}: {}", super::printable(&error.to_string())))
            .mend("look at the connection; HF_HUB_OFFLINE=1 takes what is in the cache"),
    }
}
