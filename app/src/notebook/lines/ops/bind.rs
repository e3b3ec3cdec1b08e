//! From a call's arguments to an operation's: torch's own overload resolution, as far as the table needs it.

use std::rc::Rc;

use tch::{Kind, Tensor};

use super::super::value::{Held, Value};
use super::{Arg, Op, Param, Type};

/// A call: what is given by place and by key.
#[derive(Default, Clone)]
pub struct Call {
    /// By place.
    pub places: Vec<Value>,
    /// By key.
    pub keys: Vec<(Rc<str>, Value)>,
}

impl Call {
    /// Only by place.
    pub fn of(places: Vec<Value>) -> Self {
        Self { places, keys: Vec::new() }
    }

    /// Takes a keyword out.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.keys.iter().position(|(key, _)| &**key == name)?;
        Some(self.keys.remove(at).1)
    }

    /// The argument of that place or key.
    pub fn get(&self, at: usize, name: &str) -> Option<&Value> {
        self.places
            .get(at)
            .or_else(|| self.keys.iter().find(|(key, _)| &**key == name).map(|(_, value)| value))
    }
}

/// A call bound to a row: the converted arguments, and the values by parameter.
pub struct BoundCall {
    /// The row.
    pub op: &'static Op,
    /// In the order of its parameters.
    pub args: Vec<Arg>,
    /// What was given for each; `None` for a default.
    pub given: Vec<Option<Value>>,
}

/// The first of the rows that takes these arguments.
pub fn bind(rows: &'static [&'static Op], call: &Call, default: Kind) -> Option<BoundCall> {
    rows.iter().find_map(|op| {
        let given = given(op, call)?;
        let mut args = Vec::with_capacity(given.len());
        for (param, value) in op.params.iter().zip(&given) {
            args.push(match value {
                Some(value) => convert(param.takes, value)?,
                None => of_default(param, default)?,
            });
        }
        Some(BoundCall { op, args, given })
    })
}

/// What is given for each parameter.
fn given(op: &'static Op, call: &Call) -> Option<Vec<Option<Value>>> {
    let mut given: Vec<Option<Value>> = Vec::with_capacity(op.params.len());
    let mut places = call.places.iter();
    for param in op.params {
        let all_that_follow = match (param.takes, places.as_slice()) {
            (Type::Sizes, [Value::Int(_) | Value::Tensor(_), ..]) => true,
            (Type::Sizes, []) => {
                !call.keys.iter().any(|(key, _)| is_name(param.name, key))
                    && op.places.contains('t')
                    && given.is_empty()
            }
            (Type::Tensors, [Value::Tensor(_), ..]) => true,
            _ => false,
        };
        if all_that_follow {
            given.push(Some(Value::list(places.by_ref().cloned().collect())));
        } else {
            given.push(places.next().cloned());
        }
    }
    if places.next().is_some() {
        return None;
    }
    for (key, value) in &call.keys {
        let at = op.params.iter().position(|param| is_name(param.name, key))?;
        if given[at].is_some() {
            return None;
        }
        given[at] = Some(value.clone());
    }
    Some(given)
}

/// torch takes NumPy's names, too.
fn is_name(param: &str, key: &str) -> bool {
    param == key
        || matches!(
            (param, key),
            ("dim", "axis")
                | ("keepdim", "keepdims")
                | ("input", "x" | "self" | "a")
                | ("other", "x2")
        )
}

fn convert(takes: Type, value: &Value) -> Option<Arg> {
    Some(match takes {
        Type::Tensor | Type::Mut => Arg::Tensor(Some(tensor(value)?)),
        Type::OptTensor => match value {
            Value::None => Arg::Tensor(None),
            _ => Arg::Tensor(Some(tensor(value)?)),
        },
        Type::Tensors => Arg::Tensors(items(value)?.iter().map(tensor).collect::<Option<_>>()?),
        Type::Scalar => match value {
            Value::Int(value) => Arg::Whole(*value),
            Value::Bool(value) => Arg::Whole(i64::from(*value)),
            Value::Float(value) => Arg::Real(*value),
            _ => return None,
        },
        Type::Int => Arg::Int(Some(int(value)?)),
        Type::OptInt if matches!(value, Value::None) => Arg::Int(None),
        Type::OptInt => Arg::Int(Some(int(value)?)),
        Type::Float => Arg::Float(Some(float(value)?)),
        Type::OptFloat if matches!(value, Value::None) => Arg::Float(None),
        Type::OptFloat => Arg::Float(Some(float(value)?)),
        Type::Bool => match value {
            Value::Bool(value) => Arg::Bool(*value),
            _ => return None,
        },
        Type::Pair => Arg::Ints(Some(match ints(value)?[..] {
            [one] => vec![one, one],
            [a, b] => vec![a, b],
            _ => return None,
        })),
        Type::Ints | Type::Sizes => Arg::Ints(Some(ints(value)?)),
        Type::OptInts if matches!(value, Value::None) => Arg::Ints(None),
        Type::OptInts => Arg::Ints(Some(ints(value)?)),
        Type::OptKind if matches!(value, Value::None) => Arg::Kind(None),
        Type::Kind | Type::OptKind | Type::FloatKind | Type::LongKind => match value {
            Value::Dtype(kind) => Arg::Kind(Some(*kind)),
            _ => return None,
        },
        Type::Str => match value {
            Value::Str(text) => Arg::Str(text.to_string()),
            _ => return None,
        },
        Type::Reduction => match value {
            Value::Str(text) if matches!(&**text, "none" | "mean" | "sum") => {
                Arg::Str(text.to_string())
            }
            _ => return None,
        },
    })
}

fn tensor(value: &Value) -> Option<Tensor> {
    match value {
        Value::Tensor(held) if !held.is_array() => Some(held.tensor.shallow_clone()),
        _ => None,
    }
}

/// The items of a list, tuple or range of numbers.
fn items(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::List(items) => Some(items.borrow().clone()),
        Value::Tuple(tuple) => Some(tuple.items.clone()),
        Value::Iter(left) => Some(left.borrow().iter().cloned().collect()),
        _ => None,
    }
}

fn int(value: &Value) -> Option<i64> {
    match value {
        Value::Int(value) => Some(*value),
        Value::Tensor(held) => whole(held),
        _ => None,
    }
}

/// A tensor of one whole number is taken for that number.
fn whole(held: &Held) -> Option<i64> {
    let kind = held.tensor.f_kind().ok()?;
    let is_whole = matches!(kind, Kind::Int64 | Kind::Int | Kind::Int16 | Kind::Int8 | Kind::Uint8);
    (is_whole && held.tensor.dim() == 0).then(|| held.tensor.f_int64_value(&[]).ok()).flatten()
}

fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Int(value) => Some(*value as f64),
        Value::Float(value) => Some(*value),
        _ => None,
    }
}

fn ints(value: &Value) -> Option<Vec<i64>> {
    match value {
        Value::Range(start, stop, step) => {
            let range = super::super::ranges::items(*start, *stop, *step);
            (range.len() <= 1000).then(|| range.collect())
        }
        Value::Int(_) | Value::Tensor(_) => Some(vec![int(value)?]),
        _ => {
            let mut found = items(value)?;
            // `torch.zeros((2, 3))` is what `torch.zeros(2, 3)` is, a list inside the list of all that follow.
            if let [inner @ (Value::List(_) | Value::Tuple(_))] = found.as_slice() {
                found = items(inner)?;
            }
            found.iter().map(int).collect()
        }
    }
}

/// The default, from its text in the row.
fn of_default(param: &Param, kind: Kind) -> Option<Arg> {
    let text = param.default?;
    Some(match param.takes {
        Type::OptTensor => Arg::Tensor(None),
        Type::Int => Arg::Int(Some(text.parse().ok()?)),
        Type::OptInt => Arg::Int(text.parse().ok()),
        Type::Float => Arg::Float(Some(text.parse().ok()?)),
        Type::OptFloat => Arg::Float(text.parse().ok()),
        Type::Bool => Arg::Bool(text == "true"),
        Type::Scalar => match text.parse::<i64>() {
            Ok(value) => Arg::Whole(value),
            Err(_) => Arg::Real(text.parse().ok()?),
        },
        Type::Ints | Type::Sizes | Type::Pair => Arg::Ints(Some(list_of(text)?)),
        Type::OptInts => Arg::Ints(list_of(text)),
        Type::OptKind => Arg::Kind(None),
        Type::FloatKind => Arg::Kind(Some(kind)),
        Type::LongKind => Arg::Kind(Some(Kind::Int64)),
        Type::Str | Type::Reduction => Arg::Str(text.trim_matches('"').to_owned()),
        Type::Tensor | Type::Mut | Type::Tensors | Type::Kind => return None,
    })
}

/// `[0, 0]`
fn list_of(text: &str) -> Option<Vec<i64>> {
    let inside = text.strip_prefix('[')?.strip_suffix(']')?;
    inside
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(|item| item.parse().ok())
        .collect()
}
