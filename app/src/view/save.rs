//! Writing a file whole or not at all.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use atencion::io::write_atomically;
use atencion::{Error, Result};

/// Writes the file beside its place and then moves it there, so that nobody ever finds half of it. What is no
/// ordinary file (`/dev/stdout`, a named pipe) is written to directly.
///
/// # Errors
/// When the file cannot be written; what was there before is then untouched.
pub fn save(path: &Path, bytes: &[u8]) -> Result<()> {
    let written = match fs::metadata(path) {
        Ok(there) if there.is_dir() => Err(Error::file(path, "it is a folder")),
        Ok(there) if !there.is_file() => directly(path, bytes),
        // A link stays a link: what it points to is replaced.
        Ok(_) => fs::canonicalize(path)
            .map_err(|error| Error::file(path, error))
            .and_then(|path| write_atomically(&path, |file| file.write_all(bytes))),
        Err(_) => write_atomically(path, |file| file.write_all(bytes)),
    };
    written.map_err(|error| error.mend("name a file in a folder that you may write to"))
}

fn directly(path: &Path, bytes: &[u8]) -> Result<()> {
    let written =
        OpenOptions::new().write(true).open(path).and_then(|mut file| file.write_all(bytes));
    written.map_err(|error| Error::file(path, error))
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
