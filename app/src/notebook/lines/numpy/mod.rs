//! A useful part of NumPy, on tensors: float64 unless it says otherwise. The numbers agree to the last bits, not always
//! to the very last one: NumPy sums and exponentiates in another order than libtorch.

mod more;
pub mod print;
pub mod random;

use std::rc::Rc;

use tch::{Device, Kind, Tensor};

use super::machine::Machine;
use super::numbers::Number;
use super::ops::bind::Call;
use super::problem::{Step, type_error, value_error};
use super::tensors::is_float;
use super::trace::Input;
use super::value::{Held, HeldKind, Value};

/// The functions that are known here, without `numpy.`.
const FUNCTIONS: &[&str] = &[
    "array",
    "asarray",
    "zeros",
    "ones",
    "full",
    "eye",
    "identity",
    "arange",
    "linspace",
    "zeros_like",
    "ones_like",
    "full_like",
    "empty",
    "dot",
    "matmul",
    "exp",
    "log",
    "sqrt",
    "abs",
    "sin",
    "cos",
    "tan",
    "tanh",
    "power",
    "square",
    "maximum",
    "minimum",
    "sum",
    "mean",
    "max",
    "min",
    "amax",
    "amin",
    "std",
    "var",
    "argmax",
    "argmin",
    "cumsum",
    "prod",
    "transpose",
    "reshape",
    "concatenate",
    "stack",
    "vstack",
    "hstack",
    "expand_dims",
    "squeeze",
    "where",
    "triu",
    "tril",
    "outer",
    "allclose",
    "isclose",
    "round",
    "around",
    "clip",
    "argsort",
    "sort",
    "all",
    "any",
    "einsum",
    "linalg.norm",
    "random.seed",
    "random.rand",
    "random.randn",
    "random.random",
    "random.random_sample",
    "random.standard_normal",
    "random.randint",
    "random.normal",
    "random.uniform",
    "set_printoptions",
    "shape",
    "float32",
    "float64",
    "int64",
    "int32",
    "swapaxes",
    "repeat",
    "tile",
    "array_equal",
    "multiply",
    "add",
    "subtract",
    "divide",
    "newaxis",
    "sign",
    "floor",
    "ceil",
    "log2",
    "log10",
    "isnan",
    "isinf",
    "unique",
    "diag",
    "trace",
    "ndarray",
    "fill_diagonal",
    "random.default_rng",
    "random.choice",
    "random.permutation",
    "random.shuffle",
];
/// The methods of arrays.
pub const METHODS: &[&str] = &[
    "sum",
    "mean",
    "max",
    "min",
    "std",
    "var",
    "argmax",
    "argmin",
    "cumsum",
    "prod",
    "transpose",
    "reshape",
    "astype",
    "copy",
    "tolist",
    "item",
    "dot",
    "flatten",
    "ravel",
    "squeeze",
    "round",
    "clip",
    "all",
    "any",
    "fill",
    "swapaxes",
    "repeat",
    "trace",
    "argsort",
];

/// Whether the path is known.
pub fn is_known(path: &str) -> bool {
    path.strip_prefix("numpy.")
        .is_some_and(|name| FUNCTIONS.contains(&name) || more::FUNCTIONS.contains(&name))
}

impl Machine {
    /// An array, noted in the trace.
    pub fn array(&mut self, tensor: Tensor, op: &str, inputs: Vec<(String, Input)>) -> Value {
        if tensor.dim() == 0 {
            // NumPy's scalars are numbers to a notebook; float32 keeps its own kind.
            let kind = tensor.kind();
            if matches!(kind, Kind::Double | Kind::Int64 | Kind::Bool) {
                let held = Held {
                    tensor,
                    node: std::cell::Cell::new(0),
                    base: None,
                    kind: HeldKind::Array,
                };
                if let Ok(number) = self.item_of(&held) {
                    return number;
                }
                return Value::None;
            }
        }
        self.held_as(tensor, op, inputs, HeldKind::Array, None, false)
    }

    /// A value as an array.
    pub fn array_of(&mut self, value: &Value) -> Step<Tensor> {
        match value {
            Value::Tensor(held) => Ok(held.tensor.shallow_clone()),
            other => {
                let tensor = self.tensor_from(other, None)?;
                // torch.tensor reads floats as float32; NumPy's are float64, so they are read again.
                if is_float(tensor.kind()) && !self.holds_tensor(other) {
                    return self.tensor_from(other, Some(Kind::Double));
                }
                Ok(tensor)
            }
        }
    }

    fn holds_tensor(&self, value: &Value) -> bool {
        match value {
            Value::Tensor(_) => true,
            Value::List(items) => {
                items.borrow().first().is_some_and(|item| self.holds_tensor(item))
            }
            Value::Tuple(tuple) => tuple.items.first().is_some_and(|item| self.holds_tensor(item)),
            _ => false,
        }
    }

    /// `numpy.name(..)`
    pub fn numpy_function(&mut self, path: &str, mut call: Call) -> Step<Value> {
        let name = path.trim_start_matches("numpy.");
        if let Some(name) = name.strip_prefix("random.") {
            return self.numpy_random(name, call);
        }
        let kind = match call.take("dtype") {
            Some(Value::Dtype(kind)) => Some(kind),
            Some(Value::Known(path)) => kind_of_type(&path),
            Some(Value::Str(name)) => super::tensors::kind_of(&name),
            _ => None,
        };
        let first = call.places.first().cloned();
        let inputs: Vec<(String, Input)> = call
            .places
            .clone()
            .iter()
            .enumerate()
            .map(|(at, value)| (at.to_string(), self.input_of(value)))
            .collect();
        let options = (kind.unwrap_or(Kind::Double), Device::Cpu);
        let made = match (name, first) {
            ("array" | "asarray", Some(data)) => {
                let kind = kind.or(match call.places.get(1) {
                    Some(Value::Dtype(kind)) => Some(*kind),
                    _ => None,
                });
                let tensor = self.array_of(&data)?;
                let to = kind.unwrap_or(tensor.kind());
                self.torch(|| super::ops::take::copied(&tensor.f_detach()?.f_to_kind(to)?))?
            }
            ("float32" | "float64" | "int64" | "int32", Some(value)) => {
                let to = super::tensors::kind_of(name).unwrap_or(Kind::Double);
                let tensor = self.array_of(&value)?;
                self.torch(|| tensor.f_to_kind(to))?
            }
            ("zeros" | "ones" | "empty" | "full", Some(size)) => {
                let size = self.sizes_of(&size)?;
                match name {
                    "ones" => self.torch(|| Tensor::f_ones(&size, options))?,
                    "full" => {
                        let value = call.get(1, "fill_value").cloned().unwrap_or(Value::Int(0));
                        let value = self.array_of(&value)?;
                        let to = kind.unwrap_or(value.kind());
                        self.torch(|| value.f_to_kind(to)?.f_expand(&size, false)?.f_contiguous())?
                    }
                    _ => self.torch(|| Tensor::f_zeros(&size, options))?,
                }
            }
            ("eye" | "identity", Some(Value::Int(n))) => match call.get(1, "M") {
                Some(Value::Int(m)) => self.torch(|| Tensor::f_eye_m(n, *m, options))?,
                _ => self.torch(|| Tensor::f_eye(n, options))?,
            },
            ("arange", Some(_)) => return self.numpy_arange(call, kind, inputs),
            ("linspace", Some(start)) => {
                let end = call.get(1, "stop").cloned().unwrap_or(Value::None);
                let count = match call.get(2, "num") {
                    Some(Value::Int(count)) => *count,
                    _ => 50,
                };
                let (Some(start), Some(end)) = (Number::of(&start), Number::of(&end)) else {
                    return type_error("linspace needs numbers");
                };
                self.numpy_linspace(start.float(), end.float(), count)?
            }
            ("zeros_like" | "ones_like" | "full_like", Some(of)) => {
                let of = self.array_of(&of)?;
                let to = kind.unwrap_or(of.kind());
                let value = match name {
                    "zeros_like" => 0.0,
                    "ones_like" => 1.0,
                    _ => call.places.get(1).and_then(Number::of).map_or(0.0, Number::float),
                };
                self.torch(|| Tensor::f_full(of.size(), value, (to, Device::Cpu)))?
            }
            ("shape", Some(of)) => {
                let of = self.array_of(&of)?;
                return Ok(Value::tuple(of.size().into_iter().map(Value::Int).collect()));
            }
            ("set_printoptions", _) => {
                // Where only numbers are compared, how many digits are shown is no matter.
                let judging = self.limits.unseeded;
                let unknown = call
                    .keys
                    .iter()
                    .find(|(key, _)| !judging && !matches!(&**key, "linewidth" | "threshold"));
                return match unknown {
                    Some((key, _)) => self.not_known(format!("numpy.set_printoptions({key}=…)")),
                    None => Ok(Value::None),
                };
            }
            ("dot" | "matmul", Some(a)) => {
                let b = call.places.get(1).cloned().unwrap_or(Value::None);
                if let (Some(_), Some(_)) = (Number::of(&a), Number::of(&b)) {
                    return self.binary("*", a, b);
                }
                let (a, b) = (self.array_of(&a)?, self.array_of(&b)?);
                return self.numpy_dot(&a, &b, inputs);
            }
            ("concatenate" | "stack" | "vstack" | "hstack", Some(of)) => {
                let mut all = Vec::new();
                for item in self.items(&of)? {
                    all.push(self.array_of(&item)?);
                }
                let axis = self.axis_of(&call)?.unwrap_or(0);
                match name {
                    "concatenate" => self.torch(|| Tensor::f_cat(&all, axis))?,
                    "stack" => self.torch(|| Tensor::f_stack(&all, axis))?,
                    "vstack" => self.torch(|| Tensor::f_vstack(&all))?,
                    _ => self.torch(|| Tensor::f_hstack(&all))?,
                }
            }
            ("where", Some(condition)) if call.places.len() == 3 => {
                let condition = self.array_of(&condition)?;
                let (a, b) = (
                    self.array_of(&call.places[1].clone())?,
                    self.array_of(&call.places[2].clone())?,
                );
                let kind = super::tensors::wider(a.kind(), b.kind());
                self.torch(|| a.f_to_kind(kind)?.f_where_self(&condition, &b.f_to_kind(kind)?))?
            }
            ("einsum", Some(Value::Str(equation))) => {
                let mut all = Vec::new();
                for of in &call.places[1..] {
                    all.push(self.array_of(of)?);
                }
                self.torch(|| Tensor::f_einsum(&equation, &all, None::<i64>))?
            }
            ("allclose" | "array_equal" | "isclose", Some(a)) => {
                let b = call.places.get(1).cloned().unwrap_or(Value::None);
                let (a, b) = (self.array_of(&a)?, self.array_of(&b)?);
                let number = |key: &str, default: f64| {
                    call.get(99, key).and_then(Number::of).map_or(default, Number::float)
                };
                let (rtol, atol) = (number("rtol", 1e-5), number("atol", 1e-8));
                let (a, b) = (
                    self.torch(|| a.f_to_kind(Kind::Double))?,
                    self.torch(|| b.f_to_kind(Kind::Double))?,
                );
                if name == "array_equal" {
                    return Ok(Value::Bool(self.torch(|| a.f_equal(&b))?));
                }
                let close = self.torch(|| a.f_isclose(&b, rtol, atol, false))?;
                if name == "allclose" {
                    return Ok(Value::Bool(self.torch(|| close.f_all()?.f_is_nonzero())?));
                }
                close
            }
            (
                "multiply" | "add" | "subtract" | "divide" | "power" | "maximum" | "minimum"
                | "outer",
                Some(a),
            ) => {
                let b = call.places.get(1).cloned().unwrap_or(Value::None);
                let operator = match name {
                    "multiply" => "*",
                    "add" => "+",
                    "subtract" => "-",
                    "divide" => "/",
                    "power" => "**",
                    _ => {
                        let (a, b) = (self.array_of(&a)?, self.array_of(&b)?);
                        let kind = super::tensors::wider(a.kind(), b.kind());
                        let (a, b) =
                            (self.torch(|| a.f_to_kind(kind))?, self.torch(|| b.f_to_kind(kind))?);
                        let made = match name {
                            "maximum" => self.torch(|| a.f_maximum(&b))?,
                            "minimum" => self.torch(|| a.f_minimum(&b))?,
                            _ => self.torch(|| a.f_outer(&b))?,
                        };
                        return Ok(self.array(made, path, inputs));
                    }
                };
                let a = Value::Tensor(self.array_held(&a)?);
                return self.binary(operator, a, b);
            }
            ("linalg.norm", Some(of)) => {
                let of = self.array_of(&of)?;
                let axis = self.axis_of(&call)?;
                let keep = self.keepdims_of(&call)?;
                self.torch(|| {
                    of.f_to_kind(Kind::Double)?.f_linalg_norm(2, axis, keep, None::<Kind>)
                })
                .or_else(|_| {
                    self.torch(|| {
                        of.f_to_kind(Kind::Double)?.f_square()?.f_sum(None::<Kind>)?.f_sqrt()
                    })
                })?
            }
            (_, Some(of)) if METHODS.contains(&name) || is_elementwise(name) => {
                let held = self.array_held(&of)?;
                call.places.remove(0);
                if let Some(kind) = kind {
                    call.keys.push((Rc::from("dtype"), Value::Dtype(kind)));
                }
                return self.array_method(&held, name, call);
            }
            ("expand_dims", Some(of)) => {
                let of = self.array_of(&of)?;
                let axis = match call.get(1, "axis") {
                    Some(Value::Int(axis)) => *axis,
                    _ => return type_error("expand_dims needs an axis"),
                };
                self.torch(|| of.f_unsqueeze(axis))?
            }
            ("amax" | "amin" | "around", Some(of)) => {
                let held = self.array_held(&of)?;
                call.places.remove(0);
                let name = match name {
                    "amax" => "max",
                    "amin" => "min",
                    _ => "round",
                };
                return self.array_method(&held, name, call);
            }
            ("triu" | "tril", Some(of)) => {
                let of = self.array_of(&of)?;
                let k = match call.get(1, "k") {
                    Some(Value::Int(k)) => *k,
                    _ => 0,
                };
                self.torch(|| if name == "triu" { of.f_triu(k) } else { of.f_tril(k) })?
            }
            ("diag", Some(of)) => {
                let of = self.array_of(&of)?;
                self.torch(|| of.f_diag(0))?
            }
            ("sort", Some(of)) => {
                let of = self.array_of(&of)?;
                self.torch(|| Ok(of.f_sort(-1, false)?.0))?
            }
            _ => return self.numpy_more(name, &call, inputs),
        };
        Ok(self.array(made, path, inputs))
    }

    /// A value as an array that is held.
    fn array_held(&mut self, value: &Value) -> Step<Rc<Held>> {
        match value {
            Value::Tensor(held) if held.is_array() => Ok(held.clone()),
            Value::Tensor(held) if held.tensor.requires_grad() => super::problem::raise(
                "RuntimeError",
                "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.",
            ),
            other => {
                let tensor = self.array_of(other)?;
                let node = match other {
                    Value::Tensor(held) => held.node.get(),
                    _ => super::trace::UNTRACED,
                };
                Ok(Rc::new(Held {
                    tensor,
                    node: std::cell::Cell::new(node),
                    base: None,
                    kind: HeldKind::Array,
                }))
            }
        }
    }

    pub(super) fn sizes_of(&mut self, value: &Value) -> Step<Vec<i64>> {
        if let Value::Int(size) = value {
            return Ok(vec![*size]);
        }
        let mut sizes = Vec::new();
        for item in self.items(value)? {
            match item {
                Value::Int(size) => sizes.push(size),
                other => {
                    return type_error(format!(
                        "'{}' object cannot be interpreted as an integer",
                        other.type_name()
                    ));
                }
            }
        }
        Ok(sizes)
    }

    fn numpy_arange(
        &mut self,
        call: Call,
        kind: Option<Kind>,
        inputs: Vec<(String, Input)>,
    ) -> Step<Value> {
        let numbers: Vec<Number> = call.places.iter().filter_map(Number::of).collect();
        let (start, stop, step) = match numbers[..] {
            [stop] => (Number::Int(0), stop, Number::Int(1)),
            [start, stop] => (start, stop, Number::Int(1)),
            [start, stop, step] => (start, stop, step),
            _ => return type_error("arange needs numbers"),
        };
        let made = match (start, stop, step) {
            (Number::Int(start), Number::Int(stop), Number::Int(step)) => {
                if step == 0 {
                    return super::problem::raise("ZeroDivisionError", "division by zero");
                }
                let stop = if (step > 0) == (stop >= start) { stop } else { start };
                self.torch(|| {
                    Tensor::f_arange_start_step(start, stop, step, (Kind::Int64, Device::Cpu))
                })?
            }
            _ => {
                let (start, stop, step) = (start.float(), stop.float(), step.float());
                self.torch(|| {
                    Tensor::f_arange_start_step(start, stop, step, (Kind::Double, Device::Cpu))
                })?
            }
        };
        let to = kind.unwrap_or(made.kind());
        let made = self.torch(|| made.f_to_kind(to))?;
        Ok(self.array(made, "numpy.arange", inputs))
    }

    /// NumPy computes `start + i · step` and puts the end exactly.
    fn numpy_linspace(&mut self, start: f64, end: f64, count: i64) -> Step<Tensor> {
        let Ok(count) = usize::try_from(count) else {
            return value_error("Number of samples must be non-negative.");
        };
        self.charge_items(count)?;
        let step = (end - start) / (count.max(2) - 1) as f64;
        let mut numbers: Vec<f64> = (0..count).map(|at| at as f64 * step + start).collect();
        if count > 1 {
            numbers[count - 1] = end;
        }
        self.torch(|| Tensor::f_from_slice(&numbers))
    }

    /// `np.dot`: of vectors a number, of matrices the product.
    fn numpy_dot(&mut self, a: &Tensor, b: &Tensor, inputs: Vec<(String, Input)>) -> Step<Value> {
        let kind = super::tensors::wider(a.kind(), b.kind());
        let (a, b) = (self.torch(|| a.f_to_kind(kind))?, self.torch(|| b.f_to_kind(kind))?);
        let made = if a.dim() == 0 || b.dim() == 0 {
            self.torch(|| a.f_mul(&b))?
        } else if a.dim() > 2 || b.dim() > 2 {
            self.torch(|| a.f_matmul(&b))?
        } else {
            self.torch(|| a.f_matmul(&b))?
        };
        Ok(self.array(made, "numpy.dot", inputs))
    }

    fn axis_of(&mut self, call: &Call) -> Step<Option<i64>> {
        match call.get(1, "axis") {
            Some(Value::Int(axis)) => Ok(Some(*axis)),
            Some(Value::None) | None => Ok(None),
            Some(_) => self.not_known("axis=(…)"),
        }
    }

    fn keepdims_of(&mut self, call: &Call) -> Step<bool> {
        match call.get(99, "keepdims") {
            Some(value) => self.truth(&value.clone()),
            None => Ok(false),
        }
    }

    /// `array.name(..)`
    pub fn array_method(&mut self, held: &Rc<Held>, name: &str, mut call: Call) -> Step<Value> {
        let of = held.tensor.shallow_clone();
        let inputs = vec![("input".to_owned(), Input::Tensor(held.node.get()))];
        let op = format!("ndarray.{name}");
        let keep = self.keepdims_of(&call)?;
        let axis = match call.get(0, "axis") {
            Some(Value::Int(axis)) => Some(*axis),
            _ => None,
        };
        let kind = of.kind();
        let floats = if is_float(kind) { kind } else { Kind::Double };
        let made = match name {
            "item" => return self.item_of(held),
            "tolist" => return self.tolist(&of),
            "copy" => self.torch(|| super::ops::take::copied(&of))?,
            "astype" => {
                let to = match call.places.first() {
                    Some(Value::Dtype(kind)) => *kind,
                    Some(Value::Known(path)) => kind_of_type(path).unwrap_or(kind),
                    Some(Value::Str(name)) => super::tensors::kind_of(name).unwrap_or(kind),
                    _ => return type_error("astype needs a dtype"),
                };
                self.torch(|| super::ops::take::copied(&of)?.f_to_kind(to))?
            }
            "sum" | "mean" | "prod" => {
                let of = match (name, kind) {
                    ("mean", _) => self.torch(|| of.f_to_kind(floats))?,
                    (_, Kind::Bool) => self.torch(|| of.f_to_kind(Kind::Int64))?,
                    _ => of,
                };
                match (name, axis) {
                    ("sum", Some(axis)) => {
                        self.torch(|| of.f_sum_dim_intlist(axis, keep, None::<Kind>))?
                    }
                    ("sum", None) => self.torch(|| of.f_sum(None::<Kind>))?,
                    ("mean", Some(axis)) => {
                        self.torch(|| of.f_mean_dim(axis, keep, None::<Kind>))?
                    }
                    ("mean", None) => self.torch(|| of.f_mean(None::<Kind>))?,
                    (_, Some(axis)) => {
                        self.torch(|| of.f_prod_dim_int(axis, keep, None::<Kind>))?
                    }
                    (_, None) => self.torch(|| of.f_prod(None::<Kind>))?,
                }
            }
            "std" | "var" => {
                let ddof = match call.get(99, "ddof") {
                    Some(Value::Int(ddof)) => *ddof,
                    _ => 0,
                };
                let of = self.torch(|| of.f_to_kind(floats))?;
                let var = self.torch(|| of.f_var_correction(axis, ddof, keep))?;
                if name == "std" { self.torch(|| var.f_sqrt())? } else { var }
            }
            "max" => match axis {
                Some(axis) => self.torch(|| of.f_amax(axis, keep))?,
                None => self.torch(|| of.f_max())?,
            },
            "min" => match axis {
                Some(axis) => self.torch(|| of.f_amin(axis, keep))?,
                None => self.torch(|| of.f_min())?,
            },
            "argmax" => self.torch(|| of.f_argmax(axis, keep))?,
            "argmin" => self.torch(|| of.f_argmin(axis, keep))?,
            "cumsum" => match axis {
                Some(axis) => self.torch(|| of.f_cumsum(axis, None::<Kind>))?,
                None => self.torch(|| of.f_flatten(0, -1)?.f_cumsum(0, None::<Kind>))?,
            },
            "all" => match axis {
                Some(axis) => self.torch(|| of.f_all_dim(axis, keep))?,
                None => self.torch(|| of.f_all())?,
            },
            "any" => match axis {
                Some(axis) => self.torch(|| of.f_any_dim(axis, keep))?,
                None => self.torch(|| of.f_any())?,
            },
            "transpose" => {
                let dims = match call.places.as_slice() {
                    [] => None,
                    [one @ (Value::Tuple(_) | Value::List(_))] => {
                        Some(self.sizes_of(&one.clone())?)
                    }
                    many => Some(self.sizes_of(&Value::tuple(many.to_vec()))?),
                };
                match dims {
                    Some(dims) => self.torch(|| of.f_permute(&dims))?,
                    None => self.torch(|| of.f_numpy_t())?,
                }
            }
            "reshape" => {
                let sizes = match call.places.as_slice() {
                    [one @ (Value::Tuple(_) | Value::List(_) | Value::Int(_))] => {
                        self.sizes_of(&one.clone())?
                    }
                    many => self.sizes_of(&Value::tuple(many.to_vec()))?,
                };
                let reshaped = self.torch(|| of.f_reshape(&sizes))?;
                return Ok(self.held_as(
                    reshaped,
                    &op,
                    inputs,
                    HeldKind::Array,
                    Some(held.clone()),
                    false,
                ));
            }
            "flatten" | "ravel" => self.torch(|| of.f_flatten(0, -1))?,
            "squeeze" => match axis {
                Some(axis) => self.torch(|| of.f_squeeze_dim(axis))?,
                None => self.torch(|| of.f_squeeze())?,
            },
            "swapaxes" => match (call.places.first(), call.places.get(1)) {
                (Some(Value::Int(a)), Some(Value::Int(b))) => {
                    self.torch(|| of.f_transpose(*a, *b))?
                }
                _ => return type_error("swapaxes needs two axes"),
            },
            "dot" => {
                let Some(other) = call.places.first().cloned() else {
                    return type_error("dot needs an array");
                };
                let other = self.array_of(&other)?;
                return self.numpy_dot(&of, &other, inputs);
            }
            "round" => {
                let decimals = match call.get(0, "decimals") {
                    Some(Value::Int(decimals)) => *decimals,
                    _ => 0,
                };
                self.torch(|| of.f_round_decimals(decimals))?
            }
            "clip" => {
                let bound = |at: usize, name: &str| {
                    call.get(at, name).and_then(Number::of).map(Number::float)
                };
                let mut of = of;
                if let Some(low) = bound(0, "a_min") {
                    of = self.torch(|| of.f_clamp_min(low))?;
                }
                if let Some(high) = bound(1, "a_max") {
                    of = self.torch(|| of.f_clamp_max(high))?;
                }
                of
            }
            "fill" => {
                let value = call.places.pop().unwrap_or(Value::None);
                self.set_tensor_item(held, &Value::Ellipsis, &value)?;
                return Ok(Value::None);
            }
            "argsort" => self.torch(|| of.f_argsort_stable(true, -1, false))?,
            "trace" => self.torch(|| of.f_trace())?,
            "sign" | "abs" | "square" if !is_float(kind) => match name {
                "sign" => self.torch(|| of.f_sign())?,
                "abs" => self.torch(|| of.f_abs())?,
                _ => self.torch(|| of.f_square())?,
            },
            _ if is_elementwise(name) => {
                let of = self.torch(|| of.f_to_kind(floats))?;
                match name {
                    "exp" => self.torch(|| of.f_exp())?,
                    "log" => self.torch(|| of.f_log())?,
                    "log2" => self.torch(|| of.f_log2())?,
                    "log10" => self.torch(|| of.f_log10())?,
                    "sqrt" => self.torch(|| of.f_sqrt())?,
                    "sin" => self.torch(|| of.f_sin())?,
                    "cos" => self.torch(|| of.f_cos())?,
                    "tan" => self.torch(|| of.f_tan())?,
                    "tanh" => self.torch(|| of.f_tanh())?,
                    "sign" => self.torch(|| of.f_sign())?,
                    "floor" => self.torch(|| of.f_floor())?,
                    "ceil" => self.torch(|| of.f_ceil())?,
                    "isnan" => self.torch(|| of.f_isnan())?,
                    "isinf" => self.torch(|| of.f_isinf())?,
                    "square" => self.torch(|| of.f_square())?,
                    _ => self.torch(|| of.f_abs())?,
                }
            }
            _ => return self.not_known(format!("ndarray.{name}")),
        };
        Ok(self.array(made, &op, inputs))
    }
}

fn is_elementwise(name: &str) -> bool {
    matches!(
        name,
        "exp"
            | "log"
            | "log2"
            | "log10"
            | "sqrt"
            | "abs"
            | "sin"
            | "cos"
            | "tan"
            | "tanh"
            | "square"
            | "sign"
            | "floor"
            | "ceil"
            | "isnan"
            | "isinf"
    )
}

/// `float` and `int` as dtypes of NumPy.
fn kind_of_type(path: &str) -> Option<Kind> {
    match path {
        "float" => Some(Kind::Double),
        "int" => Some(Kind::Int64),
        "bool" => Some(Kind::Bool),
        _ => None,
    }
}
