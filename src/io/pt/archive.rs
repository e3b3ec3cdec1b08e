//! The zip archive that `torch.save` writes.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use zip::read::{ArchiveOffset, Config, ZipFile};
use zip::{CompressionMethod, ZipArchive};

use super::refused;
use crate::io::printable;
use crate::{Error, Result};

pub(super) struct Archive {
    zip: ZipArchive<BufReader<File>>,
    length: u64,
    /// Where `data.pkl` lies: `archive/`, or the name that the file had.
    folder: String,
}

impl Archive {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let io = |error: std::io::Error| Error::file(path, error);
        let file = File::open(path).map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        // torch puts nothing before the archive. Left to guess, the zip crate takes the second entry for the first
        // where a name has the right length, because torch writes a record that it does not expect.
        let config = Config { archive_offset: ArchiveOffset::Known(0) };
        let mut directory = BufReader::new(file.try_clone().map_err(io)?);
        let zip = ZipArchive::with_config(config, BufReader::new(file))
            .map_err(|error| refused(path, format!("not a whole zip archive: {error}")))?;
        distinct(&mut directory, zip.central_directory_start())
            .map_err(|why| refused(path, why))?;
        let folder = zip
            .file_names()
            .filter_map(|name| Some(name.ok()?.strip_suffix("data.pkl")?.to_string()))
            .find(|folder| folder.is_empty() || folder.find('/') == Some(folder.len() - 1))
            .ok_or_else(|| refused(path, "there is no data.pkl in it"))?;
        let mut archive = Self { zip, length, folder };
        archive.check_byte_order().map_err(|why| refused(path, why))?;
        Ok(archive)
    }

    /// How long the whole file is.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// `data.pkl`
    pub(super) fn pickle(&mut self) -> std::result::Result<Vec<u8>, String> {
        let mut pickle = Vec::new();
        let mut entry = self.entry("data.pkl")?;
        entry.read_to_end(&mut pickle).map_err(|error| error.to_string())?;
        entry.check()?;
        Ok(pickle)
    }

    /// An entry that is stored as it is, as torch stores all of them: what is compressed could be a bomb.
    pub(super) fn entry(&mut self, name: &str) -> std::result::Result<Entry<'_>, String> {
        let full = format!("{}{name}", self.folder);
        let at =
            self.zip.index_for_name(&full).ok_or_else(|| format!("there is no {name} in it"))?;
        // Raw, since the checksum may be missing: see `Entry::check`.
        let file = self.zip.by_index_raw(at).map_err(|error| format!("{name}: {error}"))?;
        if file.compression() != CompressionMethod::Stored || file.encrypted() {
            return Err(format!("{name} in it is compressed, which torch.save never does"));
        }
        if file.size() != file.compressed_size() || file.size() > self.length {
            return Err(format!("{name} in it claims a size that the file does not have"));
        }
        Ok(Entry {
            file,
            sum: crc32fast::Hasher::new(),
            length: self.length,
            name: name.to_owned(),
        })
    }

    fn check_byte_order(&mut self) -> std::result::Result<(), String> {
        // Files of torch before 2.1 do not say; they are little-endian in practice.
        if self.zip.index_for_name(&format!("{}byteorder", self.folder)).is_none() {
            return Ok(());
        }
        let mut order = String::new();
        let read = self.entry("byteorder")?.take(16).read_to_string(&mut order);
        match order.as_str() {
            "little" if read.is_ok() => Ok(()),
            _ => Err(format!("its byte order is {}, not little", printable(&order))),
        }
    }
}

/// One entry, read through its checksum.
pub(super) struct Entry<'z> {
    file: ZipFile<'z, BufReader<File>>,
    sum: crc32fast::Hasher,
    /// The whole file's.
    length: u64,
    name: String,
}

impl Entry<'_> {
    pub(super) fn size(&self) -> u64 {
        self.file.size()
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Whether what was read is what was written. With `torch.serialization.set_crc32_options(False)` torch writes 0 for
    /// a checksum, and looks at none.
    pub(super) fn check(self) -> std::result::Result<(), String> {
        let expected = self.file.crc32();
        if expected != 0 && self.sum.finalize() != expected {
            return Err(format!("{} in it is damaged: its checksum differs", self.name));
        }
        Ok(())
    }
}

impl Read for Entry<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.sum.update(&buffer[..count]);
        Ok(count)
    }
}

/// That no name is in the archive's directory twice. Of two, torch reads the first and the zip crate the last, so that
/// one file could hold two models.
fn distinct(file: &mut BufReader<File>, directory: u64) -> std::result::Result<(), String> {
    /// Of an entry before its name, and what it starts with.
    const FIXED: usize = 46;
    const SIGNATURE: &[u8] = b"PK\x01\x02";
    let damaged = |error: std::io::Error| format!("its directory cannot be read: {error}");
    file.seek(SeekFrom::Start(directory)).map_err(damaged)?;
    let mut names = HashSet::new();
    loop {
        let mut fixed = [0; FIXED];
        if file.read_exact(&mut fixed[..4]).is_err() || !fixed.starts_with(SIGNATURE) {
            return Ok(());
        }
        file.read_exact(&mut fixed[4..]).map_err(damaged)?;
        let length = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
        let mut name = vec![0; length(28).into()];
        file.read_exact(&mut name).map_err(damaged)?;
        file.seek_relative(i64::from(length(30)) + i64::from(length(32))).map_err(damaged)?;
        let shown = printable(&String::from_utf8_lossy(&name));
        if !names.insert(name) {
            return Err(format!("{shown} is in it twice"));
        }
    }
}
