//! Tensors as they stand in the page: shape, and the numbers as base64 of little-endian floats.

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value, json};
use tch::{Kind, Tensor};

use atencion::Result;

/// In double precision: what the page computes with.
pub(super) fn doubles(tensor: &Tensor) -> Result<Value> {
    let values = numbers(tensor, Kind::Double)?;
    let values: Vec<f64> = Vec::try_from(&values)?;
    let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
    Ok(json!({ "kind": "f64", "shape": tensor.size(), "data": BASE64_STANDARD.encode(bytes) }))
}

/// In single precision: what the page only shows.
pub(super) fn floats(tensor: &Tensor) -> Result<Value> {
    let values = numbers(tensor, Kind::Float)?;
    let values: Vec<f32> = Vec::try_from(&values)?;
    let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
    Ok(json!({ "kind": "f32", "shape": tensor.size(), "data": BASE64_STANDARD.encode(bytes) }))
}

fn numbers(tensor: &Tensor, kind: Kind) -> Result<Tensor> {
    Ok(tensor.f_detach()?.f_to_device(tch::Device::Cpu)?.f_to_kind(kind)?.f_reshape([-1])?)
}
