//! `torch.nn`: classes that Rust computes, and what every module can do.

mod layers;
mod methods;
mod recurrent;
mod repr;
mod stacks;
mod tree;

use std::cell::RefCell;
use std::rc::Rc;

use indexmap::IndexMap;

use super::machine::Machine;
use super::ops::bind::Call;
use super::problem::{Step, raise, type_error};
use super::value::{Class, HeldKind, Inner, Object, Value};

pub use methods::is_module_method;

/// The exceptions, each with what it derives from.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("BaseException", ""),
    ("Exception", "BaseException"),
    ("ValueError", "Exception"),
    ("TypeError", "Exception"),
    ("ArithmeticError", "Exception"),
    ("ZeroDivisionError", "ArithmeticError"),
    ("OverflowError", "ArithmeticError"),
    ("LookupError", "Exception"),
    ("IndexError", "LookupError"),
    ("KeyError", "LookupError"),
    ("AttributeError", "Exception"),
    ("NameError", "Exception"),
    ("UnboundLocalError", "NameError"),
    ("AssertionError", "Exception"),
    ("RuntimeError", "Exception"),
    ("NotImplementedError", "RuntimeError"),
    ("RecursionError", "RuntimeError"),
    ("StopIteration", "Exception"),
    ("ImportError", "Exception"),
    ("ModuleNotFoundError", "ImportError"),
    ("OSError", "Exception"),
    ("FileNotFoundError", "OSError"),
    ("KeyboardInterrupt", "BaseException"),
    ("Warning", "Exception"),
    ("UserWarning", "Warning"),
    ("DeprecationWarning", "Warning"),
    ("FutureWarning", "Warning"),
    ("UFuncTypeError", "TypeError"),
];
/// The optimisers.
const OPTIMIZERS: &[&str] = &["torch.optim.SGD", "torch.optim.Adam", "torch.optim.AdamW"];

impl Machine {
    /// The class of that name (exceptions) or path (`torch.nn.Linear`).
    pub fn native_class(&mut self, path: &str) -> Option<Rc<Class>> {
        if let Some(class) = self.classes.get(path) {
            return Some(class.clone());
        }
        let bases = if let Some((_, base)) = EXCEPTIONS.iter().find(|(name, _)| *name == path) {
            self.native_class(base).into_iter().collect()
        } else if path == "torch.nn.Module" || path == "torch.optim.Optimizer" {
            Vec::new()
        } else if OPTIMIZERS.contains(&path) {
            self.native_class("torch.optim.Optimizer").into_iter().collect()
        } else if layers::find(path).is_some() {
            self.native_class("torch.nn.Module").into_iter().collect()
        } else {
            return None;
        };
        let class = native(path, bases);
        self.classes.insert(path.to_owned(), class.clone());
        Some(class)
    }

    /// The class of `torch.no_grad()`'s object. It is not found by that path, which is a function's: the second
    /// `torch.no_grad()` of a run would be taken for a class.
    pub fn context_class(&mut self) -> Rc<Class> {
        self.classes
            .entry("the object of torch.no_grad()".to_owned())
            .or_insert_with(|| native("torch.no_grad", Vec::new()))
            .clone()
    }

    /// What `__init__` of a native class does.
    pub fn native_init(&mut self, path: &str, object: &Rc<Object>, call: Call) -> Step<()> {
        if let Some(name) = path.strip_prefix("torch.optim.") {
            return self.optimizer_init(name, object, call);
        }
        if EXCEPTIONS.iter().any(|(name, _)| *name == path) {
            let args = Value::tuple(call.places);
            object.names.borrow_mut().insert(Rc::from("args"), args);
            return Ok(());
        }
        object.names.borrow_mut().entry(Rc::from("training")).or_insert(Value::Bool(true));
        if path == "torch.nn.Module" {
            return Ok(());
        }
        self.layer_init(path, object, call)
    }

    /// A module with nothing in it yet.
    pub fn empty_module(&mut self, path: &str) -> Option<Rc<Object>> {
        let class = self.native_class(path)?;
        let mut names = IndexMap::new();
        names.insert(Rc::from("training"), Value::Bool(true));
        Some(Rc::new(Object {
            class,
            names: RefCell::new(names),
            inner: RefCell::new(Inner::Nothing),
        }))
    }

    /// What a native object has besides its own names.
    pub fn native_attribute(&mut self, object: &Rc<Object>, name: &str) -> Step<Option<Value>> {
        if object.class.is("torch.optim.Optimizer") {
            return self.optimizer_attribute(object, name);
        }
        if object.class.is("torch.nn.Module") && name == "device" {
            return Ok(None);
        }
        Ok(None)
    }

    /// `module.name = value` where torch does more than set it; whether it did.
    pub fn set_native(&mut self, object: &Rc<Object>, name: &str, value: &Value) -> Step<bool> {
        if !object.class.is("torch.nn.Module") {
            return Ok(false);
        }
        let is_parameter = |value: &Value| matches!(value, Value::Tensor(held) if held.kind == HeldKind::Parameter);
        let is_module = matches!(value, Value::Object(inner) if inner.class.is("torch.nn.Module"));
        let ready = object.names.borrow().contains_key("training");
        if !ready && (is_module || is_parameter(value)) {
            let what = if is_module { "module" } else { "parameters" };
            return raise(
                "AttributeError",
                format!("cannot assign {what} before Module.__init__() call"),
            );
        }
        let before = object.names.borrow().get(name).cloned();
        if before.as_ref().is_some_and(is_parameter)
            && !is_parameter(value)
            && !matches!(value, Value::None)
        {
            let given = match value {
                Value::Tensor(_) => "torch.FloatTensor".to_owned(),
                other => other.type_name(),
            };
            return type_error(format!(
                "cannot assign '{given}' as parameter '{name}' (torch.nn.Parameter or None expected)"
            ));
        }
        Ok(false)
    }

    /// Whether a value has a method of that name.
    pub fn has_method(&self, value: &Value, name: &str) -> bool {
        use super::{containers, text};
        match value {
            Value::Str(_) => text::METHODS.contains(&name),
            Value::List(_) => containers::OF_LISTS.contains(&name),
            Value::Tuple(_) => matches!(name, "index" | "count" | "numel"),
            Value::Dict(_) => containers::OF_DICTS.contains(&name),
            Value::Set(_) => containers::OF_SETS.contains(&name),
            Value::Tensor(held) => self.is_tensor_method(held, name),
            Value::Float(_) | Value::Int(_) => {
                matches!(name, "is_integer" | "item" | "bit_length" | "astype" | "round" | "tolist")
            }
            Value::Iter(_) => matches!(name, "__next__" | "__iter__"),
            Value::Object(object) => {
                (object.class.is("torch.nn.Module") && is_module_method(name))
                    || (object.class.is("torch.nn.Module")
                        && layers::has_method(&object.class, name))
                    || (object.class.is("torch.optim.Optimizer")
                        && super::optimizers::METHODS.contains(&name))
            }
            _ => false,
        }
    }

    /// `object.name(..)`
    pub fn call_method(&mut self, object: &Value, name: &str, mut call: Call) -> Step<Value> {
        match object {
            Value::Str(text) => self.text_method(text, name, &call),
            Value::List(_) | Value::Tuple(_) => self.list_method(object, name, call),
            Value::Dict(dict) => self.dict_method(dict, name, call),
            Value::Set(set) => self.set_method(set, name, &call),
            Value::Tensor(held) if held.is_array() => self.array_method(held, name, call),
            Value::Tensor(held) => self.method_of_tensor(held, name, call),
            Value::Float(value) => match name {
                "is_integer" => Ok(Value::Bool(value.fract() == 0.0)),
                "round" => self.call_known(
                    "round",
                    Call {
                        places: vec![object.clone(), call.places.pop().unwrap_or(Value::None)],
                        keys: Vec::new(),
                    },
                ),
                _ => Ok(object.clone()),
            },
            Value::Int(value) if name == "bit_length" => {
                Ok(Value::Int(i64::from(64 - value.unsigned_abs().leading_zeros())))
            }
            Value::Int(_) => Ok(object.clone()),
            Value::Iter(_) if name == "__next__" => {
                self.call_known("next", Call::of(vec![object.clone()]))
            }
            Value::Iter(_) => Ok(object.clone()),
            // `super().__init__()` and `super().forward(x)` of a native class.
            Value::Super(inner) => {
                let (class, of) = &**inner;
                let (class, of) = (class.clone(), of.clone());
                self.native_super(&class, &of, name, call)
            }
            // `nn.Module.__init__(self)`
            Value::Class(class) => {
                if call.places.is_empty() {
                    return type_error("missing 1 required positional argument: 'self'");
                }
                let of = call.places.remove(0);
                self.native_super(&class.clone(), &of, name, call)
            }
            Value::Object(of) if of.class.is("torch.optim.Optimizer") => {
                self.optimizer_method(of, name, call)
            }
            Value::Object(of) => self.module_method(of, object, name, call),
            other => self.not_known(format!("{}.{name}", other.type_name())),
        }
    }

    fn native_super(
        &mut self,
        class: &Rc<Class>,
        of: &Value,
        name: &str,
        call: Call,
    ) -> Step<Value> {
        let Value::Object(object) = of else { return type_error("self is not an object") };
        let Some(path) = class.native() else { return type_error("no native class") };
        match name {
            "__init__" => self.native_init(&path, object, call).map(|()| Value::None),
            "forward" | "__call__" => self.native_forward(object, call),
            _ => self.module_method(object, of, name, call),
        }
    }
}

fn native(path: &str, bases: Vec<Rc<Class>>) -> Rc<Class> {
    Rc::new(Class {
        name: Rc::from(path.rsplit('.').next().unwrap_or(path)),
        bases,
        names: RefCell::new(IndexMap::new()),
        native: Some(Rc::from(path)),
        fields: RefCell::new(None),
    })
}

/// The parameters and buffers of a module, by dotted name.
pub fn state_of(object: &Rc<Object>) -> Vec<(String, tch::Tensor)> {
    tree::state(object)
        .into_iter()
        .map(|(name, held)| (name, held.tensor.shallow_clone()))
        .collect()
}
