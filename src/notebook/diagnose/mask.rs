//! Mistakes in the causal mask.

use tch::{Kind, Tensor};

use super::recipe::{Inputs, Step, lower_triangle};
use super::{Change, Mistake};
use crate::Result;

const RIGHT: &str = "masked = scaled.masked_fill(mask == 0, float('-inf'))";
const TRIANGLE: &str = "mask = torch.tril(torch.ones_like(scaled))";

const fn mistake(
    name: &'static str,
    wrong: &'static str,
    right: &'static str,
    change: Change,
) -> Mistake {
    // What fills the mask, and what makes it, are mostly two lines.
    let clues: &[&str] = match right.as_bytes() {
        [b'm', b'a', b's', b'k', b' ', ..] => &["tril", "triu"],
        [b'w', ..] => &["* mask", "*mask", "softmax"],
        _ => &["masked_fill", "where(", "* mask", "*mask", "mul("],
    };
    Mistake { name, step: Step::Mask, wrong, right, clues, change, same_numbers_as: &[] }
}

pub const MISTAKES: &[Mistake] = &[
    Mistake {
        same_numbers_as: &["mask-tiny"],
        ..mistake(
            "mask-multiplied",
            "masked = scaled * mask",
            RIGHT,
            Change::Masked(|recipe| recipe.mask = mask_multiplied),
        )
    },
    Mistake {
        same_numbers_as: &["mask-multiplied"],
        ..mistake(
            "mask-tiny",
            "masked = scaled.masked_fill(mask == 0, -1e-9)",
            RIGHT,
            Change::Masked(|recipe| recipe.mask = mask_tiny),
        )
    },
    mistake(
        "mask-minus-1",
        "masked = scaled.masked_fill(mask == 0, -1)",
        RIGHT,
        Change::Masked(|recipe| recipe.mask = filled_with::<-1>),
    ),
    mistake(
        "mask-minus-2",
        "masked = scaled.masked_fill(mask == 0, -2)",
        RIGHT,
        Change::Masked(|recipe| recipe.mask = filled_with::<-2>),
    ),
    mistake(
        "mask-minus-5",
        "masked = scaled.masked_fill(mask == 0, -5)",
        RIGHT,
        Change::Masked(|recipe| recipe.mask = filled_with::<-5>),
    ),
    mistake(
        "mask-minus-10",
        "masked = scaled.masked_fill(mask == 0, -10)",
        RIGHT,
        Change::Masked(|recipe| recipe.mask = filled_with::<-10>),
    ),
    mistake(
        "mask-upside-down",
        "mask = torch.triu(torch.ones_like(scaled))",
        TRIANGLE,
        Change::Masked(|recipe| recipe.mask = mask_upside_down),
    ),
    mistake(
        "mask-inverted",
        "masked = scaled.masked_fill(mask == 1, float('-inf'))",
        RIGHT,
        Change::Masked(|recipe| recipe.mask = mask_inverted),
    ),
    mistake(
        "mask-hides-itself",
        "mask = torch.tril(torch.ones_like(scaled), diagonal=-1)",
        TRIANGLE,
        Change::Masked(|recipe| recipe.mask = mask_hides_itself),
    ),
    mistake(
        "mask-one-ahead",
        "mask = torch.tril(torch.ones_like(scaled), diagonal=1)",
        TRIANGLE,
        Change::Masked(|recipe| recipe.mask = mask_one_ahead),
    ),
    mistake(
        "mask-after-softmax",
        "weights = torch.softmax(scaled, dim=-1) * mask",
        "weights = torch.softmax(masked, dim=-1)",
        Change::Masked(|recipe| {
            recipe.mask = no_mask;
            recipe.softmax = mask_after_softmax;
        }),
    ),
];

fn mask_multiplied(scaled: &Tensor) -> Result<Tensor> {
    Ok(scaled.f_mul(&lower_triangle(scaled, 0)?)?)
}

/// `-1e-9` where `-1e9` was meant.
fn mask_tiny(scaled: &Tensor) -> Result<Tensor> {
    fill(scaled, &lower_triangle(scaled, 0)?.f_eq(0)?, -1e-9)
}

fn filled_with<const VALUE: i32>(scaled: &Tensor) -> Result<Tensor> {
    fill(scaled, &lower_triangle(scaled, 0)?.f_eq(0)?, f64::from(VALUE))
}

fn mask_upside_down(scaled: &Tensor) -> Result<Tensor> {
    fill(scaled, &scaled.f_ones_like()?.f_triu(0)?.f_eq(0)?, f64::NEG_INFINITY)
}

fn mask_inverted(scaled: &Tensor) -> Result<Tensor> {
    fill(scaled, &lower_triangle(scaled, 0)?.f_eq(1)?, f64::NEG_INFINITY)
}

fn mask_hides_itself(scaled: &Tensor) -> Result<Tensor> {
    fill(scaled, &lower_triangle(scaled, -1)?.f_eq(0)?, f64::NEG_INFINITY)
}

fn mask_one_ahead(scaled: &Tensor) -> Result<Tensor> {
    fill(scaled, &lower_triangle(scaled, 1)?.f_eq(0)?, f64::NEG_INFINITY)
}

fn no_mask(scaled: &Tensor) -> Result<Tensor> {
    Ok(scaled.shallow_clone())
}

/// The rows no longer add up to 1.
fn mask_after_softmax(scaled: &Tensor, _: &Inputs) -> Result<Tensor> {
    Ok(scaled.f_softmax(-1, None::<Kind>)?.f_mul(&lower_triangle(scaled, 0)?)?)
}

fn fill(scaled: &Tensor, hidden: &Tensor, value: f64) -> Result<Tensor> {
    Ok(scaled.f_masked_fill(hidden, value)?)
}
