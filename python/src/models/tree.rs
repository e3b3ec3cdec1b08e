//! A Python model's tensors, if its parts are what its class makes of its configuration.
//!
//! Rust computes by the configuration. A model whose parts were changed since (a dropout of another probability, a layer of
//! another class, a hook, a part that alone trains) computes something else: that is PyTorch's. So the model is held against
//! a twin, which its class made of the same configuration on the device `meta`.

use std::collections::HashMap;

use atencion::StateDict;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyNone, PySet, PyString, PyTuple};

use crate::call::{Door, Stop};
use crate::tensors::known_kind;

/// The model's tensors under the names of its state_dict, tied ones once, and its mode.
pub struct Read {
    pub state: StateDict,
    pub training: bool,
}

/// Options of a model that say where it came from, or that are looked at elsewhere.
const NO_OPTIONS: [&str; 3] = ["training", "name_or_path", "config"];

/// Reads a model.
///
/// Stops where it is not as its twin is.
pub fn read(module: &Bound<'_, PyAny>, twin: &Bound<'_, PyAny>) -> Door<Read> {
    let py = module.py();
    let training = module.getattr(pyo3::intern!(py, "training"))?.is_truthy()?;
    let mut walk = Walk {
        state: StateDict::new(),
        seen: HashMap::new(),
        training,
        config: module.getattr(pyo3::intern!(py, "config"))?,
    };
    if dict(module)?.contains("_loss_function")? {
        return Err(Stop::Torch("the model has a loss of its own", None));
    }
    walk.root(module, twin)?;
    Ok(Read { state: walk.state, training })
}

struct Walk<'py> {
    state: StateDict,
    /// Each tensor's object, and that of its first place in the twin: what is tied in one is tied in the other.
    seen: HashMap<*mut pyo3::ffi::PyObject, *mut pyo3::ffi::PyObject>,
    training: bool,
    config: Bound<'py, PyAny>,
}

impl<'py> Walk<'py> {
    /// The model that was called may be the bridge, a subclass; its own hooks are run by the call itself.
    fn root(&mut self, module: &Bound<'py, PyAny>, twin: &Bound<'py, PyAny>) -> Door<()> {
        let (ours, made) = (dict(module)?, dict(twin)?);
        self.options(&ours, &made)?;
        self.tensors("", &ours, &made)?;
        self.children("", &ours, &made)
    }

    fn part(
        &mut self,
        name: &str,
        module: &Bound<'py, PyAny>,
        twin: &Bound<'py, PyAny>,
    ) -> Door<()> {
        if !module.get_type().is(&twin.get_type()) {
            return Err(Stop::Torch(
                "a part is of another class than the model's class makes",
                None,
            ));
        }
        let (ours, made) = (dict(module)?, dict(twin)?);
        undisturbed(&ours)?;
        let training = ours.get_item(pyo3::intern!(module.py(), "training"))?;
        if training.is_none_or(|mode| mode.is_truthy().unwrap_or(false) != self.training) {
            return Err(Stop::Torch("some parts are in training and others are not", None));
        }
        if ours.get_item("config")?.is_some_and(|config| !config.is(&self.config)) {
            return Err(Stop::Torch("a part has a configuration of its own", None));
        }
        self.options(&ours, &made)?;
        self.tensors(name, &ours, &made)?;
        self.children(name, &ours, &made)
    }

    /// Numbers, flags and names that a part keeps.
    fn options(&self, ours: &Bound<'py, PyDict>, made: &Bound<'py, PyDict>) -> Door<()> {
        for (key, value) in made {
            let name = key.downcast::<PyString>().map_err(PyErr::from)?;
            let name = name.to_str()?;
            if name.starts_with('_') || NO_OPTIONS.contains(&name) || !is_plain(&value) {
                continue;
            }
            let same = ours
                .get_item(&key)?
                .is_some_and(|found| found.is(&value) || found.eq(&value).unwrap_or(false));
            if !same {
                return Err(Stop::Torch("a part has another option than its configuration", None));
            }
        }
        Ok(())
    }

    fn tensors(
        &mut self,
        at: &str,
        ours: &Bound<'py, PyDict>,
        made: &Bound<'py, PyDict>,
    ) -> Door<()> {
        for kind in ["_parameters", "_buffers"] {
            let (ours_of, made_of) = (inner(ours, kind)?, inner(made, kind)?);
            if ours_of.len() != made_of.len() {
                return Err(other_tensors());
            }
            for (key, theirs) in made_of {
                let tensor = ours_of.get_item(&key)?.ok_or_else(other_tensors)?;
                if tensor.is_none() != theirs.is_none() {
                    return Err(other_tensors());
                }
                if !tensor.is_none() {
                    let key = key.extract::<String>()?;
                    let hidden = kind == "_buffers" && is_non_persistent(ours, &key)?;
                    self.tensor(&joined(at, &key), &tensor, &theirs, hidden)?;
                }
            }
        }
        Ok(())
    }

    fn tensor(
        &mut self,
        name: &str,
        object: &Bound<'py, PyAny>,
        theirs: &Bound<'py, PyAny>,
        hidden: bool,
    ) -> Door<()> {
        if let Some(before) = self.seen.get(&object.as_ptr()) {
            return match *before == theirs.as_ptr() {
                true => Ok(()),
                false => Err(otherwise_tied()),
            };
        }
        if self.seen.values().any(|made| *made == theirs.as_ptr()) {
            return Err(otherwise_tied());
        }
        self.seen.insert(object.as_ptr(), theirs.as_ptr());
        let tensor = known_kind(name, object)?;
        if !hidden {
            self.state.insert(name, tensor);
        } else if matches!(tensor.kind(), tch::Kind::Half | tch::Kind::BFloat16) {
            // Rust computes it from the configuration, in full; this one was rounded with the parameters.
            return Err(Stop::Torch("a computed buffer was rounded to half precision", None));
        }
        Ok(())
    }

    fn children(
        &mut self,
        at: &str,
        ours: &Bound<'py, PyDict>,
        made: &Bound<'py, PyDict>,
    ) -> Door<()> {
        let (ours, made) = (inner(ours, "_modules")?, inner(made, "_modules")?);
        if ours.len() != made.len() {
            return Err(Stop::Torch("the model has other parts than its class makes", None));
        }
        for ((key, module), (made_key, twin)) in ours.iter().zip(made.iter()) {
            if !key.eq(&made_key)? || module.is_none() != twin.is_none() {
                return Err(Stop::Torch("the model has other parts than its class makes", None));
            }
            if !module.is_none() {
                self.part(&joined(at, &key.extract::<String>()?), &module, &twin)?;
            }
        }
        Ok(())
    }
}

fn joined(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

fn other_tensors() -> Stop {
    Stop::Torch("the model has other tensors than its class makes", None)
}

fn otherwise_tied() -> Stop {
    Stop::Torch("the model's tensors are tied otherwise than its configuration says", None)
}

fn dict<'py>(module: &Bound<'py, PyAny>) -> Door<Bound<'py, PyDict>> {
    let dict = module.getattr(pyo3::intern!(module.py(), "__dict__"))?;
    Ok(dict.downcast_into::<PyDict>().map_err(PyErr::from)?)
}

fn inner<'py>(dict: &Bound<'py, PyDict>, name: &str) -> Door<Bound<'py, PyDict>> {
    let found = dict.get_item(name)?.ok_or_else(other_tensors)?;
    found.downcast_into::<PyDict>().map_err(|_| other_tensors())
}

fn is_non_persistent(dict: &Bound<'_, PyDict>, name: &str) -> Door<bool> {
    let names = dict.get_item("_non_persistent_buffers_set")?;
    let names = names.and_then(|names| names.downcast_into::<PySet>().ok());
    Ok(names.map_or(Ok(false), |names| names.contains(name))?)
}

/// What `==` compares as a whole.
fn is_plain(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyBool>()
        || value.is_instance_of::<PyInt>()
        || value.is_instance_of::<PyFloat>()
        || value.is_instance_of::<PyString>()
        || value.is_instance_of::<PyNone>()
        || value.is_instance_of::<PyTuple>()
}

/// Whether a call of the part would be nothing but its class's forward.
fn undisturbed(dict: &Bound<'_, PyDict>) -> Door<()> {
    const HOOKS: [&str; 4] =
        ["_forward_pre_hooks", "_forward_hooks", "_backward_pre_hooks", "_backward_hooks"];
    for name in HOOKS {
        let Some(hooks) = dict.get_item(name)? else { continue };
        // An empty OrderedDict is the rule.
        if hooks.len()? > 0 && !only_collect(&hooks)? {
            return Err(Stop::Torch("a part has hooks", None));
        }
    }
    if dict.contains("forward")? || dict.contains("_call_impl")? {
        return Err(Stop::Torch("a part has a forward of its own", None));
    }
    Ok(())
}

/// `transformers` leaves hooks behind once hidden states were asked for; they do nothing unless it collects just now.
fn only_collect(hooks: &Bound<'_, PyAny>) -> PyResult<bool> {
    for hook in hooks.call_method0("values")?.try_iter()? {
        let module = hook?.getattr("__module__").and_then(|name| name.extract::<String>());
        if module.ok().as_deref() != Some("transformers.utils.output_capturing") {
            return Ok(false);
        }
    }
    Ok(true)
}
