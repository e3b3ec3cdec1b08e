//! Evaluates what is literal: numbers, lists, simple arithmetic, `torch.tensor(..)`, `np.array(..)` and their dtypes.
//!
//! Whatever else the notebook computes has no value here (`None`): it is not run.

use std::collections::HashMap;
use std::rc::Rc;

use tch::Kind;
use tree_sitter::Node;

use super::super::array::{Array, MAX_DIMENSIONS, kind_of_name};
use super::parse::{DEEPEST, parts};
use super::source::{Lifted, lifted_name};

/// A list that arithmetic repeats may not grow beyond this.
const MOST_NUMBERS: usize = 4_000_000;

/// A literal's value.
#[derive(Debug, Clone)]
pub enum Value {
    /// `3`
    Int(i64),
    /// `0.5`
    Float(f64),
    /// `True`
    Bool(bool),
    /// `'-inf'`
    Text(String),
    /// A list or tuple.
    List(Rc<Vec<Value>>),
    /// A long list of plain numbers, and whether any was a float.
    Numbers(Rc<Array>, bool),
    /// A tensor or array.
    Tensor(Rc<Array>),
    /// `torch.float64`
    Dtype(Kind),
}

/// What the names stand for.
#[derive(Debug)]
pub struct Names {
    known: HashMap<String, Value>,
    /// torch's default dtype.
    default: Kind,
}

impl Default for Names {
    fn default() -> Self {
        Self { known: HashMap::new(), default: Kind::Float }
    }
}

impl Names {
    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.known.get(name)
    }

    /// Gives a name a value, or makes it unknown.
    pub fn set(&mut self, name: &str, value: Option<Value>) {
        match value {
            Some(value) => self.known.insert(name.to_owned(), value),
            None => self.known.remove(name),
        };
    }

    /// Makes the lists that were lifted out of a cell known.
    pub fn lift(&mut self, lists: Vec<Option<Lifted>>) {
        for (index, list) in lists.into_iter().enumerate() {
            let value = list.map(|list| {
                let array = Array { shape: list.shape, values: list.values, kind: Kind::Double };
                Value::Numbers(Rc::new(array), list.floats)
            });
            self.set(&lifted_name(index), value);
        }
    }

    /// `torch.set_default_dtype(torch.float64)`.
    pub fn set_default(&mut self, kind: Kind) {
        self.default = kind;
    }

    /// The tensors by name.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &Rc<Array>)> {
        self.known.iter().filter_map(|(name, value)| match value {
            Value::Tensor(array) => Some((name.as_str(), array)),
            _ => None,
        })
    }
}

/// Evaluates one expression.
pub struct Evaluator<'a> {
    /// The cell's text.
    pub text: &'a str,
    /// What the names stand for.
    pub names: &'a Names,
}

impl Evaluator<'_> {
    /// The value of an expression, where it is literal.
    pub fn value(&self, node: Node) -> Option<Value> {
        self.at_depth(node, 0)
    }

    fn text_of(&self, node: Node) -> &str {
        &self.text[node.byte_range()]
    }

    fn at_depth(&self, node: Node, depth: usize) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        let inner = |node| self.at_depth(node, depth + 1);
        match node.kind() {
            "integer" => integer(self.text_of(node)).map(Value::Int),
            "float" => self.text_of(node).replace('_', "").parse().ok().map(Value::Float),
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            "string" => self.string(node),
            "identifier" => self.names.get(self.text_of(node)).cloned(),
            "attribute" => self.attribute(node, depth),
            "parenthesized_expression" => inner(*parts(node).first()?),
            "list" | "tuple" | "expression_list" => {
                let items = parts(node).into_iter().map(inner).collect::<Option<Vec<_>>>()?;
                Some(Value::List(Rc::new(items)))
            }
            "unary_operator" => {
                let value = inner(node.child_by_field_name("argument")?)?;
                unary(self.text_of(node.child_by_field_name("operator")?), value)
            }
            "binary_operator" => {
                let left = inner(node.child_by_field_name("left")?)?;
                let right = inner(node.child_by_field_name("right")?)?;
                combine(self.text_of(node.child_by_field_name("operator")?), &left, &right)
            }
            "call" => self.call(node, depth),
            _ => None,
        }
    }

    fn string(&self, node: Node) -> Option<Value> {
        let content = parts(node).into_iter().filter(|part| part.kind() == "string_content");
        Some(Value::Text(content.map(|part| self.text_of(part)).collect()))
    }

    /// `torch.float64`, `math.inf`, `np.pi`, `x.T`.
    fn attribute(&self, node: Node, depth: usize) -> Option<Value> {
        let object = node.child_by_field_name("object")?;
        let name = self.text_of(node.child_by_field_name("attribute")?);
        if let Some(Value::Tensor(array)) = self.at_depth(object, depth + 1) {
            return matches!(name, "T" | "mT").then(|| transposed(&array)).flatten();
        }
        match name {
            "inf" | "Inf" | "infty" => Some(Value::Float(f64::INFINITY)),
            "nan" | "NaN" => Some(Value::Float(f64::NAN)),
            "pi" => Some(Value::Float(std::f64::consts::PI)),
            "e" => Some(Value::Float(std::f64::consts::E)),
            _ => kind_of_name(name).map(Value::Dtype),
        }
    }

    fn call(&self, node: Node, depth: usize) -> Option<Value> {
        let function = node.child_by_field_name("function")?;
        let arguments = self.arguments(node.child_by_field_name("arguments")?, depth)?;
        if function.kind() == "identifier" {
            return self.function(self.text_of(function), &arguments);
        }
        let name = self.text_of(function.child_by_field_name("attribute")?);
        match self.at_depth(function.child_by_field_name("object")?, depth + 1) {
            Some(Value::Tensor(array)) => method(&array, name, &arguments),
            _ => self.function(name, &arguments),
        }
    }

    fn arguments(&self, list: Node, depth: usize) -> Option<Arguments> {
        let mut arguments = Arguments::default();
        for part in parts(list) {
            if part.kind() == "keyword_argument" {
                let name = self.text_of(part.child_by_field_name("name")?);
                let value = self.at_depth(part.child_by_field_name("value")?, depth + 1);
                // `device=device` and the like do not change the numbers.
                if name == "dtype" {
                    arguments.dtype = Some(dtype_of(&value?)?);
                } else if !matches!(name, "requires_grad" | "device" | "copy" | "pin_memory") {
                    return None;
                }
            } else {
                arguments.values.push(self.at_depth(part, depth + 1)?);
            }
        }
        Some(arguments)
    }

    /// `torch.tensor(..)`, `np.array(..)`, `float('-inf')`, whatever the module is called.
    fn function(&self, name: &str, arguments: &Arguments) -> Option<Value> {
        let first = arguments.values.first();
        match name {
            "tensor" | "as_tensor" => self.torch_tensor(first?, arguments.dtype),
            "Tensor" | "FloatTensor" => tensor(first?, Kind::Float),
            "DoubleTensor" => tensor(first?, Kind::Double),
            "HalfTensor" => tensor(first?, Kind::Half),
            "LongTensor" => tensor(first?, Kind::Int64),
            "from_numpy" | "Parameter" | "Variable" => match first? {
                Value::Tensor(array) => Some(Value::Tensor(array.clone())),
                _ => None,
            },
            "array" | "asarray" | "matrix" => self.numpy_array(first?, arguments),
            "float" | "float32" | "float64" => scalar(first?).map(Value::Float),
            "int" => scalar(first?).filter(|x| x.is_finite()).map(|x| Value::Int(x as i64)),
            "sqrt" => scalar(first?).map(|x| Value::Float(x.sqrt())),
            "zeros" => self.filled(0.0, &arguments.values, arguments.dtype),
            "ones" => self.filled(1.0, &arguments.values, arguments.dtype),
            "eye" => self.identity(first?, arguments.dtype),
            _ => None,
        }
    }

    fn torch_tensor(&self, of: &Value, dtype: Option<Kind>) -> Option<Value> {
        let own = match of {
            Value::Tensor(array) => array.kind,
            _ => inferred(of)?.kind(self.names.default),
        };
        tensor(of, dtype.unwrap_or(own))
    }

    fn numpy_array(&self, of: &Value, arguments: &Arguments) -> Option<Value> {
        let named = arguments.dtype.or_else(|| arguments.values.get(1).and_then(dtype_of));
        let own = match of {
            Value::Tensor(array) => array.kind,
            _ => inferred(of)?.kind(Kind::Double),
        };
        tensor(of, named.unwrap_or(own))
    }

    fn filled(&self, value: f64, sizes: &[Value], dtype: Option<Kind>) -> Option<Value> {
        let shape = sizes_of(sizes)?;
        let count = count_of(&shape)?;
        let kind = dtype.unwrap_or(self.names.default);
        Some(Value::Tensor(Rc::new(Array { shape, values: vec![value; count], kind })))
    }

    fn identity(&self, size: &Value, dtype: Option<Kind>) -> Option<Value> {
        let shape = sizes_of(&[size.clone(), size.clone()])?;
        let n = shape[0];
        let mut values = vec![0.0; count_of(&shape)?];
        (0..n).for_each(|i| values[i * n + i] = 1.0);
        Some(Value::Tensor(Rc::new(Array {
            shape,
            values,
            kind: dtype.unwrap_or(self.names.default),
        })))
    }
}

#[derive(Default)]
struct Arguments {
    values: Vec<Value>,
    dtype: Option<Kind>,
}

/// What `torch.tensor` infers from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Inferred {
    Bool,
    Int,
    Float,
}

impl Inferred {
    fn kind(self, float: Kind) -> Kind {
        match self {
            Inferred::Bool => Kind::Bool,
            Inferred::Int => Kind::Int64,
            Inferred::Float => float,
        }
    }
}

fn inferred(value: &Value) -> Option<Inferred> {
    Some(match value {
        Value::Bool(_) => Inferred::Bool,
        Value::Int(_) | Value::Numbers(_, false) => Inferred::Int,
        Value::Float(_) | Value::Numbers(_, true) => Inferred::Float,
        Value::List(items) => {
            let kinds = items.iter().map(inferred).collect::<Option<Vec<_>>>()?;
            kinds.into_iter().max().unwrap_or(Inferred::Float)
        }
        Value::Tensor(array) if array.is_floating() => Inferred::Float,
        Value::Tensor(_) => Inferred::Int,
        Value::Text(_) | Value::Dtype(_) => return None,
    })
}

fn tensor(of: &Value, kind: Kind) -> Option<Value> {
    let mut shape = Vec::new();
    let mut values = Vec::new();
    flatten(of, 0, &mut shape, &mut values)?;
    (shape.iter().product::<usize>() == values.len())
        .then(|| Value::Tensor(Rc::new(Array::rounded(shape, values, kind))))
}

/// Lays out nested lists; `None` where they are ragged.
fn flatten(of: &Value, depth: usize, shape: &mut Vec<usize>, into: &mut Vec<f64>) -> Option<()> {
    let mut sized = |at: usize, length: usize| match shape.get(at) {
        Some(&known) => (known == length).then_some(()),
        None if at < MAX_DIMENSIONS && into.is_empty() => {
            shape.push(length);
            Some(())
        }
        None => None,
    };
    match of {
        Value::List(items) => {
            sized(depth, items.len())?;
            items.iter().try_for_each(|item| flatten(item, depth + 1, shape, into))
        }
        Value::Numbers(array, _) | Value::Tensor(array) => {
            for (offset, &length) in array.shape.iter().enumerate() {
                sized(depth + offset, length)?;
            }
            if depth + array.shape.len() != shape.len() {
                return None;
            }
            into.extend(&array.values);
            Some(())
        }
        number => {
            // A number beside a list.
            if depth != shape.len() {
                return None;
            }
            into.push(scalar(number)?);
            Some(())
        }
    }
}

fn scalar(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        Value::Bool(truth) => Some(f64::from(u8::from(*truth))),
        Value::Text(text) => match text.trim().to_lowercase().as_str() {
            "inf" | "+inf" | "infinity" => Some(f64::INFINITY),
            "-inf" | "-infinity" => Some(f64::NEG_INFINITY),
            "nan" => Some(f64::NAN),
            number => number.parse().ok(),
        },
        Value::Tensor(array) if array.shape.is_empty() => array.values.first().copied(),
        _ => None,
    }
}

fn dtype_of(value: &Value) -> Option<Kind> {
    match value {
        Value::Dtype(kind) => Some(*kind),
        Value::Text(name) => kind_of_name(name),
        _ => None,
    }
}

fn sizes_of(values: &[Value]) -> Option<Vec<usize>> {
    let sizes = match values {
        [Value::List(items)] => items.as_slice(),
        sizes => sizes,
    };
    let size = |value: &Value| match value {
        Value::Int(size) => usize::try_from(*size).ok(),
        _ => None,
    };
    sizes.iter().map(size).collect()
}

fn count_of(shape: &[usize]) -> Option<usize> {
    let count = shape.iter().try_fold(1usize, |count, &length| count.checked_mul(length))?;
    (count <= MOST_NUMBERS && shape.len() <= MAX_DIMENSIONS).then_some(count)
}

fn integer(text: &str) -> Option<i64> {
    let text = text.replace('_', "").to_lowercase();
    match text.get(..2) {
        Some("0x") => i64::from_str_radix(&text[2..], 16).ok(),
        Some("0o") => i64::from_str_radix(&text[2..], 8).ok(),
        Some("0b") => i64::from_str_radix(&text[2..], 2).ok(),
        _ => text.parse().ok(),
    }
}

fn unary(operator: &str, value: Value) -> Option<Value> {
    match (operator, value) {
        ("+", value @ (Value::Int(_) | Value::Float(_) | Value::Tensor(_))) => Some(value),
        ("-", Value::Int(number)) => number.checked_neg().map(Value::Int),
        ("-", Value::Float(number)) => Some(Value::Float(-number)),
        ("-", Value::Tensor(array)) => {
            let values = array.values.iter().map(|number| -number).collect();
            Some(Value::Tensor(Rc::new(Array { values, ..(*array).clone() })))
        }
        _ => None,
    }
}

/// `left operator right`, where both are literal.
pub fn combine(operator: &str, left: &Value, right: &Value) -> Option<Value> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => whole(operator, *a, *b),
        (Value::List(items), Value::Int(times)) if operator == "*" => repeated(items, *times),
        (Value::List(a), Value::List(b)) if operator == "+" => {
            Some(Value::List(Rc::new(a.iter().chain(b.iter()).cloned().collect())))
        }
        (Value::Tensor(array), number) => {
            elementwise(array, |x, y| arithmetic(operator, x, y), scalar(number)?)
        }
        (number, Value::Tensor(array)) => {
            elementwise(array, |x, y| arithmetic(operator, y, x), scalar(number)?)
        }
        (
            Value::Int(_) | Value::Float(_) | Value::Bool(_),
            Value::Int(_) | Value::Float(_) | Value::Bool(_),
        ) => arithmetic(operator, scalar(left)?, scalar(right)?).map(Value::Float),
        _ => None,
    }
}

/// Whole numbers stay whole, except when divided.
fn whole(operator: &str, a: i64, b: i64) -> Option<Value> {
    match operator {
        "+" => a.checked_add(b).map(Value::Int),
        "-" => a.checked_sub(b).map(Value::Int),
        "*" => a.checked_mul(b).map(Value::Int),
        "//" if b > 0 => a.checked_div_euclid(b).map(Value::Int),
        "%" if b > 0 => a.checked_rem_euclid(b).map(Value::Int),
        "**" if b >= 0 => a.checked_pow(u32::try_from(b).ok()?).map(Value::Int),
        "/" if b == 0 => None,
        _ => arithmetic(operator, a as f64, b as f64).map(Value::Float),
    }
}

fn arithmetic(operator: &str, a: f64, b: f64) -> Option<f64> {
    match operator {
        "+" => Some(a + b),
        "-" => Some(a - b),
        "*" => Some(a * b),
        "/" => Some(a / b),
        "**" => Some(a.powf(b)),
        _ => None,
    }
}

fn repeated(items: &Rc<Vec<Value>>, times: i64) -> Option<Value> {
    let times = usize::try_from(times).ok()?;
    (items.len().checked_mul(times)? <= MOST_NUMBERS).then(|| {
        Value::List(Rc::new(items.iter().cloned().cycle().take(items.len() * times).collect()))
    })
}

/// A float tensor and a number: torch rounds the number to the dtype, then the result.
fn elementwise(
    array: &Array,
    operation: impl Fn(f64, f64) -> Option<f64>,
    number: f64,
) -> Option<Value> {
    if !matches!(array.kind, Kind::Float | Kind::Double) {
        return None;
    }
    let number = Array::rounded(Vec::new(), vec![number], array.kind).values[0];
    let values = array.values.iter().map(|&x| operation(x, number)).collect::<Option<_>>()?;
    Some(Value::Tensor(Rc::new(Array::rounded(array.shape.clone(), values, array.kind))))
}

/// The methods that keep the numbers or change only their dtype or layout.
fn method(array: &Rc<Array>, name: &str, arguments: &Arguments) -> Option<Value> {
    // Half precision computes the same thing with fewer digits: what is right stays what it was.
    let fewer_digits = |kind| matches!(kind, Kind::Half | Kind::BFloat16) && array.is_floating();
    let to = |kind| match kind {
        kind if fewer_digits(kind) => Some(Value::Tensor(array.clone())),
        kind => Some(Value::Tensor(Rc::new(array.to_kind(kind)))),
    };
    match name {
        "float" => to(Kind::Float),
        "double" => to(Kind::Double),
        "half" => to(Kind::Half),
        "bfloat16" => to(Kind::BFloat16),
        "to" | "type" | "astype" => {
            let first = arguments.values.first().and_then(dtype_of);
            to(arguments.dtype.or(first).unwrap_or(array.kind))
        }
        "clone" | "detach" | "numpy" | "cpu" | "cuda" | "contiguous" | "copy"
        | "requires_grad_" => Some(Value::Tensor(array.clone())),
        "t" => transposed(array),
        "reshape" | "view" => {
            let shape = sizes_of(&arguments.values)?;
            (count_of(&shape)? == array.values.len())
                .then(|| Value::Tensor(Rc::new(Array { shape, ..(**array).clone() })))
        }
        "unsqueeze" => match arguments.values.as_slice() {
            [Value::Int(0)] => {
                let shape = [&[1], array.shape.as_slice()].concat();
                Some(Value::Tensor(Rc::new(Array { shape, ..(**array).clone() })))
            }
            _ => None,
        },
        _ => None,
    }
}

fn transposed(array: &Array) -> Option<Value> {
    let &[rows, columns] = array.shape.as_slice() else { return None };
    let at = |i: usize| array.values[i % rows * columns + i / rows];
    let values = (0..rows * columns).map(at).collect();
    Some(Value::Tensor(Rc::new(Array { shape: vec![columns, rows], values, kind: array.kind })))
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    fn value(text: &str) -> Option<Value> {
        let tree = parse(text).unwrap();
        let node = parts(parts(tree.root_node())[0])[0];
        Evaluator { text, names: &Names::default() }.value(node)
    }

    fn array(text: &str) -> Array {
        match value(text) {
            Some(Value::Tensor(array)) => (*array).clone(),
            other => panic!("{text} → {other:?}"),
        }
    }

    #[test]
    fn tensors_and_arrays() {
        let q = array("torch.tensor([[0.0, 0.1], [1, -1],])");
        assert_eq!((q.shape.as_slice(), q.kind), ([2, 2].as_slice(), Kind::Float));
        assert_eq!(q.values[1], f64::from(0.1f32));
        assert_eq!(array("np.array([[0.1]])").kind, Kind::Double);
        assert_eq!(array("np.array([[1, 2]], dtype=np.float32)").kind, Kind::Float);
        assert_eq!(array("np.array([[1, 2]], 'float32')").kind, Kind::Float);
        assert_eq!(array("torch.tensor([1, 2])").kind, Kind::Int64);
        assert_eq!(array("torch.Tensor([1, 2])").kind, Kind::Float);
        assert_eq!(array("torch.tensor([1, 2]).float()").kind, Kind::Float);
        assert_eq!(array("torch.tensor([0.1], dtype=torch.float16)").values, [0.0999755859375]);
        assert_eq!(array("torch.from_numpy(np.array([0.1]))").kind, Kind::Double);
        assert_eq!(
            array("torch.tensor([1., 2.], requires_grad=True, device=dev)").values,
            [1., 2.]
        );
        assert_eq!(array("torch.tensor([[1., 2.]]).T").shape, [2, 1]);
        assert_eq!(array("torch.eye(2) * 3").values, [3., 0., 0., 3.]);
    }

    #[test]
    fn arithmetic_and_infinities() {
        let t = array("torch.tensor([1/4, -2**2, (1+2)*3, float('-inf'), -math.inf, 7//2, 1e-3])");
        assert_eq!(
            t.values,
            [0.25, -4., 9., f64::NEG_INFINITY, f64::NEG_INFINITY, 3., f64::from(1e-3f32)]
        );
        assert_eq!(array("torch.tensor([[0.5] * 3] * 2)").shape, [2, 3]);
    }

    #[test]
    fn what_is_not_literal_has_no_value() {
        for text in [
            "torch.rand(3)",
            "torch.tensor([x])",
            "torch.tensor([[1], [2, 3]])",
            "torch.tensor([[1, [2]]])",
            "1 / 0",
            "10 ** 10 ** 10",
            "[0] * 10 ** 12",
            "f(1)(2)",
            "'a' - 1",
        ] {
            assert!(value(text).is_none(), "{text} → {:?}", value(text));
        }
    }
}
