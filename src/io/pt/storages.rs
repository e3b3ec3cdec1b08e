//! The storages of an archive, and tensors as checked views of them.

use std::collections::HashMap;
use std::path::Path;

use tch::{Kind, Tensor};

use super::archive::Archive;
use super::pickle::{Graph, Storage, TensorPlan};
use super::refused;
use crate::Result;
use crate::io::printable;
use crate::libtorch::bytes::{checked_shape, read_tensor};

/// Reads each storage once, and never more of them together than the file is long.
pub(super) struct Storages<'a> {
    path: &'a Path,
    archive: Archive,
    graph: &'a Graph<'a>,
    read: u64,
    known: HashMap<String, Known>,
    /// The same by where the key lies in the pickle: a long key that is used often is compared once.
    seen: HashMap<(u32, u32), Known>,
}

/// Kind, elements, and a tensor of all of them.
type Known = (Kind, u64, Tensor);

impl<'a> Storages<'a> {
    pub fn new(path: &'a Path, archive: Archive, graph: &'a Graph<'a>) -> Self {
        Self { path, archive, graph, read: 0, known: HashMap::new(), seen: HashMap::new() }
    }

    pub fn tensor(&mut self, name: &str, plan: &TensorPlan) -> Result<Tensor> {
        let refuse = |why: &str| refused(self.path, format!("tensor {name:?}: {why}"));
        let view = view(plan, self.archive.length()).map_err(|why| refuse(&why))?;
        let storage = self.storage(&plan.storage).map_err(|why| refuse(&why))?;
        // A 0-dimensional tensor has no strides, which `as_strided` takes as well.
        let mut tensor = storage.f_as_strided(&view.size, &view.stride, view.offset)?;
        if plan.conj {
            if !matches!(plan.storage.kind, Kind::ComplexFloat | Kind::ComplexDouble) {
                return Err(refuse("it is conjugated, but not complex"));
            }
            tensor = tensor.f_internal_conj()?;
        }
        if plan.neg {
            tensor = tensor.f_internal_neg_view()?;
        }
        if plan.requires_grad {
            // libtorch refuses it for integers. The handle is a view's, which is to be a leaf of its own.
            tensor = tensor.f_detach()?.f_set_requires_grad(true)?;
        }
        Ok(tensor)
    }

    fn storage(&mut self, wanted: &Storage) -> std::result::Result<Tensor, String> {
        let of = |known: &Known| {
            let same = (known.0, known.1) == (wanted.kind, wanted.elements);
            same.then(|| known.2.shallow_clone()).ok_or_else(|| "its storage has two kinds".into())
        };
        if let Some(known) = self.seen.get(&wanted.key) {
            return of(known);
        }
        let key = self.graph.key(wanted);
        let tensor = match self.known.get(key) {
            Some(known) => of(known)?,
            None => self.read(wanted, key)?,
        };
        let known = || (wanted.kind, wanted.elements, tensor.shallow_clone());
        self.seen.insert(wanted.key, known());
        self.known.entry(key.to_owned()).or_insert_with(known);
        Ok(tensor)
    }

    fn read(&mut self, wanted: &Storage, key: &str) -> std::result::Result<Tensor, String> {
        let (shape, bytes) = checked_shape(&[wanted.elements], wanted.kind)
            .map_err(|error| error.what().to_string())?;
        let name = format!("data/{}", printable(key));
        let mut entry = self.archive.entry(&format!("data/{key}"))?;
        if entry.size() != bytes as u64 {
            return Err(format!("{name} has {} bytes, not {bytes}", entry.size()));
        }
        self.read += bytes as u64;
        if self.read > entry.length() {
            return Err("its storages overlap in the file".into());
        }
        let tensor = read_tensor(&mut entry, &shape, wanted.kind)
            .map_err(|error| format!("{name}: {}", error.what()))?;
        entry.check()?;
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
