//! How large and how deep the graph is that autograd keeps of a computation.

use std::ffi::c_char;

use tch::Tensor;

use super::error::check;
use crate::Result;

/// The graph behind a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AutogradGraph {
    /// The functions in it, those that only receive a gradient (`AccumulateGrad`) not counted.
    pub functions: usize,
    /// The most of them that stand one behind the other: each must wait for the one before, however many processors
    /// there are.
    pub chain: usize,
}

/// The functions that lead from `x.grad_fn` to the leaves; none for a tensor without `grad_fn`.
///
/// ```
/// use atencion::{libtorch, tensor};
/// let x = tensor![1.0, 2.0].set_requires_grad(true);
/// let graph = libtorch::autograd_graph(&(x.exp() + x.sin()))?;
/// assert_eq!((graph.functions, graph.chain), (3, 2));
/// # Ok::<(), atencion::Error>(())
/// ```
///
/// # Errors
/// For a view that was changed in place while gradients were off: it has no valid `grad_fn`.
pub fn autograd_graph(x: &Tensor) -> Result<AutogradGraph> {
    let (mut functions, mut chain) = (0, 0);
    // SAFETY: the tensor and both numbers are alive for the call.
    check(unsafe { atencion_autograd_graph(x.as_ptr(), &mut functions, &mut chain) })?;
    Ok(AutogradGraph { functions: functions.max(0) as usize, chain: chain.max(0) as usize })
}

unsafe extern "C" {
    fn atencion_autograd_graph(
        tensor: *const torch_sys::C_tensor,
        functions: *mut i64,
        chain: *mut i64,
    ) -> *mut c_char;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor;

    #[test]
    fn a_loop_is_as_deep_as_it_is_long() {
        let x = tensor![1.0, 2.0].set_requires_grad(true);
        let looped = (0..50_000).fold(x.shallow_clone(), |x, _| x * 1.0);
        let graph = autograd_graph(&looped).unwrap();
        assert_eq!(graph, AutogradGraph { functions: 50_000, chain: 50_000 });
        let beside = Tensor::stack(&[x.exp(), x.exp(), x.exp()], 0);
        assert_eq!(autograd_graph(&beside).unwrap(), AutogradGraph { functions: 4, chain: 2 });
    }

    #[test]
    fn without_gradients_there_is_no_graph() {
        let none = AutogradGraph { functions: 0, chain: 0 };
        assert_eq!(autograd_graph(&tensor![1.0]).unwrap(), none);
        assert_eq!(autograd_graph(&Tensor::new()).unwrap(), none);
    }
}
