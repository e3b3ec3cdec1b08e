//! Exercises for students: a notebook with holes, and a check that says whether a result is right, or which mistake
//! makes exactly these numbers.
//!
//! The mistakes are the museum's ([`diagnose`](crate::notebook::diagnose)) wherever they are attention's or layer
//! normalisation's; each exercise adds its own.
//!
//! ```
//! use atencion_cli::exercise::{check, find};
//! use atencion_cli::i18n::Lang;
//! let exercise = find("self_attention", Lang::En)?;
//! let answer = check(&exercise, &exercise.answer()?)?;
//! assert!(answer.is_right());
//! # Ok::<(), atencion::Error>(())
//! ```

mod attention;
mod heads;
mod norm;
mod notebook;
mod position;
mod reply;
mod softmax;
mod training;

use tch::{Kind, Tensor};

use crate::i18n::{Lang, plain};
use crate::notebook::diagnose::{Mistake, Step};
use atencion::{Error, Result, printable};

pub use notebook::{Language, RUST_HEAD, notebook};
pub use reply::{Reply, reply, say};

/// An exercise. Its title and task are the messages `exercise-NAME` and `exercise-NAME-task`.
#[derive(Debug, Clone, Copy)]
pub struct Exercise {
    /// Its name: `self_attention`.
    pub name: &'static str,
    /// In Python.
    pub python: Code,
    /// In Rust.
    pub rust: Code,
    /// What is right, in torch's dtype and shape.
    answer: fn() -> Result<Tensor>,
    /// What known mistakes make of it.
    wrong: fn() -> Result<Vec<Wrong>>,
}

/// An exercise's code in one language.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    /// What is given.
    pub given: &'static str,
    /// The lines to complete: what is missing is `___`.
    pub holes: &'static str,
    /// The same lines, complete.
    pub solution: &'static str,
    /// The result's name.
    pub result: &'static str,
}

/// What a mistake makes of an exercise.
#[derive(Debug)]
pub struct Wrong {
    /// The message that names it.
    pub sentence: String,
    /// The message that leads to it without naming it.
    pub hint: &'static str,
    tensor: Tensor,
}

impl Wrong {
    /// One of the exercise's own.
    fn own(name: &str, hint: &'static str, tensor: Tensor) -> Self {
        Self { sentence: format!("mistake-{name}"), hint, tensor }
    }

    /// One of the museum's.
    fn of_museum(mistake: &Mistake, tensor: Tensor) -> Self {
        Self { sentence: format!("museum-{}", mistake.name), hint: hint(mistake.step), tensor }
    }

    /// Its numbers.
    pub fn tensor(&self) -> &Tensor {
        &self.tensor
    }
}

fn hint(step: Step) -> &'static str {
    match step {
        Step::Scores => "hint-scores",
        Step::Scale => "hint-scale",
        Step::Mask => "hint-mask",
        Step::Softmax => "hint-softmax",
        Step::Output => "hint-output",
        Step::Dtype => "hint-dtype",
        Step::LayerNorm => "hint-layer-norm",
    }
}

/// What a check says.
#[derive(Debug)]
pub enum Answer {
    /// It is right.
    Right,
    /// It has this shape, and should have that one.
    Shape(Vec<i64>, Vec<i64>),
    /// These mistakes make exactly these numbers, the likeliest first.
    Mistakes(Vec<Wrong>),
    /// It is wrong, and no known mistake makes these numbers: the first that differs, where, and what is right.
    Unknown(Vec<i64>, f64, f64),
}

/// All exercises, in the order of a course.
pub fn all() -> Vec<Exercise> {
    vec![
        softmax::SOFTMAX,
        attention::SELF_ATTENTION,
        attention::CAUSAL,
        attention::PADDING_MASK,
        attention::CROSS_ATTENTION,
        heads::MULTI_HEAD,
        position::POSITIONAL_ENCODING,
        norm::LAYER_NORM,
        norm::ADD_NORM,
        training::TRAINING_STEP,
    ]
}

/// The exercise of that name.
///
/// # Errors
/// When there is none, with the nearest name.
pub fn find(name: &str, lang: Lang) -> Result<Exercise> {
    let all = all();
    if let Some(found) = all.iter().find(|exercise| exercise.name == name) {
        return Ok(*found);
    }
    let shared = |other: &str| other.chars().filter(|c| name.contains(*c)).count();
    let near = |other: &&Exercise| {
        let prefix = other.name.chars().zip(name.chars()).take_while(|(a, b)| a == b).count();
        (prefix, shared(other.name))
    };
    let nearest = all.iter().max_by_key(near).map_or("", |exercise| exercise.name);
    let names = all.iter().map(|exercise| exercise.name).collect::<Vec<_>>().join(", ");
    let what = lang.text_with("exercise-none", &[("name", plain(printable(name)))]);
    let mend = [("nearest", plain(nearest)), ("all", plain(names))];
    Err(Error::value(what).mend(lang.text_with("exercise-nearest", &mend)))
}

impl Exercise {
    /// The right result.
    ///
    /// # Errors
    /// None on the exercise's own inputs.
    pub fn answer(&self) -> Result<Tensor> {
        let right = (self.answer)()?;
        Ok(right.f_detach()?)
    }

    /// The known mistakes that make other numbers than the right ones.
    ///
    /// # Errors
    /// None on the exercise's own inputs.
    pub fn wrong(&self) -> Result<Vec<Wrong>> {
        let right = self.answer()?;
        let mut wrong = (self.wrong)()?;
        wrong.retain(|one| distance(&one.tensor, &right).is_none_or(|far| far > 0.0));
        Ok(wrong)
    }
}

/// Numbers that were copied with four decimals are as near as this.
const NEAR: f64 = 6e-5;

/// What is to be said of a result.
///
/// # Errors
/// When it holds no numbers (an undefined tensor).
pub fn check(exercise: &Exercise, found: &Tensor) -> Result<Answer> {
    let found = found.f_detach()?.f_to_device(tch::Device::Cpu)?;
    let right = exercise.answer()?;
    let off = distance(&found, &right);
    let wrong = exercise.wrong()?;
    let near = |one: &Wrong| distance(&found, &one.tensor).filter(|far| *far <= NEAR);
    let nearest = wrong.iter().filter_map(near).fold(f64::INFINITY, f64::min);
    // As near to the right numbers as to those of a mistake is right.
    if off.is_some_and(|off| off <= NEAR && off <= nearest) {
        return Ok(Answer::Right);
    }
    let mut mistakes: Vec<Wrong> = wrong.into_iter().filter(|one| near(one).is_some()).collect();
    mistakes.retain(|one| near(one).is_some_and(|far| far <= nearest));
    if !mistakes.is_empty() {
        return Ok(Answer::Mistakes(mistakes));
    }
    match off {
        None => Ok(Answer::Shape(found.size(), right.size())),
        Some(_) => first_off(&found, &right),
    }
}

fn numbers(tensor: &Tensor) -> Result<Vec<f64>> {
    let flat = tensor.f_to_kind(Kind::Double)?.f_contiguous()?.f_view(-1)?;
    Ok(Vec::try_from(&flat)?)
}

/// The largest distance of two numbers, beside the size of the right one; none where the shapes differ.
fn distance(found: &Tensor, right: &Tensor) -> Option<f64> {
    if found.size() != right.size() {
        return None;
    }
    let (found, right) = (numbers(found).ok()?, numbers(right).ok()?);
    Some(found.iter().zip(&right).map(|(a, b)| apart(*a, *b)).fold(0.0, f64::max))
}

fn apart(a: f64, b: f64) -> f64 {
    match () {
        () if a == b || (a.is_nan() && b.is_nan()) => 0.0,
        () if a.is_finite() && b.is_finite() => (a - b).abs() / b.abs().max(1.0),
        () => f64::INFINITY,
    }
}

fn first_off(found: &Tensor, right: &Tensor) -> Result<Answer> {
    let (a, b) = (numbers(found)?, numbers(right)?);
    let at = a.iter().zip(&b).position(|(a, b)| apart(*a, *b) > NEAR).unwrap_or(0);
    let mut rest = at as i64;
    let mut index: Vec<i64> = right
        .size()
        .iter()
        .rev()
        .map(|&length| {
            let here = rest % length.max(1);
            rest /= length.max(1);
            here
        })
        .collect();
    index.reverse();
    Ok(Answer::Unknown(index, a[at], b[at]))
}

impl Answer {
    /// Whether it is right.
    pub fn is_right(&self) -> bool {
        matches!(self, Self::Right)
    }

    /// The messages of the mistakes, the likeliest first.
    pub fn mistakes(&self) -> Vec<&str> {
        match self {
            Self::Mistakes(wrong) => wrong.iter().map(|one| one.sentence.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    /// In words: a hint first, then what was found.
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Right => lang.text("answer-right"),
            Self::Shape(found, right) => {
                let shape = |shape: &[i64]| plain(format!("{shape:?}"));
                lang.text_with("answer-shape", &[("found", shape(found)), ("right", shape(right))])
            }
            Self::Unknown(index, found, right) => {
                let values = [
                    ("index", plain(format!("{index:?}"))),
                    ("found", plain(*found as f32)),
                    ("right", plain(*right as f32)),
                ];
                lang.text_with("answer-unknown", &values)
            }
            Self::Mistakes(wrong) => {
                let hint = wrong.first().map(|one| lang.text(one.hint)).unwrap_or_default();
                let mut lines = vec![lang.text_with("answer-hint", &[("hint", plain(hint))])];
                for (at, one) in wrong.iter().enumerate() {
                    let id = if at == 0 { "answer-mistake" } else { "answer-or" };
                    let sentence = lang.text(&one.sentence);
                    lines.push(lang.text_with(id, &[("sentence", plain(sentence))]));
                }
                lines.join("\n")
            }
        }
    }
}
