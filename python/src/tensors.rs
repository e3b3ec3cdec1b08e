//! Tensors out of Python: which objects are taken, and what is said of each one that is not.

use atencion::Error;
use atencion::tensor::{Unusual, unusual};
use pyo3::prelude::*;
use pyo3_tch::PyTensor;
use tch::Tensor;

use crate::call::{Door, Given, Stop};
use crate::torch::Torch;

/// The tensor that an argument or a parameter holds, sharing its storage.
///
/// Stops at anything that is not a dense tensor on a real device, and at subclasses of `torch.Tensor`: they say
/// themselves how they are computed with.
pub fn tensor(name: &str, object: &Bound<'_, PyAny>) -> Door<Tensor> {
    let py = object.py();
    let torch = Torch::get(py)?;
    if !torch.is_plain_tensor(py, object) {
        return Err(not_plain(name, object));
    }
    let PyTensor(tensor) = object.extract::<PyTensor>()?;
    match unusual(&tensor) {
        None => Ok(tensor),
        Some(Unusual::Opaque) if tensor.defined() && torch.functorch(py)? => Ok(tensor),
        Some(unusual) => Err(complaint(name, &tensor, unusual)),
    }
}

/// A subclass of `torch.Tensor`, another library's stand-in for one, or no tensor at all.
fn not_plain(name: &str, object: &Bound<'_, PyAny>) -> Stop {
    let error = refused(name, &type_name(object));
    if object.hasattr("__torch_function__").unwrap_or(false) {
        return Stop::Torch("an argument or parameter is a tensor subclass", Some(error));
    }
    Stop::Refused(error)
}

fn refused(name: &str, what: &str) -> Error {
    Error::kind_mismatch(format!("{name} must be a torch.Tensor, got {what}"))
}

/// What makes this tensor one that the crate cannot compute with: its layout, device, dtype or storage.
fn complaint(name: &str, tensor: &Tensor, unusual: Unusual) -> Stop {
    let (reason, what) = match unusual {
        Unusual::Opaque => (
            "a tensor shows no numbers",
            "a tensor without numbers; mend it: pass an ordinary one".to_owned(),
        ),
        Unusual::Nested => (
            "a tensor is nested",
            "a nested tensor; mend it: pad it with torch.nested.to_padded_tensor".to_owned(),
        ),
        Unusual::Layout(layout) => (
            "a tensor is not strided",
            format!("a tensor of layout torch.{layout}; mend it: .to_dense()"),
        ),
        Unusual::Quantized => {
            ("a tensor is quantized", "a quantized tensor; mend it: .dequantize()".to_owned())
        }
        Unusual::Meta => (
            ON_META,
            "a meta tensor, which holds no numbers; mend it: create it on a real device".to_owned(),
        ),
        // Nobody may compute with this one: the numbers that its shape promises are not there.
        Unusual::Storage { needed, held } => {
            let size = tensor.size();
            return Stop::Final(
                Error::value(format!(
                    "{name} {size:?} needs a storage of {needed} bytes, but its storage now holds {held}"
                ))
                .mend("mend it: pass a tensor whose storage was not resized"),
            );
        }
    };
    Stop::Torch(reason, Some(refused(name, &what)))
}

/// Stops at a tensor whose storage was freed or shrunk.
pub fn whole(given: Given<'_, '_>) -> Door<()> {
    for (name, object) in given {
        match object.map(|object| tensor(name, object)) {
            Some(Err(stop @ Stop::Final(_))) => return Err(stop),
            _ => {}
        }
    }
    Ok(())
}

/// The inputs of one call. If some are on `meta` and others are not, that is final: torch's kernels would read memory that
/// holds no numbers.
pub fn inputs<const N: usize>(named: [(&str, &Bound<'_, PyAny>); N]) -> Door<[Tensor; N]> {
    let mut read = Vec::with_capacity(N);
    for (name, object) in named {
        match real(name, object) {
            Ok(tensor) => read.push(tensor),
            Err(Stop::Torch(ON_META, Some(error))) if !all_on_meta(&named)? => {
                return Err(Stop::Final(error));
            }
            Err(stop) => return Err(stop),
        }
    }
    read.try_into().map_err(|_| Stop::Torch("inputs were lost", None))
}

fn all_on_meta(named: &[(&str, &Bound<'_, PyAny>)]) -> PyResult<bool> {
    for (_, object) in named {
        let on_meta = object.getattr("is_meta").and_then(|is_meta| is_meta.is_truthy());
        if !on_meta.unwrap_or(true) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A mask, or `None`, beside inputs that were read already.
///
/// They are on a real device, so one on `meta` is final: torch's kernel would read memory that holds no mask.
pub fn optional(name: &str, object: Option<&Bound<'_, PyAny>>) -> Door<Option<Tensor>> {
    object
        .map(|object| {
            known_kind(name, object).map_err(|stop| match stop {
                Stop::Torch(ON_META, Some(error)) => Stop::Final(error),
                stop => stop,
            })
        })
        .transpose()
}

const ON_META: &str = "a tensor is on the device meta";

/// A tensor of real numbers: attention needs a softmax, and complex numbers have no order.
pub fn real(name: &str, object: &Bound<'_, PyAny>) -> Door<Tensor> {
    let tensor = known_kind(name, object)?;
    if tensor.is_complex() {
        let what = format!("{name} must be real, got a complex tensor");
        let error = Error::kind_mismatch(what).mend("mend it: torch.view_as_real or .real");
        return Err(Stop::Torch("a tensor is complex", Some(error)));
    }
    Ok(tensor)
}

/// A tensor of a kind that tch has a name for: not uint16, not float8.
pub fn known_kind(name: &str, object: &Bound<'_, PyAny>) -> Door<Tensor> {
    let tensor = tensor(name, object)?;
    match tensor.f_kind() {
        Err(_) => {
            let error = Error::kind_mismatch(format!("{name} has a dtype that is not known here"));
            Err(Stop::Torch("a tensor has a dtype that Rust does not know", Some(error)))
        }
        Ok(_) => Ok(tensor),
    }
}

fn type_name(object: &Bound<'_, PyAny>) -> String {
    let type_ = object.get_type();
    let module = type_.module().map(|m| m.to_string()).unwrap_or_default();
    let name = type_.name().map(|n| n.to_string()).unwrap_or_else(|_| "object".into());
    if module == "builtins" { name } else { format!("{module}.{name}") }
}
