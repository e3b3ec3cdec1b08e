//! The header of a safetensors file: JSON that says where each tensor lies.

use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use safetensors::tensor::{Metadata, TensorInfo};
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use crate::io::printable;
use crate::{Error, Result};

/// The longest header that the format allows, in bytes.
const MAX_HEADER: u64 = 100_000_000;
/// The header is preceded by its length in 8 bytes, and padded to a multiple of 8.
pub(super) const WORD: usize = 8;

/// What the file holds, and where its data start.
pub(super) fn read_header(file: &mut File, path: &Path) -> Result<(Metadata, u64)> {
    let invalid =
        |why: &str| Error::file(path, format!("not a valid safetensors file: {}", printable(why)));
    let io = |error: std::io::Error| Error::file(path, error);
    let file_length = file.metadata().map_err(io)?.len();
    if file_length < WORD as u64 {
        return Err(invalid("header too small"));
    }
    let mut word = [0; WORD];
    file.read_exact(&mut word).map_err(io)?;
    let length = u64::from_le_bytes(word);
    if length > MAX_HEADER {
        return Err(with_hint(invalid("header too large"), file));
    }
    if length > file_length - WORD as u64 {
        return Err(with_hint(invalid("invalid header length"), file));
    }
    let mut header = vec![0; length as usize];
    file.read_exact(&mut header).map_err(io)?;
    let metadata = parse_header(header).map_err(|why| invalid(&why))?;
    let start = WORD as u64 + length;
    if start.checked_add(metadata.data_len() as u64) != Some(file_length) {
        let why = "incomplete metadata, file not fully covered (interrupted download?)";
        return Err(invalid(why));
    }
    Ok((metadata, start))
}

/// Takes the header by value so that it is gone before the metadata's own tables are built.
fn parse_header(header: Vec<u8>) -> std::result::Result<Metadata, String> {
    let text = std::str::from_utf8(&header)
        .map_err(|error| format!("invalid UTF-8 in header: {error}"))?;
    let mut parsed: Header =
        serde_json::from_str(text).map_err(|error| format!("invalid JSON in header: {error}"))?;
    drop(header);
    let mut seen = HashSet::with_capacity(parsed.tensors.len());
    if let Some((name, _)) = parsed.tensors.iter().find(|(name, _)| !seen.insert(name.as_str())) {
        return Err(format!("tensor `{name}` is there twice"));
    }
    drop(seen);
    parsed.tensors.sort_by_key(|(_, info)| info.data_offsets);
    Metadata::new(None, parsed.tensors).map_err(|error| error.to_string())
}

/// The header as it stands in the file. The crate's own type goes through a map, which loses duplicates and
/// takes many times the header's size.
struct Header {
    tensors: Vec<(String, TensorInfo)>,
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Header;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object of tensors")
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Header, A::Error> {
                let mut header = Header { tensors: Vec::new() };
                let mut described = false;
                while let Some(name) = map.next_key::<String>()? {
                    if name != "__metadata__" {
                        header.tensors.push((name, map.next_value()?));
                    } else if described {
                        return Err(de::Error::duplicate_field("__metadata__"));
                    } else {
                        map.next_value::<Texts>()?;
                        described = true;
                    }
                }
                Ok(header)
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// What lies in the file instead of tensors, where that can be seen from its first bytes.
fn with_hint(error: Error, file: &mut File) -> Error {
    let mut start = Vec::new();
    let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.take(512).read_to_end(&mut start));
    let start = String::from_utf8_lossy(&start).trim_start().to_lowercase();
    if read.is_err() {
        error
    } else if start.starts_with("version https://git-lfs") {
        error.mend("this is a Git LFS pointer, not the weights: run `git lfs pull`")
    } else if start.starts_with("<!doctype") || start.starts_with("<html") {
        error.mend("this is a web page, not the weights: download the file itself")
    } else {
        error
    }
}

/// `__metadata__`: texts by name, of which nothing is kept. A table of 95 MB of them would take 1.6 GB.
struct Texts;

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_map(Texts)
    }
}

impl<'de> Visitor<'de> for Texts {
    type Value = Texts;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object of strings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Texts, A::Error> {
        while map.next_entry::<Text, Text>()?.is_some() {}
        Ok(Texts)
    }
}

/// A string that is checked and forgotten.
struct Text;

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_str(Text)
    }
}

impl Visitor<'_> for Text {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, _: &str) -> std::result::Result<Text, E> {
        Ok(Text)
    }
}
