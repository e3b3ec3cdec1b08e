//! Attention: as in Práctica 3, causal, with padding, and across two sequences.

use atencion::practice3::qkv;
use atencion::{Result, tensor};
use tch::{Device, Kind, Tensor};

use super::{Code, Exercise, Wrong};
use crate::notebook::diagnose::{Change, Inputs, Recipe, museum};

const PYTHON_QKV: &str = "\
import torch

Q = torch.tensor([[0.0, 0.0, 0.0], [1, 1, 1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3]])
K = torch.tensor([[0.1, 0.1, 0.1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3], [0.4, 0.4, 0.4]])
V = torch.tensor([[1., 0., 0.], [0., 1., 0.], [0., 0., 1.], [0., 1., 1.]])";

const RUST_QKV: &str = "\
let q = tensor![[0.0, 0.0, 0.0], [1, 1, 1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3]];
let k = tensor![[0.1, 0.1, 0.1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3], [0.4, 0.4, 0.4]];
let v = tensor![[1., 0., 0.], [0., 1., 0.], [0., 0., 1.], [0., 1., 1.]];";

pub const SELF_ATTENTION: Exercise = Exercise {
    name: "self_attention",
    python: Code {
        given: PYTHON_QKV,
        holes: "scores = ___\nscaled = ___\nweights = ___\nZ = ___",
        solution: "scores = Q @ K.T\nscaled = scores / K.shape[1] ** 0.5\nweights = scaled.softmax(dim=1)\nZ = weights @ V",
        result: "Z",
    },
    rust: Code {
        given: RUST_QKV,
        holes: "let scores = ___;\nlet scaled = ___;\nlet weights = ___;\nlet z = ___;",
        solution: "let scores = q.matmul(&k.tr());\nlet scaled = &scores / (k.size()[1] as f64).powf(0.5);\n\
            let weights = scaled.softmax(1, None::<Kind>);\nlet z = weights.matmul(&v);",
        result: "z",
    },
    answer: || Ok(Recipe::default().run(&course(), false)?.output),
    wrong: || Ok(of_museum(&course(), false)),
};

pub const CAUSAL: Exercise = Exercise {
    name: "causal",
    python: Code {
        given: PYTHON_QKV,
        holes: "scaled = Q @ K.T / K.shape[1] ** 0.5\nhidden = ___\nmasked = ___\nweights = masked.softmax(dim=1)\nZ = weights @ V",
        solution: "scaled = Q @ K.T / K.shape[1] ** 0.5\nhidden = torch.ones(4, 4).tril() == 0\n\
            masked = scaled.masked_fill(hidden, float('-inf'))\nweights = masked.softmax(dim=1)\nZ = weights @ V",
        result: "Z",
    },
    rust: Code {
        given: RUST_QKV,
        holes: "let scaled = q.matmul(&k.tr()) / (k.size()[1] as f64).powf(0.5);\nlet hidden = ___;\nlet masked = ___;\n\
            let weights = masked.softmax(1, None::<Kind>);\nlet z = weights.matmul(&v);",
        solution: "let scaled = q.matmul(&k.tr()) / (k.size()[1] as f64).powf(0.5);\n\
            let hidden = Tensor::ones([4, 4], (Kind::Float, Device::Cpu)).tril(0).eq(0);\n\
            let masked = scaled.masked_fill(&hidden, f64::NEG_INFINITY);\n\
            let weights = masked.softmax(1, None::<Kind>);\nlet z = weights.matmul(&v);",
        result: "z",
    },
    answer: || Ok(Recipe::default().run(&course(), true)?.output),
    wrong: || {
        let forgotten = Recipe::default().run(&course(), false)?.output;
        let mut wrong = vec![Wrong::own("no-mask", "hint-mask", forgotten)];
        wrong.extend(of_museum(&course(), true));
        Ok(wrong)
    },
};

pub const PADDING_MASK: Exercise = Exercise {
    name: "padding_mask",
    python: Code {
        given: "\
import torch

# [B=2, L=3, E=2]
Q = torch.tensor([[[1., 0.], [0., 1.], [1., 1.]], [[2., 0.], [0., 2.], [0., 0.]]])
K = torch.tensor([[[1., 2.], [2., 1.], [0., 1.]], [[1., 1.], [0., 2.], [0., 0.]]])
V = torch.tensor([[[1., 0.], [0., 1.], [2., 2.]], [[3., 1.], [1., 3.], [9., 9.]]])
lengths = torch.tensor([3, 2])  # the second sequence has 2 words, and padding",
        holes: "scaled = Q @ K.transpose(-2, -1) / K.shape[-1] ** 0.5\npadding = ___  # [B, S]\nmasked = ___\n\
            weights = masked.softmax(dim=-1)\nZ = weights @ V",
        solution: "scaled = Q @ K.transpose(-2, -1) / K.shape[-1] ** 0.5\n\
            padding = torch.arange(3) >= lengths[:, None]  # [B, S]\n\
            masked = scaled.masked_fill(padding[:, None, :], float('-inf'))\nweights = masked.softmax(dim=-1)\nZ = weights @ V",
        result: "Z",
    },
    rust: Code {
        given: "\
// [B=2, L=3, E=2]
let q = tensor![[[1., 0.], [0., 1.], [1., 1.]], [[2., 0.], [0., 2.], [0., 0.]]];
let k = tensor![[[1., 2.], [2., 1.], [0., 1.]], [[1., 1.], [0., 2.], [0., 0.]]];
let v = tensor![[[1., 0.], [0., 1.], [2., 2.]], [[3., 1.], [1., 3.], [9., 9.]]];
let lengths = tensor![3, 2]; // the second sequence has 2 words, and padding",
        holes: "let scaled = q.matmul(&k.transpose(-2, -1)) / (k.size()[2] as f64).powf(0.5);\n\
            let padding = ___; // [B, S]\nlet masked = ___;\nlet weights = masked.softmax(-1, None::<Kind>);\nlet z = weights.matmul(&v);",
        solution: "let scaled = q.matmul(&k.transpose(-2, -1)) / (k.size()[2] as f64).powf(0.5);\n\
            let padding = Tensor::arange(3, (Kind::Int64, Device::Cpu)).ge_tensor(&lengths.unsqueeze(1)); // [B, S]\n\
            let masked = scaled.masked_fill(&padding.unsqueeze(1), f64::NEG_INFINITY);\n\
            let weights = masked.softmax(-1, None::<Kind>);\nlet z = weights.matmul(&v);",
        result: "z",
    },
    answer: || padded(&|scaled, keys| Ok(scaled.f_masked_fill(keys, f64::NEG_INFINITY)?)),
    wrong: || {
        let own = |name: &str, mask: &Masking| -> Result<Wrong> {
            Ok(Wrong::own(name, "hint-mask", padded(mask)?))
        };
        Ok(vec![
            own("no-mask", &|scaled, _| Ok(scaled.shallow_clone()))?,
            own("mask-queries", &|scaled, keys| {
                Ok(scaled.f_masked_fill(&keys.f_transpose(-2, -1)?, f64::NEG_INFINITY)?)
            })?,
            own("mask-inverted", &|scaled, keys| {
                Ok(scaled.f_masked_fill(&keys.f_logical_not()?, f64::NEG_INFINITY)?)
            })?,
            own("mask-zero", &|scaled, keys| Ok(scaled.f_masked_fill(keys, 0.0)?))?,
            own("mask-tiny", &|scaled, keys| Ok(scaled.f_masked_fill(keys, -1e-9)?))?,
            Wrong::own("mask-after-softmax", "hint-mask", masked_after_softmax()?),
        ])
    },
};

pub const CROSS_ATTENTION: Exercise = Exercise {
    name: "cross_attention",
    python: Code {
        given: "\
import torch

x = torch.tensor([[1., 0., 2.], [0., 1., 1.]])                                  # decoder: [L=2, E=3]
memory = torch.tensor([[1., 1., 0.], [0., 2., 1.], [2., 0., 1.], [1., 0., 3.]])  # encoder: [S=4, E=3]
Wq = torch.tensor([[1., 0.], [0., 1.], [1., 1.]])                                # [E=3, D=2]
Wk = torch.tensor([[0., 1.], [1., 0.], [1., -1.]])
Wv = torch.tensor([[1., 1.], [0., 2.], [2., 0.]])",
        holes: "Q = ___\nK = ___\nV = ___\nweights = ___\nZ = weights @ V",
        solution: "Q = x @ Wq\nK = memory @ Wk\nV = memory @ Wv\nweights = (Q @ K.T / K.shape[1] ** 0.5).softmax(dim=1)\nZ = weights @ V",
        result: "Z",
    },
    rust: Code {
        given: "\
let x = tensor![[1., 0., 2.], [0., 1., 1.]]; // decoder: [L=2, E=3]
let memory = tensor![[1., 1., 0.], [0., 2., 1.], [2., 0., 1.], [1., 0., 3.]]; // encoder: [S=4, E=3]
let wq = tensor![[1., 0.], [0., 1.], [1., 1.]]; // [E=3, D=2]
let wk = tensor![[0., 1.], [1., 0.], [1., -1.]];
let wv = tensor![[1., 1.], [0., 2.], [2., 0.]];",
        holes: "let q = ___;\nlet k = ___;\nlet v = ___;\nlet weights = ___;\nlet z = weights.matmul(&v);",
        solution: "let q = x.matmul(&wq);\nlet k = memory.matmul(&wk);\nlet v = memory.matmul(&wv);\n\
            let weights = (q.matmul(&k.tr()) / (k.size()[1] as f64).powf(0.5)).softmax(1, None::<Kind>);\nlet z = weights.matmul(&v);",
        result: "z",
    },
    answer: || Ok(Recipe::default().run(&across(false, false)?, false)?.output),
    wrong: || {
        let run = |swapped, from_decoder| -> Result<Tensor> {
            Ok(Recipe::default().run(&across(swapped, from_decoder)?, false)?.output)
        };
        let own = |name: &str, tensor: Result<Tensor>| -> Result<Wrong> { Ok(Wrong::own(name, "hint-cross", tensor?)) };
        let mut wrong = vec![
            own("keys-of-decoder", run(false, true))?,
            own("decoder-and-encoder-swapped", run(true, false))?,
        ];
        wrong.extend(of_museum(&across(false, false)?, false));
        Ok(wrong)
    },
};

fn course() -> Inputs {
    let (q, k, v) = qkv(Device::Cpu);
    Inputs { q, k, v }
}

/// What each mistake of the museum makes of these.
pub fn of_museum(inputs: &Inputs, causal: bool) -> Vec<Wrong> {
    let _no_grad = tch::no_grad_guard();
    let mistakes = museum().into_iter().filter(|one| !matches!(one.change, Change::LayerNorm(_)));
    mistakes
        .filter_map(|mistake| {
            let output = mistake.attention(inputs, causal)?.output;
            Some(Wrong::of_museum(&mistake, output))
        })
        .collect()
}

/// The scaled scores and which keys are padding, to masked scores.
type Masking = dyn Fn(&Tensor, &Tensor) -> Result<Tensor>;

fn batch() -> (Inputs, Tensor) {
    let inputs = Inputs {
        q: tensor![[[1., 0.], [0., 1.], [1., 1.]], [[2., 0.], [0., 2.], [0., 0.]]],
        k: tensor![[[1., 2.], [2., 1.], [0., 1.]], [[1., 1.], [0., 2.], [0., 0.]]],
        v: tensor![[[1., 0.], [0., 1.], [2., 2.]], [[3., 1.], [1., 3.], [9., 9.]]],
    };
    // [B, 1, S]: the last key of the second sequence.
    let padding = Tensor::from_slice(&[false, false, false, false, false, true]);
    (inputs, padding.view([2, 1, 3]))
}

fn padded(mask: &Masking) -> Result<Tensor> {
    let (inputs, keys) = batch();
    let steps = Recipe::default();
    let scaled = (steps.scale)(&(steps.scores)(&inputs)?, &inputs)?;
    let weights = (steps.softmax)(&mask(&scaled, &keys)?, &inputs)?;
    (steps.output)(&weights, &inputs)
}

fn masked_after_softmax() -> Result<Tensor> {
    let (inputs, keys) = batch();
    let weights = Recipe::default().run(&inputs, false)?.weights;
    Ok(weights.f_masked_fill(&keys, 0.0)?.f_matmul(&inputs.v)?)
}

fn across(swapped: bool, keys_of_decoder: bool) -> Result<Inputs> {
    let mut x = tensor![[1., 0., 2.], [0., 1., 1.]];
    let mut memory = tensor![[1., 1., 0.], [0., 2., 1.], [2., 0., 1.], [1., 0., 3.]];
    if swapped {
        std::mem::swap(&mut x, &mut memory);
    }
    let memory = if keys_of_decoder { &x } else { &memory };
    Ok(Inputs {
        q: x.f_matmul(&tensor![[1., 0.], [0., 1.], [1., 1.]])?,
        k: memory.f_matmul(&tensor![[0., 1.], [1., 0.], [1., -1.]])?,
        v: memory.f_matmul(&tensor![[1., 1.], [0., 2.], [2., 0.]])?,
    })
}

/// The softmax of a museum's mistake alone.
pub fn softmaxes(scores: &Tensor) -> Vec<Wrong> {
    let inputs = course();
    let mut wrong = Vec::new();
    for mistake in museum() {
        let Change::Attention(change) = mistake.change else { continue };
        let mut recipe = Recipe::default();
        change(&mut recipe);
        if mistake.step == crate::notebook::diagnose::Step::Softmax
            && let Ok(weights) = (recipe.softmax)(scores, &inputs)
        {
            wrong.push(Wrong::of_museum(&mistake, weights));
        }
    }
    wrong
}

/// `softmax` along the last dimension.
pub fn softmax(scores: &Tensor) -> Result<Tensor> {
    Ok(scores.f_softmax(-1, None::<Kind>)?)
}
