//! `x[1:, None]`, `x[mask]`, `x[..., 0]`, and assignment to them.

use std::rc::Rc;

use tch::{Kind, Tensor};

use super::super::machine::Machine;
use super::super::numbers::Number;
use super::super::problem::{Step, raise, type_error, value_error};
use super::super::trace::Input;
use super::super::value::{Held, Value};

/// Basic indices applied one by one, and what is left for the advanced ones.
struct Indexed {
    tensor: Tensor,
    /// For each dimension of `tensor` the index tensor, if it has one.
    advanced: Vec<Option<Tensor>>,
}

impl Machine {
    /// `x[index]`
    pub fn tensor_item(&mut self, held: &Rc<Held>, index: &Value) -> Step<Value> {
        let inputs = self.index_inputs(held, index);
        let found = self.indexed(&held.tensor, index)?;
        let is_basic = found.advanced.iter().all(Option::is_none);
        let tensor = if is_basic {
            found.tensor
        } else {
            let indices = found.advanced;
            self.torch(|| found.tensor.f_index(&indices))?
        };
        if held.is_array() && tensor.dim() == 0 {
            // NumPy gives its scalar, which to a notebook is a number.
            let kind = tensor.kind();
            if kind == Kind::Double || kind == Kind::Int64 || kind == Kind::Bool {
                let one = Held { tensor, node: held.node.clone(), base: None, kind: held.kind };
                return self.item_of(&one);
            }
        }
        let base = is_basic.then(|| held.clone());
        Ok(self.held_as(
            tensor,
            "[]",
            inputs,
            if held.is_array() { held.kind } else { super::super::value::HeldKind::Torch },
            base,
            false,
        ))
    }

    /// `x[index] = value`
    pub fn set_tensor_item(&mut self, held: &Rc<Held>, index: &Value, value: &Value) -> Step<()> {
        let mut inputs = self.index_inputs(held, index);
        inputs.push(("value".to_owned(), self.input_of(value)));
        let found = self.indexed(&held.tensor, index)?;
        let kind = self.torch(|| held.tensor.f_kind())?;
        let value = match value {
            // `x[i] = x[i] + 1` after `x[i] += 1` gives the view itself.
            Value::Tensor(value) => value.tensor.shallow_clone(),
            number => match Number::of(number) {
                Some(Number::Int(value)) => self.torch(|| Tensor::from(value).f_to_kind(kind))?,
                Some(Number::Float(value)) => self.torch(|| Tensor::from(value).f_to_kind(kind))?,
                None if held.is_array() => self.array_of(number)?,
                None => {
                    return type_error(format!(
                        "can't assign a {} to a {}",
                        number.type_name(),
                        "torch.FloatTensor"
                    ));
                }
            },
        };
        let mut target = found.tensor;
        if found.advanced.iter().all(Option::is_none) {
            let value = self.without_leading_ones(value, target.dim())?;
            self.torch(|| target.f_copy_(&value))?;
        } else {
            let indices = found.advanced;
            let value = self.torch(|| value.f_to_kind(kind))?;
            let _ = self.torch(|| target.f_index_put_(&indices, &value, false))?;
        }
        let node = self.note(&held.tensor, "[]=", inputs, false);
        held.changed_by(node);
        Ok(())
    }

    /// torch lets `x[0] = value` have more leading dimensions of size 1 than it needs.
    fn without_leading_ones(&mut self, mut value: Tensor, dims: usize) -> Step<Tensor> {
        while value.dim() > dims && value.size().first() == Some(&1) {
            value = self.torch(|| value.f_squeeze_dim(0))?;
        }
        Ok(value)
    }

    fn index_inputs(&mut self, held: &Held, index: &Value) -> Vec<(String, Input)> {
        let mut inputs = vec![("input".to_owned(), Input::Tensor(held.node.get()))];
        match index {
            Value::Tuple(tuple) => {
                for item in &tuple.items {
                    inputs.push(("index".to_owned(), self.input_of(item)));
                }
            }
            other => inputs.push(("index".to_owned(), self.input_of(other))),
        }
        inputs
    }

    fn indexed(&mut self, tensor: &Tensor, index: &Value) -> Step<Indexed> {
        let indices = match index {
            Value::Tuple(tuple) => tuple.items.clone(),
            other => vec![other.clone()],
        };
        if indices.len() > 64 {
            return value_error("too many indices");
        }
        let takes = self.dims_taken(&indices);
        let dims = tensor.dim();
        if takes > dims {
            return raise("IndexError", format!("too many indices for tensor of dimension {dims}"));
        }
        let mut tensor = tensor.shallow_clone();
        let mut advanced: Vec<Option<Tensor>> = Vec::new();
        let mut dim = 0i64;
        for index in &indices {
            match index {
                Value::None => {
                    tensor = self.torch(|| tensor.f_unsqueeze(dim))?;
                    advanced.push(None);
                    dim += 1;
                }
                Value::Ellipsis => {
                    for _ in 0..dims - takes {
                        advanced.push(None);
                        dim += 1;
                    }
                }
                Value::Int(at) => tensor = self.selected(&tensor, dim, *at)?,
                Value::Slice(slice) => {
                    tensor = self.sliced_tensor(&tensor, dim, slice)?;
                    advanced.push(None);
                    dim += 1;
                }
                Value::Bool(value) => {
                    tensor = self.torch(|| tensor.f_unsqueeze(dim))?;
                    let at = if *value {
                        Tensor::from_slice(&[0i64])
                    } else {
                        Tensor::from_slice::<i64>(&[])
                    };
                    advanced.push(Some(at));
                    dim += 1;
                }
                other => {
                    let at = self.index_tensor(other)?;
                    if at.kind() == Kind::Bool || at.kind() == Kind::Uint8 {
                        for one in self.of_mask(&tensor, dim, &at)? {
                            advanced.push(Some(one));
                            dim += 1;
                        }
                    } else if at.dim() == 0 && indices.len() == 1 {
                        let one = self.torch(|| at.f_int64_value(&[]))?;
                        tensor = self.selected(&tensor, dim, one)?;
                    } else {
                        advanced.push(Some(self.torch(|| at.f_to_kind(Kind::Int64))?));
                        dim += 1;
                    }
                }
            }
        }
        Ok(Indexed { tensor, advanced })
    }

    fn selected(&mut self, tensor: &Tensor, dim: i64, at: i64) -> Step<Tensor> {
        let size = tensor.size().get(dim as usize).copied().unwrap_or(0);
        if at < -size || at >= size {
            return raise(
                "IndexError",
                format!("index {at} is out of bounds for dimension {dim} with size {size}"),
            );
        }
        self.torch(|| tensor.f_select(dim, at))
    }

    fn sliced_tensor(&mut self, tensor: &Tensor, dim: i64, slice: &[Value; 3]) -> Step<Tensor> {
        let size = tensor.size().get(dim as usize).copied().unwrap_or(0);
        if let Value::Int(step) = slice[2]
            && step <= 0
        {
            return value_error("step must be greater than zero");
        }
        let (start, stop, step) = self.slice_of(slice, size as usize)?;
        if (start, stop, step) == (0, size, 1) {
            return self.torch(|| tensor.f_alias());
        }
        self.torch(|| tensor.f_slice(dim, start, stop.max(start), step))
    }

    /// A list, range or tensor as an index.
    fn index_tensor(&mut self, index: &Value) -> Step<Tensor> {
        match index {
            Value::Tensor(held) => Ok(held.tensor.shallow_clone()),
            Value::List(_) | Value::Tuple(_) | Value::Range(..) => {
                let tensor = self.tensor_from(index, None)?;
                if tensor.numel() == 0 {
                    self.torch(|| tensor.f_to_kind(Kind::Int64))
                } else {
                    Ok(tensor)
                }
            }
            other => raise(
                "IndexError",
                format!(
                    "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got {})",
                    other.type_name()
                ),
            ),
        }
    }

    /// A mask as the places where it is true, a tensor for each of its dimensions.
    fn of_mask(&mut self, tensor: &Tensor, dim: i64, mask: &Tensor) -> Step<Vec<Tensor>> {
        let sizes = tensor.size();
        let of = sizes.get(dim as usize..dim as usize + mask.dim()).unwrap_or_default();
        if of != mask.size() {
            return raise(
                "IndexError",
                format!(
                    "The shape of the mask {:?} at index 0 does not match the shape of the indexed tensor {sizes:?} at index 0",
                    mask.size()
                ),
            );
        }
        let mask = self.torch(|| mask.f_to_kind(Kind::Bool))?;
        let places = self.torch(|| mask.f_nonzero())?;
        self.torch(|| places.f_unbind(1))
    }

    /// How many dimensions the indices take.
    fn dims_taken(&mut self, indices: &[Value]) -> usize {
        indices
            .iter()
            .map(|index| match index {
                Value::None | Value::Ellipsis | Value::Bool(_) => 0,
                Value::Tensor(held) if matches!(held.tensor.kind(), Kind::Bool | Kind::Uint8) => {
                    held.tensor.dim()
                }
                _ => 1,
            })
            .sum()
    }
}
