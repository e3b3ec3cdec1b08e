//! Two steps of gradient descent.

use atencion::{Result, tensor};
use tch::{Kind, Tensor};

use super::{Code, Exercise, Wrong};

pub const TRAINING_STEP: Exercise = Exercise {
    name: "training_step",
    python: Code {
        given: "\
import torch

x = torch.tensor([[1., 2.], [3., 1.], [0., 1.]])
y = torch.tensor([[1.], [2.], [0.]])
w = torch.tensor([[0.5], [-0.5]], requires_grad=True)
lr = 0.1",
        holes: "for _ in range(2):\n    loss = ((x @ w - y) ** 2).mean()\n    ___  # the gradients\n    with torch.no_grad():\n        \
            ___  # the step\n        ___  # ready for the next one",
        solution: "for _ in range(2):\n    loss = ((x @ w - y) ** 2).mean()\n    loss.backward()  # the gradients\n    \
            with torch.no_grad():\n        w -= lr * w.grad  # the step\n        w.grad.zero_()  # ready for the next one",
        result: "w",
    },
    rust: Code {
        given: "\
let x = tensor![[1., 2.], [3., 1.], [0., 1.]];
let y = tensor![[1.], [2.], [0.]];
let mut w = tensor![[0.5], [-0.5]].set_requires_grad(true);
let lr = 0.1;",
        holes: "for _ in 0..2 {\n    let loss = (x.matmul(&w) - &y).square().mean(None::<Kind>);\n    ___; // the gradients\n    \
            tch::no_grad(|| {\n        ___; // the step\n    });\n    ___; // ready for the next one\n}",
        solution: "for _ in 0..2 {\n    let loss = (x.matmul(&w) - &y).square().mean(None::<Kind>);\n    \
            loss.backward(); // the gradients\n    tch::no_grad(|| {\n        w -= lr * w.grad(); // the step\n    });\n    \
            w.zero_grad(); // ready for the next one\n}",
        result: "w",
    },
    answer: || trained(&Descent::default()),
    wrong: || {
        let own = |name: &str, descent: Descent| -> Result<Wrong> {
            Ok(Wrong::own(name, "hint-training", trained(&descent)?))
        };
        let right = Descent::default;
        Ok(vec![
            own("no-zero-grad", Descent { gathered: true, ..right() })?,
            own("uphill", Descent { rate: -0.1, ..right() })?,
            own("no-learning-rate", Descent { rate: 1.0, ..right() })?,
            own("sum-for-mean", Descent { sum: true, ..right() })?,
            own("one-step", Descent { steps: 1, ..right() })?,
            own("three-steps", Descent { steps: 3, ..right() })?,
            own("no-step", Descent { steps: 0, ..right() })?,
        ])
    },
};

struct Descent {
    rate: f64,
    steps: usize,
    /// The gradients of earlier steps are kept.
    gathered: bool,
    /// The sum of the squares in place of their mean.
    sum: bool,
}

impl Default for Descent {
    fn default() -> Self {
        Self { rate: 0.1, steps: 2, gathered: false, sum: false }
    }
}

/// The weights, by the formula of the gradient: 2/n xᵀ (x w − y).
fn trained(descent: &Descent) -> Result<Tensor> {
    let _no_grad = tch::no_grad_guard();
    let x = tensor![[1., 2.], [3., 1.], [0., 1.]];
    let y = tensor![[1.], [2.], [0.]];
    let mut w = tensor![[0.5], [-0.5]];
    let mut gathered = w.f_zeros_like()?;
    let of = if descent.sum { 1.0 } else { y.numel() as f64 };
    for _ in 0..descent.steps {
        let off = x.f_matmul(&w)?.f_sub(&y)?;
        let gradient = x.f_tr()?.f_matmul(&off)?.f_mul_scalar(2.0 / of)?;
        gathered = if descent.gathered { gathered.f_add(&gradient)? } else { gradient };
        w = w.f_sub(&gathered.f_mul_scalar(descent.rate)?)?;
    }
    Ok(w.f_to_kind(Kind::Float)?)
}
