//! What a name can stand for.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;

use indexmap::IndexMap;
use tch::{Kind, Tensor};

use super::ast;
use super::problem::Problem;
use super::scope::Scope;

/// A Python value.
#[derive(Clone)]
pub enum Value {
    /// `None`
    None,
    /// `True`
    Bool(bool),
    /// A whole number; beyond 64 bits it has no value here.
    Int(i64),
    /// `0.5`
    Float(f64),
    /// `"text"`
    Str(Rc<str>),
    /// A tuple, `torch.Size` or named tuple.
    Tuple(Rc<Tuple>),
    /// A list.
    List(Rc<RefCell<Vec<Value>>>),
    /// A dict.
    Dict(Rc<RefCell<Dict>>),
    /// A set: a dict without values.
    Set(Rc<RefCell<Dict>>),
    /// `range(start, stop, step)`
    Range(i64, i64, i64),
    /// `start:stop:step`
    Slice(Rc<[Value; 3]>),
    /// `...`
    Ellipsis,
    /// A torch tensor or a NumPy array.
    Tensor(Rc<Held>),
    /// `torch.float32`
    Dtype(Kind),
    /// `torch.device("cpu")`
    Device(Rc<str>),
    /// A function of the notebook.
    Function(Rc<Closure>),
    /// The same, of an object.
    Method(Rc<(Value, Rc<Closure>)>),
    /// A class.
    Class(Rc<Class>),
    /// An object.
    Object(Rc<Object>),
    /// `super()`: where to look from, and the object.
    Super(Rc<(Rc<Class>, Value)>),
    /// Something of Python or torch by its path: `print`, `math`, `torch.softmax`.
    Known(Rc<str>),
    /// `x.softmax`, not yet called.
    Bound(Rc<(Value, Rc<str>)>),
    /// `zip(..)`, a generator: what is left of it.
    Iter(Rc<RefCell<VecDeque<Value>>>),
    /// What has no value here, and why.
    Unknown(Rc<Problem>),
}

/// The items of a tuple, and what kind of tuple it is.
#[derive(Clone)]
pub struct Tuple {
    /// Its items.
    pub items: Vec<Value>,
    /// Plain, or another.
    pub kind: TupleKind,
}

/// What kind of tuple.
#[derive(Clone, PartialEq)]
pub enum TupleKind {
    /// `(1, 2)`
    Plain,
    /// `torch.Size([1, 2])`
    Size,
    /// `torch.return_types.max`, with its fields.
    Named(&'static str, &'static [&'static str]),
}

/// Keys in the order of insertion.
pub type Dict = IndexMap<Key, (Value, Value)>;

/// What can be a key: `1`, `1.0` and `True` are the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    /// `None`
    None,
    /// A whole number, or a float that is whole.
    Int(i64),
    /// Another float, by its bits.
    Float(u64),
    /// Text.
    Str(Rc<str>),
    /// A tuple.
    Tuple(Vec<Key>),
    /// A function, class, object or dtype, by what it is.
    Same(usize, String),
}

/// A tensor, with what the trace knows of it.
pub struct Held {
    /// The tensor.
    pub tensor: Tensor,
    /// The trace's node that says where its numbers came from.
    pub node: Cell<usize>,
    /// The tensor that it is a view of.
    pub base: Option<Rc<Held>>,
    /// torch's, a parameter, or NumPy's.
    pub kind: HeldKind,
}

/// Whose tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldKind {
    /// `torch.Tensor`
    Torch,
    /// `nn.Parameter`
    Parameter,
    /// `np.ndarray`
    Array,
}

impl Held {
    /// Whether it is NumPy's.
    pub fn is_array(&self) -> bool {
        self.kind == HeldKind::Array
    }

    /// Notes that its numbers now come from another node: in the tensors that it is a view of, too.
    pub fn changed_by(&self, node: usize) {
        self.node.set(node);
        let mut base = self.base.as_ref();
        while let Some(held) = base {
            held.node.set(node);
            base = held.base.as_ref();
        }
    }
}

/// A function of the notebook and the scope it was made in.
pub struct Closure {
    /// The function.
    pub function: Rc<ast::Function>,
    /// Its defaults, evaluated where it was defined.
    pub defaults: Vec<Option<Value>>,
    /// What its free names mean.
    pub scope: Rc<Scope>,
    /// The class that it was defined in.
    pub class: RefCell<Option<Rc<Class>>>,
    /// `@staticmethod`, `@classmethod`, `@property`, or a plain function.
    pub kind: Cell<ClosureKind>,
    /// `@torch.no_grad()`: whether it runs without gradients.
    pub no_grad: Cell<bool>,
}

/// How a function of a class is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosureKind {
    /// As it is; through an object it is bound.
    Plain,
    /// `@staticmethod`
    Static,
    /// `@classmethod`
    OfClass,
    /// `@property`
    Property,
}

/// A field of a `@dataclass`, with its default.
pub type Field = (Rc<str>, Option<Value>);

/// A class of the notebook, of torch.nn, or an exception.
pub struct Class {
    /// Its name.
    pub name: Rc<str>,
    /// What it derives from.
    pub bases: Vec<Rc<Class>>,
    /// Methods and class variables.
    pub names: RefCell<IndexMap<Rc<str>, Value>>,
    /// The path of what Rust computes for it: `torch.nn.Linear`, `Exception`.
    pub native: Option<Rc<str>>,
    /// The fields of a `@dataclass`, with their defaults.
    pub fields: RefCell<Option<Vec<Field>>>,
}

impl Class {
    /// The class and what it derives from, in the order in which Python looks (depth first, each once at its last).
    pub fn order(self: &Rc<Self>) -> Vec<Rc<Class>> {
        let mut all = Vec::new();
        self.gather(&mut all, 0);
        let mut order: Vec<Rc<Class>> = Vec::new();
        for class in all.into_iter().rev() {
            if !order.iter().any(|seen| Rc::ptr_eq(seen, &class)) {
                order.push(class);
            }
        }
        order.reverse();
        order
    }

    fn gather(self: &Rc<Self>, all: &mut Vec<Rc<Class>>, depth: usize) {
        if depth > 50 || all.len() > 500 {
            return;
        }
        all.push(self.clone());
        self.bases.iter().for_each(|base| base.gather(all, depth + 1));
    }

    /// What the name means in the class.
    pub fn find(self: &Rc<Self>, name: &str) -> Option<Value> {
        self.order().iter().find_map(|class| class.names.borrow().get(name).cloned())
    }

    /// The path of the first native class that it derives from.
    pub fn native(self: &Rc<Self>) -> Option<Rc<str>> {
        self.order().iter().find_map(|class| class.native.clone())
    }

    /// Whether it is, or derives from, a class of that name or native path.
    pub fn is(self: &Rc<Self>, name: &str) -> bool {
        self.order().iter().any(|class| {
            class.native.as_deref() == Some(name)
                || (class.native.is_none() && &*class.name == name)
        })
    }
}

/// An object of a class.
pub struct Object {
    /// Its class.
    pub class: Rc<Class>,
    /// Its attributes.
    pub names: RefCell<IndexMap<Rc<str>, Value>>,
    /// What Rust keeps for it, such as an optimiser.
    pub inner: RefCell<Inner>,
}

/// What Rust keeps for an object.
#[derive(Default)]
pub enum Inner {
    /// Nothing.
    #[default]
    Nothing,
    /// An optimiser.
    Optimizer(Box<super::optimizers::AnyOptimizer>),
    /// A context such as `torch.no_grad()`: whether it keeps gradients.
    NoGrad(bool),
}

impl Value {
    /// `"text"`
    pub fn str(text: impl AsRef<str>) -> Self {
        Value::Str(Rc::from(text.as_ref()))
    }

    /// `(a, b)`
    pub fn tuple(items: Vec<Value>) -> Self {
        Value::Tuple(Rc::new(Tuple { items, kind: TupleKind::Plain }))
    }

    /// `[a, b]`
    pub fn list(items: Vec<Value>) -> Self {
        Value::List(Rc::new(RefCell::new(items)))
    }

    /// `torch.Size([a, b])`
    pub fn size(sizes: &[i64]) -> Self {
        let items = sizes.iter().map(|&size| Value::Int(size)).collect();
        Value::Tuple(Rc::new(Tuple { items, kind: TupleKind::Size }))
    }

    /// An iterator over these.
    pub fn iter(items: Vec<Value>) -> Self {
        Value::Iter(Rc::new(RefCell::new(items.into())))
    }

    /// Something known, by its path.
    pub fn known(path: impl AsRef<str>) -> Self {
        Value::Known(Rc::from(path.as_ref()))
    }

    /// What `type(x).__name__` is.
    pub fn type_name(&self) -> String {
        match self {
            Value::None => "NoneType",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Float(_) => "float",
            Value::Str(_) => "str",
            Value::Tuple(tuple) => match tuple.kind {
                TupleKind::Plain => "tuple",
                TupleKind::Size => "Size",
                TupleKind::Named(name, _) => name.rsplit('.').next().unwrap_or(name),
            },
            Value::List(_) => "list",
            Value::Dict(_) => "dict",
            Value::Set(_) => "set",
            Value::Range(..) => "range",
            Value::Slice(_) => "slice",
            Value::Ellipsis => "ellipsis",
            Value::Tensor(held) => match held.kind {
                HeldKind::Torch => "Tensor",
                HeldKind::Parameter => "Parameter",
                HeldKind::Array => "ndarray",
            },
            Value::Dtype(_) => "dtype",
            Value::Device(_) => "device",
            Value::Function(_) => "function",
            Value::Method(_) => "method",
            Value::Class(_) => "type",
            Value::Object(object) => return object.class.name.to_string(),
            Value::Super(_) => "super",
            Value::Known(path) if super::known::is_type(path) => "type",
            Value::Known(path) if super::known::is_module(path) => "module",
            Value::Known(_) | Value::Bound(_) => "builtin_function_or_method",
            Value::Iter(_) => "generator",
            Value::Unknown(_) => "unknown",
        }
        .to_owned()
    }
}

/// For messages of this program, never the notebook's.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.type_name())
    }
}
