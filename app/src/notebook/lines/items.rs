//! `x[index]`: read, set and deleted, on Python's own containers; tensors have a file of their own.

use std::rc::Rc;

use super::machine::Machine;
use super::ops::bind::Call;
use super::problem::{Step, raise, type_error, value_error};
use super::ranges;
use super::value::{Tuple, Value};

impl Machine {
    /// `of[index]`
    pub fn item(&mut self, of: &Value, index: &Value) -> Step<Value> {
        match of {
            Value::Tensor(held) => {
                let held = held.clone();
                self.tensor_item(&held, index)
            }
            Value::List(items) => {
                let items = items.borrow().clone();
                match index {
                    Value::Slice(slice) => Ok(Value::list(self.sliced(&items, slice)?)),
                    _ => {
                        let at = self.place(index, items.len(), "list")?;
                        Ok(items[at].clone())
                    }
                }
            }
            Value::Tuple(tuple) => match index {
                Value::Slice(slice) => {
                    let items = self.sliced(&tuple.items, slice)?;
                    Ok(Value::Tuple(Rc::new(Tuple { items, kind: tuple.kind.clone() })))
                }
                _ => {
                    let at = self.place(index, tuple.items.len(), "tuple")?;
                    Ok(tuple.items[at].clone())
                }
            },
            Value::Str(text) => {
                let chars: Vec<char> = text.chars().collect();
                self.charge(chars.len() / 8)?;
                match index {
                    Value::Slice(slice) => {
                        let chars = self.sliced(&chars, slice)?;
                        Ok(Value::str(chars.into_iter().collect::<String>()))
                    }
                    _ => {
                        let at = self.place(index, chars.len(), "string")?;
                        Ok(Value::str(chars[at].to_string()))
                    }
                }
            }
            Value::Range(start, stop, step) => {
                let length = ranges::length(*start, *stop, *step);
                match index {
                    Value::Slice(slice) => {
                        let all = self.items(of)?;
                        Ok(Value::list(self.sliced(&all, slice)?))
                    }
                    _ => {
                        let at = self.place(index, length, "range object")?;
                        Ok(Value::Int(start + step * at as i64))
                    }
                }
            }
            Value::Dict(dict) => {
                let key = self.key(index)?;
                let found = dict.borrow().get(&key).map(|(_, value)| value.clone());
                match found {
                    Some(Value::Unknown(problem)) => Err(super::problem::Stop::Unknown(problem)),
                    Some(value) => Ok(value),
                    None => {
                        let text = self.repr(index)?;
                        raise("KeyError", text)
                    }
                }
            }
            Value::Object(object) => {
                if let Some(found) = self.child_at(object, index)? {
                    return Ok(found);
                }
                let method = self.attribute_of_class(of, "__getitem__")?;
                self.call(&method, Call::of(vec![index.clone()]))
            }
            // `list[int]` in an annotation.
            Value::Known(_) | Value::Class(_) => Ok(of.clone()),
            other => type_error(format!("'{}' object is not subscriptable", other.type_name())),
        }
    }

    /// `of[index] = value`
    pub fn set_item(&mut self, of: &Value, index: &Value, value: Value) -> Step<()> {
        match of {
            Value::Tensor(held) => {
                let held = held.clone();
                self.set_tensor_item(&held, index, &value)
            }
            Value::List(items) => match index {
                Value::Slice(slice) => {
                    let new = self.items(&value)?;
                    let length = items.borrow().len();
                    let (start, stop, step) = self.slice_of(slice, length)?;
                    if step == 1 {
                        let (start, stop) = (start as usize, stop.max(start) as usize);
                        items.borrow_mut().splice(start..stop, new);
                        return Ok(());
                    }
                    let places: Vec<i64> = ranges::items(start, stop, step).collect();
                    if places.len() != new.len() {
                        return value_error(format!(
                            "attempt to assign sequence of size {} to extended slice of size {}",
                            new.len(),
                            places.len()
                        ));
                    }
                    for (at, value) in places.into_iter().zip(new) {
                        items.borrow_mut()[at as usize] = value;
                    }
                    Ok(())
                }
                _ => {
                    let length = items.borrow().len();
                    let at = self.place(index, length, "list assignment")?;
                    let before = std::mem::replace(&mut items.borrow_mut()[at], value);
                    drop(before);
                    Ok(())
                }
            },
            Value::Dict(dict) => {
                self.charge_items(1)?;
                let key = self.key(index)?;
                let before = dict.borrow_mut().insert(key, (index.clone(), value));
                drop(before);
                Ok(())
            }
            Value::Object(object) => {
                if self.set_child(object, index, &value)? {
                    return Ok(());
                }
                let method = self.attribute_of_class(of, "__setitem__")?;
                self.call(&method, Call::of(vec![index.clone(), value])).map(drop)
            }
            other => type_error(format!(
                "'{}' object does not support item assignment",
                other.type_name()
            )),
        }
    }

    /// `del of[index]`
    pub fn delete_item(&mut self, of: &Value, index: &Value) -> Step<()> {
        match of {
            Value::List(items) => {
                let length = items.borrow().len();
                match index {
                    Value::Slice(slice) => {
                        let (start, stop, step) = self.slice_of(slice, length)?;
                        let mut places: Vec<i64> = ranges::items(start, stop, step).collect();
                        places.sort_unstable_by(|a, b| b.cmp(a));
                        for at in places {
                            items.borrow_mut().remove(at as usize);
                        }
                    }
                    _ => {
                        let at = self.place(index, length, "list assignment")?;
                        let removed = items.borrow_mut().remove(at);
                        drop(removed);
                    }
                }
                Ok(())
            }
            Value::Dict(dict) => {
                let key = self.key(index)?;
                let removed = dict.borrow_mut().shift_remove(&key);
                match removed {
                    Some(_) => Ok(()),
                    None => {
                        let text = self.repr(index)?;
                        raise("KeyError", text)
                    }
                }
            }
            other => {
                type_error(format!("'{}' object doesn't support item deletion", other.type_name()))
            }
        }
    }

    /// A whole number as a place in a sequence.
    fn place(&mut self, index: &Value, length: usize, of: &str) -> Step<usize> {
        let index = match index {
            Value::Int(index) => *index,
            Value::Bool(index) => i64::from(*index),
            Value::Tensor(held) if held.tensor.numel() == 1 => {
                self.torch(|| held.tensor.f_int64_value(&vec![0; held.tensor.dim()]))?
            }
            other => {
                let of = of.split(' ').next().unwrap_or(of);
                return type_error(format!(
                    "{of} indices must be integers or slices, not {}",
                    other.type_name()
                ));
            }
        };
        let at = if index < 0 { index + length as i64 } else { index };
        match usize::try_from(at) {
            Ok(at) if at < length => Ok(at),
            _ => raise("IndexError", format!("{of} index out of range")),
        }
    }

    /// Start, stop and step of a slice over so many items.
    pub fn slice_of(&mut self, slice: &[Value; 3], length: usize) -> Step<(i64, i64, i64)> {
        let mut three = [None; 3];
        for (at, part) in slice.iter().enumerate() {
            three[at] = match part {
                Value::None => None,
                Value::Int(value) => Some(*value),
                Value::Bool(value) => Some(i64::from(*value)),
                Value::Tensor(held) if held.tensor.dim() == 0 => {
                    Some(self.torch(|| held.tensor.f_int64_value(&[]))?)
                }
                _ => {
                    return type_error(
                        "slice indices must be integers or None or have an __index__ method",
                    );
                }
            };
        }
        match ranges::indices(three[0], three[1], three[2], length) {
            Some(found) => Ok(found),
            None => value_error("slice step cannot be zero"),
        }
    }

    fn sliced<T: Clone>(&mut self, items: &[T], slice: &[Value; 3]) -> Step<Vec<T>> {
        let (start, stop, step) = self.slice_of(slice, items.len())?;
        self.charge_items(ranges::length(start, stop, step))?;
        Ok(ranges::items(start, stop, step)
            .filter_map(|at| items.get(at as usize).cloned())
            .collect())
    }
}
