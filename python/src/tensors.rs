//! Tensors out of Python: which objects are taken, and the error for each one that is not.

use atencion::tensor::{Unusual, unusual};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3_tch::PyTensor;
use tch::{Kind, Tensor};

/// The tensor that an argument holds, sharing its storage.
///
/// # Errors
/// `TypeError` with the argument's name for anything that is not a dense tensor on a real device.
pub fn tensor(name: &str, object: &Bound<'_, PyAny>) -> PyResult<Tensor> {
    let Ok(PyTensor(tensor)) = object.extract::<PyTensor>() else {
        return Err(refused(name, &type_name(object)));
    };
    match unusual(&tensor) {
        None => Ok(tensor),
        Some(unusual) => Err(complaint(name, &tensor, unusual)),
    }
}

fn refused(name: &str, what: &str) -> PyErr {
    PyTypeError::new_err(format!("{name} must be a torch.Tensor, got {what}"))
}

/// What makes this tensor one that the crate cannot compute with: its layout, device, dtype or storage.
fn complaint(name: &str, tensor: &Tensor, unusual: Unusual) -> PyErr {
    let what = match unusual {
        Unusual::Opaque => "a tensor without numbers; mend it: pass an ordinary one".to_owned(),
        Unusual::Nested => {
            "a nested tensor; mend it: pad it with torch.nested.to_padded_tensor".to_owned()
        }
        Unusual::Layout(layout) => {
            format!("a tensor of layout torch.{layout}; mend it: .to_dense()")
        }
        Unusual::Quantized => "a quantized tensor; mend it: .dequantize()".to_owned(),
        Unusual::Meta => {
            "a meta tensor, which holds no numbers; mend it: create it on a real device".to_owned()
        }
        Unusual::Storage { needed, held } => {
            let size = tensor.size();
            return PyValueError::new_err(format!(
                "{name} {size:?} needs a storage of {needed} bytes, but its storage now holds {held}; \
                 mend it: pass a tensor whose storage was not resized"
            ));
        }
    };
    refused(name, &what)
}

/// A tensor, or `None`.
pub fn optional(name: &str, object: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Tensor>> {
    object.map(|object| tensor(name, object)).transpose()
}

/// A tensor of real numbers: attention needs a softmax, and complex numbers have no order.
///
/// # Errors
/// As [`tensor`], and `TypeError` for complex numbers and for dtypes that tch does not know.
pub fn real(name: &str, object: &Bound<'_, PyAny>) -> PyResult<Tensor> {
    let tensor = tensor(name, object)?;
    match tensor.f_kind() {
        Ok(Kind::ComplexHalf | Kind::ComplexFloat | Kind::ComplexDouble) => {
            Err(PyTypeError::new_err(format!(
                "{name} must be real, got a complex tensor; mend it: torch.view_as_real or .real"
            )))
        }
        Ok(_) => Ok(tensor),
        Err(_) => Err(PyTypeError::new_err(format!("{name} has a dtype that is not known here"))),
    }
}

fn type_name(object: &Bound<'_, PyAny>) -> String {
    let type_ = object.get_type();
    let module = type_.module().map(|m| m.to_string()).unwrap_or_default();
    let name = type_.name().map(|n| n.to_string()).unwrap_or_else(|_| "object".into());
    if module == "builtins" { name } else { format!("{module}.{name}") }
}
