//! `.pt` files of `torch.save(module.state_dict(), path)`, read without running anything that they contain.
//!
//! Such a file is a zip archive: `data.pkl` is a pickle (see [`pickle`]) that describes the tensors, and `data/0`,
//! `data/1`, … are the storages that they are views of. Tensors that share a storage in Python share it here.

mod flat;
mod global;
mod pickle;
mod refusal;
mod storages;

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use tch::Tensor;
use zip::read::{ArchiveOffset, Config};
use zip::{CompressionMethod, ZipArchive};

use self::flat::{Leaf, flatten};
use self::pickle::{Graph, Id, Node};
pub(crate) use self::refusal::refused;
use self::refusal::refused_pickle;
use self::storages::Storages;
use super::printable;
use crate::{Error, Result};

/// Small files may build a little more than their size explains.
const SMALL: u64 = 1 << 18;

/// A dict of tensors, as `module.state_dict()` is one.
pub(crate) fn load(path: &Path) -> Result<Vec<(String, Tensor)>> {
    Archive::open(path)?.state_dict()
}

/// Every tensor and number of a nested checkpoint, under keys joined by dots.
pub(crate) fn load_flat(path: &Path) -> Result<Vec<(String, Tensor)>> {
    Archive::open(path)?.flat()
}

struct Archive<'p> {
    path: &'p Path,
    zip: ZipArchive<BufReader<File>>,
    length: u64,
    /// Where `data.pkl` lies: `archive/`, or the name that the file had.
    folder: String,
    pickle: Vec<u8>,
}

impl<'p> Archive<'p> {
    fn open(path: &'p Path) -> Result<Self> {
        let io = |error: std::io::Error| Error::file(path, error);
        let file = File::open(path).map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        // torch puts nothing before the archive. Left to guess, the zip crate takes the second entry for the first
        // where a name has the right length, because torch writes a record that it does not expect.
        let config = Config { archive_offset: ArchiveOffset::Known(0) };
        let mut zip = ZipArchive::with_config(config, BufReader::new(file))
            .map_err(|error| refused(path, format!("not a whole zip archive: {error}")))?;
        let folder = zip
            .file_names()
            .filter_map(|name| Some(name.ok()?.strip_suffix("data.pkl")?.to_string()))
            .find(|folder| folder.is_empty() || folder.find('/') == Some(folder.len() - 1))
            .ok_or_else(|| refused(path, "there is no data.pkl in it"))?;
        check_byte_order(&mut zip, &folder, length).map_err(|why| refused(path, why))?;
        let mut pickle = Vec::new();
        let mut entry = entry(&mut zip, &format!("{folder}data.pkl"), length)
            .map_err(|why| refused(path, why))?;
        entry.read_to_end(&mut pickle).map_err(io)?;
        drop(entry);
        Ok(Self { path, zip, length, folder, pickle })
    }

    fn state_dict(self) -> Result<Vec<(String, Tensor)>> {
        let pickle = self.pickle;
        let graph = graph(&pickle, self.length, self.path)?;
        let Node::Dict(items) = graph.node(graph.root) else {
            return Err(refused(self.path, "it holds something else than a state_dict"));
        };
        let mut storages = Storages::new(self.path, self.zip, self.folder, self.length);
        let mut seen = HashSet::new();
        let named = items.iter().map(|&(key, value)| {
            let name =
                graph.text(key).ok_or_else(|| refused(self.path, "a key in it is not a string"))?;
            if !seen.insert(name) {
                return Err(refused(self.path, format!("tensor {name:?} is there twice")));
            }
            match graph.node(value) {
                Node::Tensor(plan) => Ok((name.to_string(), storages.tensor(name, plan)?)),
                _ => Err(nested(self.path, &graph, items, name)),
            }
        });
        named.collect()
    }

    fn flat(self) -> Result<Vec<(String, Tensor)>> {
        let pickle = self.pickle;
        let graph = graph(&pickle, self.length, self.path)?;
        let mut leaves = Vec::new();
        let mut allowance = self.length + SMALL;
        flatten(&graph, graph.root, String::new(), 0, &mut allowance, &mut leaves)
            .map_err(|why| refused(self.path, why))?;
        let mut storages = Storages::new(self.path, self.zip, self.folder, self.length);
        let named = leaves.into_iter().map(|(name, leaf)| {
            let tensor = match leaf {
                Leaf::Numbers(numbers, true) => Tensor::from(numbers[0]),
                Leaf::Numbers(numbers, false) => Tensor::f_from_slice(&numbers)?,
                Leaf::Tensor(plan) => storages.tensor(&name, plan)?,
            };
            Ok((name, tensor))
        });
        named.collect()
    }
}

fn graph<'a>(pickle: &'a [u8], length: u64, path: &Path) -> Result<Graph<'a>> {
    pickle::run(pickle, 2 * length + SMALL).map_err(|why| refused_pickle(path, why))
}

/// An entry that is stored as it is, as torch stores all of them: what is compressed could be a bomb.
fn entry<'z>(
    zip: &'z mut ZipArchive<BufReader<File>>,
    name: &str,
    length: u64,
) -> std::result::Result<zip::read::ZipFile<'z, BufReader<File>>, String> {
    let entry = zip.by_name(name).map_err(|error| format!("{name}: {error}"))?;
    if entry.compression() != CompressionMethod::Stored || entry.encrypted() {
        return Err(format!("{name} in it is compressed, which torch.save never does"));
    }
    if entry.size() != entry.compressed_size() || entry.size() > length {
        return Err(format!("{name} in it claims a size that the file does not have"));
    }
    Ok(entry)
}

fn check_byte_order(
    zip: &mut ZipArchive<BufReader<File>>,
    folder: &str,
    length: u64,
) -> std::result::Result<(), String> {
    let name = format!("{folder}byteorder");
    // Files of torch before 2.1 do not say; they are little-endian in practice.
    if zip.index_for_name(&name).is_none() {
        return Ok(());
    }
    let mut order = String::new();
    let read = entry(zip, &name, length)?.take(16).read_to_string(&mut order);
    match order.as_str() {
        "little" if read.is_ok() => Ok(()),
        _ => Err(format!("its byte order is {}, not little", printable(&order))),
    }
}

/// A checkpoint that holds the state_dict among other things.
fn nested(path: &Path, graph: &Graph, items: &[(Id, Id)], name: &str) -> Error {
    let dicts: Vec<&str> = items
        .iter()
        .filter(|(_, value)| matches!(graph.node(*value), Node::Dict(_)))
        .filter_map(|&(key, _)| graph.text(key))
        .collect();
    match dicts.first() {
        Some(first) => {
            let why =
                format!("not a state_dict but a checkpoint: there are dicts in it under {dicts:?}");
            Error::file(path, printable(&why)).mend(format!(
                "load it with StateDict::load_flat and take .under({first:?}), or in Python save only that part"
            ))
        }
        None => refused(path, format!("{name:?} in it is not a tensor")),
    }
}

/// The first bytes of a zip archive.
pub(crate) fn looks_like_zip(start: &[u8]) -> bool {
    start.starts_with(b"PK\x03\x04")
}

/// The first 8 bytes of a pickle that is not in a zip archive. A safetensors file may start with the same two, but
/// its header's length leaves the last four zero.
pub(crate) fn looks_like_bare_pickle(start: &[u8]) -> bool {
    matches!(start, [0x80, 2..=5, _, _, rest @ ..] if rest != [0; 4])
}
