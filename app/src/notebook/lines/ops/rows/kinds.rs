//! Other kinds of number.

use tch::Kind;

use super::super::ops;

ops! {
    "m" "float" (input: Tensor) => input.f_to_kind(Kind::Float);
    "m" "double" (input: Tensor) => input.f_to_kind(Kind::Double);
    "m" "half" (input: Tensor) => input.f_to_kind(Kind::Half);
    "m" "bfloat16" (input: Tensor) => input.f_to_kind(Kind::BFloat16);
    "m" "long" (input: Tensor) => input.f_to_kind(Kind::Int64);
    "m" "int" (input: Tensor) => input.f_to_kind(Kind::Int);
    "m" "short" (input: Tensor) => input.f_to_kind(Kind::Int16);
    "m" "byte" (input: Tensor) => input.f_to_kind(Kind::Uint8);
    "m" "char" (input: Tensor) => input.f_to_kind(Kind::Int8);
    "m" "bool" (input: Tensor) => input.f_to_kind(Kind::Bool);
    "m" "type" (input: Tensor, dtype: Kind) => input.f_to_kind(dtype);
    "m" "to" (input: Tensor, dtype: Kind) => input.f_to_kind(dtype);
    "m" "to" (input: Tensor, other: Tensor) => input.f_to_kind(other.kind());
}
