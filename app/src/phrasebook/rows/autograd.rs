//! Autograd.

use tch::Tensor;

use super::phrases;

const SOURCE: &str = include_str!("autograd.rs");

phrases! {
    requires_grad(v) {
        // v.requires_grad_()
        // v.requires_grad
        let v = v.set_requires_grad(true);
        v.requires_grad()
    }

    backward(w, x) {
        // loss = (x * w).sum()
        // loss.backward()
        // w.grad
        let loss = (&x * &w).sum(None);
        loss.backward();
        w.grad()
    }

    gradients_add_up(w) {
        // (w * 2).sum().backward()
        // (w * 3).sum().backward()
        // w.grad
        (&w * 2).sum(None).backward();
        (&w * 3).sum(None).backward();
        w.grad()
    }

    zero_grad(w) {
        // (w * 2).sum().backward()
        // w.grad.zero_()
        // w.grad
        (&w * 2).sum(None).backward();
        w.zero_grad();
        w.grad()
    }

    no_grad(w) {
        // with torch.no_grad():
        //     y = w * 2
        // y.requires_grad
        let y = tch::no_grad(|| &w * 2);
        y.requires_grad()
    }

    no_grad_for_a_scope(w) {
        // @torch.no_grad()
        // def predict():
        //     return (w * 2).requires_grad
        // predict()
        let predict = || {
            let _no_grad = tch::no_grad_guard();
            (&w * 2).requires_grad()
        };
        predict()
    }

    detach(w) {
        // y = (w * 2).detach()
        // y.requires_grad, y
        let y = (&w * 2).detach();
        (y.requires_grad(), y)
    }

    gradient_of_one_input(w, x) {
        // loss = (x * w).pow(2).sum()
        // torch.autograd.grad(loss, [w])[0]
        let loss = (&x * &w).pow_tensor_scalar(2).sum(None);
        Tensor::run_backward(&[&loss], &[&w], false, false).remove(0)
    }

    gradient_of_a_gradient(w) {
        // (g,) = torch.autograd.grad((w ** 3).sum(), [w],
        //                            create_graph=True)
        // g.sum().backward()
        // w.grad
        let cube = w.pow_tensor_scalar(3).sum(None);
        let g = Tensor::run_backward(&[&cube], &[&w], true, true).remove(0);
        g.sum(None).backward();
        w.grad()
    }

    has_no_gradient_yet(w) {
        // w.grad is None
        !w.grad().defined()
    }

    is_leaf(w) {
        // w.is_leaf, (w * 2).is_leaf
        (w.is_leaf(), (&w * 2).is_leaf())
    }

    update_by_hand(w, x) {
        // (x * w).sum().backward()
        // with torch.no_grad():
        //     w -= 0.1 * w.grad
        // w
        (&x * &w).sum(None).backward();
        tch::no_grad(|| w -= w.grad() * 0.1);
        w
    }
}
