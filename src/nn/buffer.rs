//! Tensors of a module that are not trained: torch's `nn.Buffer`.

use std::ops::{Deref, DerefMut};

use tch::Tensor;

/// A tensor that belongs to a module and moves with it, but is not trained: torch's `register_buffer`. It stands for
/// its tensor. [`Path::buffer`](super::Path::buffer) makes it.
#[derive(Debug)]
pub struct Buffer {
    /// The tensor.
    pub value: Tensor,
    /// Whether it is part of the `state_dict`.
    pub persistent: bool,
}

impl Deref for Buffer {
    type Target = Tensor;

    fn deref(&self) -> &Tensor {
        &self.value
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut Tensor {
        &mut self.value
    }
}
