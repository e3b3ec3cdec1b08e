//! `tensor![[..]]`, which is Python's `torch.tensor([[..]])`, and printing as PyTorch prints.

mod literal;

pub use literal::{Literal, Number};

/// Builds a tensor from nested literals, as `torch.tensor` does: all integers give `int64`, one float among them
/// makes all of it `float32`, all `true`/`false` give `bool`.
///
/// ```
/// let q = atencion::tensor![[0.0, 0.0, 0.0], [1, 1, 1]];
/// assert_eq!(q.size(), [2, 3]);
/// assert_eq!(q.kind(), tch::Kind::Float);
/// ```
#[macro_export]
macro_rules! tensor {
    ($($token:tt)*) => {
        $crate::tensor::Literal::into_tensor($crate::literal!([$($token)*]))
    };
}

/// One nested literal: a helper of [`tensor!`].
#[doc(hidden)]
#[macro_export]
macro_rules! literal {
    ([$($item:tt),* $(,)?]) => { $crate::tensor::Literal::List(vec![$($crate::literal!($item)),*]) };
    (- $number:literal) => { $crate::tensor::Literal::from(-$number) };
    ($number:expr) => { $crate::tensor::Literal::from($number) };
}
