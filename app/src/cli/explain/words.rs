//! One query word against the keys: its numbers, and how they are written out.

use tch::Tensor;

use super::chapters::Explained;
use crate::view::labels::subscript;
use crate::view::{Matrix, Slice, slices};
use atencion::Result;

/// Terms of a sum, and numbers of a vector, that are written out; of more only the first and the last.
const MOST_TERMS: usize = 4;

/// One head's numbers.
pub(super) struct Head {
    /// Which head (or batch and head); empty where there is but one.
    pub index: Vec<i64>,
    /// `√d_k`
    pub root: f64,
    pub query: Matrix,
    pub key: Matrix,
    pub value: Matrix,
    pub scores: Matrix,
    pub scaled: Matrix,
    pub masked: Option<Matrix>,
    pub weights: Matrix,
    pub output: Matrix,
}

impl Head {
    /// Every head, in order.
    pub fn all(explained: &Explained) -> Result<Vec<Self>> {
        let scores = of_step(explained, "scores")?;
        let masked = of_step(explained, "masked")?;
        let [query, key, value] = ["query", "key", "value"].map(|name| of_step(explained, name));
        let [scaled, weights, output] =
            ["scaled", "weights", "output"].map(|name| of_step(explained, name));
        let (query, key, value, scaled, weights, output) =
            (query?, key?, value?, scaled?, weights?, output?);
        let root = (explained.d_k as f64).sqrt();
        let head = |at: usize| {
            let matrix = |slices: &[Slice]| slices.get(at).map(|slice| slice.matrix.clone());
            Some(Self {
                index: scores.get(at)?.index.clone(),
                root,
                query: matrix(&query)?,
                key: matrix(&key)?,
                value: matrix(&value)?,
                scores: matrix(&scores)?,
                scaled: matrix(&scaled)?,
                masked: matrix(&masked),
                weights: matrix(&weights)?,
                output: matrix(&output)?,
            })
        };
        Ok((0..scores.len()).map_while(head).collect())
    }

    /// `q₂·k₃ = 1·0.3 + 1·0.3 + 1·0.3 = 0.9`
    pub fn dot(&self, row: usize, column: usize) -> String {
        let (query, key) = (line(&self.query, row), line(&self.key, column));
        let terms = query.iter().zip(&key).map(|(q, k)| format!("{}·{}", factor(*q), factor(*k)));
        let sum = sum(terms.collect());
        format!("{} = {sum} = {}", pair(row, column), short(self.scores.at(row, column)))
    }

    /// `0.9 / √3 = 0.9 / 1.7321 = 0.5196`
    pub fn division(&self, row: usize, column: usize, d_k: i64) -> String {
        let score = short(self.scores.at(row, column));
        let scaled = short(self.scaled.at(row, column));
        format!("{score} / √{d_k} = {score} / {} = {scaled}", short(self.root))
    }

    /// `0.5196 → −∞`, in the first head that masks it.
    pub fn masking(&self, row: usize, column: usize) -> Option<String> {
        let masked = self.masked.as_ref()?.at(row, column);
        Some(format!(
            "{}: {} → {}",
            pair(row, column),
            short(self.scaled.at(row, column)),
            short(masked)
        ))
    }

    /// `e^0.5196 / (e^0.1732 + e^0.3464 + …) = 0.2676`
    pub fn softmax(&self, row: usize, column: usize) -> String {
        let logits = line(self.logits(), row);
        let power = |value: &f64| {
            if *value == f64::NEG_INFINITY { "0".into() } else { format!("e^{}", short(*value)) }
        };
        let below = sum(logits.iter().map(power).collect());
        format!("{} / ({below}) = {}", power(&logits[column]), short(self.weights.at(row, column)))
    }

    /// `z₂ = 0.1892·v₁ + 0.2248·v₂ + … = [0.1892, 0.5432, 0.5857]`
    pub fn weighted_sum(&self, row: usize) -> String {
        let weights = line(&self.weights, row);
        let terms = weights
            .iter()
            .enumerate()
            .map(|(at, weight)| format!("{}·{}", short(*weight), name("v", at)));
        format!(
            "{} = {} = {}",
            name("z", row),
            sum(terms.collect()),
            vector(&line(&self.output, row))
        )
    }

    /// What softmax sees.
    pub fn logits(&self) -> &Matrix {
        self.masked.as_ref().unwrap_or(&self.scaled)
    }
}

fn of_step(explained: &Explained, name: &str) -> Result<Vec<Slice>> {
    let Some(tensor) = explained.tensor(name) else { return Ok(vec![]) };
    slices(&like_scores(explained, tensor)?)
}

/// With the leading dimensions of the scores: keys may be shared by a batch.
fn like_scores(explained: &Explained, tensor: &Tensor) -> Result<Tensor> {
    let scores = explained.tensor("scores").map(Tensor::size).unwrap_or_default();
    let size = tensor.size();
    let mut wanted = scores[..scores.len().saturating_sub(2)].to_vec();
    wanted.extend(&size[size.len().saturating_sub(2)..]);
    Ok(tensor.f_expand(&wanted, false)?)
}

/// One row of a table.
pub(super) fn line(matrix: &Matrix, row: usize) -> Vec<f64> {
    (0..matrix.columns).map(|column| matrix.at(row, column)).collect()
}

/// `q₂·k₃`
pub(super) fn pair(row: usize, column: usize) -> String {
    format!("{}·{}", name("q", row), name("k", column))
}

/// `q₂` for the second word, whose index is 1.
pub(super) fn name(letter: &str, at: usize) -> String {
    format!("{letter}{}", subscript(at + 1))
}

/// `[0.2, 0.2, …, 0.2]`
pub(super) fn vector(values: &[f64]) -> String {
    let written: Vec<String> = values.iter().map(|value| short(*value)).collect();
    format!("[{}]", shortened(&written).join(", "))
}

fn sum(terms: Vec<String>) -> String {
    shortened(&terms).join(" + ")
}

fn shortened(items: &[String]) -> Vec<&str> {
    let mut items: Vec<&str> = items.iter().map(String::as_str).collect();
    if items.len() > MOST_TERMS + 1 {
        items.splice(MOST_TERMS - 1..items.len() - 1, ["…"]);
    }
    items
}

/// At most four digits after the point and no idle zeros: `0.9`, `0.5196`, `−∞`.
pub(super) fn short(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    if value.is_finite() && !(5e-5..1e6).contains(&value.abs()) {
        return format!("{value:.2e}").replace('-', "−");
    }
    match value {
        f64::INFINITY => "∞".into(),
        f64::NEG_INFINITY => "−∞".into(),
        _ if value.is_nan() => "nan".into(),
        _ => {
            let fixed = format!("{value:.4}");
            fixed.trim_end_matches('0').trim_end_matches('.').replace('-', "−")
        }
    }
}

/// A factor of a product: negative ones in brackets.
fn factor(value: f64) -> String {
    if value < 0.0 { format!("({})", short(value)) } else { short(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_no_idle_zeros() {
        // 0.9 in float32 is 0.89999998.
        let written =
            [f64::from(0.9f32), 1.0, 3f64.sqrt(), 1e-9, -0.5, f64::NEG_INFINITY].map(short);
        assert_eq!(written, ["0.9", "1", "1.7321", "1.00e−9", "−0.5", "−∞"]);
    }

    #[test]
    fn long_sums_keep_their_ends() {
        let terms: Vec<String> = (1..=9).map(|term| term.to_string()).collect();
        assert_eq!(sum(terms.clone()), "1 + 2 + 3 + … + 9");
        assert_eq!(sum(terms[..5].to_vec()), "1 + 2 + 3 + 4 + 5");
        assert_eq!(vector(&[1.0, -0.25]), "[1, −0.25]");
    }
}
