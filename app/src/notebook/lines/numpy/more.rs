//! NumPy and SciPy beyond the everyday: splitting, flipping, a function for each row, SciPy's softmax.

use tch::{Kind, Tensor};

use super::super::machine::Machine;
use super::super::ops::bind::Call;
use super::super::problem::{Step, type_error, value_error};
use super::super::tensors::is_float;
use super::super::trace::Input;
use super::super::value::{HeldKind, Value};

/// What is here, without `numpy.`.
pub const FUNCTIONS: &[&str] = &[
    "empty_like",
    "split",
    "array_split",
    "flip",
    "inner",
    "vdot",
    "apply_along_axis",
    "ravel",
    "copy",
    "ndim",
    "size",
    "nan_to_num",
];

impl Machine {
    /// `numpy.name(..)`, if it is one of these.
    pub(super) fn numpy_more(
        &mut self,
        name: &str,
        call: &Call,
        inputs: Vec<(String, Input)>,
    ) -> Step<Value> {
        let path = format!("numpy.{name}");
        let Some(first) = call.places.first().cloned() else {
            return self.not_known(format!("{path}(…)"));
        };
        let made = match name {
            "empty_like" => {
                let of = self.array_of(&first)?;
                self.torch(|| of.f_zeros_like())?
            }
            "split" | "array_split" => return self.numpy_split(name, &first, call),
            "flip" => {
                let of = self.array_of(&first)?;
                let dims = match call.get(1, "axis") {
                    Some(Value::Int(axis)) => vec![*axis],
                    _ => (0..of.dim() as i64).collect(),
                };
                self.torch(|| of.f_flip(&dims))?
            }
            "inner" | "vdot" => {
                let other = call.places.get(1).cloned().unwrap_or(Value::None);
                let (a, b) = (self.array_of(&first)?, self.array_of(&other)?);
                let kind = super::super::tensors::wider(a.kind(), b.kind());
                self.torch(|| a.f_to_kind(kind)?.f_inner(&b.f_to_kind(kind)?))?
            }
            "apply_along_axis" => return self.for_each_row(&first, call),
            "nan_to_num" => {
                let of = self.array_of(&first)?;
                self.torch(|| of.f_nan_to_num(0.0, None, None))?
            }
            "ndim" => return Ok(Value::Int(self.array_of(&first)?.dim() as i64)),
            "size" => return Ok(Value::Int(self.array_of(&first)?.numel() as i64)),
            _ => return self.not_known(format!("{path}(…)")),
        };
        Ok(self.array(made, &path, inputs))
    }

    /// `np.split(x, n, axis)`: that many parts, or parts that begin at those places.
    fn numpy_split(&mut self, name: &str, of: &Value, call: &Call) -> Step<Value> {
        let node = self.input_of(of);
        let of = self.array_of(of)?;
        let axis = match call.get(2, "axis") {
            Some(Value::Int(axis)) => *axis,
            _ => 0,
        };
        let parts = match call.get(1, "indices_or_sections").cloned() {
            Some(Value::Int(parts)) => {
                let size = of.size();
                let at = if axis < 0 { axis + size.len() as i64 } else { axis };
                let length = usize::try_from(at).ok().and_then(|at| size.get(at)).copied();
                match length {
                    Some(length) if parts > 0 && (length % parts == 0 || name != "split") => {
                        self.torch(|| of.f_tensor_split(parts, axis))?
                    }
                    _ => {
                        return value_error("array split does not result in an equal division");
                    }
                }
            }
            Some(places @ (Value::List(_) | Value::Tuple(_))) => {
                let places = self.sizes_of(&places)?;
                self.torch(|| of.f_tensor_split_indices(&places, axis))?
            }
            _ => return type_error("split needs a number of parts"),
        };
        self.charge_items(parts.len())?;
        let mut made = Vec::new();
        for (at, part) in parts.into_iter().enumerate() {
            let inputs = vec![
                ("input".to_owned(), node.clone()),
                ("item".to_owned(), Input::Given(at.to_string())),
            ];
            made.push(self.array(part, "numpy.split", inputs));
        }
        Ok(Value::list(made))
    }

    /// `np.apply_along_axis(f, 1, x)` of a matrix.
    fn for_each_row(&mut self, function: &Value, call: &Call) -> Step<Value> {
        let (Some(Value::Int(axis)), Some(of @ Value::Tensor(held))) =
            (call.places.get(1), call.places.get(2))
        else {
            return self.not_known("numpy.apply_along_axis(…)");
        };
        if held.tensor.dim() != 2 || call.places.len() > 3 {
            return self.not_known("numpy.apply_along_axis(…)");
        }
        let by_columns = matches!(axis, 0 | -2);
        let of = if by_columns { self.attribute(of, "T")? } else { of.clone() };
        let mut rows = Vec::new();
        for row in self.items(&of)? {
            rows.push(self.call(function, Call::of(vec![row]))?);
        }
        let stacked = self.call_known("numpy.stack", Call::of(vec![Value::list(rows)]))?;
        if by_columns { self.attribute(&stacked, "T") } else { Ok(stacked) }
    }

    /// `scipy.special.softmax(x, axis=None)`, `jax.nn.softmax(x, axis=-1)`
    pub fn scipy_function(&mut self, path: &str, call: &Call) -> Step<Value> {
        let Some(first) = call.places.first().cloned().filter(|_| path.ends_with(".softmax"))
        else {
            return self.not_known(format!("{path}(…)"));
        };
        let inputs = vec![("input".to_owned(), self.input_of(&first))];
        let of = self.array_of(&first)?;
        let kind = if is_float(of.kind()) { of.kind() } else { Kind::Double };
        let made = match call.get(1, "axis") {
            Some(Value::Int(axis)) => self.torch(|| of.f_softmax(*axis, kind))?,
            _ if path == "jax.nn.softmax" => self.torch(|| of.f_softmax(-1, kind))?,
            _ => self.torch(|| {
                let all: Tensor = of.f_flatten(0, -1)?.f_softmax(0, kind)?;
                all.f_reshape(of.size())
            })?,
        };
        Ok(self.held_as(made, path, inputs, HeldKind::Array, None, false))
    }
}
