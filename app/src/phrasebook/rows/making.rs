//! Making tensors.

use tch::{Device, Kind, Tensor};

use super::phrases;
use atencion::{scalar, tensor};

const SOURCE: &str = include_str!("making.rs");

phrases! {
    tensor_of_lists() {
        // torch.tensor([[1.0, 2.0], [3, 4]])
        tensor![[1.0, 2.0], [3, 4]]
    }

    tensor_of_integers() {
        // torch.tensor([1, 2, 3])
        tensor![1, 2, 3]
    }

    tensor_of_a_number() {
        // torch.tensor(3.0)
        scalar!(3.0)
    }

    from_a_list() {
        // numbers = [0.5, 1.5, 2.5]
        // torch.tensor(numbers)
        let numbers = vec![0.5f32, 1.5, 2.5];
        Tensor::from_slice(&numbers)
    }

    zeros() {
        // torch.zeros(2, 3)
        Tensor::zeros([2, 3], (Kind::Float, Device::Cpu))
    }

    ones() {
        // torch.ones(2, 3, dtype=torch.int64)
        Tensor::ones([2, 3], (Kind::Int64, Device::Cpu))
    }

    full() {
        // torch.full((2, 2), 7.5)
        Tensor::full([2, 2], 7.5, (Kind::Float, Device::Cpu))
    }

    zeros_like(x) {
        // torch.zeros_like(x)
        x.zeros_like()
    }

    arange() {
        // torch.arange(5)
        Tensor::arange(5, (Kind::Int64, Device::Cpu))
    }

    arange_with_step() {
        // torch.arange(0, 1, 0.25)
        Tensor::arange_start_step(0.0, 1.0, 0.25, (Kind::Float, Device::Cpu))
    }

    linspace() {
        // torch.linspace(0, 1, 5)
        Tensor::linspace(0.0, 1.0, 5, (Kind::Float, Device::Cpu))
    }

    eye() {
        // torch.eye(3)
        Tensor::eye(3, (Kind::Float, Device::Cpu))
    }

    one_hot(index) {
        // F.one_hot(index, num_classes=3)
        index.one_hot(3)
    }

    copy_of_a_tensor(x) {
        // x.clone()
        x.copy()
    }
}
