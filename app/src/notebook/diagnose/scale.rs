//! Mistakes in `scaled = scores / √d_k`.

use tch::{Kind, Tensor};

use super::recipe::{Inputs, Step};
use super::{Change, Mistake};
use atencion::Result;

const RIGHT: &str = "scaled = scores / math.sqrt(K.shape[-1])";

const fn mistake(name: &'static str, wrong: &'static str, change: Change) -> Mistake {
    Mistake::new(name, Step::Scale, wrong, RIGHT, change)
}

pub const MISTAKES: &[Mistake] = &[
    mistake("no-scaling", "scaled = scores", Change::Attention(|recipe| recipe.scale = no_scaling)),
    mistake(
        "scaled-by-d",
        "scaled = scores / d_k",
        Change::Attention(|recipe| recipe.scale = scaled_by_d),
    ),
    mistake(
        "scaled-by-sqrt-length",
        "scaled = scores / math.sqrt(K.shape[0])",
        Change::Attention(|recipe| recipe.scale = scaled_by_sqrt_length),
    ),
    mistake(
        "scaled-by-sqrt-all",
        "scaled = scores / math.sqrt(K.numel())",
        Change::Attention(|recipe| recipe.scale = scaled_by_sqrt_all),
    ),
    mistake(
        "multiplied-by-sqrt-d",
        "scaled = scores * math.sqrt(d_k)",
        Change::Attention(|recipe| recipe.scale = multiplied_by_sqrt_d),
    ),
    mistake(
        "sign-flipped",
        "scaled = -scores / math.sqrt(d_k)",
        Change::Attention(|recipe| recipe.scale = sign_flipped),
    ),
    mistake(
        "scaled-after-softmax",
        "weights = torch.softmax(scores, dim=-1) / math.sqrt(d_k)",
        Change::Attention(|recipe| {
            recipe.scale = no_scaling;
            recipe.softmax = scaled_after_softmax;
        }),
    ),
];

fn no_scaling(scores: &Tensor, _: &Inputs) -> Result<Tensor> {
    Ok(scores.shallow_clone())
}

fn scaled_by_d(scores: &Tensor, inputs: &Inputs) -> Result<Tensor> {
    Ok(scores.f_div_scalar(inputs.width())?)
}

fn scaled_by_sqrt_length(scores: &Tensor, inputs: &Inputs) -> Result<Tensor> {
    let shape = inputs.k.size();
    Ok(scores.f_div_scalar((shape[shape.len() - 2] as f64).sqrt())?)
}

fn scaled_by_sqrt_all(scores: &Tensor, inputs: &Inputs) -> Result<Tensor> {
    Ok(scores.f_div_scalar((inputs.k.numel() as f64).sqrt())?)
}

fn multiplied_by_sqrt_d(scores: &Tensor, inputs: &Inputs) -> Result<Tensor> {
    Ok(scores.f_mul_scalar(inputs.width().sqrt())?)
}

fn sign_flipped(scores: &Tensor, inputs: &Inputs) -> Result<Tensor> {
    Ok(scores.f_div_scalar(-inputs.width().sqrt())?)
}

fn scaled_after_softmax(scores: &Tensor, inputs: &Inputs) -> Result<Tensor> {
    Ok(scores.f_softmax(-1, None::<Kind>)?.f_div_scalar(inputs.width().sqrt())?)
}
