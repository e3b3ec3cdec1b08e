//! Writing a file whole or not at all.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use crate::{Error, Result};

/// Writes the file beside its place and then moves it there, so that nobody ever finds half of it. What is no
/// ordinary file (`/dev/stdout`, a named pipe) is written to directly.
///
/// # Errors
/// When the file cannot be written; what was there before is then untouched.
pub fn save(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = match fs::metadata(path) {
        Ok(there) if !there.is_file() && !there.is_dir() => directly(path, bytes),
        // A link stays a link: what it points to is replaced.
        Ok(_) => fs::canonicalize(path).and_then(|path| by_renaming(&path, bytes)),
        Err(_) => by_renaming(path, bytes),
    };
    write.map_err(|error| {
        Error::file(path, format!("cannot be written ({error})"))
            .mend("name a file in a folder that you may write to")
    })
}

fn directly(path: &Path, bytes: &[u8]) -> io::Result<()> {
    OpenOptions::new().write(true).open(path)?.write_all(bytes)
}

fn by_renaming(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    // A temporary file is its owner's alone; this one becomes an ordinary file, as the umask says.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.prefix(".atencion-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_a_file_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.svg");
        save(&path, b"old and long").unwrap();
        save(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_is_no_file_and_nothing_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("folder");
        fs::create_dir(&path).unwrap();
        assert!(save(&path, b"x").is_err());
        assert!(save(&folder.path().join("absent/x.svg"), b"x").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
