//! `a @ b`, `a + 1`, `a < b`, `a += b` on tensors and arrays.

use std::rc::Rc;

use tch::{Kind, Tensor};

use super::super::machine::Machine;
use super::super::numbers::{Number, unsupported};
use super::super::ops::bind::Call;
use super::super::problem::{Step, raise};
use super::super::trace::Input;
use super::super::value::{Held, HeldKind, Value};

/// The row of the table that an operator is.
fn name_of(operator: &str) -> Option<&'static str> {
    Some(match operator {
        "+" => "add",
        "-" => "sub",
        "*" => "mul",
        "/" => "div",
        "//" => "floor_divide",
        "%" => "remainder",
        "**" => "pow",
        "@" => "matmul",
        "&" => "bitwise_and",
        "|" => "bitwise_or",
        "^" => "bitwise_xor",
        "<<" => "bitwise_left_shift",
        ">>" => "bitwise_right_shift",
        "==" => "eq",
        "!=" => "ne",
        "<" => "lt",
        ">" => "gt",
        "<=" => "le",
        ">=" => "ge",
        _ => return None,
    })
}

/// The same with the sides exchanged: `2 < x` is `x > 2`.
fn exchanged(operator: &str) -> Option<&'static str> {
    Some(match operator {
        "+" => "+",
        "*" => "*",
        "&" => "&",
        "|" => "|",
        "^" => "^",
        "==" => "==",
        "!=" => "!=",
        "<" => ">",
        ">" => "<",
        "<=" => ">=",
        ">=" => "<=",
        _ => return None,
    })
}

impl Machine {
    /// `left operator right`, where one is a tensor or an array.
    pub fn tensor_operator(&mut self, operator: &str, left: &Value, right: &Value) -> Step<Value> {
        let Some(name) = name_of(operator) else {
            return unsupported(operator, &left.type_name(), &right.type_name());
        };
        let is_array = |value: &Value| matches!(value, Value::Tensor(held) if held.is_array());
        if is_array(left) || is_array(right) {
            return self.array_operator(operator, name, left, right);
        }
        if matches!(left, Value::List(_) | Value::Tuple(_))
            || matches!(right, Value::List(_) | Value::Tuple(_))
        {
            return unsupported(operator, &left.type_name(), &right.type_name());
        }
        match (left, right) {
            (Value::Tensor(a), Value::Tensor(_)) => {
                self.op_on(operator, name, a, right, left, right)
            }
            (Value::Tensor(a), number) if Number::of(number).is_some() => {
                let number = self.as_tensor_if_traced(a, number, operator);
                self.op_on(operator, name, a, &number, left, right)
            }
            (number, Value::Tensor(b)) if Number::of(number).is_some() => {
                if let Some(other) = exchanged(operator) {
                    let name = name_of(other).unwrap_or(name);
                    let number = self.as_tensor_if_traced(b, number, operator);
                    return self.op_on(operator, name, b, &number, left, right);
                }
                self.number_first(operator, number, b, left, right)
            }
            _ if matches!(operator, "==" | "!=") => Ok(Value::Bool(operator == "!=")),
            _ => unsupported(operator, &left.type_name(), &right.type_name()),
        }
    }

    /// Runs a row and says in the trace what the operator was, with its sides as they stood.
    fn op_on(
        &mut self,
        operator: &str,
        name: &str,
        a: &Rc<Held>,
        b: &Value,
        left: &Value,
        right: &Value,
    ) -> Step<Value> {
        let inputs = self.sides(left, right);
        let result = self.method_of_tensor(a, name, Call::of(vec![b.clone()]))?;
        self.rename(&result, operator, inputs);
        Ok(result)
    }

    fn sides(&mut self, left: &Value, right: &Value) -> Vec<(String, Input)> {
        vec![("left".to_owned(), self.input_of(left)), ("right".to_owned(), self.input_of(right))]
    }

    /// The last node is the operator's.
    fn rename(&mut self, result: &Value, operator: &str, inputs: Vec<(String, Input)>) {
        if let Value::Tensor(held) = result
            && let Some(node) = self.trace.nodes.get_mut(held.node.get())
        {
            node.op = operator.to_owned();
            node.inputs = inputs;
        }
    }

    /// To Python a number beside a tensor is a tensor; where autograd looks, its name (`AddBackward0`) says so. The
    /// numbers are the same: float32 and float64 round the number once, in either way.
    fn as_tensor_if_traced(&mut self, held: &Rc<Held>, number: &Value, operator: &str) -> Value {
        let tensor = &held.tensor;
        let kind = tensor.f_kind().unwrap_or(Kind::Float);
        let fits =
            matches!(kind, Kind::Float | Kind::Double) && matches!(operator, "+" | "-" | "*" | "/");
        match Number::of(number) {
            Some(number) if fits && tensor.requires_grad() => {
                let of = match number {
                    Number::Int(value) => Tensor::from(value).f_to_kind(kind),
                    Number::Float(value) => Tensor::from(value).f_to_kind(kind),
                };
                match of {
                    Ok(of) => Value::Tensor(Rc::new(Held {
                        tensor: of,
                        node: std::cell::Cell::new(super::super::trace::UNTRACED),
                        base: None,
                        kind: HeldKind::Torch,
                    })),
                    Err(_) => Value::Float(number.float()),
                }
            }
            _ => number.clone(),
        }
    }

    /// `1 - x`, `2 / x`, `2 ** x`: torch's reflected operators.
    fn number_first(
        &mut self,
        operator: &str,
        number: &Value,
        b: &Rc<Held>,
        left: &Value,
        right: &Value,
    ) -> Step<Value> {
        let inputs = self.sides(left, right);
        let tensor = b.tensor.shallow_clone();
        let scalar = match Number::of(number) {
            Some(Number::Int(value)) => tch::Scalar::from(value),
            Some(Number::Float(value)) => tch::Scalar::from(value),
            None => return unsupported(operator, &left.type_name(), &right.type_name()),
        };
        let result = match operator {
            "-" => self.torch(|| tensor.f_rsub_scalar(scalar))?,
            // torch's `__rtruediv__`: the reciprocal, times the number.
            "/" => self.torch(|| tensor.f_reciprocal()?.f_mul_scalar(scalar))?,
            "**" => self.torch(|| Tensor::f_pow_scalar(scalar, &tensor))?,
            "//" | "%" => {
                let kind = self.torch(|| tensor.f_kind())?;
                let one = match Number::of(number) {
                    Some(Number::Float(value)) => Tensor::from(value as f32),
                    _ if kind == Kind::Int64 => Tensor::from(scalar_int(number)),
                    _ => self.torch(|| Tensor::from(scalar_int(number)).f_to_kind(kind))?,
                };
                match operator {
                    "//" => self.torch(|| one.f_floor_divide(&tensor))?,
                    _ => self.torch(|| one.f_remainder_tensor(&tensor))?,
                }
            }
            _ => return unsupported(operator, &left.type_name(), &right.type_name()),
        };
        Ok(self.held(result, operator, inputs))
    }

    /// `x += y`: in place, as torch does it.
    pub fn tensor_in_place(
        &mut self,
        operator: &str,
        held: &Rc<Held>,
        value: &Value,
    ) -> Step<Value> {
        let name = match operator {
            "+" => "add_",
            "-" => "sub_",
            "*" => "mul_",
            "/" => "div_",
            "//" => "floor_divide_",
            "%" => "remainder_",
            "**" => "pow_",
            "&" => "bitwise_and_",
            "|" => "bitwise_or_",
            "^" => "bitwise_xor_",
            _ => return self.binary(operator, Value::Tensor(held.clone()), value.clone()),
        };
        if held.is_array() {
            return self.array_in_place(operator, name, held, value);
        }
        let inputs = self.sides(&Value::Tensor(held.clone()), value);
        let result = self.method_of_tensor(held, name, Call::of(vec![value.clone()]))?;
        self.rename(&result, &format!("{operator}="), inputs);
        Ok(result)
    }

    /// NumPy's operators: its kinds, and lists taken for arrays.
    fn array_operator(
        &mut self,
        operator: &str,
        name: &str,
        left: &Value,
        right: &Value,
    ) -> Step<Value> {
        let inputs = self.sides(left, right);
        let (a, b) = (self.array_of(left)?, self.array_of(right)?);
        let (a, b) = self.same_kind(operator, left, a, right, b)?;
        let result = match name {
            "matmul" => self.torch(|| a.f_matmul(&b))?,
            "pow" => self.torch(|| a.f_pow(&b))?,
            "add" => self.torch(|| a.f_add(&b))?,
            "sub" => self.torch(|| a.f_sub(&b))?,
            "mul" => self.torch(|| a.f_mul(&b))?,
            "div" => self.torch(|| a.f_div(&b))?,
            "floor_divide" => self.torch(|| a.f_floor_divide(&b))?,
            "remainder" => self.torch(|| a.f_remainder_tensor(&b))?,
            "eq" => self.torch(|| a.f_eq_tensor(&b))?,
            "ne" => self.torch(|| a.f_ne_tensor(&b))?,
            "lt" => self.torch(|| a.f_lt_tensor(&b))?,
            "gt" => self.torch(|| a.f_gt_tensor(&b))?,
            "le" => self.torch(|| a.f_le_tensor(&b))?,
            "ge" => self.torch(|| a.f_ge_tensor(&b))?,
            "bitwise_and" => self.torch(|| a.f_bitwise_and_tensor(&b))?,
            "bitwise_or" => self.torch(|| a.f_bitwise_or_tensor(&b))?,
            "bitwise_xor" => self.torch(|| a.f_bitwise_xor_tensor(&b))?,
            _ => return unsupported(operator, &left.type_name(), &right.type_name()),
        };
        Ok(self.array(result, operator, inputs))
    }

    /// NumPy's promotion: Python's numbers take the array's kind, two arrays the wider one; division makes floats.
    fn same_kind(
        &mut self,
        operator: &str,
        left: &Value,
        a: Tensor,
        right: &Value,
        b: Tensor,
    ) -> Step<(Tensor, Tensor)> {
        let weak = |value: &Value| Number::of(value).is_some();
        let (ka, kb) = (a.kind(), b.kind());
        let mut kind = match (weak(left), weak(right)) {
            (false, true) => with_number(ka, right),
            (true, false) => with_number(kb, left),
            _ => wider(ka, kb),
        };
        if operator == "/" && !is_float(kind) {
            kind = Kind::Double;
        }
        if kind == Kind::Bool && matches!(operator, "+" | "-" | "*" | "**" | "//" | "%") {
            kind = Kind::Int64;
        }
        Ok((self.torch(|| a.f_to_kind(kind))?, self.torch(|| b.f_to_kind(kind))?))
    }

    fn array_in_place(
        &mut self,
        operator: &str,
        name: &str,
        held: &Rc<Held>,
        value: &Value,
    ) -> Step<Value> {
        let other = self.array_of(value)?;
        let kind = held.tensor.kind();
        if is_float(other.kind()) && !is_float(kind) {
            return raise(
                "UFuncTypeError",
                format!(
                    "Cannot cast ufunc '{}' output from dtype('float64') to dtype('int64')",
                    name.trim_end_matches('_')
                ),
            );
        }
        let other = self.torch(|| other.f_to_kind(kind))?;
        let inputs = self.sides(&Value::Tensor(held.clone()), value);
        let mut tensor = held.tensor.shallow_clone();
        let _ = match operator {
            "+" => self.torch(|| tensor.f_add_(&other))?,
            "-" => self.torch(|| tensor.f_sub_(&other))?,
            "*" => self.torch(|| tensor.f_mul_(&other))?,
            "/" if !is_float(kind) => {
                return raise("UFuncTypeError", "Cannot cast ufunc 'divide' output");
            }
            "/" => self.torch(|| tensor.f_div_(&other))?,
            _ => return self.not_known(format!("ndarray {operator}=")),
        };
        let node = self.note(&held.tensor, &format!("{operator}="), inputs, false);
        held.changed_by(node);
        Ok(Value::Tensor(held.clone()))
    }
}

fn scalar_int(value: &Value) -> i64 {
    match value {
        Value::Int(value) => *value,
        Value::Bool(value) => i64::from(*value),
        _ => 0,
    }
}

/// Whether a kind is floating point.
pub fn is_float(kind: Kind) -> bool {
    matches!(kind, Kind::Float | Kind::Double | Kind::Half | Kind::BFloat16)
}

fn with_number(kind: Kind, number: &Value) -> Kind {
    match number {
        Value::Float(_) if !is_float(kind) => Kind::Double,
        Value::Int(_) if kind == Kind::Bool => Kind::Int64,
        _ => kind,
    }
}

/// The kind that two arrays are brought to.
pub fn wider(a: Kind, b: Kind) -> Kind {
    let rank = |kind: Kind| match kind {
        Kind::Bool => 0,
        Kind::Uint8 | Kind::Int8 => 1,
        Kind::Int16 => 2,
        Kind::Int => 3,
        Kind::Int64 => 4,
        Kind::Half => 5,
        Kind::Float => 6,
        _ => 7,
    };
    let (low, high) = if rank(a) < rank(b) { (a, b) } else { (b, a) };
    // NumPy keeps what whole numbers of 32 and 64 bits are, and float32 does not.
    if high == Kind::Float && matches!(low, Kind::Int | Kind::Int64) { Kind::Double } else { high }
}
