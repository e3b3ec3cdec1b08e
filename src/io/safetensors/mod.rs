//! `.safetensors` files: <https://github.com/huggingface/safetensors>.
//!
//! The `safetensors` crate checks what the header says (offsets, sizes, overflow); reading the header and the
//! tensors is done here, so that a file costs no more memory than its tensors, a duplicate name is noticed,
//! and names keep their order.

mod header;
mod index;
mod write;

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::Path;

use safetensors::tensor::{Dtype, Metadata};
use tch::{Kind, Tensor};

use self::header::read_header;
pub(crate) use self::index::{INDEX, SINGLE, open_index};
pub(crate) use self::write::{save, save_sharded};
use super::no_such_tensor;
use crate::libtorch::MappedFile;
use crate::libtorch::bytes::{checked_shape, read_tensor};
use crate::{Error, Result};

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

/// The same without reading them: each tensor lies in the mapped file, in which it is read when it is used.
pub(crate) fn open(path: &Path) -> Result<Vec<(String, Tensor)>> {
    let mut file = File::open(path).map_err(|error| Error::file(path, error))?;
    let (metadata, start) = read_header(&mut file, path)?;
    let names = metadata.offset_keys();
    let plans = names.iter().map(|name| plan(name, &metadata, path)).collect::<Result<Vec<_>>>()?;
    let map = MappedFile::of(&file).map_err(|error| Error::file(path, error))?;
    names
        .into_iter()
        .zip(plans)
        .map(|(name, (shape, kind))| {
            let begin = start + metadata.info(&name).map_or(0, |info| info.data_offsets.0) as u64;
            // Few files have such: a bool's byte may be neither 0 nor 1, and a header that is not padded moves numbers
            // off the places that processors want them at. They are copied.
            let copied =
                kind == Kind::Bool || !begin.is_multiple_of(kind.elt_size_in_bytes() as u64);
            let tensor = if copied {
                file.seek(SeekFrom::Start(begin)).map_err(|error| Error::file(path, error))?;
                read_tensor(&mut file, &shape, kind)
            } else {
                map.tensor(begin as usize, &shape, kind)
            };
            Ok((name.clone(), tensor.map_err(|error| in_tensor(path, &name, &error))?))
        })
        .collect()
}

/// What its tensors are called, in the file's order.
pub(crate) fn names(path: &Path) -> Result<Vec<String>> {
    let mut file = File::open(path).map_err(|error| Error::file(path, error))?;
    Ok(read_header(&mut file, path)?.0.offset_keys())
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
