//! torch's `_Formatter`: one notation and one width for all numbers of a tensor.

use super::PrintOptions;
use super::python_format::{fixed, scientific};

/// The numbers of a tensor as text, in order, padded to one width.
pub(super) struct Words {
    pub(super) words: Vec<String>,
    /// Characters that one takes in a line, without the comma.
    pub(super) width: usize,
}

impl Words {
    /// Integers and bools: right-aligned.
    pub(super) fn of_whole(words: Vec<String>) -> Self {
        let width = words.iter().map(String::len).max().unwrap_or(1).max(1);
        let words = words.into_iter().map(|word| pad(word, width)).collect();
        Self { words, width }
    }

    /// Floating-point numbers. `single`: torch compares magnitudes in `float32` where a device (MPS) lacks `float64`.
    pub(super) fn of_floats(values: &[f64], single: bool, options: &PrintOptions) -> Self {
        let notation = Notation::of(values, single, options);
        let width = notation.width(values, options.precision);
        let words = values
            .iter()
            .map(|&value| pad(notation.write(value, options.precision), width))
            .collect();
        Self { words, width }
    }

    /// `real+imagj`, each part with a notation of its own.
    pub(super) fn of_complex(real: Self, imaginary: Self) -> Self {
        let join = |(real, imaginary): (String, String)| {
            let imaginary = imaginary.trim_start();
            let sign = if imaginary.starts_with('-') { "" } else { "+" };
            format!("{real}{sign}{imaginary}j")
        };
        let width = real.width + imaginary.width + 1;
        Self { words: real.words.into_iter().zip(imaginary.words).map(join).collect(), width }
    }
}

fn pad(word: String, width: usize) -> String {
    format!("{word:>width$}")
}

#[derive(Clone, Copy)]
enum Notation {
    /// `1.`: all are whole.
    Whole,
    /// `1.5000`
    Fixed,
    /// `1.5000e+00`
    Scientific,
}

impl Notation {
    fn of(values: &[f64], single: bool, options: &PrintOptions) -> Self {
        let (mut min, mut max, mut whole) = (f64::INFINITY, 0.0_f64, true);
        for value in nonzero_finite(values) {
            min = min.min(value.abs());
            max = max.max(value.abs());
            whole &= value == value.ceil();
        }
        if max == 0.0 {
            return Notation::Whole;
        }
        if options.sci_mode.unwrap_or_else(|| spread_is_large(min, max, single)) {
            Notation::Scientific
        } else if whole {
            Notation::Whole
        } else {
            Notation::Fixed
        }
    }

    /// Zeros and what is not finite do not count: they are printed as wide as they are.
    fn width(self, values: &[f64], precision: u16) -> usize {
        nonzero_finite(values).map(|value| self.write(value, precision).len()).max().unwrap_or(1)
    }

    fn write(self, value: f64, precision: u16) -> String {
        match self {
            Notation::Whole if value.is_finite() => fixed(value, 0) + ".",
            Notation::Whole => fixed(value, 0),
            Notation::Fixed => fixed(value, precision),
            Notation::Scientific => scientific(value, precision),
        }
    }
}

fn nonzero_finite(values: &[f64]) -> impl Iterator<Item = f64> {
    values.iter().copied().filter(|value| value.is_finite() && *value != 0.0)
}

fn spread_is_large(min: f64, max: f64, single: bool) -> bool {
    let ratio = if single { f64::from(max as f32 / min as f32) } else { max / min };
    let smallest = if single { f64::from(1.0e-4_f32) } else { 1.0e-4 };
    ratio > 1000.0 || max > 1.0e8 || min < smallest
}
