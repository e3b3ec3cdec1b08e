//! Layer normalisation, and the mistakes in it.

use tch::{Kind, Tensor};

use super::recipe::Step;
use super::{Change, Mistake};
use atencion::Result;

/// torch's default, added to the variance inside the root.
const EPS: f64 = 1e-5;
const VARIANCE: &str = "var = x.var(-1, unbiased=False, keepdim=True)";
const NORMALISED: &str = "y = (x - mean) / torch.sqrt(var + 1e-5)";

const fn mistake(
    name: &'static str,
    wrong: &'static str,
    change: fn(&Tensor) -> Result<Tensor>,
) -> Mistake {
    Mistake::new(name, Step::LayerNorm, wrong, NORMALISED, Change::LayerNorm(change))
}

/// A mistake in the line of the variance.
const fn of_variance(
    name: &'static str,
    wrong: &'static str,
    change: fn(&Tensor) -> Result<Tensor>,
) -> Mistake {
    let clues = &["var(", "std(", "layer_norm(", "LayerNorm("];
    Mistake { right: VARIANCE, clues, ..mistake(name, wrong, change) }
}

pub const MISTAKES: &[Mistake] = &[
    of_variance(
        "norm-over-columns",
        "y = (x - x.mean(0)) / torch.sqrt(x.var(0, unbiased=False) + 1e-5)",
        over_columns,
    ),
    of_variance(
        "norm-over-all",
        "y = (x - x.mean()) / torch.sqrt(x.var(unbiased=False) + 1e-5)",
        over_all,
    ),
    mistake("norm-eps-outside", "y = (x - mean) / (torch.sqrt(var) + 1e-5)", eps_outside),
    mistake("norm-no-eps", "y = (x - mean) / torch.sqrt(var)", no_eps),
    of_variance("norm-unbiased", "var = x.var(-1, keepdim=True)", unbiased),
    mistake("norm-no-root", "y = (x - mean) / (var + 1e-5)", no_root),
    mistake("norm-not-centred", "y = x / torch.sqrt(var + 1e-5)", not_centred),
];

/// `torch.layer_norm` over the last dimension, without weight and bias.
///
/// # Errors
/// When libtorch refuses.
pub fn layer_norm(x: &Tensor) -> Result<Tensor> {
    let last = x.size().last().copied().unwrap_or(1);
    Ok(x.f_layer_norm([last], None::<Tensor>, None::<Tensor>, EPS, false)?)
}

fn centred(x: &Tensor, dim: i64) -> Result<Tensor> {
    Ok(x.f_sub(&x.f_mean_dim(dim, true, None::<Kind>)?)?)
}

fn variance(x: &Tensor, dim: i64, unbiased: bool) -> Result<Tensor> {
    Ok(x.f_var_dim(dim, unbiased, true)?)
}

fn root_with_eps(variance: &Tensor) -> Result<Tensor> {
    Ok(variance.f_add_scalar(EPS)?.f_sqrt()?)
}

fn over_columns(x: &Tensor) -> Result<Tensor> {
    Ok(centred(x, 0)?.f_div(&root_with_eps(&variance(x, 0, false)?)?)?)
}

fn over_all(x: &Tensor) -> Result<Tensor> {
    let flat = x.f_flatten(0, -1)?;
    Ok(centred(&flat, 0)?.f_div(&root_with_eps(&variance(&flat, 0, false)?)?)?.f_view_as(x)?)
}

fn eps_outside(x: &Tensor) -> Result<Tensor> {
    Ok(centred(x, -1)?.f_div(&variance(x, -1, false)?.f_sqrt()?.f_add_scalar(EPS)?)?)
}

fn no_eps(x: &Tensor) -> Result<Tensor> {
    Ok(centred(x, -1)?.f_div(&variance(x, -1, false)?.f_sqrt()?)?)
}

fn unbiased(x: &Tensor) -> Result<Tensor> {
    Ok(centred(x, -1)?.f_div(&root_with_eps(&variance(x, -1, true)?)?)?)
}

fn no_root(x: &Tensor) -> Result<Tensor> {
    Ok(centred(x, -1)?.f_div(&variance(x, -1, false)?.f_add_scalar(EPS)?)?)
}

fn not_centred(x: &Tensor) -> Result<Tensor> {
    Ok(x.f_div(&root_with_eps(&variance(x, -1, false)?)?)?)
}
