//! A piece of Rust, and what is known of it.

use std::collections::HashMap;

use super::super::lines::observe::Shape;

/// Rust for an expression.
#[derive(Debug, Clone)]
pub struct Code {
    /// The text.
    pub text: String,
    /// What kind of value it is.
    pub shape: Shape,
    /// How it may be used.
    pub form: Form,
}

/// How a piece of Rust may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A variable or field that owns its value.
    Place,
    /// A variable that is a reference already.
    Reference,
    /// A value of its own; the number says how tightly it holds together: 1 sums, 2 products, 3 signs, 5 calls.
    Value(u8),
    /// The same, and a `Vec` of tensors where Python has a tuple.
    Vec,
}

/// Why a line cannot be said.
pub type Said<T> = Result<T, String>;

impl Code {
    /// A value that holds together.
    pub fn value(text: impl Into<String>, shape: Shape) -> Self {
        Self { text: text.into(), shape, form: Form::Value(5) }
    }

    /// A value with an operator in it.
    pub fn operation(text: impl Into<String>, shape: Shape, tightness: u8) -> Self {
        Self { text: text.into(), shape, form: Form::Value(tightness) }
    }

    /// As what stands before a dot.
    pub fn receiver(&self) -> String {
        match self.form {
            Form::Value(tightness) if tightness < 5 => format!("({})", self.text),
            _ => self.text.clone(),
        }
    }

    /// As an argument that is borrowed.
    pub fn borrowed(&self) -> String {
        match self.form {
            Form::Reference => self.text.clone(),
            Form::Value(tightness) if tightness < 5 => format!("&({})", self.text),
            _ => format!("&{}", self.text),
        }
    }

    /// As a side of an operator that holds its sides so tightly.
    pub fn operand(&self, tightness: u8) -> String {
        let is_tensor = self.shape == Shape::Tensor;
        match self.form {
            Form::Place if is_tensor => format!("&{}", self.text),
            Form::Value(own) if own < tightness => format!("({})", self.text),
            _ => self.text.clone(),
        }
    }

    /// As a value of its own.
    pub fn owned(&self) -> String {
        let is_copied =
            matches!(self.shape, Shape::Int | Shape::Float | Shape::Bool | Shape::Device);
        match (self.form, &self.shape) {
            (Form::Value(_) | Form::Vec, _) => self.text.clone(),
            (_, Shape::Tensor) => format!("{}.shallow_clone()", self.text),
            (Form::Reference, Shape::Str) => format!("{}.to_owned()", self.text),
            _ if is_copied => self.text.clone(),
            _ => format!("{}.clone()", self.text),
        }
    }

    /// As `f64`.
    pub fn float(&self) -> Said<String> {
        match self.shape {
            Shape::Float => Ok(self.text.clone()),
            Shape::Int => match self.text.parse::<i64>() {
                Ok(value) => Ok(format!("{value}.0")),
                Err(_) => Ok(format!("{} as f64", self.operand(4))),
            },
            _ => Err("this is no number in Rust".to_owned()),
        }
    }
}

/// The type of a value in Rust, where it is owned.
pub fn type_of(shape: &Shape) -> Said<String> {
    Ok(match shape {
        Shape::Tensor => "Tensor".to_owned(),
        Shape::Int => "i64".to_owned(),
        Shape::Float => "f64".to_owned(),
        Shape::Bool => "bool".to_owned(),
        Shape::Str => "String".to_owned(),
        Shape::Device => "Device".to_owned(),
        Shape::None => "()".to_owned(),
        Shape::Size => "Vec<i64>".to_owned(),
        Shape::List(Some(inner)) => format!("Vec<{}>", type_of(inner)?),
        Shape::Tuple(items) => {
            let items: Said<Vec<String>> = items.iter().map(type_of).collect();
            format!("({})", items?.join(", "))
        }
        Shape::Optional(inner) => format!("Option<{}>", type_of(inner)?),
        Shape::Object(path) => match path.strip_prefix("torch.nn.") {
            Some(name @ ("Linear" | "LayerNorm" | "Embedding" | "Dropout")) => name.to_owned(),
            Some(other) => return Err(format!("nn.{other}")),
            None => path.clone(),
        },
        other => return Err(format!("a value of this kind: {}", spoken(other))),
    })
}

/// The type of a parameter.
pub fn type_of_parameter(shape: &Shape) -> Said<String> {
    Ok(match shape {
        Shape::Tensor => "&Tensor".to_owned(),
        Shape::Str => "&str".to_owned(),
        Shape::None => "Option<&Tensor>".to_owned(),
        Shape::Optional(inner) if **inner == Shape::Tensor => "Option<&Tensor>".to_owned(),
        Shape::Int | Shape::Float | Shape::Bool | Shape::Device => type_of(shape)?,
        Shape::List(Some(inner)) => format!("&[{}]", type_of(inner)?),
        Shape::Object(_) => format!("&{}", type_of(shape)?),
        other => return Err(format!("a parameter of this kind: {}", spoken(other))),
    })
}

/// A kind of value in words.
pub fn spoken(shape: &Shape) -> &'static str {
    match shape {
        Shape::Mixed => "now one type, now another",
        Shape::Dict => "dict",
        Shape::Array => "NumPy array",
        Shape::Function => "function",
        Shape::Object(_) => "object",
        Shape::List(_) => "list",
        Shape::Tuple(_) => "tuple",
        _ => "other",
    }
}

/// Python's names in Rust: lower case, and none that Rust keeps for itself.
#[derive(Debug, Default)]
pub struct Names {
    known: HashMap<String, String>,
}

impl Names {
    /// The Rust name of a Python name; two that would meet are kept apart.
    pub fn of(&mut self, python: &str) -> String {
        if let Some(known) = self.known.get(python) {
            return known.clone();
        }
        let mut name = snake(python);
        if matches!(
            name.as_str(),
            "as" | "type"
                | "match"
                | "in"
                | "let"
                | "mut"
                | "fn"
                | "ref"
                | "move"
                | "box"
                | "self"
                | "super"
                | "use"
                | "loop"
                | "mod"
                | "impl"
                | "where"
                | "struct"
                | "enum"
                | "pub"
                | "dyn"
                | "crate"
                | "const"
                | "static"
                | "trait"
                | "unsafe"
                | "async"
                | "await"
                | "gen"
                | "try"
                | "final"
                | "true"
                | "false"
                | "tensor"
                | "scalar"
                | "run"
                | "usize"
                | "extern"
        ) {
            name.push('_');
        }
        while self.known.values().any(|taken| *taken == name) {
            name.push_str("_2");
        }
        self.known.insert(python.to_owned(), name.clone());
        name
    }
}

fn snake(name: &str) -> String {
    if name == "_" {
        return "_unused".to_owned();
    }
    let mut out = String::new();
    let mut before_is_lower = false;
    for c in name.chars() {
        if c.is_uppercase() && before_is_lower {
            out.push('_');
        }
        before_is_lower = c.is_lowercase();
        out.extend(c.to_lowercase());
    }
    out
}
