//! Attention in several heads: split, attend, join.

use atencion::{Result, tensor};
use tch::Tensor;

use super::attention::of_museum;
use super::{Code, Exercise, Wrong};
use crate::notebook::diagnose::{Inputs, Recipe};

const HEADS: i64 = 2;

pub const MULTI_HEAD: Exercise = Exercise {
    name: "multi_head",
    python: Code {
        given: "\
import torch

# [L=3, E=4]: two heads of width 2
Q = torch.tensor([[1., 0., 2., 1.], [0., 1., 1., 0.], [1., 1., 0., 2.]])
K = torch.tensor([[0., 1., 1., 2.], [1., 0., 2., 0.], [2., 1., 0., 1.]])
V = torch.tensor([[1., 2., 3., 4.], [5., 6., 7., 8.], [0., 1., 0., 1.]])
L, E, heads = 3, 4, 2",
        holes: "def split(x):  # [L, E] -> [heads, L, E / heads]\n    return ___\n\n\
            q, k, v = split(Q), split(K), split(V)\nweights = ___\nz = weights @ v\nZ = ___  # [heads, L, E / heads] -> [L, E]",
        solution: "def split(x):  # [L, E] -> [heads, L, E / heads]\n    return x.view(L, heads, E // heads).transpose(0, 1)\n\n\
            q, k, v = split(Q), split(K), split(V)\nweights = (q @ k.transpose(-2, -1) / (E // heads) ** 0.5).softmax(dim=-1)\n\
            z = weights @ v\nZ = z.transpose(0, 1).reshape(L, E)  # [heads, L, E / heads] -> [L, E]",
        result: "Z",
    },
    rust: Code {
        given: "\
// [L=3, E=4]: two heads of width 2
let qs = tensor![[1., 0., 2., 1.], [0., 1., 1., 0.], [1., 1., 0., 2.]];
let ks = tensor![[0., 1., 1., 2.], [1., 0., 2., 0.], [2., 1., 0., 1.]];
let vs = tensor![[1., 2., 3., 4.], [5., 6., 7., 8.], [0., 1., 0., 1.]];
let (l, e, heads) = (3, 4, 2);",
        holes: "let split = |x: &Tensor| ___; // [L, E] -> [heads, L, E / heads]\nlet (q, k, v) = (split(&qs), split(&ks), split(&vs));\n\
            let weights = ___;\nlet z = weights.matmul(&v);\nlet joined = ___; // [heads, L, E / heads] -> [L, E]",
        solution: "let split = |x: &Tensor| x.view([l, heads, e / heads]).transpose(0, 1); // [L, E] -> [heads, L, E / heads]\n\
            let (q, k, v) = (split(&qs), split(&ks), split(&vs));\n\
            let weights = (q.matmul(&k.transpose(-2, -1)) / ((e / heads) as f64).sqrt()).softmax(-1, None::<Kind>);\n\
            let z = weights.matmul(&v);\nlet joined = z.transpose(0, 1).reshape([l, e]); // [heads, L, E / heads] -> [L, E]",
        result: "joined",
    },
    answer: || join(&Recipe::default().run(&in_heads(&split)?, false)?.output),
    wrong: || {
        let own = |name: &str, tensor: Result<Tensor>| -> Result<Wrong> {
            Ok(Wrong::own(name, "hint-heads", tensor?))
        };
        let run = |inputs: &Inputs| -> Result<Tensor> {
            Ok(Recipe::default().run(inputs, false)?.output)
        };
        let heads = in_heads(&split)?;
        let mut wrong = vec![
            own("one-head", run(&whole()))?,
            own("heads-by-view", in_heads(&split_by_view).and_then(|inputs| join(&run(&inputs)?)))?,
            own(
                "heads-by-view-both",
                in_heads(&split_by_view).and_then(|x| Ok(run(&x)?.f_reshape([3, 4])?)),
            )?,
            own("joined-by-view", run(&heads).and_then(|z| Ok(z.f_reshape([3, 4])?)))?,
            own("scaled-by-model-width", scaled_by_model_width(&heads))?,
        ];
        for mut one in of_museum(&heads, false) {
            if let Ok(joined) = join(&one.tensor) {
                one.tensor = joined;
                wrong.push(one);
            }
        }
        Ok(wrong)
    },
};

fn whole() -> Inputs {
    Inputs {
        q: tensor![[1., 0., 2., 1.], [0., 1., 1., 0.], [1., 1., 0., 2.]],
        k: tensor![[0., 1., 1., 2.], [1., 0., 2., 0.], [2., 1., 0., 1.]],
        v: tensor![[1., 2., 3., 4.], [5., 6., 7., 8.], [0., 1., 0., 1.]],
    }
}

fn in_heads(split: &dyn Fn(&Tensor) -> Result<Tensor>) -> Result<Inputs> {
    let Inputs { q, k, v } = whole();
    Ok(Inputs { q: split(&q)?, k: split(&k)?, v: split(&v)? })
}

/// `[L, E]` → `[heads, L, E / heads]`
fn split(x: &Tensor) -> Result<Tensor> {
    Ok(x.f_view([3, HEADS, 2])?.f_transpose(0, 1)?)
}

/// The shape without the transpose: words and heads are mixed.
fn split_by_view(x: &Tensor) -> Result<Tensor> {
    Ok(x.f_view([HEADS, 3, 2])?)
}

/// `[heads, L, E / heads]` → `[L, E]`
fn join(z: &Tensor) -> Result<Tensor> {
    Ok(z.f_transpose(0, 1)?.f_reshape([3, 4])?)
}

fn scaled_by_model_width(heads: &Inputs) -> Result<Tensor> {
    let scale = |scores: &Tensor, _: &Inputs| Ok(scores.f_div_scalar(2.0)?); // √E of E = 4
    join(&Recipe { scale, ..Recipe::default() }.run(heads, false)?.output)
}
