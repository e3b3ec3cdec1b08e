//! Which kind of value each expression had when it was run: what a port knows of types.

use std::collections::HashMap;

use tch::Kind;

use super::ast::Expr;
use super::value::{HeldKind, TupleKind, Value};

/// The kind of a value, as Rust needs to know it.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// `None`
    None,
    /// `bool`
    Bool,
    /// `i64`
    Int,
    /// `f64`
    Float,
    /// Text.
    Str,
    /// A tensor.
    Tensor,
    /// A NumPy array.
    Array,
    /// A dtype.
    Dtype(Kind),
    /// A device.
    Device,
    /// A list; `None` of an empty one.
    List(Option<Box<Shape>>),
    /// A tuple.
    Tuple(Vec<Shape>),
    /// `torch.Size`
    Size,
    /// A dict.
    Dict,
    /// A range.
    Range,
    /// An object of a class of the notebook or of torch.nn, by its path or name.
    Object(String),
    /// A function of the notebook.
    Function,
    /// Anything else.
    Other,
    /// Different things at different times.
    Mixed,
}

/// By cell and bytes.
#[derive(Debug, Default, Clone)]
pub struct Observed {
    shapes: HashMap<(usize, usize, usize), Shape>,
}

impl Observed {
    /// Notes a value.
    pub fn note(&mut self, expr: &Expr, value: &Value) {
        let key = (expr.at.cell, expr.bytes.0, expr.bytes.1);
        let shape = shape_of(value, 0);
        match self.shapes.get_mut(&key) {
            None => drop(self.shapes.insert(key, shape)),
            Some(before) if *before == shape => {}
            Some(before) => *before = joined(before, &shape),
        }
    }

    /// The kind of value that an expression had, if it was run.
    pub fn get(&self, expr: &Expr) -> Option<&Shape> {
        self.shapes.get(&(expr.at.cell, expr.bytes.0, expr.bytes.1))
    }
}

/// What both are.
pub fn joined(a: &Shape, b: &Shape) -> Shape {
    match (a, b) {
        (a, b) if a == b => a.clone(),
        (Shape::List(None), list @ Shape::List(_)) | (list @ Shape::List(_), Shape::List(None)) => {
            list.clone()
        }
        _ => Shape::Mixed,
    }
}

/// The kind of a value.
pub fn shape_of(value: &Value, depth: usize) -> Shape {
    let of_all = |items: &[Value]| {
        let mut shapes = items.iter().take(50).map(|item| shape_of(item, depth + 1));
        let first = shapes.next();
        first.map(|first| Box::new(shapes.fold(first, |a, b| joined(&a, &b))))
    };
    if depth > 8 {
        return Shape::Other;
    }
    match value {
        Value::None => Shape::None,
        Value::Bool(_) => Shape::Bool,
        Value::Int(_) => Shape::Int,
        Value::Float(_) => Shape::Float,
        Value::Str(_) => Shape::Str,
        Value::Tensor(held) if held.kind == HeldKind::Array => Shape::Array,
        Value::Tensor(_) => Shape::Tensor,
        Value::Dtype(kind) => Shape::Dtype(*kind),
        Value::Device(_) => Shape::Device,
        Value::List(items) => Shape::List(of_all(&items.borrow())),
        Value::Tuple(tuple) if tuple.kind == TupleKind::Size => Shape::Size,
        Value::Tuple(tuple) => Shape::Tuple(
            tuple.items.iter().take(20).map(|item| shape_of(item, depth + 1)).collect(),
        ),
        Value::Dict(_) => Shape::Dict,
        Value::Range(..) => Shape::Range,
        Value::Object(object) => {
            let class = &object.class;
            Shape::Object(class.native.as_deref().unwrap_or(&class.name).to_owned())
        }
        Value::Function(_) | Value::Method(_) => Shape::Function,
        _ => Shape::Other,
    }
}
