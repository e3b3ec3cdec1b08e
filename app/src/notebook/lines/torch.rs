//! What `torch` and `torch.nn` have besides operations: `tensor`, seeds, contexts, `nn.init`, `nn.utils`.

use std::cell::RefCell;
use std::rc::Rc;

use indexmap::IndexMap;
use tch::{Kind, Tensor};

use super::machine::Machine;
use super::numbers::Number;
use super::ops::bind::Call;
use super::problem::{Step, type_error, value_error};
use super::value::{HeldKind, Inner, Object, Value};
use atencion::tensor::{Literal, LiteralBuilder};

/// The functions that are known here.
pub const FUNCTIONS: &[&str] = &[
    "torch.tensor",
    "torch.as_tensor",
    "torch.from_numpy",
    "torch.Tensor",
    "torch.FloatTensor",
    "torch.LongTensor",
    "torch.DoubleTensor",
    "torch.BoolTensor",
    "torch.IntTensor",
    "torch.manual_seed",
    "torch.no_grad",
    "torch.enable_grad",
    "torch.inference_mode",
    "torch.set_grad_enabled",
    "torch.is_tensor",
    "torch.numel",
    "torch.device",
    "torch.Size",
    "torch.cuda.is_available",
    "torch.cuda.manual_seed",
    "torch.cuda.manual_seed_all",
    "torch.backends.mps.is_available",
    "torch.backends.mps.is_built",
    "torch.set_default_dtype",
    "torch.get_default_dtype",
    "torch.set_printoptions",
    "torch.set_num_threads",
    "torch.is_grad_enabled",
    "torch.seed",
    "torch.typename",
    "torch.cuda.device_count",
    "torch.nn.init.xavier_uniform_",
    "torch.nn.init.xavier_normal_",
    "torch.nn.init.kaiming_uniform_",
    "torch.nn.init.normal_",
    "torch.nn.init.uniform_",
    "torch.nn.init.zeros_",
    "torch.nn.init.ones_",
    "torch.nn.init.constant_",
    "torch.nn.utils.clip_grad_norm_",
    "torch.nn.Transformer.generate_square_subsequent_mask",
    "torch.dtype",
    "torch.nn.init.eye_",
    "torch.normal",
    "torch.use_deterministic_algorithms",
    "torch.result_type",
    "torch.compile",
    "torch.nn.Parameter",
    "torch.nn.Embedding.from_pretrained",
];

impl Machine {
    /// `torch.name(..)` outside the table.
    pub fn torch_function(&mut self, path: &str, mut call: Call) -> Step<Value> {
        let first = call.places.first().cloned();
        Ok(match (path, first) {
            ("torch.tensor" | "torch.as_tensor", data) => {
                let Some(data) = data.or_else(|| call.take("data")) else {
                    return type_error(
                        "tensor() missing 1 required positional arguments: \"data\"",
                    );
                };
                return self.new_tensor(path, data, call);
            }
            ("torch.Tensor" | "torch.FloatTensor", first) => {
                return self.old_tensor(path, Kind::Float, first, call);
            }
            ("torch.LongTensor", first) => return self.old_tensor(path, Kind::Int64, first, call),
            ("torch.DoubleTensor", first) => {
                return self.old_tensor(path, Kind::Double, first, call);
            }
            ("torch.BoolTensor", first) => return self.old_tensor(path, Kind::Bool, first, call),
            ("torch.IntTensor", first) => return self.old_tensor(path, Kind::Int, first, call),
            ("torch.from_numpy", Some(Value::Tensor(held))) if held.is_array() => {
                let inputs =
                    vec![("input".to_owned(), super::trace::Input::Tensor(held.node.get()))];
                let tensor = held.tensor.shallow_clone();
                self.held_as(tensor, path, inputs, HeldKind::Torch, Some(held), false)
            }
            (
                "torch.manual_seed" | "torch.cuda.manual_seed" | "torch.cuda.manual_seed_all",
                Some(Value::Int(seed)),
            ) => {
                if path == "torch.manual_seed" {
                    tch::manual_seed(seed);
                    self.seeded = true;
                }
                Value::None
            }
            ("torch.no_grad" | "torch.inference_mode", Some(Value::Function(function))) => {
                function.no_grad.set(true);
                Value::Function(function)
            }
            ("torch.no_grad" | "torch.inference_mode", mode) => {
                self.context(matches!(mode, Some(Value::Bool(false))))
            }
            ("torch.enable_grad", _) => self.context(true),
            ("torch.set_grad_enabled", Some(mode)) => {
                let mode = self.truth(&mode)?;
                self.context(mode)
            }
            ("torch.is_grad_enabled", _) => Value::Bool(atencion::libtorch::is_grad_enabled()),
            ("torch.is_tensor", Some(value)) => {
                Value::Bool(matches!(value, Value::Tensor(held) if !held.is_array()))
            }
            ("torch.numel", Some(Value::Tensor(held))) => Value::Int(held.tensor.numel() as i64),
            ("torch.device", Some(Value::Str(name))) => Value::Device(name),
            ("torch.device", Some(device @ Value::Device(_))) => device,
            ("torch.Size", Some(sizes)) => {
                let mut numbers = Vec::new();
                for size in self.items(&sizes)? {
                    match size {
                        Value::Int(size) => numbers.push(size),
                        other => {
                            return type_error(format!(
                                "torch.Size() takes an iterable of 'int' (item is '{}')",
                                other.type_name()
                            ));
                        }
                    }
                }
                Value::size(&numbers)
            }
            (
                "torch.cuda.is_available"
                | "torch.backends.mps.is_available"
                | "torch.backends.mps.is_built",
                _,
            ) => Value::Bool(false),
            ("torch.cuda.device_count", _) => Value::Int(0),
            ("torch.set_default_dtype", Some(Value::Dtype(kind))) => {
                self.default = kind;
                Value::None
            }
            ("torch.get_default_dtype", _) => Value::Dtype(self.default),
            ("torch.set_num_threads" | "torch.use_deterministic_algorithms", _) => Value::None,
            ("torch.compile", Some(function)) => function,
            ("torch.nn.Parameter", _) => return self.parameter(call),
            ("torch.nn.Embedding.from_pretrained", _) => return self.embedding_of(call),
            ("torch.normal", Some(mean)) => return self.normal(mean, call),
            ("torch.nn.Transformer.generate_square_subsequent_mask", Some(Value::Int(size))) => {
                let options = (self.default, tch::Device::Cpu);
                let mask = self.library(|| {
                    atencion::nn::Transformer::<
                        atencion::nn::TransformerEncoder,
                        atencion::nn::TransformerDecoder,
                    >::generate_square_subsequent_mask(size, options)
                })?;
                self.held(mask, path, Vec::new())
            }
            ("torch.nn.utils.clip_grad_norm_", Some(parameters)) => {
                return self.clip_grad_norm(&parameters, &call);
            }
            (_, Some(Value::Tensor(held))) if path.starts_with("torch.nn.init.") => {
                return self.init(path, held, &call);
            }
            _ => return self.not_known(format!("{path}(…)")),
        })
    }

    /// `torch.no_grad()` and its opposite, as an object that `with` enters.
    fn context(&mut self, keeps: bool) -> Value {
        let class = self.context_class();
        Value::Object(Rc::new(Object {
            class,
            names: RefCell::new(IndexMap::new()),
            inner: RefCell::new(Inner::NoGrad(keeps)),
        }))
    }

    fn new_tensor(&mut self, path: &str, data: Value, mut call: Call) -> Step<Value> {
        let kind = match call.take("dtype").or_else(|| call.places.get(1).cloned()) {
            Some(Value::Dtype(kind)) => Some(kind),
            _ => None,
        };
        let grad = match call.take("requires_grad") {
            Some(grad) => self.truth(&grad)?,
            None => false,
        };
        self.refuse_device(&mut call)?;
        let inputs = vec![("data".to_owned(), self.input_of(&data))];
        let tensor = self.tensor_from(&data, kind)?;
        if grad {
            let _ = self.torch(|| tensor.f_set_requires_grad(true))?;
        }
        Ok(self.held(tensor, path, inputs))
    }

    /// `device=` other than the CPU.
    fn refuse_device(&mut self, call: &mut Call) -> Step<()> {
        match call.take("device") {
            Some(Value::Device(name) | Value::Str(name)) => self.elsewhere(&name),
            _ => Ok(()),
        }
    }

    /// `torch.Tensor([1, 2])` has those numbers, `torch.Tensor(1, 2)` that shape.
    fn old_tensor(
        &mut self,
        path: &str,
        kind: Kind,
        first: Option<Value>,
        call: Call,
    ) -> Step<Value> {
        match first {
            Some(data @ (Value::List(_) | Value::Tuple(_) | Value::Tensor(_))) => {
                let inputs = vec![("data".to_owned(), self.input_of(&data))];
                let tensor = self.tensor_from(&data, Some(kind))?;
                Ok(self.held(tensor, path, inputs))
            }
            None => {
                let tensor = self.torch(|| Tensor::f_zeros([0], (kind, tch::Device::Cpu)))?;
                Ok(self.held(tensor, path, Vec::new()))
            }
            // Of sizes: memory as it comes, which no two runs need agree on.
            Some(Value::Int(_)) if self.limits.unseeded => {
                let sizes: Vec<i64> = call
                    .places
                    .iter()
                    .map_while(|size| if let Value::Int(size) = size { Some(*size) } else { None })
                    .collect();
                self.drew_unseeded = true;
                let tensor = self.torch(|| Tensor::f_zeros(&sizes, (kind, tch::Device::Cpu)))?;
                Ok(self.held(tensor, path, Vec::new()))
            }
            Some(_) => self.not_known(format!("{path}({} sizes)", call.places.len())),
        }
    }

    /// The tensor that numbers, lists, tensors and arrays make.
    pub fn tensor_from(&mut self, data: &Value, kind: Option<Kind>) -> Step<Tensor> {
        match data {
            Value::Tensor(held) => {
                let to = kind.unwrap_or(held.tensor.kind());
                let copy = self
                    .torch(|| super::ops::take::copied(&held.tensor.f_detach()?.f_to_kind(to)?))?;
                return Ok(copy);
            }
            Value::List(_) | Value::Tuple(_) | Value::Range(..) => {
                if let Some(stacked) = self.stacked(data, kind)? {
                    return Ok(stacked);
                }
            }
            _ => {}
        }
        let mut builder = LiteralBuilder::new();
        let mut has_float = false;
        self.literal(data, &mut builder, &mut has_float, 0)?;
        let literal: Literal = self.library(|| builder.finish())?;
        let kind = kind.or((has_float && self.default != Kind::Float).then_some(self.default));
        match self.library(|| match kind {
            Some(kind) => literal.try_into_tensor_of(kind),
            None => literal.try_into_tensor(),
        }) {
            Err(super::problem::Stop::Raise(raised)) => value_error(raised.message),
            other => other,
        }
    }

    /// `torch.tensor([t1, t2])` of tensors with one number each, and `np.array` of rows.
    fn stacked(&mut self, data: &Value, kind: Option<Kind>) -> Step<Option<Tensor>> {
        let items = self.items(data)?;
        if items.is_empty() || !items.iter().any(|item| matches!(item, Value::Tensor(_))) {
            return Ok(None);
        }
        let mut rows = Vec::new();
        for item in &items {
            let row = match item {
                Value::Tensor(held) => self.torch(|| held.tensor.f_detach())?,
                other => self.tensor_from(other, None)?,
            };
            rows.push(row);
        }
        let widest = rows.iter().map(Tensor::kind).reduce(super::tensors::wider);
        let to = kind.or(widest).unwrap_or(Kind::Float);
        let mut same = Vec::new();
        for row in rows {
            same.push(self.torch(|| row.f_to_kind(to))?);
        }
        match self.torch(|| Tensor::f_stack(&same, 0)) {
            Ok(stacked) => Ok(Some(stacked)),
            Err(_) => value_error("only one element tensors can be converted to Python scalars"),
        }
    }

    fn literal(
        &mut self,
        data: &Value,
        builder: &mut LiteralBuilder,
        has_float: &mut bool,
        depth: usize,
    ) -> Step<()> {
        self.tick()?;
        match data {
            Value::Bool(value) => builder.number(*value),
            Value::Int(value) => builder.number(*value),
            Value::Float(value) => {
                *has_float = true;
                builder.number(*value);
            }
            Value::List(_) | Value::Tuple(_) | Value::Range(..) if depth < 128 => {
                let items = self.items(data)?;
                builder.open();
                for item in &items {
                    self.literal(item, builder, has_float, depth + 1)?;
                }
                self.library(|| builder.close())?;
            }
            Value::Tensor(held) => match Number::of(&self.item_of(held)?) {
                Some(Number::Int(value)) => builder.number(value),
                Some(Number::Float(value)) => {
                    *has_float = true;
                    builder.number(value);
                }
                None => return type_error("not a number"),
            },
            Value::Str(_) => return type_error("new(): invalid data type 'str'"),
            other => {
                return type_error(format!("Could not infer dtype of {}", other.type_name()));
            }
        }
        Ok(())
    }

    /// `torch.normal(mean, std, size)`
    fn normal(&mut self, mean: Value, call: Call) -> Step<Value> {
        let std = call.get(1, "std").cloned().unwrap_or(Value::Float(1.0));
        let (Some(mean), Some(std)) = (Number::of(&mean), Number::of(&std)) else {
            return self.not_known("torch.normal(Tensor, …)");
        };
        let Some(size) = call.get(2, "size").cloned() else {
            return self.not_known("torch.normal(…)");
        };
        let empty = self.call_known("torch.empty", Call::of(vec![size]))?;
        let Value::Tensor(held) = &empty else { return Ok(empty) };
        let args = vec![Value::Float(mean.float()), Value::Float(std.float())];
        self.method_of_tensor(held, "normal_", Call::of(args))
    }

    fn clip_grad_norm(&mut self, parameters: &Value, call: &Call) -> Step<Value> {
        let parameters = match parameters {
            Value::Tensor(held) => vec![held.tensor.shallow_clone()],
            many => self.tensors_in(many)?,
        };
        let Some(most) = call.get(1, "max_norm").and_then(Number::of) else {
            return type_error("clip_grad_norm_() missing 'max_norm'");
        };
        let norm = call.get(2, "norm_type").and_then(Number::of).map_or(2.0, Number::float);
        let total = self
            .library(|| atencion::optim::clip_grad_norm_(&parameters, most.float(), norm, false))?;
        Ok(self.held(total, "torch.nn.utils.clip_grad_norm_", Vec::new()))
    }

    /// The tensors of a list or iterator.
    pub fn tensors_in(&mut self, of: &Value) -> Step<Vec<Tensor>> {
        let mut tensors = Vec::new();
        for item in self.items(of)? {
            match item {
                Value::Tensor(held) => tensors.push(held.tensor.shallow_clone()),
                other => {
                    return type_error(format!("expected a tensor, got {}", other.type_name()));
                }
            }
        }
        Ok(tensors)
    }

    /// `nn.init.name_(tensor, ..)`
    fn init(&mut self, path: &str, held: Rc<super::value::Held>, call: &Call) -> Step<Value> {
        use atencion::nn::init;
        let tensor = held.tensor.shallow_clone();
        let number = |at: usize, name: &str, default: f64| {
            call.get(at, name).and_then(Number::of).map_or(default, Number::float)
        };
        let name = path.trim_start_matches("torch.nn.init.");
        let draws = !matches!(name, "zeros_" | "ones_" | "constant_" | "eye_");
        self.library(|| match name {
            "xavier_uniform_" if number(1, "gain", 1.0) == 1.0 => init::xavier_uniform_(&tensor),
            "xavier_normal_" if number(1, "gain", 1.0) == 1.0 => init::xavier_normal_(&tensor),
            "kaiming_uniform_"
                if call.get(2, "mode").is_none() && call.get(3, "nonlinearity").is_none() =>
            {
                init::kaiming_uniform_(&tensor, number(1, "a", 0.0))
            }
            "uniform_" => init::uniform_(&tensor, number(1, "a", 0.0), number(2, "b", 1.0)),
            "normal_" => init::normal_(&tensor, number(1, "mean", 0.0), number(2, "std", 1.0)),
            "zeros_" => init::constant_(&tensor, 0.0),
            "ones_" => init::constant_(&tensor, 1.0),
            "constant_" => init::constant_(&tensor, number(1, "val", 0.0)),
            _ => Err(atencion::Error::value(format!("{path} with these arguments"))),
        })
        .or_else(|stop| match stop {
            super::problem::Stop::Raise(_) => self.not_known(format!("{path}(…)")),
            stop => Err(stop),
        })?;
        let inputs = vec![("input".to_owned(), super::trace::Input::Tensor(held.node.get()))];
        let node = self.note(&held.tensor, path, inputs, draws);
        held.changed_by(node);
        Ok(Value::Tensor(held))
    }
}
