//! Holding numbers against the right ones, to the digits that they were printed with.

use tch::Kind;

use super::array::{Array, epsilon, ulps};
use super::precision::Precision;

/// At most so many differing entries are kept to be shown.
const MOST_SHOWN: usize = 6;
/// What stands in a mask for −∞.
const AS_GOOD_AS_MINUS_INFINITY: f64 = -1e4;

/// How numbers compare with the right ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Whether all agree.
    pub agrees: bool,
    /// The largest absolute difference; infinite where only one of two numbers is finite.
    pub largest: f64,
    /// The largest difference in units of the last place, where full precision is known.
    pub ulps: Option<u64>,
    /// How many entries differ.
    pub wrong: usize,
    /// The first of those.
    pub entries: Vec<Entry>,
}

/// One entry that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Where: one index a dimension, from 0.
    pub index: Vec<usize>,
    /// What the notebook has.
    pub found: f64,
    /// What Rust has.
    pub right: f64,
}

/// Compares numbers, given with some precision, with `right`, number by number; shapes are the caller's business.
pub fn compare(found: &Array, precision: &Precision, right: &Array) -> Comparison {
    let kind = kind_to_compare_in(found.kind, right.kind);
    let mut all =
        Comparison { agrees: true, largest: 0.0, ulps: None, wrong: 0, entries: Vec::new() };
    let mut most_ulps = Some(0);
    for (i, (&a, &b)) in found.values.iter().zip(&right.values).enumerate() {
        let distance = distance(a, b);
        all.largest = all.largest.max(distance);
        most_ulps = most_ulps.zip(ulps(kind, a, b)).map(|(most, here)| most.max(here));
        if distance > precision.half_unit(i, a) + slack(kind, b) {
            all.wrong += 1;
            if all.entries.len() < MOST_SHOWN {
                all.entries.push(Entry { index: index(i, &right.shape), found: a, right: b });
            }
        }
    }
    all.agrees = all.wrong == 0 && found.values.len() == right.values.len();
    if *precision == Precision::Full {
        all.ulps = most_ulps;
    }
    all
}

/// float32 beside float64 is a matter of taste; half precision where the inputs have more is a mistake.
fn kind_to_compare_in(found: Kind, right: Kind) -> Kind {
    let coarser = epsilon(found) > epsilon(right) && found == Kind::Float;
    if coarser { found } else { right }
}

/// How far two right computations may lie apart in a dtype.
fn slack(kind: Kind, value: f64) -> f64 {
    match kind {
        _ if !value.is_finite() => 0.0,
        Kind::Half | Kind::BFloat16 => epsilon(kind) * value.abs(),
        _ => 4.0 * epsilon(kind) * value.abs().max(1.0),
    }
}

fn distance(a: f64, b: f64) -> f64 {
    let stands_for_minus_infinity = b == f64::NEG_INFINITY && a <= AS_GOOD_AS_MINUS_INFINITY;
    if a == b || (a.is_nan() && b.is_nan()) || stands_for_minus_infinity {
        0.0
    } else if a.is_finite() && b.is_finite() {
        (a - b).abs()
    } else {
        f64::INFINITY
    }
}

fn index(mut flat: usize, shape: &[usize]) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for (at, &length) in index.iter_mut().zip(shape).rev() {
        *at = flat % length.max(1);
        flat /= length.max(1);
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(values: &[f64]) -> Array {
        Array::rounded(vec![values.len()], values.to_vec(), Kind::Float)
    }

    #[test]
    fn printed_digits_decide() {
        let right = array(&[0.58574]);
        assert!(compare(&array(&[0.5857]), &Precision::Decimals(4), &right).agrees);
        assert!(!compare(&array(&[0.5858]), &Precision::Decimals(4), &right).agrees);
        assert!(compare(&array(&[0.59]), &Precision::Each(vec![2]), &right).agrees);
        assert!(!compare(&array(&[0.58]), &Precision::Each(vec![2]), &right).agrees);
    }

    #[test]
    fn full_precision_counts_ulps() {
        let next = f64::from(f32::from_bits(0.58574f32.to_bits() + 1));
        let close = compare(&array(&[next]), &Precision::Full, &array(&[0.58574]));
        assert_eq!((close.agrees, close.ulps), (true, Some(1)));
        assert!(!compare(&array(&[0.5858]), &Precision::Full, &array(&[0.58574])).agrees);
    }

    #[test]
    fn what_is_not_finite() {
        let right = array(&[f64::NEG_INFINITY, 1.0, f64::NAN]);
        assert!(compare(&array(&[-1e9, 1.0, f64::NAN]), &Precision::Full, &right).agrees);
        let wrong = compare(&array(&[-10.0, f64::NAN, 0.0]), &Precision::Full, &right);
        assert_eq!((wrong.wrong, wrong.largest), (3, f64::INFINITY));
        assert_eq!(wrong.entries[1].index, [1]);
    }
}
