//! [`StateDict`]: the parameters of a module by name, as `module.state_dict()` gives them in Python.

use std::path::Path;

use indexmap::IndexMap;
use tch::Tensor;

use crate::{Result, io};

/// Tensors by name, in order: what `module.state_dict()` is in Python, under the same keys.
///
/// ```
/// use atencion::{StateDict, tensor};
///
/// let state: StateDict = [("weight".to_string(), tensor![[1.0, 2.0]])].into_iter().collect();
/// assert_eq!(state.names().collect::<Vec<_>>(), ["weight"]);
/// assert!(state.get("bias").is_none());
/// ```
#[derive(Debug, Default)]
pub struct StateDict {
    tensors: IndexMap<String, Tensor>,
}

impl StateDict {
    /// One without tensors.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a tensor under a name, at the end, or in place of the tensor of that name, which is returned.
    /// The tensor's storage is shared, not copied.
    pub fn insert(&mut self, name: impl Into<String>, tensor: Tensor) -> Option<Tensor> {
        self.tensors.insert(name.into(), tensor)
    }

    /// The tensor of that name.
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        self.tensors.get(name)
    }

    /// The names, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Names and tensors, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Tensor)> {
        self.tensors.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// How many tensors there are.
    pub fn len(&self) -> usize {
        self.tensors.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.tensors.is_empty()
    }

    /// Reads a safetensors file, or a `.pt` file of Python's `torch.save(module.state_dict(), path)`; the first bytes
    /// tell which. Every tensor is as the file has it, kind and shape unchanged, on the CPU. Tensors of a `.pt` file
    /// that share storage in Python share it here. Nothing in the file is executed.
    ///
    /// # Errors
    /// When the file cannot be read, is not what it says it is, names a tensor twice, or holds a kind that
    /// libtorch lacks. Nothing larger than the file is ever allocated for it. A `.pt` file that needs more than a
    /// state_dict does is refused, with the line of Python that converts it.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        Ok(io::load(path.as_ref())?.into_iter().collect())
    }

    /// Reads a checkpoint: dicts and lists in one another, with tensors in them, as Python's
    /// `torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, path)` writes it.
    ///
    /// Keys are joined by dots (`optimizer.state.0.exp_avg`); a number, or a list of numbers, is a `float64`
    /// tensor, `True` being 1; `None` and strings are left out. A safetensors file is read as
    /// [`load`](Self::load) reads it.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_flat(path: impl AsRef<Path>) -> Result<Self> {
        Ok(io::load_flat(path.as_ref())?.into_iter().collect())
    }

    /// The tensors whose names start with `prefix` and a dot, without these: `checkpoint.under("model")`.
    /// Storage is shared.
    pub fn under(&self, prefix: &str) -> Self {
        self.iter()
            .filter_map(|(name, tensor)| {
                let rest = name.strip_prefix(prefix)?.strip_prefix('.')?;
                Some((rest.to_string(), tensor.shallow_clone()))
            })
            .collect()
    }

    /// Writes a safetensors file that Python reads with `safetensors.torch.load_file` and
    /// `module.load_state_dict(.., strict=True)` takes.
    ///
    /// The file appears whole or not at all. Views and transposed tensors are written as their own contiguous
    /// values. Tensors that share storage (tied weights) are written once for each name, so that every key is
    /// there; they are tied again by the module that they are loaded into.
    ///
    /// # Errors
    /// When the file cannot be written, or a tensor has a kind that safetensors lacks.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        io::safetensors::save(path.as_ref(), self.iter())
    }
}

impl FromIterator<(String, Tensor)> for StateDict {
    fn from_iter<I: IntoIterator<Item = (String, Tensor)>>(tensors: I) -> Self {
        Self { tensors: tensors.into_iter().collect() }
    }
}

impl IntoIterator for StateDict {
    type Item = (String, Tensor);
    type IntoIter = indexmap::map::IntoIter<String, Tensor>;

    fn into_iter(self) -> Self::IntoIter {
        self.tensors.into_iter()
    }
}
