//! The table of operations: torch's name, its arguments with torch's defaults, and the Rust that computes it.
//!
//! ```ignore
//! "tm" "softmax" (input: Tensor, dim: Int, dtype: OptKind = None) => input.f_softmax(dim, dtype);
//! ```
//!
//! The right side is compiled and run, and its text is what a port writes (`input.softmax(dim, dtype)`, without `f_`,
//! with the arguments put in): what is shown is what runs. The letters say where Python has it: `t` in `torch`, `m` as
//! a method of a tensor, `f` in `torch.nn.functional`, `L` in `torch.linalg`, `S` in `torch.special`; `v` says that it
//! gives a view. Rows of one name are tried in order, as torch tries its overloads.

pub mod bind;
mod fields;
mod rows;
pub mod take;

use std::collections::HashMap;
use std::sync::OnceLock;

use tch::{Kind, Scalar, TchError, Tensor};

pub use fields::fields_of;

/// A row of the table.
#[derive(Debug)]
pub struct Op {
    /// Where Python has it.
    pub places: &'static str,
    /// Its name there.
    pub name: &'static str,
    /// Its arguments.
    pub params: &'static [Param],
    /// The Rust that computes it, as it is compiled.
    pub rust: &'static str,
    /// Runs it.
    pub run: fn(&[Arg]) -> Result<Out, TchError>,
}

/// An argument of an operation.
#[derive(Debug)]
pub struct Param {
    /// torch's name.
    pub name: &'static str,
    /// What it takes.
    pub takes: Type,
    /// Its default, as Rust writes it.
    pub default: Option<&'static str>,
}

/// What an argument takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// A tensor.
    Tensor,
    /// A tensor that is changed in place.
    Mut,
    /// A tensor or `None`.
    OptTensor,
    /// Several tensors: a list, a tuple, or all that follow.
    Tensors,
    /// A number.
    Scalar,
    /// A whole number.
    Int,
    /// A whole number or `None`.
    OptInt,
    /// A number as float.
    Float,
    /// The same or `None`.
    OptFloat,
    /// `True` or `False`.
    Bool,
    /// Whole numbers; one stands for itself.
    Ints,
    /// The same or `None`.
    OptInts,
    /// Two whole numbers; one stands for both.
    Pair,
    /// Sizes or dimensions: a list, or all numbers that follow.
    Sizes,
    /// A dtype.
    Kind,
    /// A dtype or `None`.
    OptKind,
    /// A dtype; `None` is torch's default dtype.
    FloatKind,
    /// A dtype; `None` is `int64`.
    LongKind,
    /// Text.
    Str,
    /// `"none"`, `"mean"` or `"sum"`.
    Reduction,
}

/// An argument, converted.
#[derive(Debug)]
pub enum Arg {
    /// A tensor; `None` only where the type allows it.
    Tensor(Option<Tensor>),
    /// Tensors.
    Tensors(Vec<Tensor>),
    /// A whole number where a number is asked for.
    Whole(i64),
    /// A float where a number is asked for.
    Real(f64),
    /// A whole number.
    Int(Option<i64>),
    /// A float.
    Float(Option<f64>),
    /// A bool.
    Bool(bool),
    /// Whole numbers.
    Ints(Option<Vec<i64>>),
    /// A dtype.
    Kind(Option<Kind>),
    /// Text.
    Str(String),
}

/// What an operation gives.
#[derive(Debug)]
pub enum Out {
    /// A tensor.
    Tensor(Tensor),
    /// Several: a tuple.
    Tuple(Vec<Tensor>),
    /// `True` or `False`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A float.
    Float(f64),
    /// `None`
    Nothing,
}

/// Rows of the table; see the [module](self).
macro_rules! ops {
    ($($places:literal $name:literal
        ($($param:ident : $type:ident $(= $default:expr)?),*) => $rust:expr;)*) => {
        pub(in super::super) const OPS: &[$crate::notebook::lines::ops::Op] = &[$(
            $crate::notebook::lines::ops::Op {
                places: $places,
                name: $name,
                params: &[$($crate::notebook::lines::ops::Param {
                    name: stringify!($param),
                    takes: $crate::notebook::lines::ops::Type::$type,
                    default: $crate::notebook::lines::ops::default!($($default)?),
                }),*],
                rust: stringify!($rust),
                run: |args| {
                    #[allow(unused_mut, unused_variables)]
                    let mut args = args.iter();
                    $(
                        #[allow(unused_mut, unused_variables, non_snake_case)]
                        let mut $param = $crate::notebook::lines::ops::take::next::<
                            $crate::notebook::lines::ops::take::$type,
                        >(&mut args)?;
                    )*
                    Ok($crate::notebook::lines::ops::Out::from($rust?))
                },
            }
        ),*];
    };
}
pub(super) use ops;

/// A default's text, or none.
macro_rules! default {
    () => {
        None
    };
    ($default:expr) => {
        Some(stringify!($default))
    };
}
pub(super) use default;

/// The whole table.
pub fn all() -> impl Iterator<Item = &'static Op> {
    rows::ALL.iter().flat_map(|rows| rows.iter())
}

/// The rows of a path such as `torch.softmax`, `Tensor.softmax` or `torch.nn.functional.softmax`.
pub fn find(path: &str) -> Option<&'static [&'static Op]> {
    static BY_PATH: OnceLock<HashMap<String, Vec<&'static Op>>> = OnceLock::new();
    let by_path = BY_PATH.get_or_init(|| {
        let mut by_path: HashMap<String, Vec<&'static Op>> = HashMap::new();
        for op in all() {
            for place in op.places.chars() {
                if let Some(prefix) = prefix(place) {
                    by_path.entry(format!("{prefix}{}", op.name)).or_default().push(op);
                }
            }
        }
        by_path
    });
    by_path.get(path).map(Vec::as_slice)
}

fn prefix(place: char) -> Option<&'static str> {
    Some(match place {
        't' => "torch.",
        'm' => "Tensor.",
        'f' => "torch.nn.functional.",
        'L' => "torch.linalg.",
        'S' => "torch.special.",
        'i' => "torch.nn.init.",
        _ => return None,
    })
}

impl Op {
    /// Whether it gives a view of its first argument.
    pub fn is_view(&self) -> bool {
        self.places.contains('v')
    }

    /// Whether it changes its first argument.
    pub fn is_in_place(&self) -> bool {
        self.params.first().is_some_and(|param| param.takes == Type::Mut)
    }

    /// Whether it draws random numbers.
    pub fn draws(&self) -> bool {
        self.places.contains('r')
    }
}

impl From<Tensor> for Out {
    fn from(tensor: Tensor) -> Self {
        Out::Tensor(tensor)
    }
}

impl From<(Tensor, Tensor)> for Out {
    fn from((a, b): (Tensor, Tensor)) -> Self {
        Out::Tuple(vec![a, b])
    }
}

impl From<(Tensor, Tensor, Tensor)> for Out {
    fn from((a, b, c): (Tensor, Tensor, Tensor)) -> Self {
        Out::Tuple(vec![a, b, c])
    }
}

impl From<Vec<Tensor>> for Out {
    fn from(tensors: Vec<Tensor>) -> Self {
        Out::Tuple(tensors)
    }
}

impl From<bool> for Out {
    fn from(value: bool) -> Self {
        Out::Bool(value)
    }
}

impl From<i64> for Out {
    fn from(value: i64) -> Self {
        Out::Int(value)
    }
}

impl From<f64> for Out {
    fn from(value: f64) -> Self {
        Out::Float(value)
    }
}

impl From<()> for Out {
    fn from((): ()) -> Self {
        Out::Nothing
    }
}

/// A number as tch takes it.
fn scalar(arg: &Arg) -> Option<Scalar> {
    match arg {
        Arg::Whole(value) => Some(Scalar::from(*value)),
        Arg::Real(value) => Some(Scalar::from(*value)),
        _ => None,
    }
}
