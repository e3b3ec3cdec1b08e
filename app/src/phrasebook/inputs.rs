//! The inputs of the phrases, in both languages. A phrase gets them fresh, so that it may change them.

use tch::{Device, Kind, Tensor};

use atencion::tensor;

const SOURCE: &str = include_str!("inputs.rs");

/// `name() { // Python \n Rust } -> Type`, and each as a phrase of its own, to be compared like any other.
macro_rules! inputs {
    ($($name:ident() $body:block -> $kind:ty)*) => {
        pub(super) const PHRASES: &[super::Phrase] = &[
            $(super::Phrase {
                name: stringify!($name),
                inputs: &[],
                source: SOURCE,
                run: || Ok(super::Value::from($name())),
            }),*
        ];
        $(pub(super) fn $name() -> $kind $body)*
    };
}

/// A folder of the phrase's own, gone when it ends. Python has a `pathlib.Path` of that name.
pub(super) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder for temporary files")
}

inputs! {
    x() {
        // torch.tensor([[1.5, -2, 3], [4, 5.5, -6]])
        tensor![[1.5, -2, 3], [4, 5.5, -6]]
    }
    -> Tensor

    y() {
        // torch.tensor([[0.5, 1, -1], [2, 0.25, 8]])
        tensor![[0.5, 1, -1], [2, 0.25, 8]]
    }
    -> Tensor

    v() {
        // torch.tensor([10.0, 20.0, 30.0])
        tensor![10.0, 20.0, 30.0]
    }
    -> Tensor

    t() {
        // torch.arange(24.0).reshape(2, 3, 4)
        Tensor::arange(24, (Kind::Float, Device::Cpu)).reshape([2, 3, 4])
    }
    -> Tensor

    n() {
        // torch.tensor([[3, 1, 2], [6, 5, 4]])
        tensor![[3, 1, 2], [6, 5, 4]]
    }
    -> Tensor

    mask() {
        // torch.tensor([[True, False, True], [False, True, True]])
        tensor![[true, false, true], [false, true, true]]
    }
    -> Tensor

    index() {
        // torch.tensor([1, 0, 1])
        tensor![1, 0, 1]
    }
    -> Tensor

    target() {
        // torch.tensor([2, 0])
        tensor![2, 0]
    }
    -> Tensor

    w() {
        // torch.tensor([0.5, -1.0, 2.0], requires_grad=True)
        tensor![0.5, -1.0, 2.0].set_requires_grad(true)
    }
    -> Tensor

    weight() {
        // torch.tensor([[0.5, -1, 2], [1, 0.25, -0.75]], requires_grad=True)
        tensor![[0.5, -1, 2], [1, 0.25, -0.75]].set_requires_grad(true)
    }
    -> Tensor

    bias() {
        // torch.tensor([0.125, -0.5], requires_grad=True)
        tensor![0.125, -0.5].set_requires_grad(true)
    }
    -> Tensor

    query() {
        // torch.arange(32.0).reshape(1, 2, 4, 4) / 32
        let numbers = Tensor::arange(32, (Kind::Float, Device::Cpu));
        numbers.reshape([1, 2, 4, 4]) / 32
    }
    -> Tensor

    key() {
        // torch.arange(32.0).flip(0).reshape(1, 2, 4, 4) / 16
        let numbers = Tensor::arange(32, (Kind::Float, Device::Cpu));
        numbers.flip([0]).reshape([1, 2, 4, 4]) / 16
    }
    -> Tensor

    value() {
        // torch.arange(32.0).reshape(1, 2, 4, 4) - 16
        let numbers = Tensor::arange(32, (Kind::Float, Device::Cpu));
        numbers.reshape([1, 2, 4, 4]) - 16
    }
    -> Tensor

    attentions() {
        // one = torch.eye(3).expand(1, 2, 3, 3)
        // [one, one.flip(-1), one / 2 + 1 / 6]
        let one = Tensor::eye(3, (Kind::Float, Device::Cpu));
        let one = one.expand([1, 2, 3, 3], false);
        vec![one.shallow_clone(), one.flip([-1]), one / 2 + 1.0 / 6.0]
    }
    -> Vec<Tensor>
}
