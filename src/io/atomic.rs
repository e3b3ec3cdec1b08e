//! Files that appear whole or not at all.

use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;

use crate::{Error, Result};

/// What a temporary file's name starts with.
const PREFIX: &str = ".atencion-";
/// A file that is younger may belong to a process that has not locked it yet.
const GRACE: Duration = Duration::from_secs(60);

/// Has `write` fill a temporary file beside `path` and then puts it in `path`'s place: readers see the old file or
/// the new one, never half of one, even after a loss of power.
///
/// As an editor does it: a file that is there keeps its mode, and one that may not be written to is refused; a symbolic
/// link is followed, so that it stays and its target is replaced. A hard link is broken: the other names keep the old
/// file. A device or a pipe (`/dev/stdout`) is written to directly. What a killed process left behind is removed by the
/// next that writes into the same folder.
///
/// # Errors
/// When the folder is not there or may not be written to, the file is read-only, the link leads nowhere, or `write`
/// fails.
pub fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<()> {
    Pending::write(path, write)?.commit()
}

/// A file that is written and synced, and not in its place yet.
#[must_use = "it is removed when it is dropped before it was committed"]
pub(crate) struct Pending {
    /// As the caller named it, for errors.
    path: PathBuf,
    /// `None`: written to directly.
    file: Option<NamedTempFile>,
    /// Where the file goes: `path`, with links followed.
    target: PathBuf,
}

impl Pending {
    pub(crate) fn write(
        path: &Path,
        write: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> Result<Self> {
        let failed = |error: io::Error| Error::file(path, error);
        let (target, there) = target(path)?;
        let pending = |file| Self { path: path.into(), file, target: target.clone() };
        if there.as_ref().is_some_and(|there| !there.is_file()) {
            let mut special = OpenOptions::new().write(true).open(&target).map_err(failed)?;
            write(&mut special).map_err(failed)?;
            return Ok(pending(None));
        }
        let folder = folder_of(&target);
        sweep(folder);
        let mut file = temporary(folder, there.as_ref()).map_err(failed)?;
        write(file.as_file_mut()).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        Ok(pending(Some(file)))
    }

    /// Puts the file in its place.
    pub(crate) fn commit(self) -> Result<()> {
        let Some(file) = self.file else { return Ok(()) };
        let failed = |error: io::Error| Error::file(&self.path, error);
        file.persist(&self.target).map_err(|error| failed(error.error))?;
        // The new name is in the folder, which has to reach the disk as well. Some file systems know no such thing.
        match File::open(folder_of(&self.target)).and_then(|folder| folder.sync_all()) {
            Err(error) if error.kind() != ErrorKind::InvalidInput => Err(failed(error)),
            _ => Ok(()),
        }
    }
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Where `path` leads, and what is there now.
fn target(path: &Path) -> Result<(PathBuf, Option<Metadata>)> {
    let failed = |error: io::Error| Error::file(path, error);
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok((path.into(), None)),
        Err(error) => return Err(failed(error)),
        Ok(_) => {}
    }
    let target = std::fs::canonicalize(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Error::file(path, "a link that leads nowhere")
            .mend("remove the link, or name the file itself"),
        _ => failed(error),
    })?;
    let there = std::fs::metadata(&target).map_err(failed)?;
    if there.is_dir() {
        return Err(Error::file(path, "it is a folder"));
    }
    // To be root is no permission to replace what its owner has protected.
    if there.permissions().readonly() {
        return Err(Error::file(path, "it is read-only")
            .mend("make it writable (chmod u+w), or choose another name"));
    }
    if there.is_file() {
        OpenOptions::new().write(true).open(&target).map_err(failed)?;
    }
    Ok((target, Some(there)))
}

/// A temporary file in the folder, locked for as long as this process has it open.
fn temporary(folder: &Path, there: Option<&Metadata>) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // What any other new file gets; the umask still applies.
        builder.permissions(Permissions::from_mode(0o666));
    }
    let file = builder.tempfile_in(folder)?;
    if let Some(there) = there {
        file.as_file().set_permissions(there.permissions())?;
    }
    lock(file.as_file());
    Ok(file)
}

/// Removes what processes that were killed have left in the folder. What cannot be removed is left alone: the file that
/// is to be written matters more.
fn sweep(folder: &Path) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX)) {
        let old = entry.metadata().is_ok_and(|found| {
            let age =
                found.modified().ok().and_then(|at| SystemTime::now().duration_since(at).ok());
            found.is_file() && age.is_some_and(|age| age > GRACE)
        });
        if old && File::open(entry.path()).is_ok_and(|file| lock(&file)) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Locks the file, unless a living process holds it. The system lets go of it when the process ends, however it ends.
#[cfg(unix)]
fn lock(file: &File) -> bool {
    rustix::fs::flock(file, rustix::fs::FlockOperation::NonBlockingLockExclusive).is_ok()
}

#[cfg(not(unix))]
fn lock(_: &File) -> bool {
    false
}
