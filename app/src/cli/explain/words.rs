//! One query word against the keys: its numbers, and how they are written out.

use tch::Tensor;

use super::chapters::Explained;
use crate::view::labels::subscript;
use crate::view::{Matrix, Slice, slices};
use atencion::Result;

/// Terms of a sum, and numbers of a vector, that are written out; of more only the first and the last.
const MOST_TERMS: usize = 4;

/// What one query word meets in one head: all keys and values, and of everything else its row alone.
pub(super) struct Head {
    /// Which head (or batch and head); empty where there is but one.
    pub index: Vec<i64>,
    /// `√d_k`
    pub root: f64,
    /// Which query, from 0.
    pub row: usize,
    pub query: Vec<f64>,
    pub key: Matrix,
    pub value: Matrix,
    pub scores: Vec<f64>,
    pub scaled: Vec<f64>,
    pub masked: Option<Vec<f64>>,
    pub weights: Vec<f64>,
    pub output: Vec<f64>,
}

impl Head {
    /// Every head, in order.
    pub fn all(explained: &Explained, row: usize) -> Result<Vec<Self>> {
        let rows = |name| of_step(explained, name, Some(row));
        let all = |name| of_step(explained, name, None);
        let (scores, masked) = (rows("scores")?, rows("masked")?);
        let (query, key, value) = (rows("query")?, all("key")?, all("value")?);
        let (scaled, weights, output) = (rows("scaled")?, rows("weights")?, rows("output")?);
        let root = (explained.d_k as f64).sqrt();
        let head = |at: usize| {
            let matrix = |slices: &[Slice]| slices.get(at).map(|slice| slice.matrix.clone());
            let line = |slices: &[Slice]| matrix(slices).map(|matrix| matrix.values);
            Some(Self {
                index: scores.get(at)?.index.clone(),
                root,
                row,
                query: line(&query)?,
                key: matrix(&key)?,
                value: matrix(&value)?,
                scores: line(&scores)?,
                scaled: line(&scaled)?,
                masked: line(&masked),
                weights: line(&weights)?,
                output: line(&output)?,
            })
        };
        Ok((0..scores.len()).map_while(head).collect())
    }

    /// `q₂·k₃ = 1·0.3 + 1·0.3 + 1·0.3 = 0.9`
    pub fn dot(&self, column: usize) -> String {
        let key = line(&self.key, column);
        let terms =
            self.query.iter().zip(&key).map(|(q, k)| format!("{}·{}", factor(*q), factor(*k)));
        let sum = sum(terms.collect());
        format!("{} = {sum} = {}", pair(self.row, column), short(self.scores[column]))
    }

    /// `0.9 / √3 = 0.9 / 1.7321 = 0.5196`
    pub fn division(&self, column: usize, d_k: i64) -> String {
        let score = short(self.scores[column]);
        let scaled = short(self.scaled[column]);
        format!("{score} / √{d_k} = {score} / {} = {scaled}", short(self.root))
    }

    /// `0.5196 → −∞`, in the first head that masks it.
    pub fn masking(&self, column: usize) -> Option<String> {
        let masked = self.masked.as_ref()?[column];
        Some(format!(
            "{}: {} → {}",
            pair(self.row, column),
            short(self.scaled[column]),
            short(masked)
        ))
    }

    /// `e^0.5196 / (e^0.1732 + e^0.3464 + …) = 0.2676`
    ///
    /// `None` where every key is hidden: then there is nothing to divide by.
    pub fn softmax(&self, column: usize) -> Option<String> {
        let logits = self.logits();
        if logits.iter().all(|value| *value == f64::NEG_INFINITY) {
            return None;
        }
        let power = |value: &f64| {
            if *value == f64::NEG_INFINITY { "0".into() } else { format!("e^{}", short(*value)) }
        };
        let below = sum(logits.iter().map(power).collect());
        let weight = short(self.weights[column]);
        Some(format!("{} / ({below}) = {weight}", power(&logits[column])))
    }

    /// `z₂ = 0.1892·v₁ + 0.2248·v₂ + … = [0.1892, 0.5432, 0.5857]`
    pub fn weighted_sum(&self) -> String {
        let terms = self
            .weights
            .iter()
            .enumerate()
            .map(|(at, weight)| format!("{}·{}", short(*weight), name("v", at)));
        format!("{} = {} = {}", name("z", self.row), sum(terms.collect()), vector(&self.output))
    }

    /// What softmax sees.
    pub fn logits(&self) -> &[f64] {
        self.masked.as_ref().unwrap_or(&self.scaled)
    }
}

/// The slices of a step, a head each: whole, or that row of each.
fn of_step(explained: &Explained, name: &str, row: Option<usize>) -> Result<Vec<Slice>> {
    let Some(tensor) = explained.tensor(name) else { return Ok(vec![]) };
    match row {
        Some(row) => slices(&like_scores(explained, &tensor.f_narrow(-2, row as i64, 1)?)?),
        None => slices(&like_scores(explained, tensor)?),
    }
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
