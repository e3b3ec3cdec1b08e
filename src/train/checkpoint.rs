//! Checkpoints: folders that are there whole or not at all.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{Error, Result, StateDict};

const MANIFEST: &str = "checkpoint.json";
const PART: &str = ".unfinished-";

/// A folder of checkpoints, `step-00000100` and so on.
///
/// Each is written aside under another name, synced, and renamed: a process that is killed at any moment leaves the
/// checkpoints before it as they were, and at most a folder that the next save removes.
#[derive(Debug, Clone)]
pub struct Checkpoints {
    folder: PathBuf,
    keep: usize,
    read_only: bool,
}

/// One that was read and found whole.
#[derive(Debug)]
pub struct Checkpoint {
    /// The step after which it was saved.
    pub step: u64,
    /// Its folder.
    pub path: PathBuf,
    parts: BTreeMap<String, StateDict>,
}

/// What the files should be.
#[derive(Serialize, Deserialize)]
struct Manifest {
    step: u64,
    files: BTreeMap<String, (u64, String)>,
}

impl Checkpoints {
    /// In that folder, which is made if it is not there, the last `keep` of them; at least one.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn new(folder: impl Into<PathBuf>, keep: usize) -> Result<Self> {
        let folder = folder.into();
        fs::create_dir_all(&folder).map_err(|error| Error::file(&folder, error))?;
        Ok(Self { folder, keep: keep.max(1), read_only: false })
    }

    /// The same, where another process writes them: [`save`](Self::save) leaves everything as it is.
    #[must_use]
    pub fn read_only(self) -> Self {
        Self { read_only: true, ..self }
    }

    /// Writes a checkpoint of these parts (`model`, `optimizer`, …), a safetensors file each, and removes the oldest
    /// beyond those kept. Returns its folder.
    ///
    /// # Errors
    /// When it cannot be written, as on a full disk; the earlier ones are still there then.
    pub fn save(&self, step: u64, parts: &[(&str, &StateDict)]) -> Result<PathBuf> {
        let path = self.folder.join(format!("step-{step:08}"));
        if self.read_only {
            return Ok(path);
        }
        self.remove_unfinished()?;
        let aside = self.folder.join(format!("{PART}{step:08}"));
        let written = self.write(&aside, step, parts).and_then(|()| {
            if path.exists() {
                remove(&path)?;
            }
            fs::rename(&aside, &path).map_err(|error| Error::file(&path, error))?;
            sync(&self.folder)
        });
        if let Err(error) = written {
            let _ = fs::remove_dir_all(&aside);
            return Err(error.mend("make room; the checkpoints before this one are whole"));
        }
        let steps = self.steps()?;
        for old in &steps[..steps.len().saturating_sub(self.keep)] {
            remove(&self.folder.join(format!("step-{old:08}")))?;
        }
        Ok(path)
    }

    fn write(&self, aside: &Path, step: u64, parts: &[(&str, &StateDict)]) -> Result<()> {
        fs::create_dir(aside).map_err(|error| Error::file(aside, error))?;
        let mut files = BTreeMap::new();
        for (name, state) in parts {
            let file = format!("{name}.safetensors");
            let path = aside.join(&file);
            state.save(&path)?;
            files.insert(file, fingerprint(&path)?);
        }
        let text = serde_json::to_string_pretty(&Manifest { step, files });
        let text = text.map_err(|error| Error::file(aside, error))?;
        crate::io::write_atomically(&aside.join(MANIFEST), |file| {
            io::Write::write_all(file, text.as_bytes())
        })?;
        sync(aside)
    }

    /// The steps of which there is a folder, whole or damaged, in order.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn steps(&self) -> Result<Vec<u64>> {
        let mut steps = Vec::new();
        for entry in self.entries()? {
            let name = entry.file_name();
            let step: Option<u64> =
                name.to_string_lossy().strip_prefix("step-").and_then(|n| n.parse().ok());
            steps.extend(step);
        }
        steps.sort_unstable();
        Ok(steps)
    }

    /// The newest checkpoint that is whole, and what is wrong with each newer one. `None` where there is none.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn latest(&self) -> Result<(Option<Checkpoint>, Vec<Error>)> {
        let mut damaged = Vec::new();
        for step in self.steps()?.into_iter().rev() {
            match Checkpoint::open(self.folder.join(format!("step-{step:08}"))) {
                Ok(checkpoint) => return Ok((Some(checkpoint), damaged)),
                Err(error) => damaged.push(error),
            }
        }
        Ok((None, damaged))
    }

    fn remove_unfinished(&self) -> Result<()> {
        for entry in self.entries()? {
            if entry.file_name().to_string_lossy().starts_with(PART) {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }

    fn entries(&self) -> Result<Vec<fs::DirEntry>> {
        let failed = |error| Error::file(&self.folder, error);
        fs::read_dir(&self.folder).map_err(failed)?.collect::<io::Result<_>>().map_err(failed)
    }
}

impl Checkpoint {
    /// Reads a checkpoint and compares every file with what was written.
    ///
    /// # Errors
    /// Names the file that is missing, cut short or changed.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let manifest = path.join(MANIFEST);
        plain_file(&manifest)?;
        let text = fs::read(&manifest).map_err(|error| Error::file(&manifest, error))?;
        let read = serde_json::from_slice(&text);
        let Manifest { step, files } = read.map_err(|error| Error::file(&manifest, error))?;
        let mut parts = BTreeMap::new();
        for (name, written) in files {
            if Path::new(&name).file_name().is_none_or(|plain| plain != name.as_str()) {
                return Err(Error::file(&manifest, format!("{name:?} is no file name")));
            }
            let file = path.join(&name);
            if plain_file(&file)? != written.0 || fingerprint(&file)? != written {
                return Err(Error::file(&file, "is damaged: it is not what was saved"));
            }
            let part = name.trim_end_matches(".safetensors").to_owned();
            parts.insert(part, StateDict::load(&file)?);
        }
        Ok(Self { step, path, parts })
    }

    /// One of its parts.
    ///
    /// # Errors
    /// When it was saved without.
    pub fn part(&self, name: &str) -> Result<&StateDict> {
        self.parts.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.parts.keys().map(String::as_str).collect();
            Error::file(&self.path, format!("has no {name}, only {}", known.join(", ")))
        })
    }
}

/// How long a file is that is one: a link leads out of the folder, and a device or a pipe may have no end.
fn plain_file(path: &Path) -> Result<u64> {
    let found = fs::symlink_metadata(path).map_err(|error| Error::file(path, error))?;
    if !found.is_file() {
        return Err(Error::file(path, "is damaged: it is a link or no file")
            .mend("a checkpoint holds its own files; copy what the link leads to"));
    }
    Ok(found.len())
}

/// Length and FNV-1a of a file: enough to find what a disk or a broken copy did, not what a forger did.
fn fingerprint(path: &Path) -> Result<(u64, String)> {
    let failed = |error| Error::file(path, error);
    let mut file = File::open(path).map_err(failed)?;
    let (mut length, mut hash) = (0, 0xcbf2_9ce4_8422_2325u64);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer).map_err(failed)?;
        if read == 0 {
            return Ok((length, format!("{hash:016x}")));
        }
        length += read as u64;
        for &byte in &buffer[..read] {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

fn sync(folder: &Path) -> Result<()> {
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        Err(error) if error.kind() != io::ErrorKind::InvalidInput => {
            Err(Error::file(folder, error))
        }
        _ => Ok(()),
    }
}

fn remove(folder: &Path) -> Result<()> {
    fs::remove_dir_all(folder).map_err(|error| Error::file(folder, error))
}
