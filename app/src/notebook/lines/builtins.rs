//! Python's own functions.

use std::rc::Rc;

use super::machine::Machine;
use super::numbers::Number;
use super::ops::bind::Call;
use super::problem::{Step, Stop, raise, type_error, value_error};
use super::value::{Dict, Value};

/// The functions that are known here.
pub const FUNCTIONS: &[&str] = &[
    "print",
    "len",
    "enumerate",
    "zip",
    "map",
    "filter",
    "sum",
    "min",
    "max",
    "abs",
    "round",
    "sorted",
    "reversed",
    "isinstance",
    "issubclass",
    "hasattr",
    "getattr",
    "setattr",
    "any",
    "all",
    "repr",
    "format",
    "iter",
    "next",
    "divmod",
    "pow",
    "id",
    "callable",
    "ord",
    "chr",
    "hash",
    "bin",
    "hex",
    "oct",
    "super",
    "display",
    "property",
    "staticmethod",
    "classmethod",
    "NotImplemented",
    "Ellipsis",
];
/// What is known of small modules.
pub const OF_MODULES: &[&str] = &[
    "dataclasses.dataclass",
    "dataclasses.field",
    "abc.ABC",
    "abc.abstractmethod",
    "functools.wraps",
    "functools.reduce",
    "functools.lru_cache",
    "functools.cache",
    "warnings.filterwarnings",
    "warnings.warn",
    "copy.copy",
    "copy.deepcopy",
    "collections.OrderedDict",
    "itertools.product",
    "itertools.chain",
    "__future__.annotations",
    "random.seed",
    "functools.partial",
];

impl Machine {
    /// What stands under a path, called.
    pub fn call_known(&mut self, path: &str, call: Call) -> Step<Value> {
        self.refuse(path)?;
        if let Some(rows) = super::ops::find(path) {
            return self.call_op(path, rows, call);
        }
        match path.split('.').next() {
            Some("torch") => self.torch_function(path, call),
            Some("math") => self.math(path, &call),
            Some("numpy") => self.numpy_function(path, call),
            Some("scipy" | "jax") => self.scipy_function(path, &call),
            _ => self.python_function(path, call),
        }
    }

    fn python_function(&mut self, path: &str, mut call: Call) -> Step<Value> {
        if super::chance::FUNCTIONS.contains(&path) {
            return self.by_chance(path, &call);
        }
        let first = call.places.first().cloned();
        let second = call.places.get(1).cloned();
        Ok(match (path, first) {
            ("print", _) => return self.print_function(call),
            ("display", Some(value)) => {
                let text = self.repr(&value)?;
                let nodes = self.nodes_of(&value);
                self.print(&format!("{text}\n"), nodes)?;
                Value::None
            }
            ("len", Some(value)) => Value::Int(self.length(&value)? as i64),
            ("range", Some(_)) => return self.range(&call),
            ("enumerate", Some(items)) => {
                let start = match call.get(1, "start") {
                    Some(Value::Int(start)) => *start,
                    _ => 0,
                };
                let items = self.items(&items)?;
                let pair = |(at, item)| {
                    Value::tuple(vec![Value::Int(start.wrapping_add(at as i64)), item])
                };
                Value::iter(items.into_iter().enumerate().map(pair).collect())
            }
            ("zip", _) => {
                let mut lists = Vec::new();
                for of in &call.places {
                    lists.push(self.items(of)?);
                }
                let shortest = lists.iter().map(Vec::len).min().unwrap_or(0);
                self.charge_items(shortest * lists.len())?;
                let row =
                    |at: usize| Value::tuple(lists.iter().map(|list| list[at].clone()).collect());
                Value::iter((0..shortest).map(row).collect())
            }
            ("map", Some(function)) => {
                let mut lists = Vec::new();
                for of in &call.places[1..] {
                    lists.push(self.items(of)?);
                }
                let shortest = lists.iter().map(Vec::len).min().unwrap_or(0);
                let mut made = Vec::new();
                for at in 0..shortest {
                    let places = lists.iter().map(|list| list[at].clone()).collect();
                    made.push(self.call(&function, Call::of(places))?);
                }
                Value::iter(made)
            }
            ("filter", Some(function)) => {
                let items = self.items(&second.unwrap_or(Value::None))?;
                let mut kept = Vec::new();
                for item in items {
                    let keep = match &function {
                        Value::None => item.clone(),
                        function => self.call(function, Call::of(vec![item.clone()]))?,
                    };
                    if self.truth(&keep)? {
                        kept.push(item);
                    }
                }
                Value::iter(kept)
            }
            ("sum", Some(items)) => {
                let mut total = call.get(1, "start").cloned().unwrap_or(Value::Int(0));
                for item in self.items(&items)? {
                    total = self.binary("+", total, item)?;
                }
                total
            }
            ("min" | "max", Some(first)) => return self.extreme(path, first, call),
            ("abs", Some(value)) => match Number::of(&value) {
                Some(Number::Int(value)) => Value::Int(value.saturating_abs()),
                Some(Number::Float(value)) => Value::Float(value.abs()),
                None => match &value {
                    Value::Tensor(held) => {
                        return self.method_of_tensor(&held.clone(), "abs", Call::default());
                    }
                    other => {
                        return type_error(format!(
                            "bad operand type for abs(): '{}'",
                            other.type_name()
                        ));
                    }
                },
            },
            ("round", Some(value)) => return self.round(&value, call.get(1, "ndigits")),
            ("sorted", Some(items)) => {
                let reverse = match call.take("reverse") {
                    Some(value) => self.truth(&value)?,
                    None => false,
                };
                let items = self.items(&items)?;
                Value::list(self.sorted(items, call.take("key"), reverse)?)
            }
            ("reversed", Some(items)) => {
                let mut items = self.items(&items)?;
                items.reverse();
                Value::iter(items)
            }
            ("list", None) => Value::list(Vec::new()),
            ("list", Some(items)) => Value::list(self.items(&items)?),
            ("tuple", None) => Value::tuple(Vec::new()),
            ("tuple", Some(items)) => Value::tuple(self.items(&items)?),
            ("set" | "frozenset", None) => self.set_of(Vec::new())?,
            ("set" | "frozenset", Some(items)) => {
                let items = self.items(&items)?;
                self.set_of(items)?
            }
            ("dict" | "collections.OrderedDict", first) => {
                let dict: Rc<std::cell::RefCell<Dict>> = Rc::default();
                let call = Call { places: first.into_iter().collect(), keys: call.keys };
                self.dict_method(&dict, "update", call)?;
                Value::Dict(dict)
            }
            ("str", None) => Value::str(""),
            ("str", Some(value)) => Value::str(self.text_of(&value)?),
            ("repr", Some(value)) => Value::str(self.repr(&value)?),
            ("format", Some(value)) => {
                let spec = match second {
                    Some(Value::Str(spec)) => spec.to_string(),
                    _ => String::new(),
                };
                Value::str(self.format(&value, &spec)?)
            }
            ("int" | "float" | "bool", first) => return self.number_of(path, first, second),
            ("type", Some(value)) => self.type_of(&value),
            ("isinstance", Some(value)) => {
                let of = second.unwrap_or(Value::None);
                Value::Bool(self.is_instance(&value, &of)?)
            }
            ("issubclass", Some(Value::Class(class))) => match second {
                Some(Value::Class(of)) => {
                    Value::Bool(class.order().iter().any(|one| Rc::ptr_eq(one, &of)))
                }
                _ => Value::Bool(false),
            },
            ("hasattr" | "getattr", Some(object)) => {
                let Some(Value::Str(name)) = second else {
                    return type_error("attribute name must be string");
                };
                match (self.attribute(&object, &name), call.places.get(2)) {
                    (Ok(_), _) if path == "hasattr" => Value::Bool(true),
                    (Ok(value), _) => value,
                    (Err(Stop::Raise(_)), _) if path == "hasattr" => Value::Bool(false),
                    (Err(Stop::Raise(raised)), Some(default))
                        if &*raised.class == "AttributeError" =>
                    {
                        default.clone()
                    }
                    (Err(stop), _) => return Err(stop),
                }
            }
            ("setattr", Some(object)) => match (second, call.places.get(2)) {
                (Some(Value::Str(name)), Some(value)) => {
                    self.set_attribute(&object, &name, value.clone())?;
                    Value::None
                }
                _ => return type_error("setattr expected 3 arguments"),
            },
            ("any" | "all", Some(items)) => {
                let mut items = self.iterate(&items)?;
                while let Some(item) = items.next(self)? {
                    self.tick()?;
                    if self.truth(&item)? == (path == "any") {
                        return Ok(Value::Bool(path == "any"));
                    }
                }
                Value::Bool(path == "all")
            }
            ("iter", Some(value)) => match value {
                Value::Iter(_) => value,
                value => Value::iter(self.items(&value)?),
            },
            ("next", Some(value)) => return self.next_of(&value, second),
            ("divmod", Some(a)) => {
                let b = second.unwrap_or(Value::None);
                let quotient = self.binary("//", a.clone(), b.clone())?;
                Value::tuple(vec![quotient, self.binary("%", a, b)?])
            }
            ("pow", Some(a)) => self.binary("**", a, second.unwrap_or(Value::None))?,
            ("callable", Some(value)) => Value::Bool(matches!(
                value,
                Value::Function(_)
                    | Value::Method(_)
                    | Value::Class(_)
                    | Value::Known(_)
                    | Value::Bound(_)
            )),
            ("ord", Some(Value::Str(text))) => match text.chars().next() {
                Some(c) => Value::Int(i64::from(u32::from(c))),
                None => {
                    return type_error("ord() expected a character, but string of length 0 found");
                }
            },
            ("chr", Some(Value::Int(code))) => {
                match u32::try_from(code).ok().and_then(char::from_u32) {
                    Some(c) => Value::str(c.to_string()),
                    None => return value_error("chr() arg not in range(0x110000)"),
                }
            }
            ("bin", Some(Value::Int(value))) => Value::str(self.format(&Value::Int(value), "#b")?),
            ("hex", Some(Value::Int(value))) => Value::str(self.format(&Value::Int(value), "#x")?),
            ("slice", Some(a)) => Value::Slice(Rc::new(match (second, call.places.get(2)) {
                (None, _) => [Value::None, a, Value::None],
                (Some(b), c) => [a, b, c.cloned().unwrap_or(Value::None)],
            })),
            (
                "object.__init__" | "warnings.filterwarnings" | "warnings.warn" | "random.seed",
                _,
            ) => Value::None,
            ("abc.abstractmethod" | "functools.lru_cache" | "functools.cache", Some(value)) => {
                value
            }
            (
                "functools.wraps"
                | "functools.lru_cache"
                | "functools.cache"
                | "dataclasses.dataclass",
                Some(Value::Function(_)) | None,
            ) => Value::known("abc.abstractmethod"),
            ("dataclasses.dataclass", Some(Value::Class(class))) => {
                class.names.borrow_mut().insert(Rc::from("__dataclass__"), Value::Bool(true));
                Value::Class(class)
            }
            ("functools.reduce", Some(function)) => {
                let mut items = self.items(&second.unwrap_or(Value::None))?.into_iter();
                let mut total = match call.places.get(2).cloned().or_else(|| items.next()) {
                    Some(first) => first,
                    None => return type_error("reduce() of empty iterable with no initial value"),
                };
                for item in items {
                    total = self.call(&function, Call::of(vec![total, item]))?;
                }
                total
            }
            ("itertools.chain", _) => {
                let mut all = Vec::new();
                for of in &call.places {
                    all.extend(self.items(of)?);
                }
                Value::iter(all)
            }
            ("itertools.product", _) => {
                let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
                for of in &call.places {
                    let items = self.items(of)?;
                    self.charge_items(rows.len().saturating_mul(items.len()))?;
                    rows = rows
                        .iter()
                        .flat_map(|row| {
                            items
                                .iter()
                                .map(|item| [row.as_slice(), std::slice::from_ref(item)].concat())
                        })
                        .collect();
                }
                Value::iter(rows.into_iter().map(Value::tuple).collect())
            }
            ("copy.copy" | "copy.deepcopy", Some(value)) => {
                self.copied(&value, path == "copy.deepcopy", 0)?
            }
            (_, _) if path.starts_with("typing.") => Value::None,
            _ => return self.not_known(format!("{path}(…)")),
        })
    }

    fn print_function(&mut self, mut call: Call) -> Step<Value> {
        if call.take("file").is_some() {
            return self.not_known("print(file=…)");
        }
        let mut option = |name: &str, default: &str| match call.take(name) {
            Some(Value::Str(text)) => text.to_string(),
            _ => default.to_owned(),
        };
        let (sep, end) = (option("sep", " "), option("end", "\n"));
        let mut text = String::new();
        let mut nodes = Vec::new();
        for (at, value) in call.places.iter().enumerate() {
            if at > 0 {
                text.push_str(&sep);
            }
            text.push_str(&self.text_of(value)?);
            nodes.extend(self.nodes_of(value));
            self.charge_text(text.len() / (at + 1))?;
        }
        text.push_str(&end);
        self.print(&text, nodes)?;
        Ok(Value::None)
    }

    /// The trace's nodes of the tensors in a value.
    pub fn nodes_of(&self, value: &Value) -> Vec<usize> {
        match value {
            Value::Tensor(held) => vec![held.node.get()],
            Value::List(items) => items
                .borrow()
                .iter()
                .take(64)
                .flat_map(|item| match item {
                    Value::Tensor(held) => Some(held.node.get()),
                    _ => None,
                })
                .collect(),
            Value::Tuple(tuple) => tuple
                .items
                .iter()
                .filter_map(|item| match item {
                    Value::Tensor(held) => Some(held.node.get()),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    fn range(&mut self, call: &Call) -> Step<Value> {
        let mut numbers = Vec::new();
        for place in &call.places {
            match place {
                Value::Int(value) => numbers.push(*value),
                Value::Bool(value) => numbers.push(i64::from(*value)),
                Value::Tensor(held) if held.tensor.dim() == 0 => {
                    numbers.push(self.torch(|| held.tensor.f_int64_value(&[]))?);
                }
                other => {
                    return type_error(format!(
                        "'{}' object cannot be interpreted as an integer",
                        other.type_name()
                    ));
                }
            }
        }
        match numbers[..] {
            [stop] => Ok(Value::Range(0, stop, 1)),
            [start, stop] => Ok(Value::Range(start, stop, 1)),
            [_, _, 0] => value_error("range() arg 3 must not be zero"),
            [start, stop, step] => Ok(Value::Range(start, stop, step)),
            _ => type_error("range expected at most 3 arguments"),
        }
    }

    fn extreme(&mut self, path: &str, first: Value, mut call: Call) -> Step<Value> {
        let (key, default) = (call.take("key"), call.take("default"));
        let items = if call.places.len() == 1 { self.items(&first)? } else { call.places };
        let mut best: Option<(Value, Value)> = None;
        for item in items {
            let rank = match &key {
                Some(key) => self.call(key, Call::of(vec![item.clone()]))?,
                None => item.clone(),
            };
            let better = match &best {
                None => true,
                Some((so_far, _)) => {
                    let result =
                        self.compare(if path == "min" { "<" } else { ">" }, &rank, so_far)?;
                    self.truth(&result)?
                }
            };
            if better {
                best = Some((rank, item));
            }
        }
        match best.map(|(_, item)| item).or(default) {
            Some(item) => Ok(item),
            None => value_error(format!("{path}() iterable argument is empty")),
        }
    }

    fn round(&mut self, value: &Value, digits: Option<&Value>) -> Step<Value> {
        let digits = match digits {
            Some(Value::Int(digits)) => Some(*digits),
            _ => None,
        };
        match (Number::of(value), digits) {
            (Some(Number::Int(value)), _) => Ok(Value::Int(value)),
            (Some(Number::Float(value)), None) => {
                if !value.is_finite() {
                    return raise("OverflowError", "cannot convert float infinity to integer");
                }
                let rounded = value.round_ties_even();
                self.whole_of(rounded)
            }
            // As CPython: the decimal text, correctly rounded, read back.
            (Some(Number::Float(value)), Some(digits @ 0..=300)) => {
                let text = super::format::fixed(value, digits as usize);
                Ok(Value::Float(text.parse().unwrap_or(value)))
            }
            (Some(Number::Float(value)), Some(_)) => Ok(Value::Float(value)),
            (None, digits) => match value {
                Value::Tensor(held) => {
                    let mut call = Call::default();
                    if let Some(digits) = digits {
                        call.keys.push((Rc::from("decimals"), Value::Int(digits)));
                    }
                    self.method_of_tensor(&held.clone(), "round", call)
                }
                other => type_error(format!(
                    "type {} doesn't define __round__ method",
                    other.type_name()
                )),
            },
        }
    }

    /// A float without decimals as a whole number.
    pub fn whole_of(&mut self, value: f64) -> Step<Value> {
        if value.is_nan() {
            return value_error("cannot convert float NaN to integer");
        }
        if value.is_infinite() {
            return raise("OverflowError", "cannot convert float infinity to integer");
        }
        if value.abs() < 9.2e18 {
            return Ok(Value::Int(value as i64));
        }
        self.unknown(super::problem::Why::Limit(super::problem::Limit::Integer))
    }

    fn number_of(&mut self, path: &str, value: Option<Value>, base: Option<Value>) -> Step<Value> {
        let Some(value) = value else {
            return Ok(match path {
                "int" => Value::Int(0),
                "float" => Value::Float(0.0),
                _ => Value::Bool(false),
            });
        };
        if path == "bool" {
            return self.truth(&value).map(Value::Bool);
        }
        let value = match &value {
            Value::Tensor(held) => self.item_of(held)?,
            other => other.clone(),
        };
        match (path, &value, Number::of(&value)) {
            ("int", _, Some(Number::Int(value))) => Ok(Value::Int(value)),
            ("int", _, Some(Number::Float(value))) => self.whole_of(value.trunc()),
            ("float", _, Some(value)) => Ok(Value::Float(value.float())),
            ("int", Value::Str(text), _) => {
                let base = match base {
                    Some(Value::Int(base @ 2..=36)) => base as u32,
                    _ => 10,
                };
                match i64::from_str_radix(&text.trim().replace('_', ""), base) {
                    Ok(value) => Ok(Value::Int(value)),
                    Err(_) => {
                        let text = super::repr::quoted(text);
                        value_error(format!("invalid literal for int() with base {base}: {text}"))
                    }
                }
            }
            ("float", Value::Str(text), _) => {
                match text.trim().replace('_', "").to_lowercase().parse() {
                    Ok(value) => Ok(Value::Float(value)),
                    Err(_) => {
                        let text = super::repr::quoted(text);
                        value_error(format!("could not convert string to float: {text}"))
                    }
                }
            }
            _ => type_error(format!(
                "{path}() argument must be a string or a real number, not '{}'",
                value.type_name()
            )),
        }
    }

    fn type_of(&mut self, value: &Value) -> Value {
        match value {
            Value::Object(object) => Value::Class(object.class.clone()),
            Value::Tensor(held) => {
                let path = match held.kind {
                    super::value::HeldKind::Torch => "torch.Tensor",
                    super::value::HeldKind::Parameter => "torch.nn.Parameter",
                    super::value::HeldKind::Array => "numpy.ndarray",
                };
                Value::known(path)
            }
            Value::Function(_) => Value::known("function"),
            other => Value::known(other.type_name()),
        }
    }

    fn is_instance(&mut self, value: &Value, of: &Value) -> Step<bool> {
        Ok(match of {
            Value::Tuple(tuple) => {
                let mut any = false;
                for of in &tuple.items {
                    any |= self.is_instance(value, of)?;
                }
                any
            }
            Value::Class(class) => match value {
                Value::Object(object) => {
                    object.class.order().iter().any(|one| Rc::ptr_eq(one, class))
                }
                _ => false,
            },
            Value::Known(path) => {
                let name = path.rsplit('.').next().unwrap_or(path);
                match value {
                    Value::Bool(_) => matches!(name, "bool" | "int" | "object"),
                    Value::Tensor(held) if name == "Tensor" => !held.is_array(),
                    Value::Tuple(_) if name == "tuple" => true,
                    Value::Known(_) | Value::Class(_) if name == "type" => true,
                    other => other.type_name() == name || matches!(name, "object" | "Any"),
                }
            }
            _ => {
                return type_error(
                    "isinstance() arg 2 must be a type, a tuple of types, or a union",
                );
            }
        })
    }

    fn next_of(&mut self, value: &Value, default: Option<Value>) -> Step<Value> {
        match value {
            Value::Iter(items) => match items.borrow_mut().pop_front().or(default) {
                Some(Value::Unknown(problem)) => Err(Stop::Unknown(problem)),
                Some(item) => Ok(item),
                None => raise("StopIteration", ""),
            },
            Value::Object(_) => {
                let method = self.attribute_of_class(value, "__next__")?;
                self.call(&method, Call::default())
            }
            other => type_error(format!("'{}' object is not an iterator", other.type_name())),
        }
    }
}
