//! What every module can do.

use std::rc::Rc;

use super::super::machine::Machine;
use super::super::ops::bind::Call;
use super::super::problem::{Step, raise, type_error};
use super::super::value::{Dict, Held, HeldKind, Object, Value};
use super::tree;

const METHODS: &[&str] = &[
    "parameters",
    "named_parameters",
    "buffers",
    "named_buffers",
    "children",
    "named_children",
    "modules",
    "named_modules",
    "train",
    "eval",
    "to",
    "cpu",
    "cuda",
    "float",
    "double",
    "half",
    "state_dict",
    "load_state_dict",
    "zero_grad",
    "apply",
    "register_buffer",
    "register_parameter",
    "add_module",
    "register_module",
    "requires_grad_",
    "forward",
    "__call__",
    "extra_repr",
    "get_parameter",
    "get_submodule",
    "reset_parameters",
    "_reset_parameters",
    "compile",
];

/// Whether every module has a method of that name.
pub fn is_module_method(name: &str) -> bool {
    METHODS.contains(&name)
}

impl Machine {
    /// `module.name(..)`
    pub fn module_method(
        &mut self,
        object: &Rc<Object>,
        value: &Value,
        name: &str,
        mut call: Call,
    ) -> Step<Value> {
        let held = |(_, held): (String, Rc<Held>)| Value::Tensor(held);
        let pair = |(name, held): (String, Rc<Held>)| {
            Value::tuple(vec![Value::str(name), Value::Tensor(held)])
        };
        let child = |(name, child): (Rc<str>, Rc<Object>)| {
            Value::tuple(vec![Value::Str(name), Value::Object(child)])
        };
        Ok(match name {
            "parameters" => {
                Value::iter(tree::named_parameters(object).into_iter().map(held).collect())
            }
            "named_parameters" => {
                Value::iter(tree::named_parameters(object).into_iter().map(pair).collect())
            }
            "buffers" => Value::iter(tree::named_buffers(object).into_iter().map(held).collect()),
            "named_buffers" => {
                Value::iter(tree::named_buffers(object).into_iter().map(pair).collect())
            }
            "children" => Value::iter(
                tree::children(object).into_iter().map(|(_, child)| Value::Object(child)).collect(),
            ),
            "named_children" => {
                Value::iter(tree::children(object).into_iter().map(child).collect())
            }
            "modules" => Value::iter(
                tree::modules(object)
                    .into_iter()
                    .map(|(_, module)| Value::Object(module))
                    .collect(),
            ),
            "named_modules" => Value::iter(
                tree::modules(object)
                    .into_iter()
                    .map(|(name, module)| {
                        Value::tuple(vec![Value::str(name), Value::Object(module)])
                    })
                    .collect(),
            ),
            "train" | "eval" => {
                let mode = match (name, call.get(0, "mode")) {
                    ("eval", _) => false,
                    (_, Some(mode)) => self.truth(&mode.clone())?,
                    (_, None) => true,
                };
                for (_, module) in tree::modules(object) {
                    module.names.borrow_mut().insert(Rc::from("training"), Value::Bool(mode));
                }
                value.clone()
            }
            "to" | "cpu" | "float" | "double" | "half" => {
                let kind = match name {
                    "float" => Some(tch::Kind::Float),
                    "double" => Some(tch::Kind::Double),
                    "half" => Some(tch::Kind::Half),
                    _ => call.places.iter().chain(call.keys.iter().map(|(_, v)| v)).find_map(|v| {
                        match v {
                            Value::Dtype(kind) => Some(*kind),
                            _ => None,
                        }
                    }),
                };
                for value in call.places.iter().chain(call.keys.iter().map(|(_, v)| v)) {
                    if let Value::Device(device) | Value::Str(device) = value {
                        let device = device.clone();
                        self.elsewhere(&device)?;
                    }
                }
                if let Some(kind) = kind {
                    for (_, held) in tree::state(object) {
                        let mut tensor = held.tensor.shallow_clone();
                        self.torch(|| {
                            let new = tensor.f_detach()?.f_to_kind(kind)?;
                            tensor.f_set_data(&new)
                        })?;
                    }
                }
                value.clone()
            }
            "cuda" => {
                self.elsewhere("cuda")?;
                value.clone()
            }
            "compile" => Value::None,
            "requires_grad_" => {
                let on = match call.places.first() {
                    Some(on) => self.truth(&on.clone())?,
                    None => true,
                };
                for (_, held) in tree::named_parameters(object) {
                    let _ = self.torch(|| held.tensor.f_set_requires_grad(on))?;
                }
                value.clone()
            }
            "zero_grad" => {
                for (_, held) in tree::named_parameters(object) {
                    self.forget_grad(&held.tensor)?;
                }
                Value::None
            }
            "state_dict" => {
                let mut dict = Dict::new();
                for (name, held) in tree::state(object) {
                    let tensor = self.torch(|| held.tensor.f_detach())?;
                    let inputs = vec![(
                        "input".to_owned(),
                        super::super::trace::Input::Tensor(held.node.get()),
                    )];
                    let detached = self.held_as(
                        tensor,
                        "Module.state_dict",
                        inputs,
                        HeldKind::Torch,
                        Some(held),
                        false,
                    );
                    let name = Value::str(name);
                    dict.insert(self.key(&name)?, (name, detached));
                }
                Value::Dict(Rc::new(dict.into()))
            }
            "load_state_dict" => return self.load_state(object, &call),
            "apply" => {
                let Some(function) = call.places.first().cloned() else {
                    return type_error("apply() needs a function");
                };
                // Children before parents, as torch.
                let mut all = Vec::new();
                after_children(object, 0, &mut all);
                for module in all {
                    self.call(&function, Call::of(vec![Value::Object(module)]))?;
                }
                value.clone()
            }
            "register_buffer" => {
                let Some(Value::Str(name)) = call.get(0, "name").cloned() else {
                    return type_error("buffer name should be a string");
                };
                let tensor = call.get(1, "tensor").cloned().unwrap_or(Value::None);
                let persistent = match call.get(2, "persistent") {
                    Some(value) => self.truth(&value.clone())?,
                    None => true,
                };
                if persistent {
                    self.put_buffer(object, &name, tensor);
                } else {
                    object.names.borrow_mut().insert(name, tensor);
                }
                Value::None
            }
            "register_parameter" | "add_module" | "register_module" => {
                match (call.places.first().cloned(), call.places.get(1).cloned()) {
                    (Some(Value::Str(name)), Some(value)) => {
                        object.names.borrow_mut().insert(name, value);
                        Value::None
                    }
                    _ => return type_error("a name and a value are needed"),
                }
            }
            "append" | "extend" | "insert" => {
                let added = match (name, call.places.pop()) {
                    ("append", Some(module)) => vec![module],
                    ("extend", Some(modules)) => self.items(&modules)?,
                    _ => return self.not_known(format!("ModuleList.{name}")),
                };
                for module in added {
                    let at = match &module {
                        Value::Tensor(_) => tree::own_parameters(object).len(),
                        _ => tree::children(object).len(),
                    };
                    object.names.borrow_mut().insert(Rc::from(at.to_string()), module);
                }
                value.clone()
            }
            "keys" => Value::list(
                tree::children(object).into_iter().map(|(name, _)| Value::Str(name)).collect(),
            ),
            "values" => Value::list(
                tree::children(object).into_iter().map(|(_, child)| Value::Object(child)).collect(),
            ),
            "items" => Value::list(tree::children(object).into_iter().map(child).collect()),
            "forward" | "__call__" => return self.native_forward(object, call),
            "generate_square_subsequent_mask" => {
                return self
                    .call_known("torch.nn.Transformer.generate_square_subsequent_mask", call);
            }
            other => return self.not_known(format!("Module.{other}")),
        })
    }

    fn load_state(&mut self, object: &Rc<Object>, call: &Call) -> Step<Value> {
        let Some(Value::Dict(state)) = call.places.first() else {
            return type_error("Expected state_dict to be dict-like");
        };
        let mut left: Vec<(String, Value)> = Vec::new();
        for (key, value) in state.borrow().values() {
            if let Value::Str(name) = key {
                left.push((name.to_string(), value.clone()));
            }
        }
        for (name, held) in tree::state(object) {
            let Some(at) = left.iter().position(|(key, _)| *key == name) else {
                return raise(
                    "RuntimeError",
                    format!(
                        "Error(s) in loading state_dict for {}:\n\tMissing key(s) in state_dict: \"{name}\". ",
                        object.class.name
                    ),
                );
            };
            let Value::Tensor(from) = left.remove(at).1 else {
                return type_error("expected a tensor");
            };
            if from.tensor.size() != held.tensor.size() {
                return raise(
                    "RuntimeError",
                    format!(
                        "Error(s) in loading state_dict for {}:\n\tsize mismatch for {name}",
                        object.class.name
                    ),
                );
            }
            let mut tensor = held.tensor.shallow_clone();
            self.torch(|| tch::no_grad(|| tensor.f_copy_(&from.tensor)))?;
            let inputs =
                vec![("src".to_owned(), super::super::trace::Input::Tensor(from.node.get()))];
            let node = self.note(&held.tensor, "Module.load_state_dict", inputs, false);
            held.changed_by(node);
        }
        match left.first() {
            Some((name, _)) => raise(
                "RuntimeError",
                format!(
                    "Error(s) in loading state_dict for {}:\n\tUnexpected key(s) in state_dict: \"{name}\". ",
                    object.class.name
                ),
            ),
            None => Ok(Value::known("<All keys matched successfully>")),
        }
    }
}

fn after_children(object: &Rc<Object>, depth: usize, all: &mut Vec<Rc<Object>>) {
    if depth > 60 || all.len() > 10_000 {
        return;
    }
    for (_, child) in tree::children(object) {
        after_children(&child, depth + 1, all);
    }
    all.push(object.clone());
}
