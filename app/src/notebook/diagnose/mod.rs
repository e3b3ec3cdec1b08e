//! The museum of mistakes: what attention gives when one step of it is wrong in a way that people know.
//!
//! Attention is a [`Recipe`] of five steps. A mistake puts another function in the place of one of them; running the
//! changed recipe on the notebook's own Q, K and V gives the numbers by which the mistake is known.

mod dtype;
mod layer_norm;
#[cfg(feature = "program")]
mod line;
mod mask;
mod output;
mod recipe;
mod scale;
mod scores;
mod softmax;

pub use layer_norm::layer_norm;
#[cfg(feature = "program")]
pub use line::guilty;
pub use recipe::{Inputs, Recipe, Results, Step};

use tch::Tensor;

use atencion::Result;

/// A known mistake.
#[derive(Debug, Clone, Copy)]
pub struct Mistake {
    /// Its name; `museum-NAME` is its sentence in both languages.
    pub name: &'static str,
    /// The step that it breaks.
    pub step: Step,
    /// How it is usually written.
    pub wrong: &'static str,
    /// How that line should be.
    pub right: &'static str,
    /// What betrays its line, where that is not what betrays any line of the step.
    pub clues: &'static [&'static str],
    /// What it does.
    pub change: Change,
    /// Mistakes that give the same numbers on the course's example, to four digits.
    pub same_numbers_as: &'static [&'static str],
}

/// What a mistake does.
#[derive(Debug, Clone, Copy)]
pub enum Change {
    /// Changes the recipe, with and without a causal mask.
    Attention(fn(&mut Recipe)),
    /// Changes the recipe where there is a causal mask.
    Masked(fn(&mut Recipe)),
    /// Takes the place of layer normalisation.
    LayerNorm(fn(&Tensor) -> Result<Tensor>),
}

/// All known mistakes, in the order of the steps.
pub fn museum() -> Vec<Mistake> {
    [
        scores::MISTAKES,
        scale::MISTAKES,
        mask::MISTAKES,
        softmax::MISTAKES,
        output::MISTAKES,
        dtype::MISTAKES,
        layer_norm::MISTAKES,
    ]
    .concat()
}

impl Mistake {
    /// A mistake that nothing but its step betrays, and whose numbers are its own.
    const fn new(
        name: &'static str,
        step: Step,
        wrong: &'static str,
        right: &'static str,
        change: Change,
    ) -> Self {
        Self { name, step, wrong, right, clues: &[], change, same_numbers_as: &[] }
    }

    /// What this mistake makes of attention, if it is one of attention's and can be made on these shapes.
    pub fn attention(&self, inputs: &Inputs, causal: bool) -> Option<Results> {
        let mut recipe = Recipe::default();
        match self.change {
            Change::Attention(change) => change(&mut recipe),
            Change::Masked(change) if causal => change(&mut recipe),
            _ => return None,
        }
        // What libtorch refuses on these shapes, nobody can have computed.
        recipe.run(inputs, causal).ok()
    }

    /// What this mistake makes of layer normalisation, if it is one of its.
    pub fn layer_norm(&self, x: &Tensor) -> Option<Tensor> {
        match self.change {
            Change::LayerNorm(wrong) => wrong(x).ok(),
            _ => None,
        }
    }

    /// The mistake's result on the course's example: the attention, with a causal mask where the mistake is in the
    /// mask, or the layer normalisation of it.
    pub fn fingerprint(&self, course: &Inputs) -> Option<Tensor> {
        match self.change {
            Change::LayerNorm(wrong) => {
                let right = Recipe::default().run(course, false).ok()?;
                wrong(&right.output).ok()
            }
            Change::Attention(_) => Some(self.attention(course, false)?.output),
            Change::Masked(_) => Some(self.attention(course, true)?.output),
        }
    }
}
