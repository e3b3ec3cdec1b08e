//! Nested literals as values, before they become a tensor.

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

/// A number or a list of literals.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// A single number.
    Number(Number),
    /// `[a, b, ..]`
    List(Vec<Literal>),
}

impl From<f64> for Literal {
    fn from(value: f64) -> Self {
        Literal::Number(Number::Float(value))
    }
}

impl From<i64> for Literal {
    fn from(value: i64) -> Self {
        Literal::Number(Number::Int(value))
    }
}

impl From<i32> for Literal {
    fn from(value: i32) -> Self {
        Literal::Number(Number::Int(value.into()))
    }
}

impl From<bool> for Literal {
    fn from(value: bool) -> Self {
        Literal::Number(Number::Bool(value))
    }
}

impl Literal {
    /// The tensor that `torch.tensor` makes of this literal.
    pub fn into_tensor(self) -> Tensor {
        let mut values = Vec::new();
        let mut shape = Vec::new();
        self.flatten(0, &mut shape, &mut values);
        Tensor::from_slice(&values).to_kind(Kind::Float).reshape(&shape)
    }

    fn flatten(&self, depth: usize, shape: &mut Vec<i64>, values: &mut Vec<f64>) {
        match self {
            Literal::Number(Number::Float(value)) => values.push(*value),
            Literal::Number(Number::Int(value)) => values.push(*value as f64),
            Literal::Number(Number::Bool(value)) => values.push(f64::from(*value)),
            Literal::List(items) => {
                if shape.len() == depth {
                    shape.push(items.len() as i64);
                }
                items.iter().for_each(|item| item.flatten(depth + 1, shape, values));
            }
        }
    }
}
