//! The right results: what Rust makes of the notebook's inputs, step by step.

use std::cell::{OnceCell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use tch::{Kind, Tensor};

use super::array::Array;
use super::diagnose::{Inputs, Mistake, Recipe, Results, Step, layer_norm, museum};
use super::inputs::Role;
use atencion::Result;

/// What a value can be taken for.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// One of the inputs.
    Input(Role),
    /// Another tensor that the notebook writes as a literal.
    Literal(String),
    /// `Kᵀ`
    KeyTransposed,
    /// The causal mask, in one of the ways to write it.
    Mask,
    /// Something on the way, by its formula: `exp(Q Kᵀ / √d_k)`.
    Intermediate(&'static str),
    /// `Q Kᵀ`
    Scores,
    /// `Q Kᵀ / √d_k`
    Scaled,
    /// The same, −∞ where nothing may be seen.
    Masked,
    /// The weights, causal or not.
    Weights {
        /// With a causal mask.
        causal: bool,
    },
    /// The result, causal or not.
    Output {
        /// With a causal mask.
        causal: bool,
    },
    /// Layer normalisation of a literal of that name, or of the result.
    LayerNorm(Option<String>),
}

impl Part {
    /// Whether it has to be computed (the inputs and the mask only have to be written down).
    pub fn is_result(&self) -> bool {
        !matches!(
            self,
            Part::Input(_)
                | Part::Literal(_)
                | Part::KeyTransposed
                | Part::Mask
                | Part::Intermediate(_)
        )
    }
}

/// A right result.
#[derive(Debug, Clone)]
pub struct Known {
    /// What it is.
    pub part: Part,
    /// Its numbers.
    pub array: Array,
}

/// A mistake's result, where it differs from the right one.
#[derive(Debug)]
pub struct Wrong {
    /// Which mistake.
    pub mistake: Mistake,
    /// What it would be if it were right.
    pub part: Part,
    /// Its numbers.
    pub array: Array,
}

/// Everything that can be computed from one set of Q, K, V.
#[derive(Debug)]
pub struct Answers {
    /// What they were computed from, as it was written.
    written: [Array; 3],
    inputs: Inputs,
    /// The right results.
    pub right: Vec<Known>,
    wrong: OnceCell<Vec<Wrong>>,
}

/// How many sets of inputs are remembered: a class's notebooks mostly share one.
const REMEMBERED: usize = 8;

thread_local! {
    static ANSWERS: RefCell<VecDeque<Rc<Answers>>> = const { RefCell::new(VecDeque::new()) };
}

impl Answers {
    /// The right results, computed or remembered.
    ///
    /// # Errors
    /// When the shapes do not fit.
    pub fn of(q: &Array, k: &Array, v: &Array) -> Result<Rc<Self>> {
        let same = |known: &&Rc<Self>| known.written.iter().eq([q, k, v]);
        if let Some(known) = ANSWERS.with_borrow(|known| known.iter().find(same).cloned()) {
            return Ok(known);
        }
        let answers = Rc::new(Self::new(q, k, v)?);
        ANSWERS.with_borrow_mut(|known| {
            known.truncate(REMEMBERED - 1);
            known.push_front(answers.clone());
        });
        Ok(answers)
    }

    fn new(q: &Array, k: &Array, v: &Array) -> Result<Self> {
        let inputs = Inputs::new(q, k, v)?;
        let _no_grad = tch::no_grad_guard();
        let right = right(&inputs)?;
        let written = [q.clone(), k.clone(), v.clone()];
        Ok(Self { written, inputs, right, wrong: OnceCell::new() })
    }

    /// What each known mistake makes of the same inputs; only what then differs from the right result. They are only
    /// made once something differs.
    pub fn wrong(&self) -> &[Wrong] {
        self.wrong.get_or_init(|| self.make_mistakes())
    }

    fn make_mistakes(&self) -> Vec<Wrong> {
        let _no_grad = tch::no_grad_guard();
        let mut wrong = Vec::new();
        for mistake in museum() {
            for causal in [false, true] {
                if let Some(results) = mistake.attention(&self.inputs, causal) {
                    self.collect(&mistake, &parts(&results, causal), &mut wrong);
                }
            }
        }
        for (of, x) in self.normalised() {
            wrong.extend(wrong_norms(of, &x));
        }
        wrong
    }

    fn collect(&self, mistake: &Mistake, parts: &[(Part, &Tensor)], into: &mut Vec<Wrong>) {
        for (part, tensor) in parts {
            let Ok(array) = Array::of(tensor) else { continue };
            let same = self.right.iter().any(|known| known.array.values == array.values);
            if !same {
                into.push(Wrong { mistake: *mistake, part: part.clone(), array });
            }
        }
    }

    /// What is layer-normalised in the follow-up: the result.
    fn normalised(&self) -> Vec<(Option<String>, Tensor)> {
        let output = Recipe::default().run(&self.inputs, false).map(|results| results.output);
        output.into_iter().map(|output| (None, output)).collect()
    }
}

fn right(inputs: &Inputs) -> Result<Vec<Known>> {
    let recipe = Recipe::default();
    let plain = recipe.run(inputs, false)?;
    let causal = recipe.run(inputs, true)?;
    let normalised = layer_norm(&plain.output)?;
    let mut known = vec![
        (Part::Output { causal: false }, plain.output.shallow_clone()),
        (Part::Weights { causal: false }, plain.weights.shallow_clone()),
        (Part::Output { causal: true }, causal.output.shallow_clone()),
        (Part::Weights { causal: true }, causal.weights.shallow_clone()),
        (Part::Scaled, plain.scaled.shallow_clone()),
        (Part::Scores, plain.scores.shallow_clone()),
        (Part::LayerNorm(None), normalised),
        (Part::KeyTransposed, inputs.k.f_transpose(-2, -1)?),
    ];
    known.extend(causal.masked.iter().map(|masked| (Part::Masked, masked.shallow_clone())));
    for (role, tensor) in Role::ALL.into_iter().zip([&inputs.q, &inputs.k, &inputs.v]) {
        known.push((Part::Input(role), tensor.shallow_clone()));
    }
    known.extend(intermediates(inputs, &plain, &causal)?);
    known.extend(masks(&plain.scaled)?.into_iter().map(|mask| (Part::Mask, mask)));
    known.into_iter().map(|(part, tensor)| Ok(Known { part, array: Array::of(&tensor)? })).collect()
}

/// What people compute on the way when they write softmax or the scaling out.
fn intermediates(
    inputs: &Inputs,
    plain: &Results,
    causal: &Results,
) -> Result<Vec<(Part, Tensor)>> {
    let root = inputs.width().sqrt();
    let mut known = vec![
        (Part::Intermediate("Q / √d_k"), inputs.q.f_div_scalar(root)?),
        (Part::Intermediate("K / √d_k"), inputs.k.f_div_scalar(root)?),
        (Part::Intermediate("Qᵀ"), inputs.q.f_transpose(-2, -1)?),
        (Part::Intermediate("Vᵀ"), inputs.v.f_transpose(-2, -1)?),
        (Part::Intermediate("Q Kᵀ, −∞"), mask_of_scores(&plain.scores)?),
    ];
    let scaled = [Some(&plain.scaled), causal.masked.as_ref()];
    for scaled in scaled.into_iter().flatten() {
        let largest = scaled.f_amax([-1], true)?;
        let shifted = scaled.f_sub(&largest)?;
        let exponential = scaled.f_exp()?;
        known.extend([
            (Part::Intermediate("Σ exp"), exponential.f_sum_dim_intlist(-1, true, None::<Kind>)?),
            (Part::Intermediate("exp(scaled)"), exponential),
            (Part::Intermediate("exp(scaled − max)"), shifted.f_exp()?),
            (Part::Intermediate("scaled − max"), shifted),
            (Part::Intermediate("max"), largest),
        ]);
    }
    Ok(known)
}

fn mask_of_scores(scores: &Tensor) -> Result<Tensor> {
    let hidden = scores.f_ones_like()?.f_tril(0)?.f_eq(0)?;
    Ok(scores.f_masked_fill(&hidden, f64::NEG_INFINITY)?)
}

/// The ways to write the causal mask: 1 where a word may look, 1 where it may not, or the numbers to be added; for
/// one sequence or for the batch.
fn masks(scaled: &Tensor) -> Result<Vec<Tensor>> {
    let size = scaled.size();
    let last = size[size.len() - 2..].to_vec();
    let mut masks = Vec::new();
    for shape in [last, size] {
        let may = Tensor::f_ones(&shape, (Kind::Float, tch::Device::Cpu))?.f_tril(0)?;
        let hidden = may.f_eq(0)?;
        let added = may.f_zeros_like()?.f_masked_fill(&hidden, f64::NEG_INFINITY)?;
        masks.extend([may, hidden, added]);
    }
    Ok(masks)
}

fn parts(results: &Results, causal: bool) -> Vec<(Part, &Tensor)> {
    let mut parts = vec![
        (Part::Output { causal }, &results.output),
        (Part::Weights { causal }, &results.weights),
        (Part::Scaled, &results.scaled),
        (Part::Scores, &results.scores),
    ];
    parts.extend(results.masked.as_ref().map(|masked| (Part::Masked, masked)));
    parts
}

/// Layer normalisation of a literal.
pub fn norm_of_literal(name: &str, x: &Array) -> Option<Known> {
    let tensor = floating(x)?;
    let array = Array::of(&layer_norm(&tensor).ok()?).ok()?;
    Some(Known { part: Part::LayerNorm(Some(name.to_owned())), array })
}

/// What the mistakes in layer normalisation make of a literal.
pub fn wrong_norms_of_literal(name: &str, x: &Array) -> Vec<Wrong> {
    floating(x).map(|x| wrong_norms(Some(name.to_owned()), &x)).unwrap_or_default()
}

fn floating(x: &Array) -> Option<Tensor> {
    let usable = !x.shape.is_empty() && !x.values.is_empty() && x.values.len() < 1_000_000;
    let kind = if x.is_floating() { x.kind } else { Kind::Float };
    usable.then(|| x.to_kind(kind).to_tensor().ok()).flatten()
}

fn wrong_norms(of: Option<String>, x: &Tensor) -> Vec<Wrong> {
    let right = layer_norm(x).and_then(|y| Array::of(&y)).ok();
    let norms = museum().into_iter().filter(|mistake| mistake.step == Step::LayerNorm);
    norms
        .filter_map(|mistake| {
            let array = Array::of(&mistake.layer_norm(x)?).ok()?;
            let differs = right.as_ref().is_none_or(|right| right.values != array.values);
            differs.then_some(Wrong { mistake, part: Part::LayerNorm(of.clone()), array })
        })
        .collect()
}
