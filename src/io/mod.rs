//! Tensors in and out of files: what a file says is checked before anything is allocated for it.

pub(crate) mod bytes;
pub(crate) mod safetensors;

use std::fs::File;
use std::io;
use std::path::Path;

use crate::{Error, Result};

/// Text from a file, fit for a terminal: control characters escaped, and not more than a line of it.
pub(crate) fn printable(text: &str) -> String {
    const LONGEST: usize = 300;
    let mut line = String::new();
    for c in text.chars() {
        if line.len() > LONGEST {
            line.push('…');
            break;
        }
        if c.is_control() { line.extend(c.escape_default()) } else { line.push(c) }
    }
    line
}

/// Has `write` fill a temporary file beside `path` and then puts it in `path`'s place: readers see the old file or
/// the new one, never half of one.
pub(crate) fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<()> {
    let failed = |error: io::Error| Error::file(path, error);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".atencion-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // What any other new file gets; the umask still applies.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder.unwrap_or(Path::new("."))).map_err(failed)?;
    write(file.as_file_mut()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}
