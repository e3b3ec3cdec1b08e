//! Reading a torch module: its parameters, its options, its children, and whether all of it is as torch made it.
//!
//! Rust computes a module without calling it, so nothing may be lost by that: a part of another type, with hooks or with a
//! forward of its own stops Rust, and PyTorch computes.

use atencion::StateDict;
use pyo3::prelude::*;
use pyo3::sync::GILOnceCell;
use pyo3::types::{PyDict, PyString, PyType};

use crate::call::{Door, Stop};
use crate::replaced::{self, is_torchs_own};
use crate::tensors::known_kind;
use crate::torch::Torch;

/// A name that Python has interned: looking it up costs no new string. Made by `name!`.
pub type Name<'a, 'py> = &'a Bound<'py, PyString>;

/// `name!(part, "eps")`
macro_rules! name {
    ($part:expr, $text:literal) => {
        pyo3::intern!($part.py(), $text)
    };
}
pub(crate) use name;

/// A module's instance dictionary and what torch keeps in it.
pub struct Part<'py> {
    /// The module itself.
    pub module: Bound<'py, PyAny>,
    dict: Bound<'py, PyDict>,
    parameters: Bound<'py, PyDict>,
    children: Bound<'py, PyDict>,
}

/// torch's classes that are read here; `atencion/_modules.py` has a subclass for some, which is read as they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Class {
    LayerNorm,
    MultiheadAttention,
    TransformerEncoderLayer,
    TransformerEncoder,
    TransformerDecoderLayer,
    TransformerDecoder,
    Transformer,
    Linear,
    OutProj,
    Dropout,
    ModuleList,
}

const NAMES: [(&str, &str); 11] = [
    ("torch.nn", "LayerNorm"),
    ("torch.nn", "MultiheadAttention"),
    ("torch.nn", "TransformerEncoderLayer"),
    ("torch.nn", "TransformerEncoder"),
    ("torch.nn", "TransformerDecoderLayer"),
    ("torch.nn", "TransformerDecoder"),
    ("torch.nn", "Transformer"),
    ("torch.nn", "Linear"),
    ("torch.nn.modules.linear", "NonDynamicallyQuantizableLinear"),
    ("torch.nn", "Dropout"),
    ("torch.nn", "ModuleList"),
];
/// How many of them Rust stands in for.
const BRIDGED: usize = 7;

/// What Python has for one [`Class`].
struct Known {
    torchs: Py<PyType>,
    /// torch's own forward, as it was when this was loaded, if it was torch's then.
    forward: Option<PyObject>,
    bridge: Option<Bridge>,
}

/// `atencion/_modules.py`'s class, and its forward, which may stand in torch's place.
struct Bridge {
    class: Py<PyType>,
    forward: PyObject,
}

impl Known {
    fn find(py: Python<'_>, (module, name): (&str, &str), bridged: bool) -> PyResult<Self> {
        let torchs = py.import(module)?.getattr(name)?.downcast_into::<PyType>()?;
        let ours = py.import("atencion._modules")?;
        let forward = match bridged {
            true => ours.getattr(format!("_{name}"))?,
            false => torchs.getattr("forward")?,
        };
        let bridge = |name: &str| {
            let class = ours.getattr(name)?.downcast_into::<PyType>()?;
            let forward = class.getattr("forward")?.unbind();
            PyResult::Ok(Bridge { class: class.unbind(), forward })
        };
        Ok(Self {
            bridge: bridged.then(|| bridge(name)).transpose()?,
            forward: is_torchs_own(&forward)?.then(|| forward.unbind()),
            torchs: torchs.unbind(),
        })
    }

    /// torch's class as torch made it, or with the bridge's forward.
    fn is_as_it_was(&self, py: Python<'_>) -> PyResult<bool> {
        let now = self.torchs.bind(py).getattr(pyo3::intern!(py, "forward"))?;
        let torchs = self.forward.as_ref().is_some_and(|forward| now.is(forward));
        Ok(torchs || self.bridge.as_ref().is_some_and(|bridge| now.is(&bridge.forward)))
    }
}

impl Class {
    fn known(self, py: Python<'_>) -> PyResult<&'static Known> {
        static KNOWN: GILOnceCell<Vec<Known>> = GILOnceCell::new();
        let known = KNOWN.get_or_try_init(py, || {
            let find = |(i, name)| Known::find(py, name, i < BRIDGED);
            NAMES.into_iter().enumerate().map(find).collect::<PyResult<_>>()
        })?;
        Ok(&known[self as usize])
    }

    fn is_type_of(self, module: &Bound<'_, PyAny>) -> PyResult<bool> {
        let (py, type_) = (module.py(), module.get_type());
        let known = self.known(py)?;
        let is_bridge = known.bridge.as_ref().is_some_and(|bridge| type_.is(bridge.class.bind(py)));
        Ok(type_.is(known.torchs.bind(py)) || is_bridge)
    }

    /// The forward that torch's class has now; where it is the bridge's, torch's own.
    pub fn forward<'py>(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let known = self.known(py)?;
        let now = known.torchs.bind(py).getattr(pyo3::intern!(py, "forward"))?;
        let is_ours = known.bridge.as_ref().is_some_and(|bridge| now.is(&bridge.forward));
        match &known.forward {
            Some(forward) if is_ours => Ok(forward.bind(py).clone()),
            _ => Ok(now),
        }
    }
}

impl<'py> Part<'py> {
    /// The module that was called. Its own hooks are run by the call itself.
    pub fn root(module: &Bound<'py, PyAny>, class: Class) -> Door<Self> {
        let py = module.py();
        let torch = Torch::get(py)?;
        if let Some(reason) = torch.watched(py)? {
            return Err(Stop::Torch(reason, None));
        }
        let replaced = match class {
            Class::LayerNorm => replaced::in_layer_norm(py)?,
            _ => replaced::anywhere(py)?,
        };
        if replaced {
            return Err(Stop::Torch(REPLACED, None));
        }
        if class != Class::LayerNorm {
            if torch.global_hooks(py)? {
                return Err(Stop::Torch("hooks around every module are registered", None));
            }
            atencion::nn::set_fastpath_enabled(torch.fastpath_enabled(py)?);
        }
        let part = Self::read(module, class)?;
        let inference_on_cuda = class != Class::LayerNorm && torch.cuda_autocast(py)?;
        if inference_on_cuda && !part.training()? {
            // There torch leaves its fast path, which the library cannot see.
            return Err(Stop::Torch("CUDA's autocast is on in evaluation", None));
        }
        Ok(part)
    }

    /// The interpreter.
    pub fn py(&self) -> Python<'py> {
        self.module.py()
    }

    /// A child of the class that torch gives it, whose call would be nothing but its forward.
    pub fn child(&self, name: Name<'_, 'py>, class: Class) -> Door<Self> {
        // An attribute of the same name hides it from Python.
        let hidden = self.dict.contains(name)?;
        let child = self.children.get_item(name)?.filter(|_| !hidden).ok_or_else(foreign)?;
        let part = Self::read(&child, class)?;
        part.undisturbed()?;
        Ok(part)
    }

    /// The children, in their order, all of one class.
    pub fn all(&self, class: Class) -> Door<Vec<Self>> {
        let part = |child: Bound<'py, PyAny>| {
            let part = Self::read(&child, class)?;
            part.undisturbed()?;
            Ok(part)
        };
        self.children.values().iter().map(part).collect()
    }

    fn read(module: &Bound<'py, PyAny>, class: Class) -> Door<Self> {
        if !class.is_type_of(module)? {
            return Err(foreign());
        }
        if !class.known(module.py())?.is_as_it_was(module.py())? {
            return Err(Stop::Torch(REPLACED, None));
        }
        let dict = instance_dict(module)?;
        let inner = |name: Name<'_, 'py>| -> Door<Bound<'py, PyDict>> {
            let found = dict.get_item(name)?.ok_or_else(foreign)?;
            found.downcast_into::<PyDict>().map_err(|_| foreign())
        };
        Ok(Self {
            parameters: inner(name!(module, "_parameters"))?,
            children: inner(name!(module, "_modules"))?,
            module: module.clone(),
            dict,
        })
    }

    /// Stops where a call would do more than the class's forward.
    pub fn undisturbed(&self) -> Door<()> {
        disturbed(&self.dict)?.map_or(Ok(()), |reason| Err(Stop::Torch(reason, None)))
    }

    /// Stops where the method of that name, which forward calls, was replaced in this instance.
    pub fn not_patched(&self, name: Name<'_, 'py>) -> Door<()> {
        match self.dict.contains(name)? {
            true => Err(Stop::Torch("a part has a method of its own", None)),
            false => Ok(()),
        }
    }

    /// What Python sees as `module.name`, found where torch keeps it.
    pub fn attribute(&self, name: Name<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
        match self.dict.get_item(name)? {
            Some(attribute) => Ok(attribute),
            None => self.module.getattr(name),
        }
    }

    /// An option of the module: `part.option::<f64>(name!(part, "eps"))`.
    pub fn option<T: FromPyObject<'py>>(&self, name: Name<'_, 'py>) -> Door<T> {
        let found = self.attribute(name).ok().and_then(|option| option.extract().ok());
        found.ok_or(Stop::Torch("an option is not what torch makes it", None))
    }

    /// Whether the module is in training mode.
    pub fn training(&self) -> Door<bool> {
        let training = self.attribute(name!(self, "training"));
        training.and_then(|flag| flag.is_truthy()).map_err(|_| foreign())
    }

    /// Puts the parameter of that name, if it is not `None`, into `state` as `key`, sharing storage.
    pub fn parameter(&self, name: Name<'_, 'py>, key: &str, state: &mut StateDict) -> Door<()> {
        // Where Python looks for it: an attribute hides a parameter. It may be a buffer, too, or gone.
        let found = match self.dict.get_item(name)? {
            Some(attribute) => attribute,
            None => match self.parameters.get_item(name)? {
                Some(parameter) => parameter,
                None => self.module.getattr(name).map_err(|_| foreign())?,
            },
        };
        if !found.is_none() {
            state.insert(key, known_kind(key, &found)?);
        }
        Ok(())
    }

    /// `weight` and `bias` under `prefix`.
    pub fn weight_and_bias(&self, prefix: &str, state: &mut StateDict) -> Door<()> {
        self.parameter(name!(self, "weight"), &format!("{prefix}weight"), state)?;
        self.parameter(name!(self, "bias"), &format!("{prefix}bias"), state)
    }
}

fn instance_dict<'py>(module: &Bound<'py, PyAny>) -> Door<Bound<'py, PyDict>> {
    let dict = module.getattr(name!(module, "__dict__"))?;
    dict.downcast_into::<PyDict>().map_err(|_| foreign())
}

/// Whether a module's call is nothing but its class's forward.
pub fn is_undisturbed(module: &Bound<'_, PyAny>) -> Door<bool> {
    Ok(disturbed(&instance_dict(module)?)?.is_none())
}

/// What a call of the module with this dictionary would do besides its class's forward.
fn disturbed(dict: &Bound<'_, PyDict>) -> Door<Option<&'static str>> {
    let hooks = [
        name!(dict, "_forward_hooks"),
        name!(dict, "_forward_pre_hooks"),
        name!(dict, "_backward_hooks"),
        name!(dict, "_backward_pre_hooks"),
    ];
    for name in hooks {
        if dict.get_item(name)?.is_some_and(|hooks| hooks.len().unwrap_or(1) > 0) {
            return Ok(Some("a part has hooks"));
        }
    }
    let patched =
        dict.contains(name!(dict, "forward"))? || dict.contains(name!(dict, "_call_impl"))?;
    Ok(patched.then_some("a part has a forward of its own"))
}

const REPLACED: &str = "one of torch's own functions or methods is replaced";

fn foreign() -> Stop {
    Stop::Torch("a part is none of torch.nn's own", None)
}
