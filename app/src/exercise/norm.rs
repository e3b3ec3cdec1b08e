//! Layer normalisation, alone and behind a residual connection.

use atencion::{Result, tensor};
use tch::Tensor;

use super::{Code, Exercise, Wrong};
use crate::notebook::diagnose::{layer_norm, museum};

pub const LAYER_NORM: Exercise = Exercise {
    name: "layer_norm",
    python: Code {
        given: "import torch\n\nx = torch.tensor([[0.01, 0.02, 0.03, 0.06], [1., 2., 4., 5.]])  # [L=2, E=4]\neps = 1e-5",
        holes: "mean = ___\nvariance = ___\ny = ___",
        solution: "mean = x.mean(dim=-1, keepdim=True)\nvariance = x.var(dim=-1, keepdim=True, unbiased=False)\n\
            y = (x - mean) / (variance + eps) ** 0.5",
        result: "y",
    },
    rust: Code {
        given: "let x = tensor![[0.01, 0.02, 0.03, 0.06], [1., 2., 4., 5.]]; // [L=2, E=4]\nlet eps = 1e-5;",
        holes: "let mean = ___;\nlet variance = ___;\nlet y = ___;",
        solution: "let mean = x.mean_dim(-1, true, None::<Kind>);\nlet variance = x.var_dim(-1, false, true);\n\
            let y = (&x - &mean) / (&variance + eps).sqrt();",
        result: "y",
    },
    answer: || layer_norm(&tensor![[0.01, 0.02, 0.03, 0.06], [1., 2., 4., 5.]]),
    wrong: || Ok(norms(&tensor![[0.01, 0.02, 0.03, 0.06], [1., 2., 4., 5.]])),
};

pub const ADD_NORM: Exercise = Exercise {
    name: "add_norm",
    python: Code {
        given: "import torch\nimport torch.nn.functional as F\n\n\
            x = torch.tensor([[1., 2., 3., 5.], [0., 1., 0., 4.]])       # into the sublayer\n\
            out = torch.tensor([[0.5, 0., 1., 0.], [2., 0., 1., 0.5]])   # out of it",
        holes: "y = ___  # F.layer_norm(…, (4,))",
        solution: "y = F.layer_norm(x + out, (4,))",
        result: "y",
    },
    rust: Code {
        given: "let x = tensor![[1., 2., 3., 5.], [0., 1., 0., 4.]]; // into the sublayer\n\
            let out = tensor![[0.5, 0., 1., 0.], [2., 0., 1., 0.5]]; // out of it",
        holes: "let y = ___; // ….layer_norm([4], None::<Tensor>, None::<Tensor>, 1e-5, false)",
        solution: "let y = (&x + &out).layer_norm([4], None::<Tensor>, None::<Tensor>, 1e-5, false);",
        result: "y",
    },
    answer: || {
        let (x, out) = residual();
        layer_norm(&x.f_add(&out)?)
    },
    wrong: || {
        let (x, out) = residual();
        let own = |name: &str, tensor: Result<Tensor>| -> Result<Wrong> {
            Ok(Wrong::own(name, "hint-residual", tensor?))
        };
        let mut wrong = vec![
            own("no-residual", layer_norm(&out))?,
            own("residual-after-norm", layer_norm(&out).and_then(|y| Ok(x.f_add(&y)?)))?,
            own("residual-norm-of-input", layer_norm(&x).and_then(|y| Ok(y.f_add(&out)?)))?,
            own("no-norm", Ok(x.f_add(&out)?))?,
        ];
        wrong.extend(norms(&x.f_add(&out)?));
        Ok(wrong)
    },
};

fn residual() -> (Tensor, Tensor) {
    (tensor![[1., 2., 3., 5.], [0., 1., 0., 4.]], tensor![[0.5, 0., 1., 0.], [2., 0., 1., 0.5]])
}

/// What the museum's mistakes in layer normalisation make of it.
fn norms(x: &Tensor) -> Vec<Wrong> {
    let made = museum().into_iter().filter_map(|one| Some((one, one.layer_norm(x)?)));
    made.map(|(mistake, tensor)| Wrong::of_museum(&mistake, tensor)).collect()
}
