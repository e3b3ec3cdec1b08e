//! Tensors in and out of files: what a file says is checked before anything is allocated for it.
//!
//! | ending | what it holds |
//! |---|---|
//! | `.safetensors` | named tensors |
//! | `.pt`, `.pth`, `.bin` | a `state_dict` of Python's `torch.save`; nothing in it is executed |
//! | `.npy` | one array of numpy's |
//! | `.json` | nested lists of numbers, see [`json`] |

mod atomic;
mod folder;
#[cfg(feature = "hub")]
pub mod hub;
pub mod json;
pub(crate) mod npy;
pub(crate) mod pt;
pub(crate) mod safetensors;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use tch::Tensor;

pub(crate) use self::atomic::Pending;
pub use self::atomic::write_atomically;
pub use self::folder::{is_on_the_hub, model_folder};

use crate::{Error, Result};

/// Reads the tensor that a user names on the command line.
///
/// `FILE` is a `.safetensors` or `.pt` file (its first tensor, or its only one), a `.npy` or a `.json` one; `FILE#NAME` is
/// the tensor `NAME` of a `.safetensors` or `.pt` file, or the one of that number where a list was saved; `-` is JSON
/// on standard input.
///
/// # Errors
/// When the file cannot be read or is not what its ending says; when there is no tensor of that name (the error
/// names those that there are).
pub fn read_tensor(spec: &str) -> Result<Tensor> {
    if spec == "-" {
        let mut text = Vec::new();
        let read = io::stdin().lock().read_to_end(&mut text);
        read.map_err(|error| Error::file("standard input", error))?;
        return json::from_text(&text).map_err(|error| in_file("standard input".as_ref(), error));
    }
    // A file may have a # in its name.
    let (file, name) = match spec.rsplit_once('#') {
        Some((file, name)) if !Path::new(spec).exists() => (file, Some(name)),
        _ => (spec, None),
    };
    let path = Path::new(file);
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    match (ending.as_str(), name) {
        ("safetensors", name) => safetensors::load_one(path, name),
        ("pt" | "pth" | "bin", name) => pt::load_one(path, name),
        ("npy", None) => npy::load(path),
        ("json", None) => json_file(path),
        ("npy" | "json", Some(name)) => Err(Error::file(path, "it holds one tensor, without a name")
            .mend(format!("leave out #{name}"))),
        _ => Err(Error::file(path, "not a tensor file")
            .mend("use a file that ends in .safetensors, .pt, .npy or .json, or - for JSON on standard input")),
    }
}

/// What a tensor file holds, without its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contents {
    /// One tensor without a name, as `.npy`, `.json` and Python's `torch.save(Q, "q.pt")` have it.
    One,
    /// Tensors under these names, in the file's order.
    Named(Vec<String>),
    /// That many things in a list or tuple, named by their numbers from 0.
    Numbered(usize),
}

/// Which tensors [`read_tensor`] finds in a file; `-`, standard input, holds one and is not read for it.
///
/// # Errors
/// When a `.safetensors` or `.pt` file cannot be read.
pub fn contents(file: &str) -> Result<Contents> {
    let path = Path::new(file);
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    match ending.as_str() {
        "safetensors" => safetensors::names(path).map(Contents::Named),
        "pt" | "pth" | "bin" => pt::contents(path),
        _ => Ok(Contents::One),
    }
}

fn json_file(path: &Path) -> Result<Tensor> {
    let text = std::fs::read(path).map_err(|error| Error::file(path, error))?;
    json::from_text(&text).map_err(|error| in_file(path, error))
}

/// There is no tensor of that name, or none at all.
pub(crate) fn no_such_tensor(path: &Path, name: Option<&str>, names: &[String]) -> Error {
    const SHOWN: usize = 8;
    match name {
        Some(name) if !names.is_empty() => {
            let rest = if names.len() > SHOWN { ", …" } else { "" };
            let shown: Vec<String> =
                names.iter().take(SHOWN).map(|name| format!("{name:?}")).collect();
            Error::file(path, format!("there is no tensor {name:?} in it"))
                .mend(format!("it holds {}{rest}", shown.join(", ")))
        }
        _ => Error::file(path, "there are no tensors in it"),
    }
}

/// The error of a reader that does not know which file it reads.
pub(crate) fn in_file(path: &Path, error: Error) -> Error {
    let named = Error::file(path, error.what());
    match error.how_to_mend() {
        Some(how) => named.mend(how),
        None => named,
    }
}

/// The tensors of a file, a folder, or the shards of an index, mapped where they are safetensors.
pub(crate) fn open(path: &Path) -> Result<Vec<(String, Tensor)>> {
    if path.is_dir() {
        let index = path.join(safetensors::INDEX);
        let single = path.join(safetensors::SINGLE);
        return match (index.exists(), single.exists()) {
            (true, _) => safetensors::open_index(&index),
            (_, true) => safetensors::open(&single),
            _ => Err(Error::file(
                path,
                format!("neither {} nor {} is in it", safetensors::SINGLE, safetensors::INDEX),
            )),
        };
    }
    if path.to_string_lossy().ends_with(".json") {
        safetensors::open_index(path)
    } else if is_pt(path)? {
        pt::load(path)
    } else {
        safetensors::open(path)
    }
}

/// The tensors of a file that is a safetensors one or a `.pt` one; its first bytes tell which.
pub(crate) fn load(path: &Path) -> Result<Vec<(String, Tensor)>> {
    if is_pt(path)? { pt::load(path) } else { safetensors::load(path) }
}

/// The same, with the dicts of a `.pt` checkpoint flattened.
pub(crate) fn load_flat(path: &Path) -> Result<Vec<(String, Tensor)>> {
    if is_pt(path)? { pt::load_flat(path) } else { safetensors::load(path) }
}

fn is_pt(path: &Path) -> Result<bool> {
    let mut start = Vec::new();
    let file = File::open(path).map_err(|error| Error::file(path, error))?;
    file.take(8).read_to_end(&mut start).map_err(|error| Error::file(path, error))?;
    let ending = path.extension().unwrap_or_default();
    let named = ["pt", "pth", "bin"].iter().any(|known| ending.eq_ignore_ascii_case(known));
    if pt::looks_like_bare_pickle(&start) {
        return Err(pt::refused(
            path,
            "a bare pickle (torch.save before version 1.6, or not torch's)",
        ));
    }
    Ok(named || pt::looks_like_zip(&start))
}

/// Text from a file, fit for a terminal: control characters escaped, and not more than a line of it.
pub fn printable(text: &str) -> String {
    const LONGEST: usize = 300;
    let mut line = String::new();
    for c in text.chars() {
        if line.len() > LONGEST {
            line.push('…');
            break;
        }
        line.push_str(&crate::printable(c.encode_utf8(&mut [0; 4])));
    }
    line
}
