//! `==`, `<`, `in`, `is`.

use std::cmp::Ordering;
use std::rc::Rc;

use super::machine::Machine;
use super::numbers::Number;
use super::ops::bind::Call;
use super::problem::{Step, type_error};
use super::value::Value;

impl Machine {
    /// `left operator right`
    pub fn compare(&mut self, operator: &str, left: &Value, right: &Value) -> Step<Value> {
        match operator {
            "is" => return Ok(Value::Bool(is(left, right))),
            "is not" => return Ok(Value::Bool(!is(left, right))),
            "in" => return self.contains(right, left).map(Value::Bool),
            "not in" => return self.contains(right, left).map(|found| Value::Bool(!found)),
            _ => {}
        }
        if matches!(left, Value::Tensor(_)) || matches!(right, Value::Tensor(_)) {
            if (matches!(left, Value::None) || matches!(right, Value::None))
                && matches!(operator, "==" | "!=")
            {
                return Ok(Value::Bool(operator == "!="));
            }
            return self.tensor_operator(operator, left, right);
        }
        match operator {
            "==" => self.equal(left, right).map(Value::Bool),
            "!=" => self.equal(left, right).map(|equal| Value::Bool(!equal)),
            "<" | ">" | "<=" | ">=" => {
                if let Value::Object(object) = left
                    && let Some(method) = object.class.find(match operator {
                        "<" => "__lt__",
                        ">" => "__gt__",
                        "<=" => "__le__",
                        _ => "__ge__",
                    })
                {
                    let method = self.bind_method(left, method)?;
                    return self.call(&method, Call::of(vec![right.clone()]));
                }
                let Some(ordering) = self.order(operator, left, right)? else {
                    return Ok(Value::Bool(false));
                };
                Ok(Value::Bool(match operator {
                    "<" => ordering == Ordering::Less,
                    ">" => ordering == Ordering::Greater,
                    "<=" => ordering != Ordering::Greater,
                    _ => ordering != Ordering::Less,
                }))
            }
            other => self.not_known(other),
        }
    }

    /// `a == b` as Python's `bool`.
    pub fn equal(&mut self, a: &Value, b: &Value) -> Step<bool> {
        self.tick()?;
        if let (Some(a), Some(b)) = (Number::of(a), Number::of(b)) {
            return Ok(match (a, b) {
                (Number::Int(a), Number::Int(b)) => a == b,
                (a, b) => a.float() == b.float(),
            });
        }
        Ok(match (a, b) {
            (Value::Str(a), Value::Str(b)) => a == b,
            (Value::None, Value::None) | (Value::Ellipsis, Value::Ellipsis) => true,
            (Value::Dtype(a), Value::Dtype(b)) => a == b,
            (Value::Device(a), Value::Device(b)) => a == b,
            (Value::Device(a), Value::Str(b)) | (Value::Str(b), Value::Device(a)) => a == b,
            (Value::List(a), Value::List(b)) => {
                let (a, b) = (a.borrow().clone(), b.borrow().clone());
                return self.all_equal(&a, &b);
            }
            (Value::Tuple(a), Value::Tuple(b)) => return self.all_equal(&a.items, &b.items),
            // `x.shape == [2, 3]` is false in Python; `torch.Size([2, 3]) == (2, 3)` is true.
            (Value::Dict(a), Value::Dict(b)) => {
                let (a, b) = (a.borrow().clone(), b.borrow().clone());
                if a.len() != b.len() {
                    return Ok(false);
                }
                for (key, (_, left)) in &a {
                    match b.get(key) {
                        Some((_, right)) if self.deeper(|m| m.equal(left, right))? => {}
                        _ => return Ok(false),
                    }
                }
                true
            }
            (Value::Set(a), Value::Set(b)) => {
                let (a, b) = (a.borrow(), b.borrow());
                a.len() == b.len() && a.keys().all(|key| b.contains_key(key))
            }
            (Value::Range(..), Value::Range(..)) => {
                let (a, b) = (self.items(a)?, self.items(b)?);
                return self.all_equal(&a, &b);
            }
            (Value::Tensor(_), _) | (_, Value::Tensor(_)) => {
                let result = self.compare("==", a, b)?;
                return self.truth(&result);
            }
            (Value::Object(object), _) => match object.class.find("__eq__") {
                Some(method) => {
                    let method = self.bind_method(a, method)?;
                    let result = self.call(&method, Call::of(vec![b.clone()]))?;
                    return self.truth(&result);
                }
                None => is(a, b),
            },
            _ => is(a, b),
        })
    }

    fn all_equal(&mut self, a: &[Value], b: &[Value]) -> Step<bool> {
        if a.len() != b.len() {
            return Ok(false);
        }
        for (a, b) in a.iter().zip(b) {
            if !is(a, b) && !self.deeper(|machine| machine.equal(a, b))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Which comes first; `None` beside NaN.
    pub fn order(&mut self, operator: &str, a: &Value, b: &Value) -> Step<Option<Ordering>> {
        self.tick()?;
        if let (Some(a), Some(b)) = (Number::of(a), Number::of(b)) {
            return Ok(match (a, b) {
                (Number::Int(a), Number::Int(b)) => Some(a.cmp(&b)),
                (a, b) => a.float().partial_cmp(&b.float()),
            });
        }
        match (a, b) {
            (Value::Str(a), Value::Str(b)) => Ok(Some(a.cmp(b))),
            (Value::List(_), Value::List(_)) | (Value::Tuple(_), Value::Tuple(_)) => {
                let (a, b) = (self.items(a)?, self.items(b)?);
                for (a, b) in a.iter().zip(&b) {
                    if !self.deeper(|machine| machine.equal(a, b))? {
                        return self.deeper(|machine| machine.order(operator, a, b));
                    }
                }
                Ok(Some(a.len().cmp(&b.len())))
            }
            (Value::Tensor(_), _) | (_, Value::Tensor(_)) => {
                let less = self.compare("<", a, b)?;
                if self.truth(&less)? {
                    return Ok(Some(Ordering::Less));
                }
                let greater = self.compare(">", a, b)?;
                Ok(Some(if self.truth(&greater)? { Ordering::Greater } else { Ordering::Equal }))
            }
            (Value::Object(object), _) => match object.class.find("__lt__") {
                Some(method) => {
                    let method = self.bind_method(a, method)?;
                    let less = self.call(&method, Call::of(vec![b.clone()]))?;
                    Ok(Some(if self.truth(&less)? { Ordering::Less } else { Ordering::Greater }))
                }
                None => not_supported(operator, a, b),
            },
            _ => not_supported(operator, a, b),
        }
    }

    /// `item in of`
    pub fn contains(&mut self, of: &Value, item: &Value) -> Step<bool> {
        match of {
            Value::Dict(dict) | Value::Set(dict) => {
                let key = self.key(item)?;
                Ok(dict.borrow().contains_key(&key))
            }
            Value::Str(text) => match item {
                Value::Str(part) => Ok(text.contains(&**part)),
                other => type_error(format!(
                    "'in <string>' requires string as left operand, not {}",
                    other.type_name()
                )),
            },
            Value::Range(start, stop, step) => match item {
                Value::Int(item) => {
                    let low = (*start).min(*stop);
                    let inside = if *step > 0 {
                        item >= start && item < stop
                    } else {
                        item <= start && item > stop
                    };
                    let _ = low;
                    Ok(inside && item.wrapping_sub(*start) % step == 0)
                }
                _ => Ok(false),
            },
            Value::Object(object) if object.class.find("__contains__").is_some() => {
                let method = self.attribute_of_class(of, "__contains__")?;
                let result = self.call(&method, Call::of(vec![item.clone()]))?;
                self.truth(&result)
            }
            _ => {
                let items = self.items(of)?;
                for other in &items {
                    if is(other, item) || self.equal(other, item)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }

    /// A method of an object's class, bound.
    pub fn attribute_of_class(&mut self, object: &Value, name: &str) -> Step<Value> {
        if let Value::Object(of) = object
            && let Some(method) = of.class.find(name)
        {
            return self.bind_method(object, method);
        }
        type_error(format!("'{}' object has no {name}", object.type_name()))
    }
}

fn not_supported<T>(operator: &str, a: &Value, b: &Value) -> Step<T> {
    type_error(format!(
        "'{operator}' not supported between instances of '{}' and '{}'",
        a.type_name(),
        b.type_name()
    ))
}

/// `a is b`
pub fn is(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::None, Value::None) | (Value::Ellipsis, Value::Ellipsis) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::Dtype(a), Value::Dtype(b)) => a == b,
        (Value::Known(a), Value::Known(b)) => a == b,
        (Value::List(a), Value::List(b)) => Rc::ptr_eq(a, b),
        (Value::Tuple(a), Value::Tuple(b)) => Rc::ptr_eq(a, b),
        (Value::Dict(a), Value::Dict(b)) | (Value::Set(a), Value::Set(b)) => Rc::ptr_eq(a, b),
        (Value::Tensor(a), Value::Tensor(b)) => Rc::ptr_eq(a, b),
        (Value::Object(a), Value::Object(b)) => Rc::ptr_eq(a, b),
        (Value::Class(a), Value::Class(b)) => Rc::ptr_eq(a, b),
        (Value::Function(a), Value::Function(b)) => Rc::ptr_eq(a, b),
        _ => false,
    }
}
