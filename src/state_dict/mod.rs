//! [`StateDict`]: the parameters of a module by name, as `module.state_dict()` gives them in Python.

mod change;
mod near;

use std::path::Path;

use indexmap::IndexMap;
use tch::Tensor;

pub(crate) use self::near::nearest;
use crate::libtorch::WeightFormat;
use crate::nn::LoraConfig;
use crate::{Error, Result, io};

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
    building: Building,
}

/// How a model is built on a state_dict.
#[derive(Debug, Default)]
struct Building {
    /// How it packs the weights of its linear maps.
    packing: Option<Packing>,
    /// What it learns beside them.
    adapter: Option<Box<Adapter>>,
}

/// What a model learns beside its weights: LoRA, and heads of its own.
#[derive(Debug)]
pub(crate) struct Adapter {
    pub config: LoraConfig,
    /// Under the names of the model's parameters; what LoRA lacks here is drawn.
    pub weights: StateDict,
}

/// How weights are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Packing {
    pub format: WeightFormat,
    /// Whether the files' pages may be given back after it: nobody has written into the tensors.
    pub forgets_pages: bool,
}

impl StateDict {
    /// One without tensors.
    pub fn new() -> Self {
        Self::default()
    }

    /// A model that is then built on these tensors multiplies with weights that are packed while it is built, and takes
    /// and gives float32: for writing on, token by token. `None` takes it back. What a model computes differs from
    /// `transformers`' in the last bits, or as far as the format's precision goes.
    ///
    /// ```
    /// # use atencion::nn::{Forward, Linear, LinearConfig};
    /// # use atencion::{StateDict, libtorch::WeightFormat, tensor};
    /// # let state: StateDict = [("weight".to_string(), tensor![[1.0, 2.0]])].into_iter().collect();
    /// let state = state.packed(WeightFormat::Float16);
    /// let config = LinearConfig { bias: false, ..LinearConfig::new(2, 1) };
    /// let linear = state.build("", |p| Linear::new(p, config))?;
    /// assert!(linear.forward(&tensor![[3.0, 1.0]])?.equal(&tensor![[5.0]]));
    /// # Ok::<(), atencion::Error>(())
    /// ```
    #[must_use]
    pub fn packed(self, format: impl Into<Option<WeightFormat>>) -> Self {
        let packing = format.into().map(|format| Packing { format, forgets_pages: false });
        self.with_packing(packing)
    }

    pub(crate) fn with_packing(mut self, packing: Option<Packing>) -> Self {
        self.building.packing = packing;
        self
    }

    pub(crate) fn packing(&self) -> Option<Packing> {
        self.building.packing
    }

    /// A model that is then built on these tensors has LoRA beside the linear maps that `config` names, as
    /// `peft.get_peft_model(model, config)` gives it. `weights` are what was learned before, under the names of the model's
    /// parameters (`h.0.attn.c_attn.lora_A.weight`), with whole modules in place of the model's own where there are such;
    /// without any, LoRA's are drawn from the process's generator as `peft` draws them.
    ///
    /// ```
    /// # use atencion::nn::{Linear, LinearConfig, LoraConfig, Module};
    /// # use atencion::{StateDict, tensor};
    /// # let state: StateDict = [("query.weight".to_string(), tensor![[1.0, 2.0]])].into_iter().collect();
    /// let state = state.lora(LoraConfig { r: 4, ..LoraConfig::new(&["query"]) }, StateDict::new());
    /// let config = LinearConfig { bias: false, ..LinearConfig::new(2, 1) };
    /// let query = state.build("query", |p| Linear::new(p, config))?;
    /// assert_eq!(query.named_parameters()[1].0, "lora_A.weight");
    /// assert_eq!(query.named_parameters()[1].1.size(), [4, 2]);
    /// # Ok::<(), atencion::Error>(())
    /// ```
    #[must_use]
    pub fn lora(mut self, config: LoraConfig, weights: Self) -> Self {
        self.building.adapter = Some(Box::new(Adapter { config, weights }));
        self
    }

    pub(crate) fn adapter(&self) -> Option<&Adapter> {
        self.building.adapter.as_deref()
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

    /// The tensor of that name, where there has to be one.
    ///
    /// # Errors
    /// When there is none; a name that is nearly the same is suggested.
    pub fn require(&self, name: &str) -> Result<&Tensor> {
        self.get(name).ok_or_else(|| {
            let missing = Error::value(format!("there is no tensor {name:?} in the state_dict"));
            match nearest(name, self.names()) {
                Some(near) => missing.mend(format!("is {near:?} meant?")),
                None => missing,
            }
        })
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

    /// Opens safetensors files without reading them: each tensor lies in the mapped file, and its numbers are read when
    /// they are used, by all processes from one copy in memory. So a model of gigabytes is there at once.
    ///
    /// `path` is a `.safetensors` file, the index of a model in shards (`model.safetensors.index.json`), or a folder with
    /// one of both. A `.pt` file is read as [`load`](Self::load) reads it, and so are tensors that cannot be mapped:
    /// bools, and those that the file has at odd places.
    ///
    /// Changes in place are this process's own and never reach the file. **The files must stay as they are** as long
    /// as a tensor of theirs is in use: what is written into them may show up in the tensors, and a file that is cut
    /// short ends the process with SIGBUS. [`save`](Self::save) disturbs nothing, since it puts a new file in
    /// the old one's place. Where that cannot be promised, [`load`](Self::load) copies.
    ///
    /// # Errors
    /// As [`load`](Self::load); and when an index and its shards do not fit: a shard is not there, or the index does not
    /// know it, a tensor is in another shard than it says or in none, or one that it does not know. All of it is said
    /// at once.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::distinct(io::open(path.as_ref())?)
    }

    /// [`Self::open`] of several files that make one state_dict.
    ///
    /// # Errors
    /// As [`Self::open`]; and when two files have a tensor of one name.
    pub fn open_all(paths: impl IntoIterator<Item = impl AsRef<Path>>) -> Result<Self> {
        let mut all = Vec::new();
        for path in paths {
            all.extend(io::open(path.as_ref())?);
        }
        Self::distinct(all)
    }

    /// Nothing is lost because two have one name.
    fn distinct(tensors: Vec<(String, Tensor)>) -> Result<Self> {
        let count = tensors.len();
        let mut state =
            Self { tensors: IndexMap::with_capacity(count), building: Building::default() };
        let mut twice = Vec::new();
        for (name, tensor) in tensors {
            if state.tensors.contains_key(&name) {
                twice.push(format!("{name:?}"));
            } else {
                state.tensors.insert(name, tensor);
            }
        }
        if twice.is_empty() {
            return Ok(state);
        }
        Err(Error::value(format!("there are two tensors of the name {}", twice.join(", "))))
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
    /// The file appears whole or not at all, as [`io::write_atomically`] has it. Views and transposed tensors are written as their own contiguous
    /// values. Tensors that share storage (tied weights) are written once for each name, so that every key is
    /// there; they are tied again by the module that they are loaded into.
    ///
    /// # Errors
    /// When the file cannot be written, or a tensor has a kind that safetensors lacks.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        io::safetensors::save(path.as_ref(), self.iter())
    }

    /// Writes a model's folder as `transformers`' `save_pretrained(folder, max_shard_size=..)` does: `model.safetensors`,
    /// or, where the tensors have more than `max_shard_size` bytes, `model-00001-of-00002.safetensors` and so on with
    /// `model.safetensors.index.json`, which [`open`](Self::open) and transformers read.
    ///
    /// A tensor that alone has more bytes gets a shard of its own. All files are written beside their places before the
    /// first takes its own, the index last; then the weights of an earlier save are removed.
    ///
    /// # Errors
    /// As [`save`](Self::save), and when `max_shard_size` is 0.
    pub fn save_sharded(&self, folder: impl AsRef<Path>, max_shard_size: u64) -> Result<()> {
        if max_shard_size == 0 {
            return Err(Error::value("shards of 0 bytes").mend("5_000_000_000 is a common size"));
        }
        io::safetensors::save_sharded(folder.as_ref(), self.iter(), max_shard_size)
    }
}

impl FromIterator<(String, Tensor)> for StateDict {
    fn from_iter<I: IntoIterator<Item = (String, Tensor)>>(tensors: I) -> Self {
        Self { tensors: tensors.into_iter().collect(), building: Building::default() }
    }
}

impl IntoIterator for StateDict {
    type Item = (String, Tensor);
    type IntoIter = indexmap::map::IntoIter<String, Tensor>;

    fn into_iter(self) -> Self::IntoIter {
        self.tensors.into_iter()
    }
}
