//! Calls past autograd's layer, where nobody asks for derivatives: `cpp/below_autograd.cpp`, held by Rust.

use std::ffi::{c_char, c_void};

use tch::Tensor;

use super::error::check;

/// While it lives, this thread's operators go straight to their kernels. What they make is as any tensor that wants no
/// gradient.
pub(crate) struct BelowAutograd(*mut c_void);

impl BelowAutograd {
    /// Does nothing where a derivative with respect to one of these may be wanted.
    pub(crate) fn of(tensors: [&Tensor; 3]) -> Self {
        let pointers = tensors.map(Tensor::as_ptr);
        let mut guard = std::ptr::null_mut();
        // SAFETY: the tensors are alive for the call, and `Drop` gives the guard back on the same thread: a raw
        // pointer cannot be sent to another.
        let said = check(unsafe {
            atencion_below_autograd(pointers.as_ptr().cast(), pointers.len(), &mut guard)
        });
        // Where libtorch fails to answer, autograd sees the calls, which is slower and never wrong.
        Self(if said.is_ok() { guard } else { std::ptr::null_mut() })
    }
}

impl Drop for BelowAutograd {
    fn drop(&mut self) {
        // SAFETY: made above, ended once; null is fine.
        unsafe { atencion_below_autograd_end(self.0) }
    }
}

unsafe extern "C" {
    fn atencion_below_autograd(
        tensors: *const *const torch_sys::C_tensor,
        count: usize,
        guard: *mut *mut c_void,
    ) -> *mut c_char;
    fn atencion_below_autograd_end(guard: *mut c_void);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attention::self_attention;
    use crate::{practice3, tensor};

    fn practice() -> [Tensor; 3] {
        practice3::qkv(tch::Device::Cpu).into()
    }

    #[test]
    fn it_acts_only_where_no_derivative_is_wanted() {
        let [q, k, v] = practice();
        let acts = |q: &Tensor| !BelowAutograd::of([q, &k, &v]).0.is_null();
        assert!(acts(&q));
        let wanting = q.detach().set_requires_grad(true);
        assert!(!acts(&wanting));
        assert!(tch::no_grad(|| acts(&wanting)));
    }

    #[test]
    fn gradients_are_those_of_the_four_lines() {
        let gradients = |output: fn([&Tensor; 3]) -> Tensor| {
            let inputs = practice().map(|x| x.set_requires_grad(true));
            output(inputs.each_ref()).square().sum(tch::Kind::Float).backward();
            inputs.map(|x| x.grad())
        };
        let fast = gradients(|[q, k, v]| self_attention(q, k, v).unwrap());
        let read = gradients(|[q, k, v]| practice3::self_attention(q, k, v)["Z"].shallow_clone());
        assert!(fast.iter().zip(&read).all(|(fast, read)| fast.equal(read)));
    }

    #[test]
    fn its_result_is_an_ordinary_tensor_and_autograd_is_back_afterwards() {
        let [q, k, v] = practice();
        let z = self_attention(&q, &k, &v).unwrap();
        let weight = tensor![[2.0, 3.0, 4.0]].set_requires_grad(true);
        (&z * &weight).sum(tch::Kind::Float).backward();
        assert!(weight.grad().equal(&z.sum_dim_intlist(0, true, None::<tch::Kind>)));
    }
}
