//! Which kind of value each expression had when it was run: what a port knows of types.

use std::collections::{HashMap, HashSet};

use tch::Kind;

use super::ast::{At, Expr};
use super::ops::Op;
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
    /// `None` at one time, this at another.
    Optional(Box<Shape>),
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
    shapes: HashMap<Key, Shape>,
    /// How many dimensions the tensors had; `None` where they differ.
    dims: HashMap<Key, Option<usize>>,
    /// Which dtype the tensors had; `None` where it differs.
    kinds: HashMap<Key, Option<Kind>>,
    /// The expressions that were bool tensors.
    masks: HashSet<Key>,
    /// The rows of the table that calls and operators were.
    ops: HashMap<Key, &'static Op>,
    /// What functions were given and gave: by where they begin, and the parameter or `return`.
    functions: HashMap<(At, String), Shape>,
    /// The expression that runs an operation next.
    pending: Option<Key>,
}

/// An expression: its cell and bytes.
type Key = (usize, usize, usize);

impl Observed {
    /// Notes a value.
    pub fn note(&mut self, expr: &Expr, value: &Value) {
        let key = key(expr);
        if let Value::Tensor(held) = value {
            if held.tensor.f_kind().is_ok_and(|kind| kind == Kind::Bool) {
                self.masks.insert(key);
            }
            let kind = held.tensor.f_kind().ok();
            let known = self.kinds.entry(key).or_insert(kind);
            if *known != kind {
                *known = None;
            }
            let dims = Some(held.tensor.dim());
            let known = self.dims.entry(key).or_insert(dims);
            if *known != dims {
                *known = None;
            }
        }
        let shape = shape_of(value, 0);
        match self.shapes.get_mut(&key) {
            None => {
                self.shapes.insert(key, shape);
            }
            Some(before) if *before == shape => {}
            Some(before) => *before = joined(before, &shape),
        }
    }

    /// The kind of value that an expression had, if it was run.
    pub fn get(&self, expr: &Expr) -> Option<&Shape> {
        self.shapes.get(&key(expr))
    }

    /// How many dimensions the tensors had that an expression gave.
    pub fn dims(&self, expr: &Expr) -> Option<usize> {
        self.dims.get(&key(expr)).copied().flatten()
    }

    /// Which dtype the tensors had that an expression gave.
    pub fn kind(&self, expr: &Expr) -> Option<Kind> {
        self.kinds.get(&key(expr)).copied().flatten()
    }

    /// Whether an expression was a NumPy array.
    pub fn is_array(&self, expr: &Expr) -> bool {
        self.shapes.get(&key(expr)) == Some(&Shape::Array)
    }

    /// Whether an expression was a bool tensor.
    pub fn is_mask(&self, expr: &Expr) -> bool {
        self.masks.contains(&key(expr))
    }

    /// The row of the table that a call or operator was.
    pub fn op(&self, expr: &Expr) -> Option<&'static Op> {
        self.ops.get(&key(expr)).copied()
    }

    /// The expression that runs an operation next.
    pub fn expect(&mut self, expr: Option<&Expr>) {
        self.pending = expr.map(key);
    }

    /// An operation that was run.
    pub fn ran(&mut self, op: &'static Op) {
        if let Some(key) = self.pending.take() {
            self.ops.insert(key, op);
        }
    }

    /// What a function was given for a parameter, or gave (`return`).
    pub fn note_function(&mut self, at: At, what: &str, value: &Value) {
        let shape = shape_of(value, 0);
        let entry = self.functions.entry((at, what.to_owned()));
        let known = entry.or_insert_with(|| shape.clone());
        if *known != shape {
            *known = joined(known, &shape);
        }
    }

    /// The same, asked for.
    pub fn function(&self, at: At, what: &str) -> Option<&Shape> {
        self.functions.get(&(at, what.to_owned()))
    }
}

fn key(expr: &Expr) -> Key {
    (expr.at.cell, expr.bytes.0, expr.bytes.1)
}

/// The same, with NumPy's arrays as the tensors that they are in Rust.
pub fn in_rust(shape: &Shape) -> Shape {
    match shape {
        Shape::Array => Shape::Tensor,
        Shape::List(Some(inner)) => Shape::List(Some(Box::new(in_rust(inner)))),
        Shape::Optional(inner) => Shape::Optional(Box::new(in_rust(inner))),
        Shape::Tuple(items) => Shape::Tuple(items.iter().map(in_rust).collect()),
        other => other.clone(),
    }
}

/// What both are.
pub fn joined(a: &Shape, b: &Shape) -> Shape {
    match (a, b) {
        (a, b) if a == b => a.clone(),
        (Shape::List(None), list @ Shape::List(_)) | (list @ Shape::List(_), Shape::List(None)) => {
            list.clone()
        }
        // A number written `2` and `0.5`: a float takes both.
        (Shape::Int, Shape::Float) | (Shape::Float, Shape::Int) => Shape::Float,
        (Shape::None, other) | (other, Shape::None) => match other {
            Shape::Optional(_) => other.clone(),
            _ => Shape::Optional(Box::new(other.clone())),
        },
        (Shape::Optional(inner), other) | (other, Shape::Optional(inner)) if **inner == *other => {
            Shape::Optional(inner.clone())
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
