//! A set of attention weights to look at, from this crate or from any model.

use serde_json::{Value, json};
use tch::{Kind, Tensor};

use super::{checks, embed};
use atencion::{Error, Result};

/// Most words a side.
const MOST_WORDS: i64 = 1024;
/// Most weights in all: 64 MiB of them.
const MOST_WEIGHTS: usize = 1 << 24;
/// How far a row's sum may be from one: half precision rounds that much.
const SUM_TOLERANCE: f64 = 1e-2;

/// Weights `[layers, heads, L, S]` with their words, and perhaps the queries and keys that they come from.
#[derive(Debug)]
pub struct WeightSet {
    name: String,
    weights: Tensor,
    q: Option<Tensor>,
    k: Option<Tensor>,
    tokens: Vec<String>,
    tokens_k: Vec<String>,
    notices: Vec<Notice>,
}

/// Something odd about weights that are shown all the same.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// Rows that do not add up to one.
    Sum {
        /// How many.
        rows: i64,
        /// Of how many.
        of: i64,
        /// The sum that is furthest from one.
        worst: f64,
    },
    /// Weights outside 0 to 1.
    Range {
        /// How many.
        count: i64,
        /// The furthest.
        worst: f64,
    },
}

impl WeightSet {
    /// Weights `[layers, heads, L, S]`, `[heads, L, S]` or `[L, S]`; `[layers, 1, heads, L, S]`, which is what
    /// stacking a Hugging Face model's attentions gives, is taken too.
    ///
    /// # Errors
    /// When the shape does not fit, a number is not finite, or there are more than a page can hold.
    pub fn new(name: impl Into<String>, weights: &Tensor) -> Result<Self> {
        let name = name.into();
        let weights = four_dimensional(&name, weights)?;
        fits(&name, &weights)?;
        checks::real_and_finite(&name, &weights)?;
        let weights = weights.f_to_kind(Kind::Double)?;
        let (l, s) = (weights.size()[2], weights.size()[3]);
        let tokens = checks::tokens("", None, l, "", "x")?;
        let tokens_k = checks::tokens("", None, s, "", if l == s { "x" } else { "s" })?;
        let notices = look_over(&weights)?;
        Ok(Self { name, weights, q: None, k: None, tokens, tokens_k, notices })
    }

    /// The words of the rows and of the columns. In self-attention one list is enough.
    ///
    /// # Errors
    /// When there are more or fewer of them than rows or columns.
    pub fn with_tokens(
        mut self,
        tokens: Option<Vec<String>>,
        tokens_k: Option<Vec<String>>,
    ) -> Result<Self> {
        let (l, s) = (self.weights.size()[2], self.weights.size()[3]);
        let tokens_k = tokens_k.or_else(|| if l == s { tokens.clone() } else { None });
        if let Some(tokens) = tokens {
            self.tokens = checks::tokens("--tokens", Some(tokens), l, "rows of weights", "")?;
        }
        if let Some(tokens_k) = tokens_k {
            let what = "columns of weights";
            self.tokens_k = checks::tokens("--tokens-k", Some(tokens_k), s, what, "")?;
        }
        Ok(self)
    }

    /// The queries `[layers, heads, L, D]` and keys `[layers, heads, S, D]` behind the weights, for the neuron view.
    ///
    /// # Errors
    /// When their shapes do not fit the weights, or a number is not finite.
    pub fn with_neurons(mut self, q: &Tensor, k: &Tensor) -> Result<Self> {
        let q = four_dimensional("query", q)?;
        let k = four_dimensional("key", k)?;
        let size = self.weights.size();
        let d = q.size()[3];
        for (name, tensor, rows) in [("query", &q, size[2]), ("key", &k, size[3])] {
            let wanted = [size[0], size[1], rows, d];
            if tensor.size() != wanted {
                return Err(Error::value(format!(
                    "{name} is {:?} but the weights ask for {wanted:?}",
                    tensor.size()
                ))
                .mend("queries are [layers, heads, L, D], keys [layers, heads, S, D]"));
            }
            checks::real_and_finite(name, tensor)?;
        }
        if q.numel() + k.numel() > MOST_WEIGHTS {
            return Err(Error::value(format!(
                "{} numbers in queries and keys are too many",
                q.numel() + k.numel()
            ))
            .mend("keep fewer layers or words, for example q[:4, :, :128]"));
        }
        (self.q, self.k) = (Some(q), Some(k));
        Ok(self)
    }

    /// What is odd about the weights, if anything.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// The name under which the page offers the set.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn to_json(&self) -> Result<Value> {
        Ok(json!({
            "name": self.name,
            "weights": embed::floats(&self.weights)?,
            "q": self.q.as_ref().map(embed::floats).transpose()?,
            "k": self.k.as_ref().map(embed::floats).transpose()?,
            "tokens": self.tokens,
            "tokens_k": self.tokens_k,
            "notices": self.notices.iter().map(Notice::to_json).collect::<Vec<_>>(),
        }))
    }
}

impl Notice {
    fn to_json(&self) -> Value {
        match self {
            Notice::Sum { rows, of, worst } => {
                json!({ "kind": "sum", "rows": rows, "of": of, "worst": rounded(*worst) })
            }
            Notice::Range { count, worst } => {
                json!({ "kind": "range", "count": count, "worst": rounded(*worst) })
            }
        }
    }
}

/// Four places, as people read it.
pub(super) fn rounded(x: f64) -> f64 {
    (x * 1e4).round() / 1e4
}

fn four_dimensional(name: &str, tensor: &Tensor) -> Result<Tensor> {
    checks::real(name, tensor)?;
    let mut tensor = checks::without_leading_ones(tensor, 4)?;
    if tensor.dim() == 5 && tensor.size()[1] == 1 {
        tensor = tensor.f_squeeze_dim(1)?;
    }
    while tensor.dim() == 2 || tensor.dim() == 3 {
        tensor = tensor.f_unsqueeze(0)?;
    }
    if tensor.dim() == 4 {
        return Ok(tensor);
    }
    Err(Error::value(format!("{name} is {:?} but must be [layers, heads, L, S]", tensor.size()))
        .mend("take one sentence of a batch: torch.stack(attentions)[:, 0]"))
}

fn fits(name: &str, weights: &Tensor) -> Result<()> {
    let size = weights.size();
    let words = size[2].max(size[3]);
    if words > MOST_WORDS {
        return Err(Error::value(format!("{name} has {words} words; a page can show {MOST_WORDS}"))
            .mend(format!("keep the first ones: --first 128 (up to {MOST_WORDS}), or cut in Python: attn[:, :, :128, :128]")));
    }
    if weights.numel() > MOST_WEIGHTS {
        let each = (size[0] * size[1]) as f64;
        let most = (MOST_WEIGHTS as f64 / each).sqrt() as i64;
        return Err(Error::value(format!(
            "{name} has {} weights ({size:?}); a page can hold {MOST_WEIGHTS}",
            weights.numel()
        ))
        .mend(format!("keep the first {most} words: --first {most}, or fewer layers: attn[:4]")));
    }
    Ok(())
}

/// Rows that do not add up to one, and weights outside 0 to 1. A row of zeros is one in which all was masked.
fn look_over(weights: &Tensor) -> Result<Vec<Notice>> {
    let mut notices = Vec::new();
    let sums = weights.f_sum_dim_intlist(-1, false, Kind::Double)?.f_reshape([-1])?;
    let off = (&sums - 1.0).f_abs()?.f_masked_fill(&sums.f_eq(0.0)?, 0.0)?;
    let rows = off.f_gt(SUM_TOLERANCE)?.f_sum(Kind::Int64)?.f_int64_value(&[])?;
    if rows > 0 {
        let worst =
            sums.f_get(off.f_argmax(None, false)?.f_int64_value(&[])?)?.f_double_value(&[])?;
        notices.push(Notice::Sum { rows, of: sums.size()[0], worst });
    }
    let flat = weights.f_reshape([-1])?;
    let beyond = (&flat - flat.f_clamp(0.0, 1.0)?).f_abs()?;
    let count = beyond.f_gt(1e-6)?.f_sum(Kind::Int64)?.f_int64_value(&[])?;
    if count > 0 {
        let worst =
            flat.f_get(beyond.f_argmax(None, false)?.f_int64_value(&[])?)?.f_double_value(&[])?;
        notices.push(Notice::Range { count, worst });
    }
    Ok(notices)
}
