//! `x.name`: read and set.

use std::rc::Rc;

use super::machine::Machine;
use super::ops::bind::Call;
use super::problem::{Step, Stop, Why, raise};
use super::value::{Class, ClosureKind, Object, TupleKind, Value};

impl Machine {
    /// `x.name`
    pub fn attribute(&mut self, object: &Value, name: &str) -> Step<Value> {
        // `__class__`, `__subclasses__`, `__globals__`: the way out of every sandbox. Nothing is reached through them.
        let has_class = matches!(object, Value::Object(_));
        if name.starts_with("__") && (!is_harmless(name) || (name == "__class__" && !has_class)) {
            return self.unknown(Why::Refused(format!(".{name}")));
        }
        let found = match object {
            Value::Known(path) => return self.known_attribute(path, name),
            Value::Object(of) => self.object_attribute(object, of, name)?,
            Value::Class(class) => self.class_attribute(class, name)?,
            Value::Super(inner) => {
                let (class, of) = &**inner;
                return self.super_attribute(class, of, name);
            }
            Value::Tensor(held) => self.tensor_attribute(held, name)?,
            Value::Tuple(tuple) => match tuple.kind {
                TupleKind::Named(_, fields) => fields
                    .iter()
                    .position(|field| *field == name)
                    .and_then(|at| tuple.items.get(at).cloned()),
                _ => None,
            },
            Value::Function(closure) if name == "__name__" => {
                Some(Value::Str(closure.function.name.clone()))
            }
            Value::Device(device) => match name {
                "type" => Some(Value::str(device.split(':').next().unwrap_or(device))),
                "index" => Some(Value::None),
                _ => None,
            },
            Value::Dtype(kind) if name == "itemsize" => {
                Some(Value::Int(kind.elt_size_in_bytes() as i64))
            }
            Value::Dtype(kind) if name == "is_floating_point" => Some(Value::Bool(matches!(
                kind,
                tch::Kind::Float | tch::Kind::Double | tch::Kind::Half | tch::Kind::BFloat16
            ))),
            Value::Float(_) | Value::Int(_) if name == "real" => Some(object.clone()),
            Value::Float(_) if name == "dtype" => Some(Value::Dtype(tch::Kind::Double)),
            _ => None,
        };
        match found {
            Some(Value::Unknown(problem)) => Err(Stop::Unknown(problem)),
            Some(value) => Ok(value),
            None if self.has_method(object, name) => {
                Ok(Value::Bound(Rc::new((object.clone(), Rc::from(name)))))
            }
            None => self.no_attribute(object, name),
        }
    }

    /// A tensor may have what is not known here; an object of the notebook has what it was given.
    fn no_attribute(&mut self, object: &Value, name: &str) -> Step<Value> {
        match object {
            Value::Tensor(held) => {
                let prefix = if held.is_array() { "ndarray" } else { "Tensor" };
                self.not_known(format!("{prefix}.{name}"))
            }
            Value::Object(of) if of.class.native().is_none() => raise(
                "AttributeError",
                format!("'{}' object has no attribute '{name}'", of.class.name),
            ),
            Value::Object(of) if of.class.native.is_none() && of.class.is("torch.nn.Module") => {
                if super::modules::is_module_method(name) {
                    return self.not_known(format!("Module.{name}"));
                }
                raise(
                    "AttributeError",
                    format!("'{}' object has no attribute '{name}'", of.class.name),
                )
            }
            Value::Object(of) => self.not_known(format!("{}.{name}", of.class.name)),
            Value::Unknown(problem) => Err(Stop::Unknown(problem.clone())),
            Value::None => {
                raise("AttributeError", format!("'NoneType' object has no attribute '{name}'"))
            }
            Value::Class(class) if class.native.is_none() => raise(
                "AttributeError",
                format!("type object '{}' has no attribute '{name}'", class.name),
            ),
            other => self.not_known(format!("{}.{name}", other.type_name())),
        }
    }

    fn object_attribute(
        &mut self,
        value: &Value,
        object: &Rc<Object>,
        name: &str,
    ) -> Step<Option<Value>> {
        let in_class = object.class.find(name);
        if let Some(Value::Function(closure)) = &in_class
            && closure.kind.get() == ClosureKind::Property
        {
            return self.bind_method(value, Value::Function(closure.clone())).map(Some);
        }
        let own = object.names.borrow().get(name).cloned();
        if own.is_some() {
            return Ok(own);
        }
        if name == "__class__" {
            return Ok(Some(Value::Class(object.class.clone())));
        }
        match in_class {
            Some(found) => self.bind_method(value, found).map(Some),
            None => {
                if let Some(found) = self.native_attribute(object, name)? {
                    return Ok(Some(found));
                }
                match object.class.find("__getattr__") {
                    Some(method) if !self.has_method(value, name) => {
                        let method = self.bind_method(value, method)?;
                        self.call(&method, Call::of(vec![Value::str(name)])).map(Some)
                    }
                    _ => Ok(None),
                }
            }
        }
    }

    fn class_attribute(&mut self, class: &Rc<Class>, name: &str) -> Step<Option<Value>> {
        if name == "__name__" || name == "__qualname__" {
            return Ok(Some(Value::Str(class.name.clone())));
        }
        match class.find(name) {
            Some(Value::Function(closure)) if closure.kind.get() == ClosureKind::OfClass => {
                Ok(Some(Value::Method(Rc::new((Value::Class(class.clone()), closure)))))
            }
            Some(found) => Ok(Some(found)),
            // `nn.Module.__init__(self)`
            None if class.native().is_some() && matches!(name, "__init__" | "forward") => {
                Ok(Some(Value::Bound(Rc::new((Value::Class(class.clone()), Rc::from(name))))))
            }
            None if name == "from_pretrained"
                && class.native().as_deref() == Some("torch.nn.Embedding") =>
            {
                Ok(Some(Value::known("torch.nn.Embedding.from_pretrained")))
            }
            None if class.native().as_deref() == Some("torch.nn.Transformer") => {
                Ok(Some(Value::known("torch.nn.Transformer.generate_square_subsequent_mask")))
            }
            None => Ok(None),
        }
    }

    /// `x.name = value`
    pub fn set_attribute(&mut self, object: &Value, name: &Rc<str>, value: Value) -> Step<()> {
        if name.starts_with("__") {
            return self.unknown(Why::Refused(format!(".{name}")));
        }
        match object {
            Value::Object(of) => {
                if self.set_native(of, name, &value)? {
                    return Ok(());
                }
                let before = of.names.borrow_mut().insert(name.clone(), value);
                drop(before);
                Ok(())
            }
            Value::Class(class) if class.native.is_none() => {
                let before = class.names.borrow_mut().insert(name.clone(), value);
                drop(before);
                Ok(())
            }
            Value::Tensor(held) => self.set_tensor_attribute(held, name, &value),
            Value::Known(path) if super::known::is_module(path) && self.patches.len() < 1000 => {
                self.patches.insert(format!("{path}.{name}"), value);
                Ok(())
            }
            other => self.not_known(format!("{}.{name} =", other.type_name())),
        }
    }
}

/// The double-underscored names that notebooks use for nothing but names.
fn is_harmless(name: &str) -> bool {
    matches!(
        name,
        "__init__"
            | "__name__"
            | "__class__"
            | "__call__"
            | "__len__"
            | "__getitem__"
            | "__iter__"
            | "__next__"
            | "__version__"
            | "__post_init__"
            | "__qualname__"
            | "__repr__"
            | "__str__"
            | "__doc__"
    )
}
