//! The names that a pickle may mention.

use tch::Kind;

use super::refusal::Refusal;

/// The names that a state_dict needs. Any other is refused.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Global {
    /// `collections.OrderedDict`
    OrderedDict,
    /// `torch._utils._rebuild_tensor_v2`
    RebuildTensor,
    /// `torch._utils._rebuild_tensor_v3`: of a kind for which there is no `Storage` by name, and none here either
    RebuildTensorV3,
    /// `torch.storage.UntypedStorage`, for [`Global::RebuildTensorV3`]
    UntypedStorage,
    /// `torch.uint16` and its like
    Dtype(&'static str),
    /// `torch._utils._rebuild_parameter`
    RebuildParameter,
    /// `torch.Size`
    Size,
    /// `torch.FloatStorage` and its like
    Storage(Kind),
}

impl Global {
    pub fn find(module: &str, name: &str) -> Result<Self, Refusal> {
        match (module, name) {
            ("collections", "OrderedDict") => Ok(Global::OrderedDict),
            ("torch._utils", "_rebuild_tensor_v2") => Ok(Global::RebuildTensor),
            ("torch._utils", "_rebuild_tensor_v3") => Ok(Global::RebuildTensorV3),
            ("torch.storage", "UntypedStorage") => Ok(Global::UntypedStorage),
            ("torch._utils", "_rebuild_parameter") => Ok(Global::RebuildParameter),
            ("torch", "Size") => Ok(Global::Size),
            ("torch", _) => storage(name)
                .map(Global::Storage)
                .or_else(|| DTYPES.iter().find(|&&known| known == name).map(|&d| Global::Dtype(d)))
                .ok_or_else(|| Refusal::foreign(module, name)),
            _ => Err(Refusal::foreign(module, name)),
        }
    }
}

/// The kinds that `_rebuild_tensor_v3` is for.
const DTYPES: [&str; 15] = [
    "uint16",
    "uint32",
    "uint64",
    "float8_e4m3fn",
    "float8_e4m3fnuz",
    "float8_e5m2",
    "float8_e5m2fnuz",
    "float8_e8m0fnu",
    "float4_e2m1fn_x2",
    "complex32",
    "bits8",
    "bits16",
    "bits1x8",
    "bits2x4",
    "bits4x2",
];

/// The kind of `torch.FloatStorage` and its like.
fn storage(name: &str) -> Option<Kind> {
    Some(match name.strip_suffix("Storage")? {
        "Float" => Kind::Float,
        "Double" => Kind::Double,
        "Half" => Kind::Half,
        "BFloat16" => Kind::BFloat16,
        "Long" => Kind::Int64,
        "Int" => Kind::Int,
        "Short" => Kind::Int16,
        "Char" => Kind::Int8,
        "Byte" => Kind::Uint8,
        "Bool" => Kind::Bool,
        "ComplexFloat" => Kind::ComplexFloat,
        "ComplexDouble" => Kind::ComplexDouble,
        _ => return None,
    })
}
