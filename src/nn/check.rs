//! Checks at the door that several modules share.

use tch::{Kind, Tensor};

use crate::{Error, Result};

/// torch's name of a kind: `float32` for `Kind::Float`.
pub(crate) fn dtype_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Uint8 => "uint8",
        Kind::Int8 => "int8",
        Kind::Int16 => "int16",
        Kind::Int => "int32",
        Kind::Int64 => "int64",
        Kind::Half => "float16",
        Kind::Float => "float32",
        Kind::Double => "float64",
        Kind::ComplexHalf => "complex32",
        Kind::ComplexFloat => "complex64",
        Kind::ComplexDouble => "complex128",
        Kind::Bool => "bool",
        Kind::BFloat16 => "bfloat16",
        _ => "a quantised kind",
    }
}

/// Dropout's probability.
pub(crate) fn probability(name: &str, p: f64) -> Result<()> {
    if (0.0..=1.0).contains(&p) {
        return Ok(());
    }
    Err(Error::value(format!("{name} has to be a probability between 0 and 1, but got {p}")))
}

/// A size of a config, such as `embed_dim`.
pub(crate) fn positive(module: &str, name: &str, size: i64) -> Result<()> {
    if size > 0 {
        return Ok(());
    }
    Err(Error::value(format!("{module}: {name} must be greater than 0, but got {size}")))
}

/// What to say when libtorch refused: kinds that differ, if they do. It is asked afterwards because under autocast
/// libtorch takes kinds that differ, and converts them.
pub(crate) fn explain_dtype(name: &str, input: &Tensor, wanted: Kind, error: Error) -> Error {
    let found = input.kind();
    if found == wanted {
        return error;
    }
    let (found, wanted) = (dtype_name(found), dtype_name(wanted));
    Error::kind_mismatch(format!("{name} is {found}, but the weights are {wanted}"))
        .mend(format!("convert it to {wanted}, or make the module with that dtype"))
}

/// A size that may be 0, such as `in_features`.
pub(crate) fn not_negative(module: &str, name: &str, size: i64) -> Result<()> {
    if size >= 0 {
        return Ok(());
    }
    Err(Error::value(format!("{module}: {name} cannot be negative, but got {size}")))
}

/// The `normalized_shape` of a norm's config.
pub(crate) fn normalized_shape(module: &str, shape: &[i64]) -> Result<()> {
    if !shape.is_empty() && shape.iter().all(|size| *size >= 0) {
        return Ok(());
    }
    Err(Error::value(format!(
        "{module}: normalized_shape must hold at least one size and none negative, but is {shape:?}"
    )))
}

/// An input that is to be normalised over its last dimensions.
pub(crate) fn normalizes(module: &str, shape: &[i64], input: &Tensor) -> Result<()> {
    let size = input.size();
    if size.ends_with(shape) {
        return Ok(());
    }
    Err(Error::value(format!(
        "input is {size:?}, but {module} normalises over its last dimensions, which should be {shape:?}"
    )))
}
