//! A piece of Rust, and what is known of it.

use super::super::lines::observe::Shape;
pub use super::names::{Names, field_name, type_name};

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
    /// A parameter that is changed: a mutable reference.
    Mutable,
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
            Form::Reference | Form::Mutable => self.text.clone(),
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

    /// As a value of its own. What Rust cannot copy has [`NOT_COPIED`] in it.
    pub fn owned(&self) -> String {
        match (self.form, &self.shape) {
            (Form::Value(_) | Form::Vec, _) => self.text.clone(),
            (Form::Reference, Shape::Str) => format!("{}.to_owned()", self.text),
            (Form::Reference, Shape::List(Some(inner))) if is_clone(inner) => {
                format!("{}.to_vec()", self.text)
            }
            (Form::Reference, Shape::Optional(inner)) if **inner == Shape::Tensor => {
                format!("{}.map(Tensor::shallow_clone)", self.text)
            }
            (Form::Reference, Shape::Size) => format!("{}.to_vec()", self.text),
            _ => copied(&self.text, &self.shape),
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

/// Stands where a value would have to be copied that Rust does not copy: the line is not ported.
pub const NOT_COPIED: char = '\u{1}';

/// Whether Rust copies such a value without a call.
pub fn is_copy(shape: &Shape) -> bool {
    match shape {
        Shape::Int | Shape::Float | Shape::Bool | Shape::Device | Shape::Dtype(_) => true,
        Shape::Object(path) => reduction_of(path).is_some(),
        Shape::Tuple(items) => items.iter().all(is_copy),
        Shape::Optional(inner) => is_copy(inner),
        _ => false,
    }
}

/// Whether `.clone()` copies such a value.
pub fn is_clone(shape: &Shape) -> bool {
    match shape {
        Shape::Str | Shape::Size | Shape::List(None) => true,
        Shape::List(Some(inner)) | Shape::Optional(inner) => is_clone(inner),
        Shape::Tuple(items) => items.iter().all(is_clone),
        Shape::Record(_, fields) => fields.iter().all(|(_, shape)| is_clone(shape)),
        Shape::Map(key, value) => is_clone(key) && is_clone(value),
        shape => is_copy(shape),
    }
}

/// A copy of what stands at a place.
pub fn copied(place: &str, shape: &Shape) -> String {
    match shape {
        Shape::Tensor => format!("{place}.shallow_clone()"),
        shape if is_copy(shape) => place.to_owned(),
        shape if is_clone(shape) => format!("{place}.clone()"),
        Shape::List(Some(inner)) if **inner == Shape::Tensor => {
            format!("{place}.iter().map(Tensor::shallow_clone).collect::<Vec<_>>()")
        }
        Shape::Optional(inner) if **inner == Shape::Tensor => {
            format!("{place}.as_ref().map(Tensor::shallow_clone)")
        }
        Shape::Tuple(items) => {
            let items = items.iter().enumerate();
            let items: Vec<String> =
                items.map(|(at, shape)| copied(&format!("{place}.{at}"), shape)).collect();
            format!("({})", items.join(", "))
        }
        _ => format!("{place}{NOT_COPIED}"),
    }
}

/// How torch's losses that are no module here are said: by their reduction.
pub fn reduction_of(path: &str) -> Option<&'static str> {
    Some(match path.strip_prefix("torch.nn.")? {
        "MSELoss" => "mse_loss",
        "L1Loss" => "l1_loss",
        "BCELoss" => "binary_cross_entropy",
        "BCEWithLogitsLoss" => "binary_cross_entropy_with_logits",
        _ => return None,
    })
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
        Shape::Dtype(_) => "Kind".to_owned(),
        Shape::Modules(inner) => format!("nn::ModuleList<{}>", type_of(inner)?),
        Shape::Map(key, value) => {
            format!("std::collections::HashMap<{}, {}>", type_of(key)?, type_of(value)?)
        }
        Shape::Record(name, _) => name.clone(),
        Shape::Object(path) if reduction_of(path).is_some() => "tch::Reduction".to_owned(),
        Shape::Object(path) => match path.strip_prefix("torch.") {
            Some(path) => super::layers::type_of(path).ok_or_else(|| path.to_owned())?,
            None => match path.strip_prefix('?') {
                Some(name) => return Err(format!("{name} is not ported")),
                None => path.clone(),
            },
        },
        other => return Err(format!("a value of this kind: {}", spoken(other))),
    })
}

/// The type of a parameter.
pub fn type_of_parameter(shape: &Shape) -> Said<String> {
    Ok(match shape {
        Shape::Str => "&str".to_owned(),
        Shape::None => "Option<&Tensor>".to_owned(),
        Shape::Optional(inner) if **inner == Shape::Tensor => "Option<&Tensor>".to_owned(),
        Shape::Size => "&[i64]".to_owned(),
        shape if is_copy(shape) => type_of(shape)?,
        Shape::List(Some(inner)) => format!("&[{}]", type_of(inner)?),
        Shape::Tensor
        | Shape::Object(_)
        | Shape::Modules(_)
        | Shape::Record(..)
        | Shape::Map(..) => {
            format!("&{}", type_of(shape)?)
        }
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
        Shape::Map(..) | Shape::Record(..) => "dict",
        Shape::None => "None",
        Shape::Bool => "bool",
        Shape::Int => "int",
        Shape::Float => "float",
        Shape::Str => "str",
        Shape::Tensor => "tensor",
        Shape::Optional(_) => "a value or None",
        _ => "other",
    }
}
