//! A number as it was written, and the kind that numbers together have.

use tch::{Kind, Tensor};

/// A number as it was written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// `true`, `false`
    Bool(bool),
    /// `1`
    Int(i64),
    /// `1.0`
    Float(f64),
}

impl Number {
    /// Its value as a Python `float`.
    pub fn as_f64(self) -> f64 {
        match self {
            Number::Bool(value) => f64::from(u8::from(value)),
            Number::Int(value) => value as f64,
            Number::Float(value) => value,
        }
    }

    fn as_i64(self) -> i64 {
        match self {
            Number::Bool(value) => i64::from(value),
            Number::Int(value) => value,
            Number::Float(value) => value as i64,
        }
    }
}

impl From<bool> for Number {
    fn from(value: bool) -> Self {
        Number::Bool(value)
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Number::Int(value)
    }
}

impl From<i32> for Number {
    fn from(value: i32) -> Self {
        Number::Int(value.into())
    }
}

impl From<f64> for Number {
    fn from(value: f64) -> Self {
        Number::Float(value)
    }
}

/// The kind that `torch.tensor` chooses: `float32` if there is a float or nothing at all, else `int64` if there is
/// an integer, else `bool`.
fn kind_of(numbers: impl Iterator<Item = Number>) -> Kind {
    let mut kind = None;
    for number in numbers {
        kind = match number {
            Number::Float(_) => return Kind::Float,
            Number::Int(_) => Some(Kind::Int64),
            Number::Bool(_) => kind.or(Some(Kind::Bool)),
        };
    }
    kind.unwrap_or(Kind::Float)
}

/// A tensor `[N]` of these numbers, of the kind that `torch.tensor` chooses.
pub(super) fn tensor_of(
    numbers: impl Iterator<Item = Number> + Clone,
) -> Result<Tensor, tch::TchError> {
    match kind_of(numbers.clone()) {
        Kind::Int64 => Tensor::f_from_slice(&numbers.map(Number::as_i64).collect::<Vec<_>>()),
        Kind::Bool => {
            Tensor::f_from_slice(&numbers.map(|number| number.as_i64() != 0).collect::<Vec<_>>())
        }
        _ => {
            Tensor::f_from_slice(&numbers.map(|number| number.as_f64() as f32).collect::<Vec<_>>())
        }
    }
}

/// A tensor `[N]` of these numbers, of the kind asked for: `torch.tensor(.., dtype=kind)`. Integers are not rounded
/// on their way into an integer kind.
pub(super) fn tensor_of_kind(
    numbers: impl Iterator<Item = Number> + Clone,
    kind: Kind,
) -> Result<Tensor, tch::TchError> {
    let whole = !numbers.clone().any(|number| matches!(number, Number::Float(_)));
    let tensor = if whole {
        Tensor::f_from_slice(&numbers.map(Number::as_i64).collect::<Vec<_>>())?
    } else {
        Tensor::f_from_slice(&numbers.map(Number::as_f64).collect::<Vec<_>>())?
    };
    tensor.f_to_kind(kind)
}
