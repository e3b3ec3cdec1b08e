//! What stands between the brackets of `tensor!`: numbers, and arrays of numbers.
//!
//! The macro makes nested arrays of [`Number`], so that the compiler itself refuses what is ragged, and a tensor
//! is made of them without a branch that could fail.

use tch::Tensor;

use super::number::{Number, tensor_of};

/// An item of `tensor!`. The inherent methods come before those of [`Items`], so a bare `1` is an `i64`, as
/// Python's integers are, and not the `i32` that Rust would choose among all the kinds that [`Regular`] takes.
#[derive(Debug)]
pub struct Item<T>(pub T);

impl Item<i64> {
    /// The number.
    pub fn numbers(self) -> Number {
        Number::Int(self.0)
    }
}

impl Item<f64> {
    /// The number.
    pub fn numbers(self) -> Number {
        Number::Float(self.0)
    }
}

/// Any other item as numbers.
pub trait Items {
    /// A [`Number`], or nested arrays of them.
    type Numbers;

    /// The numbers, in the same nesting.
    fn numbers(self) -> Self::Numbers;
}

impl<T: Regular> Items for Item<T> {
    type Numbers = T::Numbers;

    fn numbers(self) -> T::Numbers {
        self.0.into_numbers()
    }
}

/// A number or nested arrays of numbers, whose shape the compiler knows.
pub trait Regular {
    /// A [`Number`], or nested arrays of them.
    type Numbers;

    /// The numbers, in the same nesting.
    fn into_numbers(self) -> Self::Numbers;
}

macro_rules! regular {
    ($($number:ty => $variant:ident),*) => {$(
        impl Regular for $number {
            type Numbers = Number;

            fn into_numbers(self) -> Number {
                Number::$variant(self.into())
            }
        }
    )*};
}

regular!(bool => Bool, i8 => Int, i16 => Int, i32 => Int, i64 => Int, u8 => Int, u16 => Int, u32 => Int);
regular!(f32 => Float, f64 => Float);

impl<T: Regular, const N: usize> Regular for [T; N] {
    type Numbers = [T::Numbers; N];

    fn into_numbers(self) -> Self::Numbers {
        self.map(T::into_numbers)
    }
}

impl<T: Regular + Clone> Regular for &T {
    type Numbers = T::Numbers;

    fn into_numbers(self) -> T::Numbers {
        self.clone().into_numbers()
    }
}

/// Nested arrays of [`Number`].
pub trait Nested {
    /// Appends its sizes, outermost first.
    fn shape(sizes: &mut Vec<i64>);

    /// Appends its numbers, from left to right.
    fn flatten(&self, numbers: &mut Vec<Number>);
}

impl Nested for Number {
    fn shape(_sizes: &mut Vec<i64>) {}

    fn flatten(&self, numbers: &mut Vec<Number>) {
        numbers.push(*self);
    }
}

impl<T: Nested, const N: usize> Nested for [T; N] {
    fn shape(sizes: &mut Vec<i64>) {
        sizes.push(N as i64);
        // Python looks into the first item; an empty list has none.
        if N > 0 {
            T::shape(sizes);
        }
    }

    fn flatten(&self, numbers: &mut Vec<Number>) {
        self.iter().for_each(|item| item.flatten(numbers));
    }
}

/// The tensor that `torch.tensor` makes of them.
pub fn into_tensor<T: Nested>(items: &T) -> Tensor {
    let (mut sizes, mut numbers) = (Vec::new(), Vec::new());
    T::shape(&mut sizes);
    items.flatten(&mut numbers);
    tensor_of(numbers.iter().copied())
        .and_then(|tensor| tensor.f_reshape(&sizes))
        .expect("as many numbers as the shape says")
}
