//! Mistakes in `scores = Q @ K.T`.

use tch::Tensor;

use super::recipe::{Inputs, Step};
use super::{Change, Mistake};
use atencion::Result;

const RIGHT: &str = "scores = Q @ K.transpose(-2, -1)";

const fn mistake(name: &'static str, wrong: &'static str, change: Change) -> Mistake {
    Mistake::new(name, Step::Scores, wrong, RIGHT, change)
}

pub const MISTAKES: &[Mistake] = &[
    mistake(
        "k-not-transposed",
        "scores = Q.T @ K",
        Change::Attention(|recipe| {
            recipe.scores = k_not_transposed;
            recipe.output = features_by_features;
        }),
    ),
    mistake(
        "view-for-transpose",
        "scores = Q @ K.view(d_k, -1)",
        Change::Attention(|recipe| recipe.scores = view_for_transpose),
    ),
    mistake(
        "q-k-reversed",
        "scores = K @ Q.T",
        Change::Attention(|recipe| recipe.scores = q_k_reversed),
    ),
    mistake(
        "q-with-itself",
        "scores = Q @ Q.T",
        Change::Attention(|recipe| recipe.scores = q_with_itself),
    ),
    mistake(
        "k-with-itself",
        "scores = K @ K.T",
        Change::Attention(|recipe| recipe.scores = k_with_itself),
    ),
    mistake("v-for-k", "scores = Q @ V.T", Change::Attention(|recipe| recipe.scores = v_for_k)),
];

/// `Q @ K` where that can be multiplied; else what people then write to make the shapes fit, `Q.T @ K`.
fn k_not_transposed(inputs: &Inputs) -> Result<Tensor> {
    match inputs.q.f_matmul(&inputs.k) {
        Ok(scores) => Ok(scores),
        Err(_) => Ok(inputs.q.f_transpose(-2, -1)?.f_matmul(&inputs.k)?),
    }
}

/// `[d_k, d_k]` weights only fit on the other side of V.
fn features_by_features(weights: &Tensor, inputs: &Inputs) -> Result<Tensor> {
    match weights.f_matmul(&inputs.v) {
        Ok(output) => Ok(output),
        Err(_) => Ok(inputs.v.f_matmul(weights)?),
    }
}

/// A view has the transpose's shape, but reads the numbers in the old order.
fn view_for_transpose(inputs: &Inputs) -> Result<Tensor> {
    let mut shape = inputs.k.size();
    let last = shape.len() - 1;
    shape.swap(last - 1, last);
    Ok(inputs.q.f_matmul(&inputs.k.f_reshape(&shape)?)?)
}

fn q_k_reversed(inputs: &Inputs) -> Result<Tensor> {
    Ok(inputs.k.f_matmul(&inputs.q.f_transpose(-2, -1)?)?)
}

fn q_with_itself(inputs: &Inputs) -> Result<Tensor> {
    Ok(inputs.q.f_matmul(&inputs.q.f_transpose(-2, -1)?)?)
}

fn k_with_itself(inputs: &Inputs) -> Result<Tensor> {
    Ok(inputs.k.f_matmul(&inputs.k.f_transpose(-2, -1)?)?)
}

/// libtorch refuses it where V is of another width than Q.
fn v_for_k(inputs: &Inputs) -> Result<Tensor> {
    Ok(inputs.q.f_matmul(&inputs.v.f_transpose(-2, -1)?)?)
}
