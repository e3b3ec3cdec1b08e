//! Softmax, written out.

use atencion::tensor;

use super::attention::{softmax, softmaxes};
use super::{Code, Exercise, Wrong};

pub const SOFTMAX: Exercise = Exercise {
    name: "softmax",
    python: Code {
        given: "import torch\n\nscores = torch.tensor([[1., 2., 3.], [0., 0., 4.]])  # [L=2, S=3]",
        holes: "exponential = ___\nweights = ___",
        solution: "exponential = scores.exp()\nweights = exponential / exponential.sum(dim=1, keepdim=True)",
        result: "weights",
    },
    rust: Code {
        given: "let scores = tensor![[1., 2., 3.], [0., 0., 4.]]; // [L=2, S=3]",
        holes: "let exponential = ___;\nlet weights = ___;",
        solution: "let exponential = scores.exp();\n\
            let weights = &exponential / exponential.sum_dim_intlist(1, true, None::<Kind>);",
        result: "weights",
    },
    answer: || softmax(&tensor![[1., 2., 3.], [0., 0., 4.]]),
    wrong: || {
        let scores = tensor![[1., 2., 3.], [0., 0., 4.]];
        let powers = scores.f_mul_scalar(std::f64::consts::LN_2)?;
        let mut wrong = vec![Wrong::own("softmax-base-2", "hint-softmax", softmax(&powers)?)];
        wrong.extend(softmaxes(&scores));
        Ok(wrong)
    },
};
