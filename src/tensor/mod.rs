//! `tensor![[..]]`, which is Python's `torch.tensor([[..]])`, and printing as PyTorch prints.

#[doc(hidden)]
pub mod items;
mod literal;
mod literal_serde;
mod number;
mod print;
mod times;
mod unusual;

pub use literal::{Literal, LiteralBuilder};
pub use number::Number;
pub(crate) use print::python_repr;
pub use print::{PrintOptions, Printed, TorchDisplay};
pub(crate) use times::{times, times_};
pub use unusual::{Unusual, unusual};

/// Python's name of a tensor's kind, without `torch.`: `float32`.
pub fn dtype_name(tensor: &tch::Tensor) -> String {
    crate::libtorch::tensor_facts::Facts::of(tensor).map_or_else(String::new, |facts| facts.dtype)
}

/// `tensor![[1, 2], [3, 4]]` is Python's `torch.tensor([[1, 2], [3, 4]])`: the macro's own brackets are the outermost.
///
/// All integers give `int64`, one float among them makes all of it `float32`, all `true`/`false` give `bool`;
/// `tensor![]` is an empty `float32`. Items are numbers or expressions; an item may be an array, as a row of its own.
/// Lists side by side that differ in length do not compile.
///
/// ```
/// let (a, row) = (0.5, [3, 4]);
/// let q = atencion::tensor![[a, -a, 2.0 * a], [1, 1, 1]];
/// assert_eq!((q.size(), q.kind()), (vec![2, 3], tch::Kind::Float));
/// let k = atencion::tensor![[1, 2], row];
/// assert_eq!((k.size(), k.kind()), (vec![2, 2], tch::Kind::Int64));
/// ```
///
/// ```compile_fail,E0308
/// atencion::tensor![[1, 2], [3]]; // expected an array with a size of 2, found one with a size of 1
/// ```
///
/// ```compile_fail,E0308
/// atencion::tensor![1, [2]]; // a number and a list side by side
/// ```
///
/// Rust does not tell `tensor![3.0]` from `tensor!(3.0)`: both are `torch.tensor([3.0])`, of shape `[1]`. The scalar
/// `torch.tensor(3.0)` is [`scalar!(3.0)`](crate::scalar!). Lists whose lengths are known only when the program runs
/// are a [`Literal`](crate::tensor::Literal).
///
/// Source: <https://docs.pytorch.org/docs/stable/generated/torch.tensor.html>
#[macro_export]
macro_rules! tensor {
    ($($token:tt)*) => {
        $crate::tensor::items::into_tensor(&$crate::__list!($($token)*))
    };
}

/// `scalar!(3.0)` is Python's `torch.tensor(3.0)`: a tensor of shape `[]`.
///
/// ```
/// let scale = atencion::scalar!(2);
/// assert_eq!((scale.size(), scale.kind()), (vec![], tch::Kind::Int64));
/// ```
#[macro_export]
macro_rules! scalar {
    ($number:expr) => {
        $crate::tensor::items::into_tensor(&$crate::__item!($number))
    };
}

/// A list of lists, or a list of items: a helper of [`tensor!`].
#[doc(hidden)]
#[macro_export]
macro_rules! __list {
    () => { [$crate::tensor::Number::Int(0); 0] };
    ($([$($item:tt)*]),+ $(,)?) => { [$($crate::__list!($($item)*)),+] };
    ($($item:expr),+ $(,)?) => { [$($crate::__item!($item)),+] };
}

/// One item: a helper of [`tensor!`].
#[doc(hidden)]
#[macro_export]
macro_rules! __item {
    ($item:expr) => {{
        #[allow(unused_imports)]
        use $crate::tensor::items::Items as _;
        $crate::tensor::items::Item($item).numbers()
    }};
}
