//! Scores: how well a query and a key fit (scaled dot product is one way of several), and what is done to scores before
//! they become weights.

use tch::{Kind, Tensor};

use super::check::broadcasts_to;
use crate::tensor::times;
use crate::{Error, Result};

/// Compares every query `[.., L, Dq]` with every key `[.., S, Dk]`: scores `[.., L, S]`.
pub trait ScoreFunction {
    /// The scores `[.., L, S]`.
    ///
    /// # Errors
    /// When the shapes do not fit; the message names the argument.
    fn scores(&self, query: &Tensor, key: &Tensor) -> Result<Tensor>;
}

/// `q · k` (Luong et al. 2015, "dot"). `Dq = Dk`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Dot;

/// `q · k / √D` (Vaswani et al. 2017, section 3.2.1). `Dq = Dk`.
#[derive(Debug, Clone, Copy, Default)]
pub struct ScaledDot;

/// `q · W · k` (Luong et al. 2015, "general").
#[derive(Debug)]
pub struct Bilinear {
    /// `[Dq, Dk]`
    pub weight: Tensor,
}

/// `v · tanh(W_q q + W_k k)` (Bahdanau et al. 2015, section A.1.2): a network of one hidden layer, `A` units wide.
#[derive(Debug)]
pub struct Additive {
    /// `[A, Dq]`
    pub query_weight: Tensor,
    /// `[A, Dk]`
    pub key_weight: Tensor,
    /// `[A]`
    pub v: Tensor,
}

impl ScoreFunction for Dot {
    fn scores(&self, query: &Tensor, key: &Tensor) -> Result<Tensor> {
        let d = features("query", query)?;
        width("key", key, d)?;
        Ok(query.f_matmul(&key.f_transpose(-2, -1)?)?)
    }
}

impl ScoreFunction for ScaledDot {
    fn scores(&self, query: &Tensor, key: &Tensor) -> Result<Tensor> {
        let d = features("query", query)? as f64;
        Ok(Dot.scores(query, key)?.f_div_scalar(d.sqrt())?)
    }
}

impl ScoreFunction for Bilinear {
    fn scores(&self, query: &Tensor, key: &Tensor) -> Result<Tensor> {
        let &[dq, dk] = self.weight.size().as_slice() else {
            return Err(shape("weight", &self.weight, "[Dq, Dk]"));
        };
        width("query", query, dq)?;
        width("key", key, dk)?;
        Ok(query.f_matmul(&self.weight)?.f_matmul(&key.f_transpose(-2, -1)?)?)
    }
}

impl ScoreFunction for Additive {
    fn scores(&self, query: &Tensor, key: &Tensor) -> Result<Tensor> {
        let &[units] = self.v.size().as_slice() else {
            return Err(shape("v", &self.v, "[A]"));
        };
        hidden("query_weight", &self.query_weight, units)?;
        hidden("key_weight", &self.key_weight, units)?;
        width("query", query, features("query_weight", &self.query_weight)?)?;
        width("key", key, features("key_weight", &self.key_weight)?)?;
        let query = query.f_linear(&self.query_weight, None::<Tensor>)?.f_unsqueeze(-2)?; // [.., L, 1, A]
        let key = key.f_linear(&self.key_weight, None::<Tensor>)?.f_unsqueeze(-3)?; // [.., 1, S, A]
        Ok(query.f_add(&key)?.f_tanh()?.f_matmul(&self.v)?) // [.., L, S]
    }
}

/// Attention with any score function: `(output [.., L, Dv], weights [.., L, S])`.
///
/// `mask` is bool, true = attend, and broadcasts to `[.., L, S]`; a row without any key gives zeros.
///
/// ```
/// use atencion::{attention::{Dot, attend}, tensor};
/// let (q, k) = (tensor![[1.0, 0.0]], tensor![[1.0, 0.0], [0.0, 1.0]]);
/// let (output, weights) = attend(&Dot, &q, &k, &k, None)?;
/// assert_eq!((output.size(), weights.size()), (vec![1, 2], vec![1, 2]));
/// # Ok::<(), atencion::Error>(())
/// ```
///
/// # Errors
/// When the score function refuses, or `value` or `mask` does not fit.
pub fn attend(
    score_function: &dyn ScoreFunction,
    query: &Tensor,
    key: &Tensor,
    value: &Tensor,
    mask: Option<&Tensor>,
) -> Result<(Tensor, Tensor)> {
    let mut scores = score_function.scores(query, key)?;
    values(value, key)?;
    if let Some(mask) = mask {
        closes(mask, &scores)?;
        scores = scores.f_masked_fill(&mask.f_logical_not()?, f64::NEG_INFINITY)?;
    }
    let weights = safe_softmax(&scores)?;
    Ok((weights.f_matmul(value)?, weights))
}

fn features(name: &str, tensor: &Tensor) -> Result<i64> {
    match tensor.size().as_slice() {
        [.., _, d] => Ok(*d),
        _ => Err(shape(name, tensor, "at least 2-D, [.., length, features]")),
    }
}

/// A value for each key.
fn values(value: &Tensor, key: &Tensor) -> Result<()> {
    match (value.size().as_slice(), key.size().as_slice()) {
        ([.., is, _], [.., should, _]) if is == should => Ok(()),
        (is, [.., s, _]) => Err(Error::value(format!(
            "value is {is:?} but should have S={s}, as key is {:?}",
            key.size()
        ))),
        _ => Err(shape("key", key, "at least 2-D, [.., S, D]")),
    }
}

/// A bool mask that broadcasts to the scores.
fn closes(mask: &Tensor, scores: &Tensor) -> Result<()> {
    if mask.kind() != Kind::Bool {
        return Err(Error::kind_mismatch(format!("mask is {:?} but should be Bool", mask.kind()))
            .mend("true = attend"));
    }
    let (is, should) = (mask.size(), scores.size());
    if broadcasts_to(&is, &should) {
        return Ok(());
    }
    Err(Error::value(format!("mask is {is:?} but the scores are {should:?}")))
}

fn width(name: &str, tensor: &Tensor, should: i64) -> Result<()> {
    match features(name, tensor)? {
        is if is == should => Ok(()),
        is => Err(Error::value(format!(
            "{name} is {:?} but should have D={should}, not D={is}",
            tensor.size()
        ))
        .mend("the last dimension of query and key must fit the score function")),
    }
}

fn hidden(name: &str, weight: &Tensor, units: i64) -> Result<()> {
    match weight.size().as_slice() {
        [rows, _] if *rows == units => Ok(()),
        _ => Err(shape(name, weight, &format!("[A={units}, D], as v is [A={units}]"))),
    }
}

fn shape(name: &str, tensor: &Tensor, should: &str) -> Error {
    Error::value(format!("{name} is {:?} but should be {should}", tensor.size()))
}

/// `cap · tanh(scores / cap)`: keeps every score within `±cap`, nearly untouched where it is small.
///
/// Shape as given. Sources: Gemma 2 report (2024), section 2; ONNX `Attention`, `softcap`.
///
/// # Errors
/// When `cap` is not above 0.
pub fn softcap(scores: &Tensor, cap: f64) -> Result<Tensor> {
    if cap.is_nan() || cap <= 0.0 {
        return Err(Error::value(format!("cap is {cap} but should be above 0"))
            .mend("leave softcap out to have no cap"));
    }
    times(&scores.f_div_scalar(cap)?.f_tanh()?, cap)
}

/// Softmax over the keys of `scores [.., L, S]`; a row that is `-inf` throughout gives 0 instead of `NaN`.
///
/// What [`scaled_dot_product_attention`](super::scaled_dot_product_attention) and the ONNX `Attention` operator do
/// with a fully masked row; Python's name for it is `torch._safe_softmax(scores, -1)`.
///
/// # Errors
/// When `scores` has a kind that softmax does not take.
pub fn safe_softmax(scores: &Tensor) -> Result<Tensor> {
    Ok(scores.f_internal_safe_softmax(-1, None)?)
}
