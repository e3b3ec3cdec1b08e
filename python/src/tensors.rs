//! Tensors out of Python: which objects are taken, and the error for each one that is not.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::GILOnceCell;
use pyo3_tch::PyTensor;
use tch::{Kind, Tensor};

/// The tensor that an argument holds, sharing its storage.
///
/// # Errors
/// `TypeError` with the argument's name for anything that is not a dense tensor on a real device.
pub fn tensor(name: &str, object: &Bound<'_, PyAny>) -> PyResult<Tensor> {
    let refuse =
        |what: &str| PyTypeError::new_err(format!("{name} must be a torch.Tensor, got {what}"));
    let Ok(PyTensor(tensor)) = object.extract::<PyTensor>() else {
        return Err(refuse(&type_name(object)));
    };
    match unusual(object)? {
        Some(what) => Err(refuse(&what)),
        None => check_storage(name, object, &tensor).map(|()| tensor),
    }
}

/// A storage that was freed or shrunk behind the tensor's back (`untyped_storage().resize_`) would be read past its end.
fn check_storage(name: &str, object: &Bound<'_, PyAny>, tensor: &Tensor) -> PyResult<()> {
    let py = object.py();
    let Ok(kind) = tensor.f_kind() else { return Ok(()) };
    let storage = object.call_method0(intern!(py, "untyped_storage"))?;
    let held: i64 = storage.call_method0(intern!(py, "nbytes"))?.extract()?;
    let size = tensor.size();
    let last: i64 = size.iter().zip(tensor.stride()).map(|(n, stride)| (n - 1) * stride).sum();
    let offset: i64 = object.call_method0(intern!(py, "storage_offset"))?.extract()?;
    let needed = (offset + last + 1) * kind.elt_size_in_bytes() as i64;
    if !size.contains(&0) && needed > held {
        return Err(PyValueError::new_err(format!(
            "{name} {size:?} needs a storage of {needed} bytes, but its storage now holds {held}; \
             mend it: pass a tensor whose storage was not resized"
        )));
    }
    Ok(())
}

/// A tensor, or `None`.
pub fn optional(name: &str, object: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Tensor>> {
    object.map(|object| tensor(name, object)).transpose()
}

/// What makes this tensor one that the crate cannot compute with: its layout, device or dtype.
fn unusual(object: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    let py = object.py();
    if object.getattr(intern!(py, "is_nested"))?.is_truthy()? {
        return Ok(Some(
            "a nested tensor; mend it: pad it with torch.nested.to_padded_tensor".into(),
        ));
    }
    let layout = object.getattr(intern!(py, "layout"))?;
    if !layout.is(strided(py)?) {
        return Ok(Some(format!("a tensor of layout {layout}; mend it: .to_dense()")));
    }
    if object.getattr(intern!(py, "is_quantized"))?.is_truthy()? {
        return Ok(Some("a quantized tensor; mend it: .dequantize()".into()));
    }
    if object.getattr(intern!(py, "is_meta"))?.is_truthy()? {
        return Ok(Some(
            "a meta tensor, which holds no numbers; mend it: create it on a real device".into(),
        ));
    }
    Ok(None)
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

static STRIDED: GILOnceCell<PyObject> = GILOnceCell::new();

fn strided(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    let cell = STRIDED
        .get_or_try_init(py, || py.import("torch")?.getattr("strided").map(Bound::unbind))?;
    Ok(cell.bind(py))
}
