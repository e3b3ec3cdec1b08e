//! Mistakes in `weights = softmax(scaled, dim=-1)`.

use tch::{Kind, Tensor};

use super::recipe::{Inputs, Step};
use super::{Change, Mistake};
use atencion::Result;

const RIGHT: &str = "weights = torch.softmax(scaled, dim=-1)";

const fn mistake(name: &'static str, wrong: &'static str, change: Change) -> Mistake {
    Mistake::new(name, Step::Softmax, wrong, RIGHT, change)
}

pub const MISTAKES: &[Mistake] = &[
    mistake(
        "softmax-wrong-dim",
        "weights = torch.softmax(scaled, dim=0)",
        Change::Attention(|recipe| recipe.softmax = softmax_wrong_dim),
    ),
    mistake(
        "softmax-over-all",
        "weights = torch.softmax(scaled.flatten(), dim=0).view_as(scaled)",
        Change::Attention(|recipe| recipe.softmax = softmax_over_all),
    ),
    mistake(
        "softmax-twice",
        "weights = torch.softmax(torch.softmax(scaled, dim=-1), dim=-1)",
        Change::Attention(|recipe| recipe.softmax = softmax_twice),
    ),
    mistake(
        "no-softmax",
        "weights = scaled",
        Change::Attention(|recipe| recipe.softmax = no_softmax),
    ),
    mistake(
        "sigmoid-for-softmax",
        "weights = torch.sigmoid(scaled)",
        Change::Attention(|recipe| recipe.softmax = sigmoid_for_softmax),
    ),
    mistake(
        "log-softmax",
        "weights = torch.log_softmax(scaled, dim=-1)",
        Change::Attention(|recipe| recipe.softmax = log_softmax),
    ),
    mistake(
        "no-exponential",
        "weights = scaled / scaled.sum(dim=-1, keepdim=True)",
        Change::Attention(|recipe| recipe.softmax = no_exponential),
    ),
    mistake(
        "not-normalised",
        "weights = torch.exp(scaled)",
        Change::Attention(|recipe| recipe.softmax = not_normalised),
    ),
];

fn softmax_wrong_dim(scaled: &Tensor, _: &Inputs) -> Result<Tensor> {
    Ok(scaled.f_softmax(-2, None::<Kind>)?)
}

fn softmax_over_all(scaled: &Tensor, _: &Inputs) -> Result<Tensor> {
    Ok(scaled.f_flatten(0, -1)?.f_softmax(0, None::<Kind>)?.f_view_as(scaled)?)
}

fn softmax_twice(scaled: &Tensor, _: &Inputs) -> Result<Tensor> {
    Ok(scaled.f_softmax(-1, None::<Kind>)?.f_softmax(-1, None::<Kind>)?)
}

fn no_softmax(scaled: &Tensor, _: &Inputs) -> Result<Tensor> {
    Ok(scaled.shallow_clone())
}

fn sigmoid_for_softmax(scaled: &Tensor, _: &Inputs) -> Result<Tensor> {
    Ok(scaled.f_sigmoid()?)
}

fn log_softmax(scaled: &Tensor, _: &Inputs) -> Result<Tensor> {
    Ok(scaled.f_log_softmax(-1, None::<Kind>)?)
}

fn no_exponential(scaled: &Tensor, _: &Inputs) -> Result<Tensor> {
    Ok(scaled.f_div(&scaled.f_sum_dim_intlist(-1, true, None::<Kind>)?)?)
}

fn not_normalised(scaled: &Tensor, _: &Inputs) -> Result<Tensor> {
    Ok(scaled.f_exp()?)
}
