//! The methods of lists, tuples, dicts, sets and iterators.

use std::cmp::Ordering;
use std::rc::Rc;

use super::machine::Machine;
use super::ops::bind::Call;
use super::problem::{Step, raise, type_error, value_error};
use super::value::{Dict, Value};

/// The methods of lists that are known here.
pub const OF_LISTS: &[&str] = &[
    "append", "extend", "insert", "pop", "remove", "index", "count", "sort", "reverse", "copy",
    "clear",
];
/// The methods of dicts.
pub const OF_DICTS: &[&str] =
    &["keys", "values", "items", "get", "update", "pop", "setdefault", "copy", "clear", "popitem"];
/// The methods of sets.
pub const OF_SETS: &[&str] = &[
    "add",
    "remove",
    "discard",
    "union",
    "intersection",
    "difference",
    "issubset",
    "issuperset",
    "update",
    "copy",
    "clear",
];

impl Machine {
    /// `list.name(..)`
    pub fn list_method(&mut self, of: &Value, name: &str, mut call: Call) -> Step<Value> {
        let Value::List(list) = of else { return self.sequence_method(of, name, &call) };
        let first = call.places.first().cloned();
        match (name, first) {
            ("append", Some(value)) => {
                self.charge_items(1)?;
                list.borrow_mut().push(value);
            }
            ("extend", Some(more)) => {
                let more = self.items(&more)?;
                list.borrow_mut().extend(more);
            }
            ("insert", Some(Value::Int(at))) => {
                let length = list.borrow().len() as i64;
                let at = if at < 0 { (at + length).max(0) } else { at.min(length) };
                let Some(value) = call.places.get(1) else {
                    return type_error("insert expected 2 arguments");
                };
                list.borrow_mut().insert(at as usize, value.clone());
            }
            ("pop", at) => {
                let length = list.borrow().len();
                if length == 0 {
                    return raise("IndexError", "pop from empty list");
                }
                let at = match at {
                    None => length as i64 - 1,
                    Some(Value::Int(at)) => {
                        if at < 0 {
                            at + length as i64
                        } else {
                            at
                        }
                    }
                    Some(_) => return type_error("an integer is required"),
                };
                if at < 0 || at >= length as i64 {
                    return raise("IndexError", "pop index out of range");
                }
                let value = list.borrow_mut().remove(at as usize);
                return Ok(value);
            }
            ("remove", Some(value)) => {
                let items = list.borrow().clone();
                for (at, item) in items.iter().enumerate() {
                    if self.equal(item, &value)? {
                        let removed = list.borrow_mut().remove(at);
                        drop(removed);
                        return Ok(Value::None);
                    }
                }
                return value_error("list.remove(x): x not in list");
            }
            ("sort", _) => {
                let reverse = call.take("reverse");
                let reverse = match reverse {
                    Some(value) => self.truth(&value)?,
                    None => false,
                };
                let items = list.borrow().clone();
                let sorted = self.sorted(items, call.take("key"), reverse)?;
                *list.borrow_mut() = sorted;
            }
            ("reverse", _) => list.borrow_mut().reverse(),
            ("clear", _) => {
                let old = std::mem::take(&mut *list.borrow_mut());
                drop(old);
            }
            ("copy", _) => return Ok(Value::list(list.borrow().clone())),
            _ => return self.sequence_method(of, name, &call),
        }
        Ok(Value::None)
    }

    /// What lists and tuples have in common.
    fn sequence_method(&mut self, of: &Value, name: &str, call: &Call) -> Step<Value> {
        let items = self.items(of)?;
        match (name, call.places.first()) {
            ("index", Some(value)) => {
                for (at, item) in items.iter().enumerate() {
                    if self.equal(item, value)? {
                        return Ok(Value::Int(at as i64));
                    }
                }
                let text = self.repr(value)?;
                value_error(format!("{text} is not in list"))
            }
            ("count", Some(value)) => {
                let mut count = 0;
                for item in &items {
                    count += i64::from(self.equal(item, value)?);
                }
                Ok(Value::Int(count))
            }
            ("numel", _) => Ok(Value::Int(items.iter().fold(1i64, |product, item| match item {
                Value::Int(size) => product.saturating_mul(*size),
                _ => product,
            }))),
            _ => self.not_known(format!("{}.{name}", of.type_name())),
        }
    }

    /// `sorted(items, key=key, reverse=reverse)`
    pub fn sorted(
        &mut self,
        items: Vec<Value>,
        key: Option<Value>,
        reverse: bool,
    ) -> Step<Vec<Value>> {
        let mut pairs = Vec::with_capacity(items.len());
        for item in items {
            let key = match &key {
                Some(Value::None) | None => item.clone(),
                Some(key) => self.call(key, Call::of(vec![item.clone()]))?,
            };
            pairs.push((key, item));
        }
        // The order may fail in the middle; what was sorted until then does not matter.
        let mut failed = None;
        let mut compare = |a: &Value, b: &Value| match self.order("<", a, b) {
            Ok(ordering) => ordering.unwrap_or(Ordering::Equal),
            Err(stop) => {
                failed.get_or_insert(stop);
                Ordering::Equal
            }
        };
        merge_sort(&mut pairs, &mut |a, b| {
            if reverse { compare(&b.0, &a.0) } else { compare(&a.0, &b.0) }
        });
        match failed {
            Some(stop) => Err(stop),
            None => Ok(pairs.into_iter().map(|(_, item)| item).collect()),
        }
    }

    /// `dict.name(..)`
    pub fn dict_method(
        &mut self,
        dict: &Rc<std::cell::RefCell<Dict>>,
        name: &str,
        call: Call,
    ) -> Step<Value> {
        let pairs: Vec<(Value, Value)> = dict.borrow().values().cloned().collect();
        self.charge(pairs.len() / 8)?;
        Ok(match name {
            "keys" => Value::list(pairs.into_iter().map(|(key, _)| key).collect()),
            "values" => Value::list(pairs.into_iter().map(|(_, value)| value).collect()),
            "items" => Value::list(
                pairs.into_iter().map(|(key, value)| Value::tuple(vec![key, value])).collect(),
            ),
            "get" | "pop" | "setdefault" => {
                let Some(of) = call.places.first() else {
                    return type_error(format!("{name} expected at least 1 argument, got 0"));
                };
                let key = self.key(of)?;
                let found = dict.borrow().get(&key).map(|(_, value)| value.clone());
                let default = call.get(1, "default").cloned();
                match (name, found, default) {
                    ("pop", Some(value), _) => {
                        let removed = dict.borrow_mut().shift_remove(&key);
                        drop(removed);
                        value
                    }
                    (_, Some(value), _) => value,
                    ("pop", None, None) => {
                        let text = self.repr(of)?;
                        return raise("KeyError", text);
                    }
                    ("setdefault", None, default) => {
                        let value = default.unwrap_or(Value::None);
                        dict.borrow_mut().insert(key, (of.clone(), value.clone()));
                        value
                    }
                    (_, None, default) => default.unwrap_or(Value::None),
                }
            }
            "update" => {
                if let Some(other) = call.places.first() {
                    match other {
                        Value::Dict(other) => {
                            let other = other.borrow().clone();
                            dict.borrow_mut().extend(other);
                        }
                        other => {
                            for pair in self.items(other)? {
                                let pair = self.items(&pair)?;
                                let [key, value] = pair.as_slice() else {
                                    return value_error(
                                        "dictionary update sequence element has not length 2",
                                    );
                                };
                                let at = self.key(key)?;
                                dict.borrow_mut().insert(at, (key.clone(), value.clone()));
                            }
                        }
                    }
                }
                for (name, value) in call.keys {
                    let key = Value::Str(name);
                    let at = self.key(&key)?;
                    dict.borrow_mut().insert(at, (key, value));
                }
                Value::None
            }
            "popitem" => {
                let last = dict.borrow_mut().pop();
                match last {
                    Some((_, (key, value))) => Value::tuple(vec![key, value]),
                    None => return raise("KeyError", "'popitem(): dictionary is empty'"),
                }
            }
            "copy" => Value::Dict(Rc::new(dict.borrow().clone().into())),
            "clear" => {
                let old = std::mem::take(&mut *dict.borrow_mut());
                drop(old);
                Value::None
            }
            other => return self.not_known(format!("dict.{other}")),
        })
    }

    /// `set.name(..)`
    pub fn set_method(
        &mut self,
        set: &Rc<std::cell::RefCell<Dict>>,
        name: &str,
        call: &Call,
    ) -> Step<Value> {
        let of = Value::Set(set.clone());
        match (name, call.places.first()) {
            ("add", Some(value)) => {
                let key = self.key(value)?;
                set.borrow_mut().entry(key).or_insert((value.clone(), Value::None));
                Ok(Value::None)
            }
            ("remove" | "discard", Some(value)) => {
                let key = self.key(value)?;
                let removed = set.borrow_mut().shift_remove(&key);
                if removed.is_none() && name == "remove" {
                    let text = self.repr(value)?;
                    return raise("KeyError", text);
                }
                Ok(Value::None)
            }
            ("copy", _) => Ok(Value::Set(Rc::new(set.borrow().clone().into()))),
            ("clear", _) => {
                set.borrow_mut().clear();
                Ok(Value::None)
            }
            ("update", Some(more)) => {
                for value in self.items(more)? {
                    let key = self.key(&value)?;
                    set.borrow_mut().entry(key).or_insert((value, Value::None));
                }
                Ok(Value::None)
            }
            ("union" | "intersection" | "difference" | "issubset" | "issuperset", Some(other)) => {
                let items = self.items(other)?;
                let other = self.set_of(items)?;
                match name {
                    "union" => self.binary("|", of, other),
                    "intersection" => self.binary("&", of, other),
                    "difference" => self.binary("-", of, other),
                    _ => {
                        let (small, large) =
                            if name == "issubset" { (&of, &other) } else { (&other, &of) };
                        let (Value::Set(small), Value::Set(large)) = (small, large) else {
                            return Ok(Value::Bool(false));
                        };
                        let large = large.borrow();
                        Ok(Value::Bool(small.borrow().keys().all(|key| large.contains_key(key))))
                    }
                }
            }
            _ => self.not_known(format!("set.{name}")),
        }
    }
}

/// A stable sort that survives an order that is none: NaN has no place, and the standard sort may panic at it.
fn merge_sort<T>(items: &mut Vec<T>, compare: &mut dyn FnMut(&T, &T) -> Ordering) {
    if items.len() < 2 {
        return;
    }
    let mut right = items.split_off(items.len() / 2);
    merge_sort(items, compare);
    merge_sort(&mut right, compare);
    let left = std::mem::take(items);
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let next = if compare(b, a) == Ordering::Less { right.next() } else { left.next() };
        items.extend(next);
    }
    items.extend(left);
    items.extend(right);
}
