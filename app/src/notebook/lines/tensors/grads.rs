//! Autograd: `backward`, `.grad`, `torch.no_grad()`.

use std::rc::Rc;

use tch::Tensor;

use super::super::machine::Machine;
use super::super::problem::{Step, raise};
use super::super::trace::Input;
use super::super::value::{Held, Value};

impl Machine {
    /// `x.grad`
    pub fn grad_of(&mut self, held: &Rc<Held>) -> Step<Value> {
        let grad = held.tensor.grad();
        if !grad.defined() {
            return Ok(Value::None);
        }
        let inputs = vec![("input".to_owned(), Input::Tensor(held.node.get()))];
        Ok(self.held(grad, "Tensor.grad", inputs))
    }

    /// `x.grad_fn`: `None`, or something that is not known here but is not `None`.
    pub fn grad_fn_of(&mut self, held: &Rc<Held>) -> Step<Value> {
        if !held.tensor.requires_grad() || self.torch(|| held.tensor.f_is_leaf())? {
            return Ok(Value::None);
        }
        self.not_known("Tensor.grad_fn")
    }

    /// `x.backward(gradient)`
    pub fn backward(&mut self, tensor: &Tensor, gradient: Option<Value>, retain: bool) -> Step<()> {
        if !tensor.requires_grad() {
            return raise(
                "RuntimeError",
                "element 0 of tensors does not require grad and does not have a grad_fn",
            );
        }
        match gradient {
            None | Some(Value::None) => {
                if tensor.numel() != 1 {
                    return raise(
                        "RuntimeError",
                        "grad can be implicitly created only for scalar outputs",
                    );
                }
                if retain {
                    // libtorch's own retain_graph is not within reach; a sum that keeps the graph of what it sums is.
                    return self.not_known("backward(retain_graph=True)");
                }
                self.torch(|| tensor.f_backward())
            }
            // backward(g) is the backward pass of Σ x·g.
            Some(Value::Tensor(gradient)) => self
                .torch(|| tensor.f_mul(&gradient.tensor)?.f_sum(None::<tch::Kind>)?.f_backward()),
            Some(_) => self.not_known("backward(gradient=…)"),
        }
    }

    /// `x.grad = None`
    pub fn forget_grad(&mut self, tensor: &Tensor) -> Step<()> {
        self.library(|| atencion::libtorch::clear_grad(tensor))
    }

    /// `with context:`
    pub fn enter(&mut self, context: &Value) -> Step<Value> {
        use super::super::value::Inner;
        if let Value::Object(object) = context {
            let mode = match &*object.inner.borrow() {
                Inner::NoGrad(mode) => Some(*mode),
                _ => None,
            };
            if let Some(mode) = mode {
                // A guard of tch can only take gradients away; `enable_grad` inside `no_grad` has no value here.
                if mode && !atencion::libtorch::is_grad_enabled() {
                    return self.not_known("torch.enable_grad");
                }
                self.modes.push((!mode).then(tch::no_grad_guard));
                return Ok(Value::None);
            }
            let enter = self.attribute_of_class(context, "__enter__")?;
            return self.call(&enter, Default::default());
        }
        self.not_known(format!("with {}", context.type_name()))
    }

    /// The end of `with context:`
    pub fn exit(&mut self, context: &Value) -> Step<()> {
        use super::super::value::Inner;
        if let Value::Object(object) = context {
            if matches!(&*object.inner.borrow(), Inner::NoGrad(_)) {
                drop(self.modes.pop());
                return Ok(());
            }
            let exit = self.attribute_of_class(context, "__exit__")?;
            let none = vec![Value::None, Value::None, Value::None];
            self.call(&exit, super::super::ops::bind::Call::of(none))?;
        }
        Ok(())
    }
}
