//! `a + b`, `-a`, `a < b`: on numbers, texts, lists, tensors and objects.

use std::rc::Rc;

use super::machine::Machine;
use super::numbers::{Number, unsupported};
use super::ops::bind::Call;
use super::problem::{Step, type_error};
use super::value::{Dict, Value};

impl Machine {
    /// `left operator right`
    pub fn binary(&mut self, operator: &str, left: Value, right: Value) -> Step<Value> {
        if let (Some(a), Some(b)) = (Number::of(&left), Number::of(&right)) {
            if let (Value::Bool(a), Value::Bool(b)) = (&left, &right) {
                match operator {
                    "&" => return Ok(Value::Bool(a & b)),
                    "|" => return Ok(Value::Bool(a | b)),
                    "^" => return Ok(Value::Bool(a ^ b)),
                    _ => {}
                }
            }
            return self.arithmetic(operator, a, b);
        }
        match (&left, &right) {
            (Value::Object(_), _) | (_, Value::Object(_)) => {
                if let Some(result) = self.operator_method(operator, &left, &right)? {
                    return Ok(result);
                }
            }
            (Value::Tensor(_), _) | (_, Value::Tensor(_)) => {
                return self.tensor_operator(operator, &left, &right);
            }
            (Value::Str(a), Value::Str(b)) if operator == "+" => {
                self.charge_text(a.len() + b.len())?;
                return Ok(Value::str(format!("{a}{b}")));
            }
            (Value::Str(text), _) if operator == "%" => {
                let text = text.to_string();
                return self.percent(&text, &right);
            }
            (Value::List(a), Value::List(b)) if operator == "+" => {
                let all: Vec<Value> = a.borrow().iter().chain(b.borrow().iter()).cloned().collect();
                self.charge_items(all.len())?;
                return Ok(Value::list(all));
            }
            (Value::Tuple(a), Value::Tuple(b)) if operator == "+" => {
                self.charge_items(a.items.len() + b.items.len())?;
                let items = a.items.iter().chain(&b.items).cloned().collect();
                let kind =
                    if a.kind == b.kind { a.kind.clone() } else { super::value::TupleKind::Plain };
                return Ok(Value::Tuple(Rc::new(super::value::Tuple { items, kind })));
            }
            (sequence @ (Value::List(_) | Value::Tuple(_) | Value::Str(_)), Value::Int(times))
            | (Value::Int(times), sequence @ (Value::List(_) | Value::Tuple(_) | Value::Str(_)))
                if operator == "*" =>
            {
                return self.repeated(sequence, *times);
            }
            (Value::Dict(a), Value::Dict(b)) if operator == "|" => {
                let mut all = a.borrow().clone();
                all.extend(b.borrow().clone());
                return Ok(Value::Dict(Rc::new(all.into())));
            }
            (Value::Set(a), Value::Set(b)) => {
                let (a, b) = (a.borrow(), b.borrow());
                if let Some(set) = of_sets(operator, &a, &b) {
                    return Ok(Value::Set(Rc::new(set.into())));
                }
            }
            // `int | None` in an annotation.
            (Value::Known(_) | Value::Class(_), _) if operator == "|" => return Ok(left),
            _ => {}
        }
        unsupported(operator, &left.type_name(), &right.type_name())
    }

    fn repeated(&mut self, sequence: &Value, times: i64) -> Step<Value> {
        let times = usize::try_from(times).unwrap_or(0);
        if let Value::Str(text) = sequence {
            self.charge_text(text.len().saturating_mul(times))?;
            return Ok(Value::str(text.repeat(times)));
        }
        let items = self.items(sequence)?;
        let count = items.len().saturating_mul(times);
        self.charge_items(count)?;
        let all: Vec<Value> = items.iter().cloned().cycle().take(count).collect();
        Ok(if matches!(sequence, Value::List(_)) { Value::list(all) } else { Value::tuple(all) })
    }

    /// `a += b`: what can be changed in place is.
    pub fn in_place(&mut self, operator: &str, left: Value, right: Value) -> Step<Value> {
        match (&left, operator) {
            (Value::List(items), "+") => {
                let more = self.items(&right)?;
                items.borrow_mut().extend(more);
                Ok(left)
            }
            (Value::Tensor(held), _) => {
                let held = held.clone();
                self.tensor_in_place(operator, &held, &right)
            }
            (Value::Object(_), _) => {
                let name = match dunder(operator) {
                    Some(name) => format!("__i{name}__"),
                    None => String::new(),
                };
                if let Value::Object(object) = &left
                    && let Some(method) = object.class.find(&name)
                {
                    let method = self.bind_method(&left, method)?;
                    return self.call(&method, Call::of(vec![right]));
                }
                self.binary(operator, left, right)
            }
            _ => self.binary(operator, left, right),
        }
    }

    /// `a.__add__(b)` or `b.__radd__(a)`
    fn operator_method(
        &mut self,
        operator: &str,
        left: &Value,
        right: &Value,
    ) -> Step<Option<Value>> {
        let Some(name) = dunder(operator) else { return Ok(None) };
        for (of, other, name) in
            [(left, right, format!("__{name}__")), (right, left, format!("__r{name}__"))]
        {
            if let Value::Object(object) = of
                && let Some(method) = object.class.find(&name)
            {
                let method = self.bind_method(of, method)?;
                return self.call(&method, Call::of(vec![other.clone()])).map(Some);
            }
        }
        Ok(None)
    }

    /// `-x`, `+x`, `~x`
    pub fn unary(&mut self, operator: char, operand: Value) -> Step<Value> {
        match (operator, &operand) {
            ('-', Value::Float(value)) => Ok(Value::Float(-value)),
            ('+', Value::Float(_)) => Ok(operand),
            (_, Value::Int(_) | Value::Bool(_)) => {
                let Some(Number::Int(value)) = Number::of(&operand) else { return Ok(operand) };
                match operator {
                    '-' => self.arithmetic("-", Number::Int(0), Number::Int(value)),
                    '~' => Ok(Value::Int(!value)),
                    _ => Ok(Value::Int(value)),
                }
            }
            (_, Value::Tensor(held)) => {
                let name = match operator {
                    '-' => "neg",
                    '~' => "bitwise_not",
                    _ => return Ok(operand),
                };
                let held = held.clone();
                self.method_of_tensor(&held, name, Call::default())
            }
            (_, Value::Object(object)) => {
                let name = match operator {
                    '-' => "__neg__",
                    '~' => "__invert__",
                    _ => "__pos__",
                };
                match object.class.find(name) {
                    Some(method) => {
                        let method = self.bind_method(&operand, method)?;
                        self.call(&method, Call::default())
                    }
                    None => bad_operand(operator, &operand),
                }
            }
            _ => bad_operand(operator, &operand),
        }
    }
}

fn bad_operand<T>(operator: char, operand: &Value) -> Step<T> {
    type_error(format!("bad operand type for unary {operator}: '{}'", operand.type_name()))
}

fn of_sets(operator: &str, a: &Dict, b: &Dict) -> Option<Dict> {
    let pick = |of: &Dict, keep: &dyn Fn(&super::value::Key) -> bool| -> Dict {
        of.iter()
            .filter(|(key, _)| keep(key))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    };
    Some(match operator {
        "&" => pick(a, &|key| b.contains_key(key)),
        "-" => pick(a, &|key| !b.contains_key(key)),
        "|" => a.iter().chain(b).map(|(key, value)| (key.clone(), value.clone())).collect(),
        "^" => {
            let mut all = pick(a, &|key| !b.contains_key(key));
            all.extend(pick(b, &|key| !a.contains_key(key)));
            all
        }
        _ => return None,
    })
}

/// `add` of `__add__`.
fn dunder(operator: &str) -> Option<&'static str> {
    Some(match operator {
        "+" => "add",
        "-" => "sub",
        "*" => "mul",
        "/" => "truediv",
        "//" => "floordiv",
        "%" => "mod",
        "**" => "pow",
        "@" => "matmul",
        "&" => "and",
        "|" => "or",
        "^" => "xor",
        _ => return None,
    })
}
