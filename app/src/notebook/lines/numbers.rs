//! Arithmetic on Python's own numbers: whole numbers and floats, and where one becomes the other.

use super::machine::Machine;
use super::problem::{Limit, Step, Why, raise, type_error};
use super::value::Value;

/// A number of Python.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// Whole.
    Int(i64),
    /// Float.
    Float(f64),
}

impl Number {
    /// The number that a value is; `True` is 1.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(value) => Some(Number::Int(i64::from(*value))),
            Value::Int(value) => Some(Number::Int(*value)),
            Value::Float(value) => Some(Number::Float(*value)),
            _ => None,
        }
    }

    /// As a float.
    pub fn float(self) -> f64 {
        match self {
            Number::Int(value) => value as f64,
            Number::Float(value) => value,
        }
    }
}

impl Machine {
    /// `a + b` and its like on numbers.
    pub fn arithmetic(&mut self, operator: &str, a: Number, b: Number) -> Step<Value> {
        if let (Number::Int(a), Number::Int(b)) = (a, b) {
            return self.whole(operator, a, b);
        }
        let (a, b) = (a.float(), b.float());
        Ok(Value::Float(match operator {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "/" if b == 0.0 => return raise("ZeroDivisionError", "division by zero"),
            "/" => a / b,
            "//" if b == 0.0 => return raise("ZeroDivisionError", "division by zero"),
            "//" => floor_division(a, b),
            "%" if b == 0.0 => return raise("ZeroDivisionError", "division by zero"),
            "%" => modulo(a, b),
            "**" => return power(a, b),
            _ => return unsupported(operator, "float", "float"),
        }))
    }

    fn whole(&mut self, operator: &str, a: i64, b: i64) -> Step<Value> {
        let result = match operator {
            "+" => a.checked_add(b),
            "-" => a.checked_sub(b),
            "*" => a.checked_mul(b),
            "/" if b == 0 => return raise("ZeroDivisionError", "division by zero"),
            // Beyond 2⁵³ Python divides exactly and rounds once; what is asked for here is smaller.
            "/" => return Ok(Value::Float(a as f64 / b as f64)),
            "//" | "%" if b == 0 => {
                return raise(
                    "ZeroDivisionError",
                    "integer modulo by zero".replace(
                        "modulo",
                        if operator == "%" { "modulo" } else { "division or modulo" },
                    ),
                );
            }
            "//" => {
                a.checked_div(b).map(|q| if a % b != 0 && (a < 0) != (b < 0) { q - 1 } else { q })
            }
            "%" => a.checked_rem(b).map(|r| if r != 0 && (r < 0) != (b < 0) { r + b } else { r }),
            "**" if b < 0 => {
                if a == 0 {
                    return raise("ZeroDivisionError", "zero to a negative power");
                }
                return power(a as f64, b as f64);
            }
            "**" => u32::try_from(b).ok().and_then(|b| a.checked_pow(b)).or(match a {
                0 | 1 => Some(a),
                -1 => Some(if b % 2 == 0 { 1 } else { -1 }),
                _ => None,
            }),
            "&" => Some(a & b),
            "|" => Some(a | b),
            "^" => Some(a ^ b),
            "<<" | ">>" if b < 0 => return raise("ValueError", "negative shift count"),
            "<<" if a == 0 => Some(0),
            "<<" => u32::try_from(b).ok().filter(|b| *b < 63).and_then(|b| a.checked_mul(1 << b)),
            ">>" => Some(a >> b.min(63)),
            _ => return unsupported(operator, "int", "int"),
        };
        match result {
            Some(value) => Ok(Value::Int(value)),
            None => self.unknown(Why::Limit(Limit::Integer)),
        }
    }
}

/// Python's message for operands that do not go together.
pub fn unsupported<T>(operator: &str, left: &str, right: &str) -> Step<T> {
    let operator = if operator == "**" { "** or pow()" } else { operator };
    type_error(format!("unsupported operand type(s) for {operator}: '{left}' and '{right}'"))
}

/// CPython's `float_floor_div`.
fn floor_division(a: f64, b: f64) -> f64 {
    let remainder = a % b;
    let mut quotient = (a - remainder) / b;
    if remainder != 0.0 && (b < 0.0) != (remainder < 0.0) {
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return 0f64.copysign(a / b);
    }
    let floor = quotient.floor();
    if quotient - floor > 0.5 { floor + 1.0 } else { floor }
}

/// CPython's `float_rem`: the sign of the divisor.
pub fn modulo(a: f64, b: f64) -> f64 {
    let remainder = a % b;
    if remainder == 0.0 {
        0f64.copysign(b)
    } else if (b < 0.0) != (remainder < 0.0) {
        remainder + b
    } else {
        remainder
    }
}

fn power(a: f64, b: f64) -> Step<Value> {
    if a == 0.0 && b < 0.0 {
        return raise("ZeroDivisionError", "zero to a negative power");
    }
    if a < 0.0 && a.is_finite() && b.is_finite() && b.fract() != 0.0 {
        // Python answers with a complex number; no notebook of this kind means one.
        return raise("ValueError", "a negative number to a fractional power is complex");
    }
    let result = a.powf(b);
    if result.is_infinite() && a.is_finite() && b.is_finite() {
        return raise("OverflowError", "(34, 'Numerical result out of range')");
    }
    Ok(Value::Float(result))
}
