//! Tensors and print options as scripts/goldens/printing.py and the tests hand them to each other.

#![allow(dead_code)]
use atencion::tensor::PrintOptions;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

/// The bytes of a dense tensor.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Raw {
    pub dtype: String,
    pub shape: Vec<i64>,
    /// In hexadecimal.
    pub bytes: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Options {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edgeitems: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linewidth: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sci_mode: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub struct Case {
    pub name: String,
    pub options: Options,
}

impl Case {
    pub fn options(&self) -> PrintOptions {
        self.options.resolve()
    }
}

impl Options {
    /// As `torch.set_printoptions` does: the profile first, then what is given beside it.
    pub fn resolve(&self) -> PrintOptions {
        let profile = match self.profile.as_deref() {
            Some("short") => PrintOptions::short(),
            Some("full") => PrintOptions::full(),
            _ => PrintOptions::default(),
        };
        PrintOptions {
            precision: self.precision.unwrap_or(profile.precision),
            threshold: self.threshold.unwrap_or(profile.threshold),
            edgeitems: self.edgeitems.unwrap_or(profile.edgeitems),
            linewidth: self.linewidth.unwrap_or(profile.linewidth),
            sci_mode: self.sci_mode,
        }
    }
}

/// The kinds by Python's names.
pub const KINDS: [(&str, Kind); 17] = [
    ("float32", Kind::Float),
    ("float64", Kind::Double),
    ("float16", Kind::Half),
    ("bfloat16", Kind::BFloat16),
    ("int64", Kind::Int64),
    ("int32", Kind::Int),
    ("int16", Kind::Int16),
    ("int8", Kind::Int8),
    ("uint8", Kind::Uint8),
    ("bool", Kind::Bool),
    ("complex64", Kind::ComplexFloat),
    ("complex128", Kind::ComplexDouble),
    ("complex32", Kind::ComplexHalf),
    ("float8_e5m2", Kind::Float8e5m2),
    ("float8_e4m3fn", Kind::Float8e4m3fn),
    ("float8_e5m2fnuz", Kind::Float8e5m2fnuz),
    ("float8_e4m3fnuz", Kind::Float8e4m3fnuz),
];

pub fn tensor_of(raw: &Raw) -> Tensor {
    let (_, kind) = KINDS.iter().find(|(name, _)| *name == raw.dtype).expect("a known dtype");
    let bytes: Vec<u8> = (0..raw.bytes.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&raw.bytes[at..at + 2], 16).unwrap())
        .collect();
    Tensor::from_data_size(&bytes, &raw.shape, *kind)
}
