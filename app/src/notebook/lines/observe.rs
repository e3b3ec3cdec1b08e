//! Which kind of value each expression had when it was run: what a port knows of types.

use std::collections::{HashMap, HashSet};

use tch::{Kind, Tensor};

use super::ast::{At, Expr, ExprKind};
use super::ops::Op;
use super::value::{Dict, HeldKind, Object, TupleKind, Value};

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
    /// A dict of any kind.
    Dict,
    /// A dict whose keys are names and whose values differ in kind: a configuration. A port names its type.
    Record(String, Vec<(String, Shape)>),
    /// A dict from values of one kind to values of one kind.
    Map(Box<Shape>, Box<Shape>),
    /// A `ModuleList`, by what is in it.
    Modules(Box<Shape>),
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
#[derive(Debug, Default)]
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
    /// The kinds of value that a name had, by cell.
    names: HashMap<(usize, String), Shape>,
    /// What `np.random` gave where it was asked once; `None` where it was asked again.
    drawn: HashMap<Key, Option<Tensor>>,
    /// The expression that runs an operation next.
    pending: Option<Key>,
}

/// Drawn numbers are written out up to here.
const MOST_WRITTEN: usize = 256;

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
        if let ExprKind::Name(name) = &expr.kind {
            let known = self.names.entry((expr.at.cell, name.to_string()));
            let known = known.or_insert_with(|| shape.clone());
            if *known != shape {
                *known = joined(known, &shape);
            }
        }
        if draws(expr) {
            let numbers = written_out(value).filter(|_| !self.drawn.contains_key(&key));
            self.drawn.insert(key, numbers);
        }
        match self.shapes.get_mut(&key) {
            None => {
                self.shapes.insert(key, shape);
            }
            Some(before) if *before == shape => {}
            Some(before) => *before = joined(before, &shape),
        }
    }

    /// The kind of value that a name had in a cell, at all times together.
    pub fn name(&self, cell: usize, name: &str) -> Option<&Shape> {
        self.names.get(&(cell, name.to_owned()))
    }

    /// The kinds of value that a name had, cell by cell.
    pub fn names<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Shape> {
        self.names.iter().filter(move |((_, known), _)| known == name).map(|(_, shape)| shape)
    }

    /// The numbers that `np.random` gave, where it was asked once and they are few.
    pub fn drawn(&self, expr: &Expr) -> Option<&Tensor> {
        self.drawn.get(&key(expr)).and_then(Option::as_ref)
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

/// Whether this is a call of `np.random` or of one of its generators.
fn draws(expr: &Expr) -> bool {
    let ExprKind::Call(function, _) = &expr.kind else { return false };
    let ExprKind::Attribute(object, name) = &function.kind else { return false };
    let of_random = match &object.kind {
        ExprKind::Attribute(_, module) => &**module == "random",
        ExprKind::Name(name) => matches!(&**name, "rng" | "rs" | "random"),
        _ => false,
    };
    of_random && &**name != "seed"
}

/// A value's numbers, if they are few.
fn written_out(value: &Value) -> Option<Tensor> {
    match value {
        Value::Float(value) => Some(Tensor::from(*value)),
        Value::Int(value) => Some(Tensor::from(*value)),
        Value::Tensor(held) if held.tensor.numel() <= MOST_WRITTEN => {
            let flat = held.tensor.f_detach().and_then(|tensor| tensor.f_contiguous()).ok()?;
            // A copy: the notebook may change its own.
            flat.f_mul_scalar(1).ok()
        }
        _ => None,
    }
}

/// The same, with NumPy's arrays as the tensors that they are in Rust.
pub fn in_rust(shape: &Shape) -> Shape {
    match shape {
        Shape::Array => Shape::Tensor,
        Shape::List(Some(inner)) => Shape::List(Some(Box::new(in_rust(inner)))),
        Shape::Optional(inner) => Shape::Optional(Box::new(in_rust(inner))),
        Shape::Tuple(items) => Shape::Tuple(items.iter().map(in_rust).collect()),
        Shape::Record(name, fields) => {
            let fields = fields.iter().map(|(name, shape)| (name.clone(), in_rust(shape)));
            Shape::Record(name.clone(), fields.collect())
        }
        Shape::Map(key, value) => Shape::Map(Box::new(in_rust(key)), Box::new(in_rust(value))),
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
        // `total = 0`, to which tensors are added.
        (Shape::Int | Shape::Float, Shape::Tensor) | (Shape::Tensor, Shape::Int | Shape::Float) => {
            Shape::Tensor
        }
        (Shape::None, other) | (other, Shape::None) => match other {
            Shape::Optional(_) => other.clone(),
            _ => Shape::Optional(Box::new(other.clone())),
        },
        (Shape::Optional(inner), other) | (other, Shape::Optional(inner)) if **inner == *other => {
            Shape::Optional(inner.clone())
        }
        (Shape::List(Some(a)), Shape::List(Some(b))) => match joined(a, b) {
            Shape::Mixed => Shape::Mixed,
            inner => Shape::List(Some(Box::new(inner))),
        },
        (Shape::Tuple(a), Shape::Tuple(b)) if a.len() == b.len() => {
            Shape::Tuple(a.iter().zip(b).map(|(a, b)| joined(a, b)).collect())
        }
        (Shape::Record(name, a), Shape::Record(_, b))
            if a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0) =>
        {
            let both = a.iter().zip(b);
            let fields = both.map(|(a, b)| (a.0.clone(), joined(&a.1, &b.1)));
            Shape::Record(name.clone(), fields.collect())
        }
        (Shape::Map(k, v), Shape::Map(l, w)) if k == l && v == w => a.clone(),
        _ => Shape::Mixed,
    }
}

/// A dict: a map where all values are of one kind, a record where the keys are names.
fn shape_of_dict(dict: &Dict, depth: usize) -> Shape {
    let shapes: Vec<(Shape, Shape)> = dict
        .values()
        .take(MOST_WRITTEN)
        .map(|(key, value)| (shape_of(key, depth + 1), shape_of(value, depth + 1)))
        .collect();
    let Some((key, value)) = shapes.first() else { return Shape::Dict };
    if shapes.iter().all(|(k, v)| k == key && v == value) && matches!(key, Shape::Int | Shape::Str)
    {
        return Shape::Map(Box::new(key.clone()), Box::new(value.clone()));
    }
    let is_name = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let fields = dict.values().map(|(key, value)| match key {
        Value::Str(name) if is_name(name) => Some((name.to_string(), shape_of(value, depth + 1))),
        _ => None,
    });
    match fields.collect::<Option<Vec<_>>>() {
        Some(fields) if fields.len() <= 40 => Shape::Record(String::new(), fields),
        _ => Shape::Dict,
    }
}

/// A `ModuleList`, by what is in it.
fn shape_of_modules(object: &Object, depth: usize) -> Option<Shape> {
    let names = object.names.borrow();
    let mut inside = names
        .values()
        .filter(|value| matches!(value, Value::Object(_)))
        .map(|value| shape_of(value, depth + 1));
    let first = inside.next()?;
    inside.all(|shape| shape == first).then(|| Shape::Modules(Box::new(first)))
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
        // Rust's own traits end with twelve.
        Value::Tuple(tuple) if tuple.items.len() > 12 => Shape::Other,
        Value::Tuple(tuple) => {
            Shape::Tuple(tuple.items.iter().map(|item| shape_of(item, depth + 1)).collect())
        }
        Value::Dict(dict) => shape_of_dict(&dict.borrow(), depth),
        Value::Range(..) => Shape::Range,
        Value::Object(object) => {
            let class = &object.class;
            if class.is("torch.nn.ModuleList")
                && class.native.is_some()
                && let Some(modules) = shape_of_modules(object, depth)
            {
                return modules;
            }
            Shape::Object(class.native.as_deref().unwrap_or(&class.name).to_owned())
        }
        Value::Function(_) | Value::Method(_) => Shape::Function,
        _ => Shape::Other,
    }
}
