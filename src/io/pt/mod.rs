//! `.pt` files of `torch.save(module.state_dict(), path)`, read without running anything that they contain.
//!
//! Such a file is a zip archive: `data.pkl` is a pickle (see [`pickle`]) that describes the tensors, and `data/0`,
//! `data/1`, … are the storages that they are views of. Tensors that share a storage in Python share it here.

mod archive;
mod flat;
mod global;
mod pickle;
mod refusal;
mod storages;

use std::collections::HashSet;
use std::path::Path;

use tch::Tensor;

use self::archive::Archive;
use self::flat::{Leaf, flatten};
use self::pickle::{Graph, Id, Node};
pub(crate) use self::refusal::refused;
use self::refusal::{Mend, Refusal, refused_pickle};
use self::storages::Storages;
use super::{Contents, no_such_tensor, printable};
use crate::{Error, Result};

/// What a pickle of torch's may build, in bytes for each of its own: views of one tensor take the most, some 7.
const BUILT: u64 = 12;
/// Small ones may build a little more than their size explains.
const SMALL: u64 = 1 << 18;

/// A dict of tensors, as `module.state_dict()` is one.
pub(crate) fn load(path: &Path) -> Result<Vec<(String, Tensor)>> {
    let mut archive = Archive::open(path)?;
    let pickle = archive.pickle().map_err(|why| refused(path, why))?;
    let graph = graph(&pickle, path)?;
    let Some(items) = graph.node(graph.root).items() else {
        return Err(refused_pickle(path, something_else(&graph)));
    };
    let names = names(path, &graph, items)?;
    let mut storages = Storages::new(path, archive, &graph);
    let named = names.into_iter().zip(items).map(|(name, &(_, value))| match graph.node(value) {
        Node::Tensor(plan) => Ok((name.to_string(), storages.tensor(name, plan)?)),
        _ => Err(nested(path, &graph, items, name)),
    });
    named.collect()
}

/// One tensor: the file's only one (`torch.save(Q, "q.pt")`), the one of that name or number, or the first.
pub(crate) fn load_one(path: &Path, name: Option<&str>) -> Result<Tensor> {
    let mut archive = Archive::open(path)?;
    let pickle = archive.pickle().map_err(|why| refused(path, why))?;
    let graph = graph(&pickle, path)?;
    let items: Vec<(String, Id)> = match graph.node(graph.root) {
        Node::Tensor(_) => match name {
            None => vec![("tensor".to_owned(), graph.root)],
            Some(name) => {
                return Err(Error::file(path, "it holds one tensor, without a name")
                    .mend(format!("leave out #{name}")));
            }
        },
        Node::Dict(items) | Node::OrderedDict(items) => {
            let names = names(path, &graph, items)?;
            names.into_iter().map(str::to_owned).zip(items.iter().map(|&(_, id)| id)).collect()
        }
        Node::List(items) => numbered(items),
        Node::Tuple(items) => numbered(items),
        _ => return Err(refused_pickle(path, something_else(&graph))),
    };
    let at = match name {
        Some(name) => items.iter().position(|(known, _)| known == name),
        None => (!items.is_empty()).then_some(0),
    };
    let Some(at) = at else {
        let names: Vec<String> = items.into_iter().map(|(name, _)| name).collect();
        return Err(no_such_tensor(path, name, &names));
    };
    let (name, id) = &items[at];
    match (graph.node(*id), graph.node(graph.root).items()) {
        (Node::Tensor(plan), _) => Storages::new(path, archive, &graph).tensor(name, plan),
        (_, Some(dict)) => Err(nested(path, &graph, dict, name)),
        _ => Err(refused(path, format!("{name:?} in it is not a tensor"))),
    }
}

/// What is in it, without the storages.
pub(crate) fn contents(path: &Path) -> Result<Contents> {
    let pickle = Archive::open(path)?.pickle().map_err(|why| refused(path, why))?;
    let graph = graph(&pickle, path)?;
    match graph.node(graph.root) {
        Node::Tensor(_) => Ok(Contents::One),
        Node::List(items) => Ok(Contents::Numbered(items.len())),
        Node::Tuple(items) => Ok(Contents::Numbered(items.len())),
        Node::Dict(items) | Node::OrderedDict(items) => {
            let names = names(path, &graph, items)?;
            Ok(Contents::Named(names.into_iter().map(str::to_owned).collect()))
        }
        _ => Err(refused_pickle(path, something_else(&graph))),
    }
}

fn numbered(items: &[Id]) -> Vec<(String, Id)> {
    items.iter().enumerate().map(|(at, &id)| (at.to_string(), id)).collect()
}

/// The keys of a state_dict, each of them once.
fn names<'g>(path: &Path, graph: &'g Graph, items: &[(Id, Id)]) -> Result<Vec<&'g str>> {
    let mut seen = HashSet::new();
    let named = items.iter().map(|&(key, _)| {
        let name = graph.text(key).ok_or_else(|| refused(path, "a key in it is not a string"))?;
        if !seen.insert(name) {
            return Err(refused(path, format!("tensor {name:?} is there twice")));
        }
        Ok(name)
    });
    named.collect()
}

fn something_else(graph: &Graph) -> Refusal {
    let is_tensor = |&id: &Id| matches!(graph.node(id), Node::Tensor(_));
    let (what, mend) = match graph.node(graph.root) {
        Node::Tensor(_) => ("one tensor", Mend::OneTensor),
        Node::List(items) if items.iter().any(is_tensor) => ("a list of tensors", Mend::List),
        Node::Tuple(items) if items.iter().any(is_tensor) => ("a tuple of tensors", Mend::List),
        _ => ("no tensors", Mend::Objects),
    };
    Refusal::from(format!("it holds something else than a state_dict: {what}")).mend(mend)
}

/// Every tensor and number of a nested checkpoint, under keys joined by dots.
pub(crate) fn load_flat(path: &Path) -> Result<Vec<(String, Tensor)>> {
    let mut archive = Archive::open(path)?;
    let pickle = archive.pickle().map_err(|why| refused(path, why))?;
    let graph = graph(&pickle, path)?;
    let mut leaves = Vec::new();
    let mut allowance = BUILT * pickle.len() as u64 + SMALL;
    flatten(&graph, graph.root, String::new(), 0, &mut allowance, &mut leaves)
        .map_err(|why| refused(path, why))?;
    let mut storages = Storages::new(path, archive, &graph);
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

fn graph<'a>(pickle: &'a [u8], path: &Path) -> Result<Graph<'a>> {
    pickle::run(pickle, BUILT * pickle.len() as u64 + SMALL)
        .map_err(|why| refused_pickle(path, why))
}

/// A checkpoint that holds the state_dict among other things.
fn nested(path: &Path, graph: &Graph, items: &[(Id, Id)], name: &str) -> Error {
    let dicts: Vec<&str> = items
        .iter()
        .filter(|(_, value)| graph.node(*value).items().is_some())
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
