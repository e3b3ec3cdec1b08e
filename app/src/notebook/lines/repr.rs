//! `repr(x)` and `str(x)`.

use super::format::float_repr;
use super::machine::Machine;
use super::ops::bind::Call;
use super::problem::{Step, Stop};
use super::value::{Dict, HeldKind, TupleKind, Value};
use atencion::tensor::TorchDisplay;

impl Machine {
    /// `str(x)`
    pub fn text_of(&mut self, value: &Value) -> Step<String> {
        match value {
            Value::Str(text) => Ok(text.to_string()),
            Value::Tensor(held) if held.kind == HeldKind::Array => {
                self.charge(held.tensor.numel().min(2000))?;
                Ok(super::numpy::print::str(&held.tensor))
            }
            Value::Object(object) => {
                if let Some(method) = object.class.find("__str__") {
                    let method = self.bind_method(value, method)?;
                    let text = self.call(&method, Call::default())?;
                    return match text {
                        Value::Str(text) => Ok(text.to_string()),
                        _ => super::problem::type_error("__str__ returned non-string"),
                    };
                }
                if object.class.is("BaseException") {
                    return self.exception_text(value);
                }
                self.repr(value)
            }
            Value::Device(name) => Ok(name.to_string()),
            _ => self.repr(value),
        }
    }

    /// `repr(x)`
    pub fn repr(&mut self, value: &Value) -> Step<String> {
        self.tick()?;
        self.deeper(|machine| machine.repr_inner(value))
    }

    fn repr_inner(&mut self, value: &Value) -> Step<String> {
        Ok(match value {
            Value::None => "None".to_owned(),
            Value::Bool(true) => "True".to_owned(),
            Value::Bool(false) => "False".to_owned(),
            Value::Int(value) => value.to_string(),
            Value::Float(value) => float_repr(*value),
            Value::Str(text) => quoted(text),
            Value::Ellipsis => "Ellipsis".to_owned(),
            Value::List(items) => {
                let items = items.borrow().clone();
                format!("[{}]", self.joined(&items)?)
            }
            Value::Tuple(tuple) => {
                let items = &tuple.items;
                match tuple.kind {
                    TupleKind::Size => format!("torch.Size([{}])", self.joined(items)?),
                    TupleKind::Named(name, fields) => {
                        let mut parts = Vec::new();
                        for (field, item) in fields.iter().zip(items) {
                            parts.push(format!("{field}={}", self.repr(item)?));
                        }
                        format!("{name}(\n{})", parts.join(",\n"))
                    }
                    TupleKind::Plain if items.len() == 1 => format!("({},)", self.joined(items)?),
                    TupleKind::Plain => format!("({})", self.joined(items)?),
                }
            }
            Value::Dict(dict) => {
                let dict: Dict = dict.borrow().clone();
                let mut parts = Vec::new();
                for (key, value) in dict.values() {
                    parts.push(format!("{}: {}", self.repr(key)?, self.repr(value)?));
                }
                format!("{{{}}}", parts.join(", "))
            }
            Value::Set(set) => {
                let items: Vec<Value> = set.borrow().values().map(|(key, _)| key.clone()).collect();
                if items.is_empty() {
                    "set()".to_owned()
                } else {
                    format!("{{{}}}", self.joined(&items)?)
                }
            }
            Value::Range(start, stop, 1) => format!("range({start}, {stop})"),
            Value::Range(start, stop, step) => format!("range({start}, {stop}, {step})"),
            Value::Slice(three) => {
                format!("slice({})", self.joined(&three[..])?)
            }
            Value::Tensor(held) => {
                self.charge(held.tensor.numel().min(2000))?;
                match held.kind {
                    HeldKind::Torch => held.tensor.torch_str(),
                    HeldKind::Parameter => {
                        format!("Parameter containing:\n{}", held.tensor.torch_str())
                    }
                    HeldKind::Array => super::numpy::print::repr(&held.tensor),
                }
            }
            Value::Dtype(kind) => format!("torch.{}", super::tensors::dtype_name(*kind)),
            Value::Device(name) => match name.split_once(':') {
                Some((kind, index)) => format!("device(type='{kind}', index={index})"),
                None => format!("device(type='{name}')"),
            },
            Value::Function(closure) => format!("<function {}>", closure.function.name),
            Value::Method(method) => format!("<bound method {}>", method.1.function.name),
            Value::Class(class) => match &class.native {
                Some(path) if path.starts_with("torch.") => format!("<class '{path}'>"),
                Some(_) => format!("<class '{}'>", class.name),
                None => format!("<class '__main__.{}'>", class.name),
            },
            Value::Known(path) if super::known::is_type(path) => format!("<class '{path}'>"),
            Value::Known(path) if super::known::is_module(path) => format!("<module '{path}'>"),
            Value::Known(path) => format!("<built-in function {path}>"),
            Value::Bound(bound) => format!("<built-in method {}>", bound.1),
            Value::Super(_) => "<super>".to_owned(),
            Value::Iter(_) => "<generator object>".to_owned(),
            Value::Unknown(problem) => return Err(Stop::Unknown(problem.clone())),
            Value::Object(object) => {
                for name in ["__repr__", "__str__"] {
                    if let Some(method) = object.class.find(name) {
                        let method = self.bind_method(value, method)?;
                        let text = self.call(&method, Call::default())?;
                        if let Value::Str(text) = text {
                            return Ok(text.to_string());
                        }
                    }
                    if object.class.is("torch.nn.Module") || object.class.is("BaseException") {
                        break;
                    }
                }
                if object.class.is("torch.nn.Module") {
                    return self.module_repr(object);
                }
                if object.class.is("BaseException") {
                    let text = self.exception_text(value)?;
                    return Ok(format!("{}({})", object.class.name, quoted(&text)));
                }
                if object.class.names.borrow().contains_key("__dataclass__") {
                    let fields: Vec<_> = object.names.borrow().clone().into_iter().collect();
                    let mut parts = Vec::new();
                    for (name, value) in fields {
                        parts.push(format!("{name}={}", self.repr(&value)?));
                    }
                    return Ok(format!("{}({})", object.class.name, parts.join(", ")));
                }
                format!("<__main__.{} object>", object.class.name)
            }
        })
    }

    fn joined(&mut self, items: &[Value]) -> Step<String> {
        let mut out = String::new();
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            out.push_str(&self.repr(item)?);
            self.charge_text(out.len() / items.len().max(1))?;
            if out.len() > 16 << 20 {
                self.charge_text(out.len())?;
            }
        }
        Ok(out)
    }

    fn exception_text(&mut self, value: &Value) -> Step<String> {
        let Value::Object(object) = value else { return Ok(String::new()) };
        let args = object.names.borrow().get("args").cloned();
        match args {
            Some(Value::Tuple(tuple)) => match tuple.items.as_slice() {
                [] => Ok(String::new()),
                [one] => self.text_of(one),
                _ => self.repr(&Value::Tuple(tuple)),
            },
            _ => Ok(String::new()),
        }
    }
}

/// A string in quotes, as Python writes it.
pub fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() && (c as u32) < 0x100 => {
                out.push_str(&format!("\\x{:02x}", c as u32))
            }
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}
