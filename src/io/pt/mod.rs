//! `.pt` files of `torch.save(module.state_dict(), path)`, read without running anything that they contain.
//!
//! Such a file is a zip archive: `data.pkl` is a pickle (see [`pickle`]) that describes the tensors, and `data/0`,
//! `data/1`, … are the storages that they are views of. Tensors that share a storage in Python share it here.

mod pickle;

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use tch::Tensor;
use zip::read::{ArchiveOffset, Config};
use zip::{CompressionMethod, ZipArchive};

use self::pickle::{Graph, Id, Node, Storage, TensorPlan};
use super::bytes::{checked_shape, read_tensor};
use super::printable;
use crate::{Error, Result};

/// Small files may build a little more than their size explains.
const SMALL: u64 = 1 << 18;
/// Dicts and lists in one another, in a checkpoint.
const MAX_DEPTH: usize = 16;

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
            .map_err(|error| refused(path, &format!("not a whole zip archive: {error}")))?;
        let folder = zip
            .file_names()
            .filter_map(|name| Some(name.ok()?.strip_suffix("data.pkl")?.to_string()))
            .find(|folder| folder.is_empty() || folder.find('/') == Some(folder.len() - 1))
            .ok_or_else(|| refused(path, "there is no data.pkl in it"))?;
        check_byte_order(&mut zip, &folder, length).map_err(|why| refused(path, &why))?;
        let mut pickle = Vec::new();
        let mut entry = entry(&mut zip, &format!("{folder}data.pkl"), length)
            .map_err(|why| refused(path, &why))?;
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
                return Err(refused(self.path, &format!("tensor {name:?} is there twice")));
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
            .map_err(|why| refused(self.path, &why))?;
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
    pickle::run(pickle, 2 * length + SMALL).map_err(|why| refused(path, &why))
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

/// Reads each storage once, and never more of them together than the file is long.
struct Storages<'p> {
    path: &'p Path,
    zip: ZipArchive<BufReader<File>>,
    folder: String,
    length: u64,
    read: u64,
    known: HashMap<String, (Storage, Tensor)>,
}

impl<'p> Storages<'p> {
    fn new(path: &'p Path, zip: ZipArchive<BufReader<File>>, folder: String, length: u64) -> Self {
        Self { path, zip, folder, length, read: 0, known: HashMap::new() }
    }

    fn tensor(&mut self, name: &str, plan: &TensorPlan) -> Result<Tensor> {
        let refuse = |why: &str| refused(self.path, &format!("tensor {name:?}: {why}"));
        let view = view(plan, self.length).map_err(|why| refuse(&why))?;
        let storage = self.storage(&plan.storage).map_err(|why| refuse(&why))?;
        // A 0-dimensional tensor has no strides, which `as_strided` takes as well.
        Ok(storage.f_as_strided(&view.size, &view.stride, view.offset)?)
    }

    fn storage(&mut self, wanted: &Storage) -> std::result::Result<Tensor, String> {
        if let Some((known, tensor)) = self.known.get(&wanted.key) {
            let same = known == wanted;
            return same
                .then(|| tensor.shallow_clone())
                .ok_or_else(|| "its storage has two kinds".into());
        }
        let name = format!("{}data/{}", self.folder, wanted.key);
        let (shape, bytes) = checked_shape(&[wanted.elements], wanted.kind)
            .map_err(|error| error.what().to_string())?;
        let mut entry = entry(&mut self.zip, &name, self.length)?;
        if entry.size() != bytes as u64 {
            return Err(format!("{name} has {} bytes, not {bytes}", entry.size()));
        }
        self.read += bytes as u64;
        if self.read > self.length {
            return Err("its storages overlap in the file".into());
        }
        let tensor = read_tensor(&mut entry, &shape, wanted.kind)
            .map_err(|error| format!("{name}: {}", error.what()))?;
        self.known.insert(wanted.key.clone(), (wanted.clone(), tensor.shallow_clone()));
        Ok(tensor)
    }
}

struct View {
    size: Vec<i64>,
    stride: Vec<i64>,
    offset: i64,
}

/// Sizes and strides as libtorch takes them, once the last element is known to lie in the storage.
fn view(plan: &TensorPlan, length: u64) -> std::result::Result<View, String> {
    let (size, bytes) =
        checked_shape(&plan.size, plan.storage.kind).map_err(|error| error.what().to_string())?;
    if plan.stride.len() != size.len() {
        return Err(format!("{} sizes but {} strides", size.len(), plan.stride.len()));
    }
    // An expanded tensor may show its storage many times over; copying it must stay bounded.
    if bytes as u64 > 4 * length {
        return Err(format!("the shape {size:?} repeats its few numbers too often"));
    }
    let outside = || "it reaches beyond its storage".to_string();
    let mut last = Some(plan.offset);
    for (&size, &stride) in plan.size.iter().zip(&plan.stride) {
        let reach = size.saturating_sub(1).checked_mul(stride);
        last = last.zip(reach).and_then(|(last, reach)| last.checked_add(reach));
    }
    let empty = plan.size.contains(&0);
    let end = if empty { Some(plan.offset) } else { last.and_then(|last| last.checked_add(1)) };
    if end.is_none_or(|end| end > plan.storage.elements) {
        return Err(outside());
    }
    let signed = |value: u64| i64::try_from(value).map_err(|_| outside());
    let stride =
        plan.stride.iter().map(|&stride| signed(stride)).collect::<std::result::Result<_, _>>()?;
    Ok(View { size, stride, offset: signed(plan.offset)? })
}

enum Leaf<'g> {
    Tensor(&'g TensorPlan),
    /// One number (`true`) or a list of them, as `float64`.
    Numbers(Vec<f64>, bool),
}

/// Walks dicts and lists; `None` and strings are left out. Shared values are visited each time, so that every
/// leaf is paid for.
fn flatten<'g>(
    graph: &'g Graph,
    id: Id,
    name: String,
    depth: usize,
    allowance: &mut u64,
    leaves: &mut Vec<(String, Leaf<'g>)>,
) -> std::result::Result<(), String> {
    if depth > MAX_DEPTH {
        return Err(format!("more than {MAX_DEPTH} dicts in one another"));
    }
    let mut pay = |bytes: usize| {
        *allowance = allowance.checked_sub(bytes as u64).ok_or("it repeats itself without end")?;
        Ok::<(), String>(())
    };
    pay(name.len() + size_of::<(String, Leaf)>())?;
    if let Some(number) = number(graph.node(id)) {
        leaves.push((name, Leaf::Numbers(vec![number], true)));
        return Ok(());
    }
    let inside =
        |key: &str| if name.is_empty() { key.to_string() } else { format!("{name}.{key}") };
    match graph.node(id) {
        Node::Tensor(plan) => leaves.push((name, Leaf::Tensor(plan))),
        Node::Dict(items) => {
            for &(key, value) in items {
                let key = match graph.node(key) {
                    Node::Int(key) => key.to_string(),
                    _ => graph
                        .text(key)
                        .ok_or("a key in it is neither text nor integer")?
                        .to_string(),
                };
                flatten(graph, value, inside(&key), depth + 1, allowance, leaves)?;
            }
        }
        Node::List(_) | Node::Tuple(_) => {
            let items = match graph.node(id) {
                Node::List(items) => &items[..],
                Node::Tuple(items) => &items[..],
                _ => &[],
            };
            pay(8 * items.len())?;
            let numbers: Option<Vec<f64>> =
                items.iter().map(|&item| number(graph.node(item))).collect();
            match numbers {
                Some(numbers) => leaves.push((name, Leaf::Numbers(numbers, false))),
                None => {
                    for (index, &item) in items.iter().enumerate() {
                        let name = inside(&index.to_string());
                        flatten(graph, item, name, depth + 1, allowance, leaves)?;
                    }
                }
            }
        }
        _ => {}
    }
    Ok(())
}

fn number(node: &Node) -> Option<f64> {
    match *node {
        Node::Bool(value) => Some(f64::from(value)),
        Node::Int(value) => Some(value as f64),
        Node::Float(value) => Some(value),
        _ => None,
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
        None => refused(path, &format!("{name:?} in it is not a tensor")),
    }
}

/// What is wrong, and the line of Python that turns the file into one that can always be read.
pub(crate) fn refused(path: &Path, why: &str) -> Error {
    Error::file(path, format!("not a state_dict that can be read: {}", printable(why)))
        .mend(convert(path))
}

fn convert(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let new = Path::new(name.as_ref()).with_extension("safetensors");
    format!(
        "in Python: safetensors.torch.save_file({{k: v.clone().contiguous() for k, v in \
         torch.load({name:?}, weights_only=True).items()}}, {:?})",
        new.to_string_lossy()
    )
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
