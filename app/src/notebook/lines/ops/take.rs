//! From a converted argument to what the Rust of a row is written with.

use tch::{TchError, Tensor as TchTensor};

use super::{Arg, scalar};

/// A type of the table, as the rows' Rust sees it.
pub trait Take<'a> {
    /// What the row's Rust gets.
    type Out;
    /// The argument, if it is of that type.
    fn take(arg: &'a Arg) -> Option<Self::Out>;
}

/// The next argument.
pub fn next<'a, T: Take<'a>>(args: &mut std::slice::Iter<'a, Arg>) -> Result<T::Out, TchError> {
    let taken = args.next().and_then(T::take);
    taken.ok_or_else(|| TchError::Torch("an argument is of another type".to_owned()))
}

macro_rules! takes {
    ($($(#[$doc:meta])* $name:ident -> $out:ty: $pattern:pat => $taken:expr;)*) => {$(
        $(#[$doc])*
        pub struct $name;
        impl<'a> Take<'a> for $name {
            type Out = $out;
            fn take(arg: &'a Arg) -> Option<$out> {
                // One of the patterns takes every argument.
                #[allow(unreachable_patterns)]
                match arg {
                    $pattern => $taken,
                    _ => None,
                }
            }
        }
    )*};
}

takes! {
    /// `&Tensor`
    Tensor -> &'a TchTensor: Arg::Tensor(tensor) => tensor.as_ref();
    /// A handle to the tensor that is changed.
    Mut -> TchTensor: Arg::Tensor(tensor) => tensor.as_ref().map(TchTensor::shallow_clone);
    /// `Option<&Tensor>`
    OptTensor -> Option<&'a TchTensor>: Arg::Tensor(tensor) => Some(tensor.as_ref());
    /// `&[Tensor]`
    Tensors -> &'a [TchTensor]: Arg::Tensors(tensors) => Some(tensors.as_slice());
    /// A number.
    Scalar -> tch::Scalar: arg => scalar(arg);
    /// `i64`
    Int -> i64: Arg::Int(value) => *value;
    /// `Option<i64>`
    OptInt -> Option<i64>: Arg::Int(value) => Some(*value);
    /// `f64`
    Float -> f64: Arg::Float(value) => *value;
    /// `Option<f64>`
    OptFloat -> Option<f64>: Arg::Float(value) => Some(*value);
    /// `bool`
    Bool -> bool: Arg::Bool(value) => Some(*value);
    /// `&[i64]`
    Ints -> &'a [i64]: Arg::Ints(values) => values.as_deref();
    /// `Option<&[i64]>`
    OptInts -> Option<&'a [i64]>: Arg::Ints(values) => Some(values.as_deref());
    /// `&[i64]`
    Pair -> &'a [i64]: Arg::Ints(values) => values.as_deref();
    /// `&[i64]`
    Sizes -> &'a [i64]: Arg::Ints(values) => values.as_deref();
    /// `Kind`
    Kind -> tch::Kind: Arg::Kind(kind) => *kind;
    /// `Option<Kind>`
    OptKind -> Option<tch::Kind>: Arg::Kind(kind) => Some(*kind);
    /// `Kind`
    FloatKind -> tch::Kind: Arg::Kind(kind) => *kind;
    /// `Kind`
    LongKind -> tch::Kind: Arg::Kind(kind) => *kind;
    /// `&str`
    Str -> &'a str: Arg::Str(text) => Some(text.as_str());
    /// `Reduction`
    Reduction -> tch::Reduction: Arg::Str(text) => match text.as_str() {
        "none" => Some(tch::Reduction::None),
        "mean" => Some(tch::Reduction::Mean),
        "sum" => Some(tch::Reduction::Sum),
        _ => None,
    };
}

/// `x.clone()`: a copy with memory of its own, through which gradients flow.
pub fn copied(input: &TchTensor) -> Result<TchTensor, TchError> {
    input.f_internal_to_copy((input.f_kind()?, input.device()), false)
}

/// `F.normalize`: over its norm, which is at least `eps`.
pub fn normalized(
    input: &TchTensor,
    p: tch::Scalar,
    dim: i64,
    eps: f64,
) -> Result<TchTensor, TchError> {
    let norm = input.f_norm_scalaropt_dim(p, [dim], true)?;
    input.f_div(&norm.f_clamp_min(eps)?.f_expand_as(input)?)
}

/// `torch.tensordot(a, b, n)`: over the last n dimensions of a and the first of b.
pub fn tensordot(a: &TchTensor, b: &TchTensor, dims: i64) -> Result<TchTensor, TchError> {
    let of_a: Vec<i64> = (-dims..0).collect();
    let of_b: Vec<i64> = (0..dims).collect();
    a.f_tensordot(b, of_a, of_b)
}

/// `torch.unique(x)`, sorted.
pub fn unique(input: &TchTensor) -> Result<TchTensor, TchError> {
    Ok(input.f_internal_unique2(true, false, false)?.0)
}

/// `F.nll_loss`, for classes in the second dimension of any number.
pub fn nll_loss(
    input: &TchTensor,
    target: &TchTensor,
    weight: Option<&TchTensor>,
    ignore_index: i64,
    reduction: tch::Reduction,
) -> Result<TchTensor, TchError> {
    input.f_nll_loss_nd(target, weight, reduction, ignore_index)
}

/// The first of three.
pub fn first(
    three: Result<(TchTensor, TchTensor, TchTensor), TchError>,
) -> Result<TchTensor, TchError> {
    Ok(three?.0)
}
