//! Models in several files: `model.safetensors.index.json` says which tensor is in which shard.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path};

use indexmap::IndexSet;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use tch::Tensor;

use super::open;
use crate::io::printable;
use crate::{Error, Result};

/// A model in one file.
pub(crate) const SINGLE: &str = "model.safetensors";
/// The index of a model in several.
pub(crate) const INDEX: &str = "model.safetensors.index.json";
/// Some 100 bytes a tensor.
const MAX_INDEX: u64 = 100_000_000;
/// Complaints are listed up to here, and then counted.
const SHOWN: usize = 40;

/// `model-00001-of-00002.safetensors`
pub(super) fn shard_name(number: usize, count: usize) -> String {
    format!("model-{number:05}-of-{count:05}.safetensors")
}

pub(super) fn is_shard(file: &str) -> bool {
    count_of(file).is_some_and(|(stem, _)| stem == "model")
}

/// What a shard's name says: `("model", "00002")`.
fn count_of(file: &str) -> Option<(&str, &str)> {
    let (rest, count) = file.strip_suffix(".safetensors")?.rsplit_once("-of-")?;
    let (stem, number) = rest.rsplit_once('-')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(number) && digits(count)).then_some((stem, count))
}

#[derive(Deserialize)]
struct Index {
    weight_map: Pairs,
}

/// An object as it stands in the file, so that a name that is there twice is noticed.
struct Pairs(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Pairs;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("an object of file names")
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// The tensors of all shards, mapped; everything that does not fit between index and shards is said at once.
pub(crate) fn open_index(path: &Path) -> Result<Vec<(String, Tensor)>> {
    let weight_map = read(path)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut wrong = Vec::new();
    let mut files: IndexSet<&str> = IndexSet::new();
    let mut place = HashMap::new();
    for (name, file) in &weight_map {
        if place.insert(name.as_str(), file.as_str()).is_some() {
            wrong.push(format!("{name:?} is there twice"));
        }
        files.insert(file);
    }
    wrong.extend(
        files.iter().filter(|file| !is_plain(file)).map(|file| format!("{file:?} is no file name")),
    );
    files.retain(|file| is_plain(file));
    let (there, missing): (IndexSet<&str>, IndexSet<&str>) =
        files.iter().partition(|file| folder.join(file).is_file());
    wrong.extend(missing.iter().map(|file| format!("the shard {file} is not there")));
    wrong.extend(unknown(folder, &files).map(|file| format!("it does not know the shard {file}")));
    let mut tensors = Vec::new();
    for &file in &there {
        for (name, tensor) in open(&folder.join(file))? {
            match place.get(name.as_str()) {
                Some(&expected) if expected == file => tensors.push((name, tensor)),
                Some(expected) => wrong.push(format!("{name:?} is in {file}, not in {expected}")),
                None => wrong.push(format!("it does not know {name:?} in {file}")),
            }
        }
    }
    let found: HashSet<&str> = tensors.iter().map(|(name, _)| name.as_str()).collect();
    let lacking = weight_map
        .iter()
        .filter(|(name, file)| there.contains(file.as_str()) && !found.contains(name.as_str()));
    wrong.extend(lacking.map(|(name, file)| format!("{file} lacks {name:?}")));
    if wrong.is_empty() { Ok(tensors) } else { Err(refused(path, &wrong)) }
}

fn read(path: &Path) -> Result<Vec<(String, String)>> {
    let failed = |error: std::io::Error| Error::file(path, error);
    let mut text = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MAX_INDEX + 1).read_to_end(&mut text).map_err(failed)?;
    if text.len() as u64 > MAX_INDEX {
        return Err(Error::file(path, "an index of more than 100 MB"));
    }
    let index: Index = serde_json::from_slice(&text).map_err(|error| {
        let why = printable(&error.to_string());
        Error::file(path, format!("not the index of a model in shards: {why}"))
    })?;
    Ok(index.weight_map.0)
}

/// An index may come from anywhere: it names files beside itself, and nothing else.
fn is_plain(file: &str) -> bool {
    let mut parts = Path::new(file).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
}

/// Shards of the same set that the index does not name: `model-00003-of-00003` where the other two are named.
fn unknown<'a>(folder: &Path, files: &'a IndexSet<&'a str>) -> impl Iterator<Item = String> + 'a {
    let sets: HashSet<_> = files.iter().filter_map(|file| count_of(file)).collect();
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names.into_iter().filter(move |name| {
        count_of(name).is_some_and(|set| sets.contains(&set)) && !files.contains(name.as_str())
    })
}

fn refused(path: &Path, wrong: &[String]) -> Error {
    let rest = match wrong.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let shown: Vec<String> =
        wrong.iter().take(SHOWN).map(|line| line.chars().flat_map(escaped).collect()).collect();
    Error::file(path, format!("it does not fit its shards: {}{rest}", shown.join("; ")))
        .mend("download the model's folder again, index and shards of one state")
}

fn escaped(c: char) -> Vec<char> {
    if c.is_control() { c.escape_default().collect() } else { vec![c] }
}
