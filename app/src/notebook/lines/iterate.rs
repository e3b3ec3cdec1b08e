//! Going through things: lists as they grow, ranges without making them, tensors row by row.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::machine::Machine;
use super::ops::bind::Call;
use super::problem::{Step, Stop, type_error};
use super::ranges;
use super::value::{HeldKind, Key, Value};

/// What is left to go through.
pub enum Items {
    /// A list, which may change meanwhile.
    List(Rc<RefCell<Vec<Value>>>, usize),
    /// Numbers: the next, the step, how many.
    Range(i64, i64, usize),
    /// An iterator shared with others.
    Shared(Rc<RefCell<VecDeque<Value>>>),
    /// Items made beforehand.
    Made(VecDeque<Value>),
    /// The rows of a tensor: the value, the next, how many.
    Rows(Value, i64, i64),
}

impl Items {
    /// The next item.
    pub fn next(&mut self, machine: &mut Machine) -> Step<Option<Value>> {
        let item = match self {
            Items::List(list, at) => {
                *at += 1;
                list.borrow().get(*at - 1).cloned()
            }
            Items::Range(_, _, 0) => None,
            Items::Range(next, step, left) => {
                let item = *next;
                *next = next.wrapping_add(*step);
                *left -= 1;
                Some(Value::Int(item))
            }
            Items::Shared(items) => items.borrow_mut().pop_front(),
            Items::Made(items) => items.pop_front(),
            Items::Rows(_, next, count) if *next >= *count => None,
            Items::Rows(tensor, next, _) => {
                let row = machine.item(tensor, &Value::Int(*next))?;
                *next += 1;
                Some(row)
            }
        };
        match item {
            Some(Value::Unknown(problem)) => Err(Stop::Unknown(problem)),
            item => Ok(item),
        }
    }
}

impl Machine {
    /// Goes through a value.
    pub fn iterate(&mut self, value: &Value) -> Step<Items> {
        Ok(match value {
            Value::List(items) => Items::List(items.clone(), 0),
            Value::Tuple(tuple) => Items::Made(tuple.items.clone().into()),
            Value::Range(start, stop, step) => {
                Items::Range(*start, *step, ranges::length(*start, *stop, *step))
            }
            Value::Iter(items) => Items::Shared(items.clone()),
            Value::Dict(dict) => {
                Items::Made(dict.borrow().values().map(|(key, _)| key.clone()).collect())
            }
            Value::Set(set) => {
                Items::Made(set.borrow().values().map(|(key, _)| key.clone()).collect())
            }
            Value::Str(text) => {
                self.charge_items(text.len())?;
                Items::Made(text.chars().map(|c| Value::str(c.to_string())).collect())
            }
            Value::Tensor(held) => match held.tensor.size().first() {
                Some(&rows) => Items::Rows(value.clone(), 0, rows),
                None if held.kind == HeldKind::Array => {
                    return type_error("iteration over a 0-d array");
                }
                None => return type_error("iteration over a 0-d tensor"),
            },
            Value::Object(object) => {
                if let Some(children) = self.children_in_order(object) {
                    return Ok(Items::Made(children.into()));
                }
                if let Some(method) = object.class.find("__iter__") {
                    let method = self.bind_method(value, method)?;
                    let inner = self.call(&method, Call::default())?;
                    return match inner {
                        Value::Object(_) => self.drain(&inner),
                        inner => self.deeper(|machine| machine.iterate(&inner)),
                    };
                }
                if object.class.find("__getitem__").is_some()
                    && object.class.find("__len__").is_some()
                {
                    let count = self.length(value)?;
                    let mut made = VecDeque::new();
                    for at in 0..count {
                        self.tick()?;
                        made.push_back(self.item(value, &Value::Int(at as i64))?);
                    }
                    return Ok(Items::Made(made));
                }
                return type_error(format!("'{}' object is not iterable", object.class.name));
            }
            other => return type_error(format!("'{}' object is not iterable", other.type_name())),
        })
    }

    /// An object with `__next__`, gone through to its end.
    fn drain(&mut self, object: &Value) -> Step<Items> {
        let mut made = VecDeque::new();
        loop {
            self.charge_items(1)?;
            let next = self.attribute(object, "__next__")?;
            match self.call(&next, Call::default()) {
                Ok(item) => made.push_back(item),
                Err(Stop::Raise(raised)) if &*raised.class == "StopIteration" => {
                    return Ok(Items::Made(made));
                }
                Err(stop) => return Err(stop),
            }
        }
    }

    /// All items of a value.
    pub fn items(&mut self, value: &Value) -> Step<Vec<Value>> {
        match value {
            Value::Tuple(tuple) => return Ok(tuple.items.clone()),
            Value::List(items) => {
                let items = items.borrow().clone();
                self.charge_items(items.len())?;
                return Ok(items);
            }
            Value::Range(start, stop, step) => {
                self.charge_items(ranges::length(*start, *stop, *step))?;
                return Ok(ranges::items(*start, *stop, *step).map(Value::Int).collect());
            }
            _ => {}
        }
        let mut items = self.iterate(value)?;
        let mut all = Vec::new();
        while let Some(item) = items.next(self)? {
            self.charge_items(1)?;
            all.push(item);
        }
        Ok(all)
    }

    /// `len(x)`
    pub fn length(&mut self, value: &Value) -> Step<usize> {
        Ok(match value {
            Value::List(items) => items.borrow().len(),
            Value::Tuple(tuple) => tuple.items.len(),
            Value::Dict(dict) | Value::Set(dict) => dict.borrow().len(),
            Value::Str(text) => text.chars().count(),
            Value::Range(start, stop, step) => ranges::length(*start, *stop, *step),
            Value::Tensor(held) => match held.tensor.size().first() {
                Some(&rows) => usize::try_from(rows).unwrap_or(0),
                None if held.is_array() => return type_error("len() of unsized object"),
                None => return type_error("len() of a 0-d tensor"),
            },
            Value::Object(object) => {
                if let Some(children) = self.children_in_order(object) {
                    return Ok(children.len());
                }
                match object.class.find("__len__") {
                    Some(method) => {
                        let method = self.bind_method(value, method)?;
                        match self.call(&method, Call::default())? {
                            Value::Int(length) => usize::try_from(length).unwrap_or(0),
                            _ => return type_error("'__len__' should return an integer"),
                        }
                    }
                    None => {
                        return type_error(format!(
                            "object of type '{}' has no len()",
                            object.class.name
                        ));
                    }
                }
            }
            other => {
                return type_error(format!("object of type '{}' has no len()", other.type_name()));
            }
        })
    }

    /// A value as a key.
    pub fn key(&mut self, value: &Value) -> Step<Key> {
        Ok(match value {
            Value::None => Key::None,
            Value::Bool(value) => Key::Int(i64::from(*value)),
            Value::Int(value) => Key::Int(*value),
            Value::Float(value) if value.fract() == 0.0 && value.abs() < 9e15 => {
                Key::Int(*value as i64)
            }
            Value::Float(value) => Key::Float(value.to_bits()),
            Value::Str(text) => Key::Str(text.clone()),
            Value::Tuple(tuple) => {
                self.charge(tuple.items.len())?;
                let keys = tuple.items.iter();
                let keys = keys.map(|item| self.deeper(|machine| machine.key(item)));
                Key::Tuple(keys.collect::<Step<_>>()?)
            }
            Value::Tensor(held) if !held.is_array() => {
                Key::Same(Rc::as_ptr(held) as usize, String::new())
            }
            Value::Object(object) => Key::Same(Rc::as_ptr(object) as usize, String::new()),
            Value::Class(class) => Key::Same(Rc::as_ptr(class) as usize, String::new()),
            Value::Function(closure) => Key::Same(Rc::as_ptr(closure) as usize, String::new()),
            Value::Dtype(kind) => Key::Same(0, format!("{kind:?}")),
            Value::Known(path) => Key::Same(1, path.to_string()),
            Value::Device(name) => Key::Same(2, name.to_string()),
            other => return type_error(format!("unhashable type: '{}'", other.type_name())),
        })
    }

    /// A set of these.
    pub fn set_of(&mut self, items: Vec<Value>) -> Step<Value> {
        let mut set = super::value::Dict::new();
        for item in items {
            set.entry(self.key(&item)?).or_insert((item, Value::None));
        }
        Ok(Value::Set(Rc::new(set.into())))
    }

    /// `bool(x)`
    pub fn truth(&mut self, value: &Value) -> Step<bool> {
        Ok(match value {
            Value::None => false,
            Value::Bool(value) => *value,
            Value::Int(value) => *value != 0,
            Value::Float(value) => *value != 0.0,
            Value::Str(text) => !text.is_empty(),
            Value::List(_)
            | Value::Tuple(_)
            | Value::Dict(_)
            | Value::Set(_)
            | Value::Range(..) => self.length(value)? > 0,
            Value::Tensor(held) => {
                if held.tensor.numel() != 1 {
                    let message = if held.is_array() {
                        return super::problem::value_error(
                            "The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()",
                        );
                    } else if held.tensor.numel() == 0 {
                        "Boolean value of Tensor with no values is ambiguous"
                    } else {
                        "Boolean value of Tensor with more than one value is ambiguous"
                    };
                    return super::problem::raise("RuntimeError", message);
                }
                self.torch(|| held.tensor.f_is_nonzero())?
            }
            Value::Object(object) => {
                for name in ["__bool__", "__len__"] {
                    if let Some(method) = object.class.find(name) {
                        let method = self.bind_method(value, method)?;
                        let result = self.call(&method, Call::default())?;
                        return match result {
                            Value::Bool(value) => Ok(value),
                            Value::Int(value) => Ok(value != 0),
                            _ => type_error(format!("{name} should return a bool or an integer")),
                        };
                    }
                }
                true
            }
            Value::Unknown(problem) => return Err(Stop::Unknown(problem.clone())),
            _ => true,
        })
    }
}
