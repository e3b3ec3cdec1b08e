//! Attention as five steps, each of which can be put in the place of another.

use tch::{Kind, Tensor};

use super::super::array::Array;
use atencion::{Error, Result};

/// A step of attention, or the layer normalisation after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// `Q Kᵀ`
    Scores,
    /// `/ √d_k`
    Scale,
    /// `−∞` where nothing may be seen
    Mask,
    /// `softmax`
    Softmax,
    /// `weights V`
    Output,
    /// The dtype it is computed in
    Dtype,
    /// Layer normalisation
    LayerNorm,
}

impl Step {
    /// The name of its message: `step-scores`.
    pub fn message(self) -> &'static str {
        match self {
            Step::Scores => "step-scores",
            Step::Scale => "step-scale",
            Step::Mask => "step-mask",
            Step::Softmax => "step-softmax",
            Step::Output => "step-output",
            Step::Dtype => "step-dtype",
            Step::LayerNorm => "step-layer-norm",
        }
    }
}

/// The notebook's Q `[.., L, E]`, K `[.., S, E]` and V `[.., S, Ev]`, of one floating dtype, on the CPU.
#[derive(Debug)]
pub struct Inputs {
    /// Query.
    pub q: Tensor,
    /// Key.
    pub k: Tensor,
    /// Value.
    pub v: Tensor,
}

/// More scores than this are no exercise: 512 words by 512.
const MOST_SCORES: usize = 512 * 512;

impl Inputs {
    /// The three, as tensors of one dtype: torch refuses mixed ones, so a notebook that ran has converted them.
    ///
    /// # Errors
    /// When their shapes do not fit, with the shapes by name.
    pub fn new(q: &Array, k: &Array, v: &Array) -> Result<Self> {
        Self::check(q, k, v)?;
        let kind = [q, k, v].iter().map(|array| array.kind).max_by_key(|kind| width(*kind));
        let kind = kind.filter(|kind| width(*kind) > 0).unwrap_or(Kind::Float);
        let tensor = |array: &Array| array.to_kind(kind).to_tensor();
        Ok(Self { q: tensor(q)?, k: tensor(k)?, v: tensor(v)? })
    }

    fn check(q: &Array, k: &Array, v: &Array) -> Result<()> {
        let misfit = || {
            let shape = |array: &Array| format!("{:?}", array.shape);
            Error::value(format!("Q {}, K {}, V {}", shape(q), shape(k), shape(v)))
        };
        let [ref batch @ .., l, e] = q.shape[..] else { return Err(misfit()) };
        let [ref batch_k @ .., s, e_k] = k.shape[..] else { return Err(misfit()) };
        let [ref batch_v @ .., s_v, _] = v.shape[..] else { return Err(misfit()) };
        let fits = e == e_k && s == s_v && batch == batch_k && batch == batch_v;
        let scores = batch.iter().product::<usize>().saturating_mul(l).saturating_mul(s);
        if fits && scores > 0 && e > 0 && scores <= MOST_SCORES { Ok(()) } else { Err(misfit()) }
    }

    /// The course's own inputs.
    pub fn course() -> Self {
        let trace = atencion::practice3::inputs();
        let [q, k, v]: [Tensor; 3] =
            std::array::from_fn(|i| trace.steps()[i].tensor.shallow_clone());
        Self { q, k, v }
    }

    /// d_k: the numbers per word.
    pub fn width(&self) -> f64 {
        self.q.size().last().copied().unwrap_or(1) as f64
    }
}

fn width(kind: Kind) -> u8 {
    match kind {
        Kind::Double => 4,
        Kind::Float => 3,
        Kind::Half => 2,
        Kind::BFloat16 => 1,
        _ => 0,
    }
}

/// The five steps; the default is the right way.
#[derive(Debug, Clone, Copy)]
pub struct Recipe {
    /// The dtype to compute in, if not the inputs' own.
    pub kind: Option<Kind>,
    /// Q, K → scores `[.., L, S]`
    pub scores: fn(&Inputs) -> Result<Tensor>,
    /// Scores → scaled scores
    pub scale: fn(&Tensor, &Inputs) -> Result<Tensor>,
    /// Scaled scores → masked scores, where there is a causal mask
    pub mask: fn(&Tensor) -> Result<Tensor>,
    /// Scaled or masked scores → weights
    pub softmax: fn(&Tensor, &Inputs) -> Result<Tensor>,
    /// Weights, V → output `[.., L, Ev]`
    pub output: fn(&Tensor, &Inputs) -> Result<Tensor>,
}

impl Default for Recipe {
    fn default() -> Self {
        Self { kind: None, scores, scale, mask, softmax, output }
    }
}

/// What each step of a recipe gave.
#[derive(Debug)]
pub struct Results {
    /// `[.., L, S]`
    pub scores: Tensor,
    /// `[.., L, S]`
    pub scaled: Tensor,
    /// `[.., L, S]`, where there is a mask
    pub masked: Option<Tensor>,
    /// `[.., L, S]`
    pub weights: Tensor,
    /// `[.., L, Ev]`
    pub output: Tensor,
}

impl Recipe {
    /// Computes it.
    ///
    /// # Errors
    /// When libtorch refuses a step on these shapes.
    pub fn run(&self, inputs: &Inputs, causal: bool) -> Result<Results> {
        let converted = match self.kind {
            Some(kind) => Some(Inputs {
                q: inputs.q.f_to_kind(kind)?,
                k: inputs.k.f_to_kind(kind)?,
                v: inputs.v.f_to_kind(kind)?,
            }),
            None => None,
        };
        let inputs = converted.as_ref().unwrap_or(inputs);
        let scores = (self.scores)(inputs)?;
        let scaled = (self.scale)(&scores, inputs)?;
        let masked = if causal { Some((self.mask)(&scaled)?) } else { None };
        let weights = (self.softmax)(masked.as_ref().unwrap_or(&scaled), inputs)?;
        let output = (self.output)(&weights, inputs)?;
        Ok(Results { scores, scaled, masked, weights, output })
    }
}

fn scores(inputs: &Inputs) -> Result<Tensor> {
    Ok(inputs.q.f_matmul(&inputs.k.f_transpose(-2, -1)?)?)
}

fn scale(scores: &Tensor, inputs: &Inputs) -> Result<Tensor> {
    Ok(scores.f_div_scalar(inputs.width().sqrt())?)
}

/// 1 on and below the diagonal.
pub fn lower_triangle(like: &Tensor, diagonal: i64) -> Result<Tensor> {
    Ok(like.f_ones_like()?.f_tril(diagonal)?)
}

fn mask(scaled: &Tensor) -> Result<Tensor> {
    let hidden = lower_triangle(scaled, 0)?.f_eq(0)?;
    Ok(scaled.f_masked_fill(&hidden, f64::NEG_INFINITY)?)
}

fn softmax(scores: &Tensor, _: &Inputs) -> Result<Tensor> {
    Ok(scores.f_softmax(-1, None::<Kind>)?)
}

fn output(weights: &Tensor, inputs: &Inputs) -> Result<Tensor> {
    Ok(weights.f_matmul(&inputs.v)?)
}
