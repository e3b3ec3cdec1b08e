//! Mistakes in `output = weights @ V`.

use tch::Tensor;

use super::recipe::{Inputs, Step};
use super::{Change, Mistake};
use atencion::Result;

const RIGHT: &str = "output = weights @ V";

const fn mistake(name: &'static str, wrong: &'static str, change: Change) -> Mistake {
    Mistake::new(name, Step::Output, wrong, RIGHT, change)
}

pub const MISTAKES: &[Mistake] = &[
    mistake(
        "weights-times-k",
        "output = weights @ K",
        Change::Attention(|recipe| recipe.output = weights_times_k),
    ),
    mistake(
        "weights-times-q",
        "output = weights @ Q",
        Change::Attention(|recipe| recipe.output = weights_times_q),
    ),
    mistake(
        "weights-transposed",
        "output = weights.T @ V",
        Change::Attention(|recipe| recipe.output = weights_transposed),
    ),
    mistake(
        "v-transposed",
        "output = V.T @ weights",
        Change::Attention(|recipe| recipe.output = v_transposed),
    ),
    Mistake {
        clues: &["range(", "for "],
        ..mistake(
            "row-skipped",
            "for i in range(len(Q) - 1): output[i] = weights[i] @ V",
            Change::Attention(|recipe| recipe.output = last_row_skipped),
        )
    },
    Mistake {
        clues: &["[:-1]", "[1:]", "range("],
        ..mistake(
            "row-missing",
            "output = (weights @ V)[:-1]",
            Change::Attention(|recipe| recipe.output = last_row_missing),
        )
    },
];

fn weights_times_k(weights: &Tensor, inputs: &Inputs) -> Result<Tensor> {
    Ok(weights.f_matmul(&inputs.k)?)
}

fn weights_times_q(weights: &Tensor, inputs: &Inputs) -> Result<Tensor> {
    Ok(weights.f_matmul(&inputs.q)?)
}

fn weights_transposed(weights: &Tensor, inputs: &Inputs) -> Result<Tensor> {
    Ok(weights.f_transpose(-2, -1)?.f_matmul(&inputs.v)?)
}

/// `weights @ V.T` where that can be multiplied; else what makes the shapes fit, `V.T @ weights`.
fn v_transposed(weights: &Tensor, inputs: &Inputs) -> Result<Tensor> {
    let transposed = inputs.v.f_transpose(-2, -1)?;
    match weights.f_matmul(&transposed) {
        Ok(output) => Ok(output),
        Err(_) => Ok(transposed.f_matmul(weights)?),
    }
}

/// The loop stops before the last row, which stays as it was made.
fn last_row_skipped(weights: &Tensor, inputs: &Inputs) -> Result<Tensor> {
    let output = weights.f_matmul(&inputs.v)?;
    let rows = output.size()[output.dim() - 2];
    let mut last = output.f_narrow(-2, rows - 1, 1)?;
    let _ = last.f_zero_()?;
    Ok(output)
}

fn last_row_missing(weights: &Tensor, inputs: &Inputs) -> Result<Tensor> {
    let output = weights.f_matmul(&inputs.v)?;
    let rows = output.size()[output.dim() - 2];
    Ok(output.f_narrow(-2, 0, rows - 1)?)
}
