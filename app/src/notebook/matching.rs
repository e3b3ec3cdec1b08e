//! What a value was meant to be: the right result that it agrees with, else the mistake that makes it, else what its
//! name or its neighbourhood says.

use super::array::Array;
use super::compare::{Comparison, compare};
use super::known::{Known, Part, Wrong};
use super::precision::Precision;

/// A value of the notebook, waiting to be recognised.
#[derive(Debug)]
pub struct Candidate<'a> {
    /// Its numbers.
    pub array: &'a Array,
    /// The digits it was printed with.
    pub precision: &'a Precision,
    /// What stands around it: its variable's name, the words before it, the line that printed it.
    pub hint: &'a str,
    /// Whether only its shape has to speak for it: an expected table, or a variable of a run.
    pub shape_is_enough: bool,
    /// Whether the notebook normalises anything.
    pub normalises: bool,
}

/// What a value was taken for.
#[derive(Debug)]
pub struct Match {
    /// The right result it was held against.
    pub part: Part,
    /// How it compares.
    pub comparison: Comparison,
    /// The mistakes that make it, the likeliest first.
    pub mistakes: Vec<super::diagnose::Mistake>,
}

/// Recognises a value; `None` where no result, right or wrong, has its shape.
pub fn recognise<'k>(
    value: &Candidate,
    right: &[&'k Known],
    wrong: impl FnOnce() -> Vec<&'k Wrong>,
) -> Option<Match> {
    let compared: Vec<(&Known, Comparison)> = right
        .iter()
        .filter(|known| known.array.shape == value.array.shape)
        .map(|known| (*known, compare(value.array, value.precision, &known.array)))
        .collect();
    if let Some((known, comparison)) = agreeing(value, &compared) {
        return Some(Match { part: known.part.clone(), comparison, mistakes: Vec::new() });
    }
    let mut wrong = wrong();
    wrong.retain(|wrong| value.normalises || !matches!(wrong.part, Part::LayerNorm(_)));
    let fitting = fitting(value, &wrong);
    if let Some(first) = fitting.first() {
        let part = first.part.clone();
        let comparison = against(&part, value, right);
        let mistakes = fitting.iter().map(|wrong| wrong.mistake).collect();
        return Some(Match { part, comparison, mistakes });
    }
    let (known, comparison) = meant(value, compared)?;
    Some(Match { part: known.part.clone(), comparison, mistakes: Vec::new() })
}

/// The right result that the value agrees with: the one its hint names, else the closest.
fn agreeing<'k>(
    value: &Candidate,
    compared: &[(&'k Known, Comparison)],
) -> Option<(&'k Known, Comparison)> {
    let agrees = compared.iter().filter(|(_, comparison)| comparison.agrees);
    let rank = |known: &Known, comparison: &Comparison| {
        // A table is the result, even where a literal is its copy.
        let copy = value.shape_is_enough && matches!(known.part, Part::Literal(_));
        let order = if copy { 2 } else { u8::from(known.part.is_result()) };
        (!hinted(value.hint, &known.part), order, comparison.largest)
    };
    agrees
        .min_by(|(a, x), (b, y)| {
            let (first, second) = (rank(a, x), rank(b, y));
            (first.0, first.1).cmp(&(second.0, second.1)).then(first.2.total_cmp(&second.2))
        })
        .map(|(known, comparison)| (*known, comparison.clone()))
}

/// The mistakes whose numbers the value has, the closest first, each once.
fn fitting<'k>(value: &Candidate, wrong: &[&'k Wrong]) -> Vec<&'k Wrong> {
    let mut fitting: Vec<(&Wrong, f64)> = wrong
        .iter()
        .filter(|wrong| wrong.array.shape == value.array.shape)
        .map(|wrong| (*wrong, compare(value.array, value.precision, &wrong.array)))
        .filter(|(_, comparison)| comparison.agrees)
        .map(|(wrong, comparison)| (wrong, comparison.largest))
        .collect();
    fitting.sort_by(|a, b| {
        let hint = |wrong: &Wrong| !hinted(value.hint, &wrong.part);
        hint(a.0).cmp(&hint(b.0)).then(a.1.total_cmp(&b.1))
    });
    // Half precision leaves so much room that far better fits must go before it.
    let closest = fitting.iter().map(|(_, largest)| *largest).fold(f64::INFINITY, f64::min);
    let printed = value.array.values.iter().enumerate();
    let rounding = printed.map(|(i, x)| value.precision.half_unit(i, *x)).fold(0.0, f64::max);
    fitting.retain(|(_, largest)| *largest <= 2.0 * closest.max(rounding));
    let mut named = Vec::new();
    fitting.retain(|(wrong, _)| {
        let new = !named.contains(&wrong.mistake.name);
        named.push(wrong.mistake.name);
        new
    });
    fitting.into_iter().map(|(wrong, _)| wrong).collect()
}

/// A value against the right result of that part; of another shape, it differs altogether.
fn against(part: &Part, value: &Candidate, right: &[&Known]) -> Comparison {
    let known = right.iter().find(|known| known.part == *part);
    match known.filter(|known| known.array.shape == value.array.shape) {
        Some(known) => compare(value.array, value.precision, &known.array),
        None => Comparison {
            agrees: false,
            largest: f64::INFINITY,
            ulps: None,
            wrong: value.array.values.len(),
            entries: Vec::new(),
        },
    }
}

/// What a value that agrees with nothing was meant to be: what its hint names, else the result it is closest to. A
/// stored output that nothing names, or that may be another exercise's, was meant to be nothing that is known here.
fn meant<'k>(
    value: &Candidate,
    compared: Vec<(&'k Known, Comparison)>,
) -> Option<(&'k Known, Comparison)> {
    compared
        .into_iter()
        .filter(|(known, _)| {
            let named = hinted(value.hint, &known.part);
            match known.part {
                // What is written as a literal may be anything by the time it is printed.
                Part::Literal(_) => false,
                Part::LayerNorm(_) => value.normalises && named,
                _ => named || (known.part.is_result() && value.shape_is_enough),
            }
        })
        .min_by(|(a, x), (b, y)| {
            let hint = |known: &Known| !hinted(value.hint, &known.part);
            hint(a).cmp(&hint(b)).then(x.largest.total_cmp(&y.largest))
        })
}

/// Whether the words around a value name that part.
pub fn hinted(hint: &str, part: &Part) -> bool {
    let hint = hint.to_lowercase();
    let any = |words: &[&str]| words.iter().any(|word| hint.contains(word));
    let causal_said = any(&["causal", "mask", "enmascar", "máscara"]);
    match part {
        Part::Weights { causal } => {
            any(&["weight", "peso", "softmax", "prob"]) && *causal == causal_said
        }
        Part::Output { causal } => {
            let output = any(&[
                "output",
                "salida",
                "result",
                "context",
                "attn",
                "atenc",
                "attention",
                "out",
            ]);
            output && *causal == causal_said && !any(&["weight", "peso", "score", "puntu", "norm"])
        }
        Part::Scaled => any(&["scaled", "escalad"]) && !causal_said,
        Part::Masked => {
            causal_said && any(&["score", "scaled", "escalad", "puntu", "masked", "enmascarad"])
        }
        Part::Scores => {
            any(&["score", "puntu", "q @ k", "qk"]) && !any(&["scaled", "escalad"]) && !causal_said
        }
        Part::LayerNorm(_) => any(&["norm"]),
        Part::Mask => any(&["mask", "máscara", "mascara"]),
        Part::Literal(name) => hint
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|word| word == name.to_lowercase()),
        Part::Input(_) | Part::KeyTransposed | Part::Intermediate(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_a_part() {
        assert!(hinted("print(attn_weights)", &Part::Weights { causal: false }));
        assert!(hinted("Pesos causales:", &Part::Weights { causal: true }));
        assert!(!hinted("Pesos causales:", &Part::Weights { causal: false }));
        assert!(hinted("salida", &Part::Output { causal: false }));
        assert!(hinted("masked_scores", &Part::Masked) && !hinted("scores", &Part::Masked));
        assert!(hinted("print(X)", &Part::Literal("X".into())));
    }
}
