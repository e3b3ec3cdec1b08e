//! The storages of an archive, and tensors as checked views of them.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use tch::Tensor;
use zip::ZipArchive;

use super::pickle::{Storage, TensorPlan};
use super::{entry, refused};
use crate::Result;
use crate::libtorch::bytes::{checked_shape, read_tensor};

/// Reads each storage once, and never more of them together than the file is long.
pub(super) struct Storages<'p> {
    path: &'p Path,
    zip: ZipArchive<BufReader<File>>,
    folder: String,
    length: u64,
    read: u64,
    known: HashMap<String, (Storage, Tensor)>,
}

impl<'p> Storages<'p> {
    pub fn new(
        path: &'p Path,
        zip: ZipArchive<BufReader<File>>,
        folder: String,
        length: u64,
    ) -> Self {
        Self { path, zip, folder, length, read: 0, known: HashMap::new() }
    }

    pub fn tensor(&mut self, name: &str, plan: &TensorPlan) -> Result<Tensor> {
        let refuse = |why: &str| refused(self.path, format!("tensor {name:?}: {why}"));
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
