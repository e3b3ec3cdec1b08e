//! The attributes of tensors, and the methods that give something else than a tensor.

use std::rc::Rc;

use tch::{Kind, Tensor};

use super::super::machine::Machine;
use super::super::ops::bind::Call;
use super::super::problem::{Step, raise, type_error};
use super::super::trace::Input;
use super::super::value::{Held, HeldKind, Value};
use super::dtype_name;

/// The methods that are not in the table.
const METHODS: &[&str] = &[
    "item",
    "tolist",
    "numpy",
    "size",
    "dim",
    "ndimension",
    "numel",
    "nelement",
    "backward",
    "to",
    "cpu",
    "cuda",
    "requires_grad_",
    "retain_grad",
    "detach_",
    "copy_",
    "stride",
    "is_contiguous",
    "element_size",
    "type",
    "new_tensor",
    "__len__",
    "index_put_",
    "zero_grad",
    "register_hook",
    "get_device",
    "storage_offset",
    "astype",
];

impl Machine {
    /// Whether a call of the method is known.
    pub fn is_tensor_method(&self, held: &Held, name: &str) -> bool {
        if held.is_array() {
            return super::super::numpy::METHODS.contains(&name);
        }
        METHODS.contains(&name) || super::super::ops::find(&format!("Tensor.{name}")).is_some()
    }

    /// `x.shape`, `x.T` and other attributes that are no methods.
    pub fn tensor_attribute(&mut self, held: &Rc<Held>, name: &str) -> Step<Option<Value>> {
        let tensor = held.tensor.shallow_clone();
        let input = vec![("input".to_owned(), Input::Tensor(held.node.get()))];
        let kind = if held.is_array() { HeldKind::Array } else { HeldKind::Torch };
        let view = |machine: &mut Self, tensor: Tensor| {
            let base = Some(held.clone());
            machine.held_as(tensor, &format!("Tensor.{name}"), input, kind, base, false)
        };
        Ok(Some(match name {
            "shape" if held.is_array() => {
                Value::tuple(tensor.size().into_iter().map(Value::Int).collect())
            }
            "shape" => Value::size(&tensor.size()),
            "ndim" => Value::Int(tensor.dim() as i64),
            "dtype" => Value::Dtype(self.torch(|| tensor.f_kind())?),
            "T" => {
                let turned = self.torch(|| tensor.f_numpy_t())?;
                view(self, turned)
            }
            "mT" => {
                let turned = self.torch(|| tensor.f_mt())?;
                view(self, turned)
            }
            "size" if held.is_array() => Value::Int(tensor.numel() as i64),
            "itemsize" | "nbytes" => {
                let size = tensor.kind().elt_size_in_bytes() as i64;
                Value::Int(if name == "nbytes" { size * tensor.numel() as i64 } else { size })
            }
            _ if held.is_array() => return Ok(None),
            "H" | "mH" => {
                let turned = self.torch(|| tensor.f_adjoint())?;
                view(self, turned)
            }
            "device" => Value::Device(Rc::from("cpu")),
            "is_cuda" => Value::Bool(false),
            "requires_grad" => Value::Bool(tensor.requires_grad()),
            "is_leaf" => Value::Bool(self.torch(|| tensor.f_is_leaf())?),
            "grad" => self.grad_of(held)?,
            "grad_fn" => return self.grad_fn_of(held).map(Some),
            "data" => {
                let detached = self.torch(|| tensor.f_detach())?;
                view(self, detached)
            }
            "real" => {
                let real = self.torch(|| tensor.f_real())?;
                view(self, real)
            }
            "imag" => {
                let imag = self.torch(|| tensor.f_imag())?;
                view(self, imag)
            }
            _ => return Ok(None),
        }))
    }

    /// `x.requires_grad = True`, `x.data = y`, `x.grad = None`
    pub fn set_tensor_attribute(&mut self, held: &Rc<Held>, name: &str, value: &Value) -> Step<()> {
        let mut tensor = held.tensor.shallow_clone();
        match (name, value) {
            ("requires_grad", Value::Bool(value)) => {
                let _ = self.torch(|| tensor.f_set_requires_grad(*value))?;
                Ok(())
            }
            ("grad", Value::None) => self.forget_grad(&tensor),
            ("data", Value::Tensor(other)) => {
                let new = other.tensor.shallow_clone();
                self.torch(|| tensor.f_set_data(&new.f_detach()?))?;
                held.node.set(other.node.get());
                Ok(())
            }
            _ => self.not_known(format!("Tensor.{name} =")),
        }
    }

    /// A method that is not in the table.
    pub fn tensor_method(&mut self, held: &Rc<Held>, name: &str, mut call: Call) -> Step<Value> {
        if held.is_array() {
            return self.array_method(held, name, call);
        }
        let tensor = held.tensor.shallow_clone();
        let value = Value::Tensor(held.clone());
        Ok(match name {
            "item" => self.item_of(held)?,
            "tolist" => self.tolist(&tensor)?,
            "size" => match call.get(0, "dim") {
                None => Value::size(&tensor.size()),
                Some(Value::Int(dim)) => {
                    let sizes = tensor.size();
                    let at = if *dim < 0 { *dim + sizes.len() as i64 } else { *dim };
                    match usize::try_from(at).ok().and_then(|at| sizes.get(at)) {
                        Some(&size) => Value::Int(size),
                        None => {
                            return raise(
                                "IndexError",
                                format!(
                                    "Dimension out of range (expected to be in range of [{}, {}], but got {dim})",
                                    -(sizes.len() as i64),
                                    sizes.len() as i64 - 1
                                ),
                            );
                        }
                    }
                }
                Some(_) => {
                    return type_error("size() received an invalid combination of arguments");
                }
            },
            "dim" | "ndimension" => Value::Int(tensor.dim() as i64),
            "numel" | "nelement" => Value::Int(tensor.numel() as i64),
            "__len__" => Value::Int(self.length(&value)? as i64),
            "element_size" => Value::Int(tensor.kind().elt_size_in_bytes() as i64),
            "get_device" => Value::Int(-1),
            "stride" => {
                let strides = tensor.stride();
                match call.places.first() {
                    Some(Value::Int(dim)) => {
                        let at = if *dim < 0 { *dim + strides.len() as i64 } else { *dim };
                        Value::Int(strides.get(at as usize).copied().unwrap_or(0))
                    }
                    _ => Value::tuple(strides.into_iter().map(Value::Int).collect()),
                }
            }
            "is_contiguous" => Value::Bool(tensor.is_contiguous()),
            "type" => Value::str(format!("torch.{}", type_name(tensor.kind()))),
            "to" => return self.tensor_to(held, call),
            "cpu" => value,
            "cuda" => {
                self.elsewhere("cuda")?;
                Value::Tensor(held.clone())
            }
            "requires_grad_" => {
                let on = match call.places.first() {
                    Some(on) => self.truth(on)?,
                    None => true,
                };
                let _ = self.torch(|| tensor.f_set_requires_grad(on))?;
                value
            }
            "retain_grad" | "register_hook" => return self.not_known(format!("Tensor.{name}")),
            "detach_" => {
                let mut tensor = tensor;
                let _ = self.torch(|| tensor.f_detach_())?;
                value
            }
            "copy_" => {
                let Some(Value::Tensor(source)) = call.places.first() else {
                    return type_error("copy_(): argument 'other' must be Tensor");
                };
                let source = source.clone();
                let mut tensor = tensor;
                self.torch(|| tensor.f_copy_(&source.tensor))?;
                let inputs = vec![
                    ("input".to_owned(), Input::Tensor(held.node.get())),
                    ("src".to_owned(), Input::Tensor(source.node.get())),
                ];
                let node = self.note(&held.tensor, "Tensor.copy_", inputs, false);
                held.changed_by(node);
                value
            }
            "numpy" => {
                if tensor.requires_grad() {
                    return raise(
                        "RuntimeError",
                        "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.",
                    );
                }
                let inputs = vec![("input".to_owned(), Input::Tensor(held.node.get()))];
                self.held_as(
                    tensor,
                    "Tensor.numpy",
                    inputs,
                    HeldKind::Array,
                    Some(held.clone()),
                    false,
                )
            }
            "new_tensor" => {
                let Some(data) = call.places.first() else {
                    return type_error("new_tensor() needs data");
                };
                let made = self.tensor_from(&data.clone(), Some(tensor.kind()))?;
                self.held(made, "torch.tensor", Vec::new())
            }
            "backward" => {
                let gradient = call.get(0, "gradient").cloned();
                let retain = call
                    .take("retain_graph")
                    .is_some_and(|value| matches!(value, Value::Bool(true)));
                self.backward(&tensor, gradient, retain)?;
                Value::None
            }
            _ => return self.not_known(format!("Tensor.{name}")),
        })
    }

    /// `x.to(device)`, `x.to(dtype)`, `x.to(other)`, `x.to(device, dtype)`
    fn tensor_to(&mut self, held: &Rc<Held>, mut call: Call) -> Step<Value> {
        let mut kind = None;
        for value in call.places.drain(..).chain(call.keys.drain(..).map(|(_, value)| value)) {
            match value {
                Value::Dtype(of) => kind = Some(of),
                Value::Tensor(other) => kind = Some(other.tensor.kind()),
                Value::Device(name) | Value::Str(name) => self.elsewhere(&name)?,
                _ => {}
            }
        }
        match kind {
            Some(kind) if kind != held.tensor.kind() => {
                let tensor = self.torch(|| held.tensor.f_to_kind(kind))?;
                let inputs = vec![
                    ("input".to_owned(), Input::Tensor(held.node.get())),
                    ("dtype".to_owned(), Input::Given(format!("torch.{}", dtype_name(kind)))),
                ];
                Ok(self.held(tensor, "Tensor.to", inputs))
            }
            _ => Ok(Value::Tensor(held.clone())),
        }
    }

    /// `x.tolist()`
    pub fn tolist(&mut self, tensor: &Tensor) -> Step<Value> {
        self.charge_items(tensor.numel())?;
        let kind = self.torch(|| tensor.f_kind())?;
        let flat = self.torch(|| tensor.f_detach()?.f_contiguous()?.f_reshape([-1]))?;
        let count = flat.numel();
        let numbers: Vec<Value> = match kind {
            Kind::Bool | Kind::Int64 | Kind::Int | Kind::Int16 | Kind::Int8 | Kind::Uint8 => {
                let flat = self.torch(|| flat.f_to_kind(Kind::Int64))?;
                let mut whole = vec![0i64; count];
                self.torch(|| flat.f_copy_data(&mut whole, count))?;
                let one = |value| {
                    if kind == Kind::Bool { Value::Bool(value != 0) } else { Value::Int(value) }
                };
                whole.into_iter().map(one).collect()
            }
            Kind::ComplexFloat | Kind::ComplexDouble => return self.not_known("complex"),
            _ => {
                let flat = self.torch(|| flat.f_to_kind(Kind::Double))?;
                let mut floats = vec![0f64; count];
                self.torch(|| flat.f_copy_data(&mut floats, count))?;
                floats.into_iter().map(Value::Float).collect()
            }
        };
        let mut numbers = numbers.into_iter();
        Ok(nested(&tensor.size(), &mut numbers))
    }
}

/// Lists in lists, as deep as there are sizes.
fn nested(sizes: &[i64], numbers: &mut impl Iterator<Item = Value>) -> Value {
    match sizes.split_first() {
        None => numbers.next().unwrap_or(Value::None),
        Some((&count, inner)) => Value::list((0..count).map(|_| nested(inner, numbers)).collect()),
    }
}

/// `FloatTensor` and the like.
fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Float => "FloatTensor",
        Kind::Double => "DoubleTensor",
        Kind::Half => "HalfTensor",
        Kind::BFloat16 => "BFloat16Tensor",
        Kind::Int64 => "LongTensor",
        Kind::Int => "IntTensor",
        Kind::Int16 => "ShortTensor",
        Kind::Int8 => "CharTensor",
        Kind::Uint8 => "ByteTensor",
        Kind::Bool => "BoolTensor",
        _ => "Tensor",
    }
}
