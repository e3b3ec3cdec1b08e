//! Writing: one file, or shards of bounded size and their index, as transformers writes them.

use std::collections::HashMap;
use std::io::{BufWriter, Write};
use std::path::Path;

use indexmap::IndexMap;
use safetensors::tensor::{Dtype, Metadata, TensorInfo};
use serde_json::json;
use tch::Tensor;

use super::dtype;
use super::header::WORD;
use super::index::{INDEX, SINGLE, is_shard, shard_name};
use crate::io::{Pending, printable};
use crate::libtorch::bytes::{bytes_of, plain};
use crate::tensor::{Unusual, unusual};
use crate::{Error, Result};

/// Writes the tensors under their names: all of the file or, if anything fails, none of it.
pub(crate) fn save<'a>(
    path: &Path,
    tensors: impl Iterator<Item = (&'a str, &'a Tensor)>,
) -> Result<()> {
    write(path, tensors)?.commit()
}

/// The kind of a tensor that has its numbers in one block of memory.
fn storable(name: &str, tensor: &Tensor) -> Result<Dtype> {
    match unusual(tensor) {
        None => dtype(name, tensor.f_kind()?),
        Some(Unusual::Layout(_)) => {
            let what = format!("tensor {name:?} is sparse, which safetensors cannot hold");
            Err(Error::value(what).mend("save tensor.to_dense(None, false) instead"))
        }
        Some(why) => Err(Error::value(format!("tensor {name:?} has no numbers to save: {why:?}"))),
    }
}

/// The file, written beside its place.
fn write<'a>(path: &Path, tensors: impl Iterator<Item = (&'a str, &'a Tensor)>) -> Result<Pending> {
    let mut tensors: Vec<_> = tensors
        .map(|(name, tensor)| Ok((name, tensor, storable(name, tensor)?)))
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
    Pending::write(path, |file| {
        let mut file = BufWriter::new(file);
        file.write_all(&(header.len() as u64).to_le_bytes())?;
        file.write_all(&header)?;
        for (_, tensor, _) in &tensors {
            file.write_all(bytes_of(&plain(tensor).map_err(std::io::Error::other)?))?;
        }
        file.flush()
    })
}

/// Writes `model.safetensors`, or, where the tensors have more than `max_shard_size` bytes, shards and their index.
pub(crate) fn save_sharded<'a>(
    folder: &Path,
    tensors: impl Iterator<Item = (&'a str, &'a Tensor)>,
    max_shard_size: u64,
) -> Result<()> {
    let tensors: Vec<_> = tensors.collect();
    tensors.iter().try_for_each(|(name, tensor)| storable(name, tensor).map(drop))?;
    let (shards, total_size) = split(tensors.into_iter(), max_shard_size);
    if shards.len() <= 1 {
        let all = shards.into_iter().flatten();
        write(&folder.join(SINGLE), all)?.commit()?;
        return remove_all_but(folder, &[SINGLE.to_owned()]);
    }
    let names: Vec<String> = (1..=shards.len()).map(|at| shard_name(at, shards.len())).collect();
    let mut weight_map: Vec<(&str, &str)> = names
        .iter()
        .zip(&shards)
        .flat_map(|(file, shard)| shard.iter().map(|(name, _)| (*name, file.as_str())))
        .collect();
    weight_map.sort();
    let weight_map: serde_json::Map<_, _> =
        weight_map.into_iter().map(|(name, file)| (name.to_owned(), file.into())).collect();
    let index = json!({"metadata": {"total_size": total_size}, "weight_map": weight_map});
    let index = serde_json::to_string_pretty(&index).map_err(|error| Error::file(folder, error))?;
    // All of it is on the disk before the first file takes its place.
    let mut pending = Vec::new();
    for (name, shard) in names.iter().zip(shards) {
        pending.push(write(&folder.join(name), shard.into_iter())?);
    }
    pending.push(Pending::write(&folder.join(INDEX), |file| {
        file.write_all(index.as_bytes())?;
        file.write_all(b"\n")
    })?);
    pending.into_iter().try_for_each(Pending::commit)?;
    remove_all_but(folder, &[names, vec![INDEX.to_owned()]].concat())
}

type Shard<'a> = Vec<(&'a str, &'a Tensor)>;

/// In order, a new shard where the next tensor would be too much; a tensor that alone is too much gets its own, before
/// the one that is being filled, as in `huggingface_hub.split_torch_state_dict_into_shards`. Tied tensors, which are one
/// in memory, stay together, and count once.
fn split<'a>(
    tensors: impl Iterator<Item = (&'a str, &'a Tensor)>,
    max_shard_size: u64,
) -> (Vec<Shard<'a>>, u64) {
    let mut tied: IndexMap<usize, Shard> = IndexMap::new();
    for (at, (name, tensor)) in tensors.enumerate() {
        // An empty tensor has no place in memory; nor has it anything to share.
        let place = tensor.data_ptr() as usize;
        tied.entry(if tensor.numel() == 0 { at } else { place }).or_default().push((name, tensor));
    }
    let (mut shards, mut current, mut filled, mut total) = (Vec::new(), Vec::new(), 0, 0);
    for together in tied.into_values() {
        let size = together.iter().map(|(_, tensor)| bytes(tensor)).max().unwrap_or(0);
        total += size;
        if size > max_shard_size {
            shards.push(together);
            continue;
        }
        if filled + size > max_shard_size {
            shards.push(std::mem::take(&mut current));
            filled = 0;
        }
        filled += size;
        current.extend(together);
    }
    if !current.is_empty() || shards.is_empty() {
        shards.push(current);
    }
    (shards, total)
}

fn bytes(tensor: &Tensor) -> u64 {
    (tensor.numel() * tensor.kind().elt_size_in_bytes()) as u64
}

/// Removes the model that was in the folder before, so that no reader takes one for the other.
fn remove_all_but(folder: &Path, kept: &[String]) -> Result<()> {
    let entries = std::fs::read_dir(folder).map_err(|error| Error::file(folder, error))?;
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let ours = name == INDEX || name == SINGLE || is_shard(&name);
        if ours && !kept.contains(&name) {
            std::fs::remove_file(entry.path()).map_err(|error| Error::file(entry.path(), error))?;
        }
    }
    Ok(())
}
