//! Mistakes in the causal mask.

use tch::{Kind, Tensor};

use super::recipe::{Inputs, Step, lower_triangle};
use super::{Change, Mistake};
use atencion::Result;

const FILLED: &str = "masked = scaled.masked_fill(mask == 0, float('-inf'))";
const TRIANGLE: &str = "mask = torch.tril(torch.ones_like(scaled))";
const WEIGHTS: &str = "weights = torch.softmax(masked, dim=-1)";

/// A mistake in the line that fills in the mask.
const fn filling(name: &'static str, wrong: &'static str, change: Change) -> Mistake {
    let clues = &["masked_fill", "where(", "* mask", "*mask", "mul("];
    Mistake { clues, ..Mistake::new(name, Step::Mask, wrong, FILLED, change) }
}

/// A mistake in the line that makes the mask.
const fn triangle(name: &'static str, wrong: &'static str, change: Change) -> Mistake {
    Mistake { clues: &["tril", "triu"], ..Mistake::new(name, Step::Mask, wrong, TRIANGLE, change) }
}

/// A mistake in the line of the softmax, which takes what was masked.
const fn weights(name: &'static str, wrong: &'static str, change: Change) -> Mistake {
    let clues = &["* mask", "*mask", "softmax"];
    Mistake { clues, ..Mistake::new(name, Step::Mask, wrong, WEIGHTS, change) }
}

pub const MISTAKES: &[Mistake] = &[
    Mistake {
        same_numbers_as: &["mask-tiny", "mask-zero"],
        ..filling(
            "mask-multiplied",
            "masked = scaled * mask",
            Change::Masked(|recipe| recipe.mask = mask_multiplied),
        )
    },
    Mistake {
        same_numbers_as: &["mask-multiplied", "mask-tiny"],
        ..filling(
            "mask-zero",
            "masked = scaled.masked_fill(mask == 0, 0)",
            Change::Masked(|recipe| recipe.mask = filled_with::<0>),
        )
    },
    Mistake {
        same_numbers_as: &["mask-multiplied", "mask-zero"],
        ..filling(
            "mask-tiny",
            "masked = scaled.masked_fill(mask == 0, -1e-9)",
            Change::Masked(|recipe| recipe.mask = mask_tiny),
        )
    },
    filling(
        "mask-minus-1",
        "masked = scaled.masked_fill(mask == 0, -1)",
        Change::Masked(|recipe| recipe.mask = filled_with::<-1>),
    ),
    filling(
        "mask-minus-2",
        "masked = scaled.masked_fill(mask == 0, -2)",
        Change::Masked(|recipe| recipe.mask = filled_with::<-2>),
    ),
    filling(
        "mask-minus-5",
        "masked = scaled.masked_fill(mask == 0, -5)",
        Change::Masked(|recipe| recipe.mask = filled_with::<-5>),
    ),
    filling(
        "mask-minus-10",
        "masked = scaled.masked_fill(mask == 0, -10)",
        Change::Masked(|recipe| recipe.mask = filled_with::<-10>),
    ),
    triangle(
        "mask-upside-down",
        "mask = torch.triu(torch.ones_like(scaled))",
        Change::Masked(|recipe| recipe.mask = mask_upside_down),
    ),
    filling(
        "mask-inverted",
        "masked = scaled.masked_fill(mask == 1, float('-inf'))",
        Change::Masked(|recipe| recipe.mask = mask_inverted),
    ),
    triangle(
        "mask-hides-itself",
        "mask = torch.tril(torch.ones_like(scaled), diagonal=-1)",
        Change::Masked(|recipe| recipe.mask = mask_hides_itself),
    ),
    triangle(
        "mask-one-ahead",
        "mask = torch.tril(torch.ones_like(scaled), diagonal=1)",
        Change::Masked(|recipe| recipe.mask = mask_one_ahead),
    ),
    weights(
        "mask-after-softmax",
        "weights = torch.softmax(scaled, dim=-1) * mask",
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
