//! What a phrase says, in a form that both languages can be compared in.

use serde_json::{Value as Json, json};
use tch::{Device, Kind, Tensor};

use atencion::tensor;

/// The result of a phrase: what the last line of its Python is worth, too.
#[derive(Debug)]
pub enum Value {
    /// A tensor.
    Tensor(Tensor),
    /// `True`
    Bool(bool),
    /// `3`
    Int(i64),
    /// `0.5`
    Float(f64),
    /// `"text"`; also the name of a dtype or a device.
    Text(String),
    /// A list or a tuple.
    List(Vec<Value>),
}

impl Value {
    /// Every bit of it: tensors by kind, shape and bytes, floats by their bits.
    pub fn to_json(&self) -> Json {
        match self {
            Value::Tensor(tensor) => tensor_json(tensor),
            Value::Bool(value) => json!(value),
            Value::Int(value) => json!(value),
            Value::Float(value) => json!({ "float": hex(&value.to_le_bytes()) }),
            Value::Text(text) => json!(text),
            Value::List(items) => items.iter().map(Value::to_json).collect(),
        }
    }
}

fn tensor_json(tensor: &Tensor) -> Json {
    let tensor = tensor.detach().to_device(Device::Cpu).contiguous();
    let mut bytes = vec![0; tensor.numel() * tensor.kind().elt_size_in_bytes()];
    tensor.copy_data_u8(&mut bytes, tensor.numel());
    json!({ "dtype": kind_name(tensor.kind()), "shape": tensor.size(), "bytes": hex(&bytes) })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Python's name of a kind.
fn kind_name(kind: Kind) -> String {
    tensor::dtype_name(&Tensor::empty([0], (kind, Device::Cpu)))
}

impl From<Tensor> for Value {
    fn from(tensor: Tensor) -> Self {
        Value::Tensor(tensor)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Int(value)
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Value::Int(value as i64)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Value::Float(value)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<Kind> for Value {
    fn from(kind: Kind) -> Self {
        Value::Text(kind_name(kind))
    }
}

/// As Python writes it.
impl From<Device> for Value {
    fn from(device: Device) -> Self {
        Value::Text(match device {
            Device::Cpu => "cpu".to_owned(),
            Device::Cuda(index) => format!("cuda:{index}"),
            Device::Mps => "mps:0".to_owned(),
            Device::Vulkan => "vulkan:0".to_owned(),
        })
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        Value::List(items.into_iter().map(Into::into).collect())
    }
}

impl<A: Into<Value>, B: Into<Value>> From<(A, B)> for Value {
    fn from((a, b): (A, B)) -> Self {
        Value::List(vec![a.into(), b.into()])
    }
}

impl<A: Into<Value>, B: Into<Value>, C: Into<Value>> From<(A, B, C)> for Value {
    fn from((a, b, c): (A, B, C)) -> Self {
        Value::List(vec![a.into(), b.into(), c.into()])
    }
}
