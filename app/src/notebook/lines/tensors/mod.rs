//! Tensors: the one door to libtorch, operations by the table, attributes, operators, indexing.

mod attributes;
mod grads;
mod index;
mod operators;

pub use operators::{is_float, wider};

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use tch::{Kind, TchError, Tensor};

use super::machine::Machine;
use super::ops::bind::{BoundCall, Call, bind};
use super::ops::{self, Op, Out};
use super::problem::{Limit, Step, Why, raise, type_error};
use super::trace::{Input, Node};
use super::value::{Held, HeldKind, Tuple, TupleKind, Value};

/// Python's name of a kind, without `torch.`.
pub fn dtype_name(kind: Kind) -> &'static str {
    super::known::kind_names()
        .iter()
        .find(|(_, known)| *known == kind)
        .map_or("unknown", |(name, _)| name)
}

/// The kind of that name.
pub fn kind_of(name: &str) -> Option<Kind> {
    super::known::kind_names().iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
}

impl Machine {
    /// The one door to libtorch: its errors become Python's `RuntimeError`, and no panic passes.
    pub fn torch<T>(&mut self, run: impl FnOnce() -> Result<T, TchError>) -> Step<T> {
        let result = catch_unwind(AssertUnwindSafe(run));
        match result {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => self.refused_by_torch(&error.to_string()),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().cloned();
                let text =
                    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                self.refused_by_torch(&text.unwrap_or_default())
            }
        }
    }

    /// The same for what the library's own functions give.
    pub fn library<T>(&mut self, run: impl FnOnce() -> atencion::Result<T>) -> Step<T> {
        let result = catch_unwind(AssertUnwindSafe(run));
        match result {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => self.refused_by_torch(&error.to_string()),
            Err(_) => self.refused_by_torch("libtorch refused"),
        }
    }

    fn refused_by_torch<T>(&mut self, text: &str) -> Step<T> {
        let first = torch_message(text);
        if super::memory::is_refusal(text) {
            return self.unknown(Why::Limit(Limit::Memory));
        }
        let class = if first.contains("out of bounds")
            || first.contains("index out of range")
            || first.contains("Dimension out of range")
        {
            "IndexError"
        } else {
            "RuntimeError"
        };
        raise(class, first)
    }

    /// A tensor of the notebook, noted in the trace.
    pub fn held(&mut self, tensor: Tensor, op: &str, inputs: Vec<(String, Input)>) -> Value {
        self.held_as(tensor, op, inputs, HeldKind::Torch, None, false)
    }

    /// The same, of a kind and perhaps a view.
    pub fn held_as(
        &mut self,
        tensor: Tensor,
        op: &str,
        inputs: Vec<(String, Input)>,
        kind: HeldKind,
        base: Option<Rc<Held>>,
        drawn: bool,
    ) -> Value {
        let node = self.note(&tensor, op, inputs, drawn);
        Value::Tensor(Rc::new(Held { tensor, node: Cell::new(node), base, kind }))
    }

    /// A node of the trace for a tensor that was made or changed.
    pub fn note(
        &mut self,
        tensor: &Tensor,
        op: &str,
        inputs: Vec<(String, Input)>,
        drawn: bool,
    ) -> usize {
        self.drew_unseeded |= drawn && !self.seeded;
        if self.limits.cell_steps.is_some() {
            self.steps += (tensor.numel() / 1024) as u64;
        }
        let node = Node {
            op: op.to_owned(),
            inputs,
            at: self.at,
            function: self.function_name(),
            shape: Vec::new(),
            kind: None,
            value: None,
            unseeded: drawn && !self.seeded,
        };
        self.trace.push(node, tensor)
    }

    /// What the trace says of an argument.
    pub fn input_of(&mut self, value: &Value) -> Input {
        let tensors = |items: &[Value]| -> Option<Vec<usize>> {
            let nodes = items.iter().map(|item| match item {
                Value::Tensor(held) => Some(held.node.get()),
                _ => None,
            });
            nodes.collect::<Option<Vec<_>>>().filter(|nodes| !nodes.is_empty())
        };
        match value {
            Value::Tensor(held) => return Input::Tensor(held.node.get()),
            Value::List(items) => {
                if let Some(nodes) = tensors(&items.borrow()) {
                    return Input::Tensors(nodes);
                }
            }
            Value::Tuple(tuple) => {
                if let Some(nodes) = tensors(&tuple.items) {
                    return Input::Tensors(nodes);
                }
            }
            _ => {}
        }
        match value {
            Value::List(items) if items.borrow().len() > 16 => Input::Given("[…]".to_owned()),
            Value::Object(_) | Value::Dict(_) | Value::Iter(_) => Input::Given("…".to_owned()),
            value => Input::Given(self.repr(value).unwrap_or_default()),
        }
    }

    /// A method of a tensor by the table.
    pub fn method_of_tensor(&mut self, held: &Rc<Held>, name: &str, mut call: Call) -> Step<Value> {
        let path = format!("Tensor.{name}");
        // `.to(device)`: a device is no argument of the table's.
        let all = call.places.iter().chain(call.keys.iter().map(|(_, value)| value));
        let device = all.into_iter().any(|value| matches!(value, Value::Device(_) | Value::Str(_)));
        match ops::find(&path) {
            Some(rows) if !(name == "to" && device) => {
                call.places.insert(0, Value::Tensor(held.clone()));
                self.call_op(&path, rows, call)
            }
            _ => self.tensor_method(held, name, call),
        }
    }

    /// An operation of the table.
    pub fn call_op(
        &mut self,
        path: &str,
        rows: &'static [&'static Op],
        mut call: Call,
    ) -> Step<Value> {
        let grad = call.take("requires_grad");
        self.drop_options(&mut call)?;
        if let Some(Value::Unknown(problem)) =
            call.places.iter().find(|v| matches!(v, Value::Unknown(_)))
        {
            return Err(super::problem::Stop::Unknown(problem.clone()));
        }
        let Some(bound) = bind(rows, &call, self.default) else {
            return self.cannot_bind(path, &call);
        };
        self.run_op(path, &bound, grad)
    }

    /// `device=`, `layout=` and the like choose where, not what.
    fn drop_options(&mut self, call: &mut Call) -> Step<()> {
        if let Some(device) = call.take("device") {
            let name = match &device {
                Value::Device(name) | Value::Str(name) => name.to_string(),
                _ => "cpu".to_owned(),
            };
            self.elsewhere(&name)?;
        }
        for name in ["layout", "pin_memory", "non_blocking", "copy", "memory_format", "inplace"] {
            call.take(name);
        }
        for name in ["dtype", "generator", "out"] {
            let is_none = matches!(call.get(usize::MAX, name), Some(Value::None));
            if is_none {
                call.take(name);
            }
        }
        Ok(())
    }

    /// Another device than the CPU: where a run is only to be judged, what it would compute is computed here, and its
    /// draws are not that device's.
    pub fn elsewhere(&mut self, device: &str) -> Step<()> {
        if device.starts_with("cpu") {
            return Ok(());
        }
        if !self.limits.unseeded {
            return self.not_known(format!("device={device}"));
        }
        self.drew_unseeded = true;
        Ok(())
    }

    fn cannot_bind(&mut self, path: &str, call: &Call) -> Step<Value> {
        let short = path.rsplit('.').next().unwrap_or(path);
        let bad = call.places.iter().chain(call.keys.iter().map(|(_, value)| value));
        for value in bad {
            if matches!(value, Value::Tensor(held) if held.is_array()) && path.starts_with("torch.")
            {
                return type_error(format!(
                    "{short}(): argument must be Tensor, not numpy.ndarray"
                ));
            }
        }
        let keys: Vec<String> = call.keys.iter().map(|(key, _)| format!("{key}=…")).collect();
        let kinds: Vec<String> = call.places.iter().map(Value::type_name).chain(keys).collect();
        self.not_known(format!("{path}({})", kinds.join(", ")))
    }

    fn run_op(&mut self, path: &str, bound: &BoundCall, grad: Option<Value>) -> Step<Value> {
        let op = bound.op;
        let mut inputs = Vec::new();
        for (param, given) in op.params.iter().zip(&bound.given) {
            let input = match given {
                Some(value) => self.input_of(value),
                None => Input::Given(param.default.unwrap_or_default().to_owned()),
            };
            inputs.push((param.name.to_owned(), input));
        }
        self.cost(bound)?;
        if !self.rows.iter().any(|row| std::ptr::eq(*row, op)) {
            self.rows.push(op);
        }
        if let Some(observed) = &mut self.observed {
            observed.ran(op);
        }
        let out = self.torch(|| (op.run)(&bound.args))?;
        let first = match bound.given.first() {
            Some(Some(Value::Tensor(held))) => Some(held.clone()),
            _ => None,
        };
        if op.is_in_place()
            && let Some(held) = &first
        {
            let node = self.note(&held.tensor, path, inputs, op.draws());
            held.changed_by(node);
            return Ok(Value::Tensor(held.clone()));
        }
        let base = if op.is_view() { first } else { None };
        let value = self.out_value(path, op, out, inputs, base)?;
        if let (Some(grad), Value::Tensor(held)) = (grad, &value)
            && self.truth(&grad)?
        {
            let tensor = held.tensor.shallow_clone();
            let _ = self.torch(|| tensor.f_set_requires_grad(true))?;
        }
        Ok(value)
    }

    fn out_value(
        &mut self,
        path: &str,
        op: &Op,
        out: Out,
        inputs: Vec<(String, Input)>,
        base: Option<Rc<Held>>,
    ) -> Step<Value> {
        Ok(match out {
            // `.to(dtype)`, `.contiguous()` and the like may give the very tensor back.
            Out::Tensor(tensor) => {
                let is_same = base
                    .as_ref()
                    .is_some_and(|base| op.name == "contiguous" && base.tensor.is_contiguous());
                match base {
                    Some(base) if is_same => Value::Tensor(base),
                    base => self.held_as(tensor, path, inputs, HeldKind::Torch, base, op.draws()),
                }
            }
            Out::Tuple(tensors) => {
                self.charge(tensors.len())?;
                let mut items = Vec::new();
                for (at, tensor) in tensors.into_iter().enumerate() {
                    let mut inputs = inputs.clone();
                    inputs.push(("item".to_owned(), Input::Given(at.to_string())));
                    items.push(self.held_as(
                        tensor,
                        path,
                        inputs,
                        HeldKind::Torch,
                        base.clone(),
                        op.draws(),
                    ));
                }
                let kind = match ops::fields_of(op.name) {
                    Some((name, fields)) if fields.len() == items.len() => {
                        TupleKind::Named(name, fields)
                    }
                    _ => TupleKind::Plain,
                };
                Value::Tuple(Rc::new(Tuple { items, kind }))
            }
            Out::Bool(value) => Value::Bool(value),
            Out::Int(value) => Value::Int(value),
            Out::Float(value) => Value::Float(value),
            Out::Nothing => Value::None,
        })
    }

    /// An operation that would take minutes is refused before it starts: products grow with the third power.
    fn cost(&mut self, bound: &BoundCall) -> Step<()> {
        let mut numbers = 0usize;
        let mut largest = 0f64;
        for arg in &bound.args {
            match arg {
                ops::Arg::Tensor(Some(tensor)) => {
                    numbers = numbers.saturating_add(tensor.numel());
                    largest = largest.max(tensor.size().into_iter().max().unwrap_or(0) as f64);
                }
                ops::Arg::Tensors(tensors) => {
                    numbers = numbers.saturating_add(tensors.iter().map(Tensor::numel).sum());
                }
                _ => {}
            }
        }
        let is_product = matches!(
            bound.op.name,
            "matmul"
                | "mm"
                | "bmm"
                | "baddbmm"
                | "addmm"
                | "einsum"
                | "linear"
                | "matrix_exp"
                | "svd"
                | "qr"
                | "inv"
                | "inverse"
                | "det"
                | "pinv"
                | "pinverse"
                | "eigh"
                | "eigvalsh"
                | "cdist"
                | "conv1d"
                | "conv2d"
                | "matrix_power"
                | "cholesky"
                | "kron"
                | "multi_dot"
                | "chain_matmul"
                | "slogdet"
                | "logdet"
                | "solve"
                | "scaled_dot_product_attention"
                | "tensordot"
                | "bilinear"
                | "median"
                | "mode"
                | "kthvalue"
        );
        if is_product && numbers as f64 * largest > 2e11 {
            return self.unknown(Why::Limit(Limit::Time));
        }
        // A step for each thousand numbers: a loop over large tensors ends, too.
        self.charge(numbers >> 10)
    }

    /// A tensor of one number as Python's number: `.item()`.
    pub fn item_of(&mut self, held: &Held) -> Step<Value> {
        let tensor = &held.tensor;
        if tensor.numel() != 1 {
            return raise(
                "RuntimeError",
                format!("a Tensor with {} elements cannot be converted to Scalar", tensor.numel()),
            );
        }
        let at = vec![0; tensor.dim()];
        let kind = self.torch(|| tensor.f_kind())?;
        Ok(match kind {
            Kind::Bool => Value::Bool(self.torch(|| tensor.f_int64_value(&at))? != 0),
            Kind::Int64 | Kind::Int | Kind::Int16 | Kind::Int8 | Kind::Uint8 => {
                Value::Int(self.torch(|| tensor.f_int64_value(&at))?)
            }
            Kind::ComplexFloat | Kind::ComplexDouble => return self.not_known("complex"),
            _ => Value::Float(self.torch(|| tensor.f_double_value(&at))?),
        })
    }
}

/// The first line of a C++ error, without where in the C++ it was.
fn torch_message(text: &str) -> String {
    let text = text.strip_prefix("Internal torch error: ").unwrap_or(text);
    let first = text.lines().next().unwrap_or_default();
    let end = first.find("\\nException raised from").unwrap_or(first.len());
    first[..end].to_owned()
}
