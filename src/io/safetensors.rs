//! `.safetensors` files: <https://github.com/huggingface/safetensors>.
//!
//! The `safetensors` crate checks what the header says (offsets, sizes, overflow); reading the header and the
//! tensors is done here, so that a file costs no more memory than its tensors, a duplicate name is noticed,
//! and names keep their order.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use safetensors::tensor::{Dtype, Metadata, TensorInfo};
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use tch::{Kind, Tensor};

use super::{no_such_tensor, printable};
use crate::libtorch::bytes::{bytes_of, checked_shape, plain, read_tensor};
use crate::{Error, Result};

/// The longest header that the format allows, in bytes.
const MAX_HEADER: u64 = 100_000_000;
/// The header is preceded by its length in 8 bytes, and padded to a multiple of 8.
const WORD: usize = 8;

/// Every tensor of the file, in the order in which their data lies there.
pub(crate) fn load(path: &Path) -> Result<Vec<(String, Tensor)>> {
    let mut file = File::open(path).map_err(|error| Error::file(path, error))?;
    let (metadata, _) = read_header(&mut file, path)?;
    let names = metadata.offset_keys();
    // Every kind and shape first: nothing is read of a file that cannot be read whole.
    let plans = names.iter().map(|name| plan(name, &metadata, path)).collect::<Result<Vec<_>>>()?;
    names
        .into_iter()
        .zip(plans)
        .map(|(name, (shape, kind))| {
            let tensor = read_tensor(&mut file, &shape, kind)
                .map_err(|error| in_tensor(path, &name, &error))?;
            Ok((name, tensor))
        })
        .collect()
}

/// The tensor of that name, or the first one; the others are not read.
pub(crate) fn load_one(path: &Path, name: Option<&str>) -> Result<Tensor> {
    let mut file = File::open(path).map_err(|error| Error::file(path, error))?;
    let (metadata, start) = read_header(&mut file, path)?;
    let mut names = metadata.offset_keys();
    let at = match name {
        Some(name) => names.iter().position(|known| known == name),
        None => (!names.is_empty()).then_some(0),
    };
    let name = names.swap_remove(at.ok_or_else(|| no_such_tensor(path, name, &names))?);
    let (shape, kind) = plan(&name, &metadata, path)?;
    let offset = metadata.info(&name).map_or(0, |info| info.data_offsets.0);
    file.seek(SeekFrom::Start(start + offset as u64)).map_err(|error| Error::file(path, error))?;
    read_tensor(&mut file, &shape, kind).map_err(|error| in_tensor(path, &name, &error))
}

/// Writes the tensors under their names: all of the file or, if anything fails, none of it.
pub(crate) fn save<'a>(
    path: &Path,
    tensors: impl Iterator<Item = (&'a str, &'a Tensor)>,
) -> Result<()> {
    let mut tensors: Vec<_> = tensors
        .map(|(name, tensor)| Ok((name, tensor, dtype(name, tensor.f_kind()?)?)))
        .collect::<Result<_>>()?;
    // The widest kinds first, so that each tensor starts at a multiple of its element's size.
    tensors.sort_by_key(|(_, _, dtype)| std::cmp::Reverse(*dtype));
    let mut end = 0;
    let infos = tensors.iter().map(|(name, tensor, dtype)| {
        let begin = end;
        end += tensor.numel() * dtype.bitsize() / 8;
        let shape = tensor.size().iter().map(|&dim| dim as usize).collect();
        (name.to_string(), TensorInfo { dtype: *dtype, shape, data_offsets: (begin, end) })
    });
    // Readers such as transformers insist on being told that the tensors are PyTorch's.
    let format = HashMap::from([("format".to_string(), "pt".to_string())]);
    let metadata = Metadata::new(Some(format), infos.collect())
        .map_err(|error| Error::file(path, printable(&error.to_string())))?;
    let mut header = serde_json::to_vec(&metadata).map_err(|error| Error::file(path, error))?;
    header.resize(header.len().next_multiple_of(WORD), b' ');
    super::write_atomically(path, |file| {
        let mut file = BufWriter::new(file);
        file.write_all(&(header.len() as u64).to_le_bytes())?;
        file.write_all(&header)?;
        for (_, tensor, _) in &tensors {
            file.write_all(bytes_of(&plain(tensor).map_err(std::io::Error::other)?))?;
        }
        file.flush()
    })
}

/// What the file holds, and where its data start.
fn read_header(file: &mut File, path: &Path) -> Result<(Metadata, u64)> {
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
    Metadata::new(parsed.metadata, parsed.tensors).map_err(|error| error.to_string())
}

/// The header as it stands in the file. The crate's own type goes through a map, which loses duplicates and
/// takes many times the header's size.
struct Header {
    metadata: Option<HashMap<String, String>>,
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
                let mut header = Header { metadata: None, tensors: Vec::new() };
                while let Some(name) = map.next_key::<String>()? {
                    if name != "__metadata__" {
                        header.tensors.push((name, map.next_value()?));
                    } else if header.metadata.replace(map.next_value()?).is_some() {
                        return Err(de::Error::duplicate_field("__metadata__"));
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

fn plan(name: &str, metadata: &Metadata, path: &Path) -> Result<(Vec<i64>, Kind)> {
    let info = metadata.info(name).ok_or_else(|| Error::file(path, "no such tensor"))?;
    let kind = kind(info.dtype).ok_or_else(|| {
        let why = Error::value(format!("unsupported dtype {}", info.dtype));
        in_tensor(path, name, &why).mend(
            "in Python, convert it with .to(torch.float32) (or .to(torch.int64)) and save again",
        )
    })?;
    let dims: Vec<u64> = info.shape.iter().map(|&dim| dim as u64).collect();
    let (shape, _) = checked_shape(&dims, kind).map_err(|error| in_tensor(path, name, &error))?;
    Ok((shape, kind))
}

fn in_tensor(path: &Path, name: &str, error: &Error) -> Error {
    Error::file(path, format!("tensor {name:?}: {}", error.what()))
}

/// The kinds that both the format and `tch` know.
const KINDS: [(Dtype, Kind); 11] = [
    (Dtype::BOOL, Kind::Bool),
    (Dtype::U8, Kind::Uint8),
    (Dtype::I8, Kind::Int8),
    (Dtype::I16, Kind::Int16),
    (Dtype::I32, Kind::Int),
    (Dtype::I64, Kind::Int64),
    (Dtype::F16, Kind::Half),
    (Dtype::BF16, Kind::BFloat16),
    (Dtype::F32, Kind::Float),
    (Dtype::F64, Kind::Double),
    (Dtype::C64, Kind::ComplexFloat),
];

fn kind(dtype: Dtype) -> Option<Kind> {
    KINDS.iter().find(|(known, _)| *known == dtype).map(|&(_, kind)| kind)
}

fn dtype(name: &str, kind: Kind) -> Result<Dtype> {
    KINDS.iter().find(|(_, known)| *known == kind).map(|&(dtype, _)| dtype).ok_or_else(|| {
        Error::kind_mismatch(format!("tensor {name:?} is {kind:?}, which safetensors cannot hold"))
            .mend("convert it with .to_kind(Kind::Float) before saving")
    })
}
