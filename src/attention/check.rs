//! The door: every attention input is checked here, once, before libtorch sees it.
//!
//! libtorch's CPU flash kernel does not check everything itself: with a value shorter than the key it reads past the
//! value's end. What passes here is what torch documents.

use std::fmt;
use std::sync::LazyLock;

use tch::{Kind, Tensor};

use super::Sdpa;
use crate::{Error, Result, libtorch};

/// Kinds, devices, shapes and options of one attention call.
pub(super) fn inputs(query: &Tensor, key: &Tensor, value: &Tensor, options: &Sdpa) -> Result<()> {
    probability("dropout_p", options.dropout_p)?;
    let kind = query.kind();
    kinds(kind, key.kind(), value.kind())?;
    devices(query, key, value)?;
    let shapes = Shapes { query: query.size(), key: key.size(), value: value.size() };
    shapes.check(options.enable_gqa)?;
    match options.attn_mask {
        None => Ok(()),
        Some(_) if options.is_causal && !takes_both() => Err(mask_and_causal()),
        Some(mask) => {
            mask_kind(mask.kind(), kind)?;
            same_device("attn_mask", mask, query)?;
            shapes.check_mask(&mask.size(), options.enable_gqa)
        }
    }
}

/// The notebook has no batch and no heads.
pub(super) fn matrices(query: &Tensor, key: &Tensor, value: &Tensor) -> Result<()> {
    for (name, tensor) in [("query", query), ("key", key), ("value", value)] {
        if tensor.dim() != 2 {
            return Err(Error::value(format!(
                "{name} is {} but the notebook's self-attention takes two dimensions, [L, D]",
                named(&tensor.size(), if name == "query" { QUERY } else { KEY })
            ))
            .mend("for batches and heads use scaled_dot_product_attention"));
        }
    }
    Ok(())
}

/// A probability is a number from 0 to 1; `NaN` is none, though torch lets it and negative ones pass.
pub(crate) fn probability(name: &str, p: f64) -> Result<()> {
    if (0.0..=1.0).contains(&p) {
        return Ok(());
    }
    Err(Error::value(format!("{name} is {p} but a probability is between 0 and 1"))
        .mend(format!("pass {name} from 0.0 (keep all) to 1.0 (drop all)")))
}

fn kinds(query: Kind, key: Kind, value: Kind) -> Result<()> {
    if query != key || query != value {
        return Err(Error::kind_mismatch(format!(
            "query is {query:?} but key is {key:?} and value is {value:?}; all three need one kind"
        ))
        .mend("bring them to one kind, such as key.to_kind(query.kind())"));
    }
    if matches!(query, Kind::Float | Kind::Double | Kind::Half | Kind::BFloat16) {
        return Ok(());
    }
    Err(Error::kind_mismatch(format!(
        "query, key and value are {query:?} but attention needs Float, Double, Half or BFloat16"
    ))
    .mend("write the numbers with a decimal point, or use .to_kind(Kind::Float)"))
}

fn mask_kind(mask: Kind, query: Kind) -> Result<()> {
    if mask == Kind::Bool || mask == Kind::Float || mask == query {
        return Ok(());
    }
    Err(Error::kind_mismatch(format!(
        "attn_mask is {mask:?} but should be Bool, Float or the query's {query:?}"
    ))
    .mend("use a Bool mask (true = attend), or a float one that is added to the scores"))
}

fn devices(query: &Tensor, key: &Tensor, value: &Tensor) -> Result<()> {
    same_device("key", key, query)?;
    same_device("value", value, query)
}

fn same_device(name: &str, tensor: &Tensor, query: &Tensor) -> Result<()> {
    let (is, should) = (tensor.device(), query.device());
    if is == should {
        return Ok(());
    }
    Err(Error::value(format!("{name} is on {is:?} but query is on {should:?}"))
        .mend(format!("move it: {name}.to_device(query.device())")))
}

/// torch 2.13 computes a mask together with `is_causal`: a query sees what both let it see. 2.11 refuses the pair.
fn takes_both() -> bool {
    static BOTH: LazyLock<bool> = LazyLock::new(|| !libtorch::built_for().starts_with("2.11."));
    *BOTH
}

fn mask_and_causal() -> Error {
    Error::value("attn_mask is given and is_causal is true, but only one of them may be")
        .mend("put the causal order into the mask: attn_mask.logical_and(&causal_mask(..))")
}

/// The shapes of one call, with names for their dimensions.
struct Shapes {
    query: Vec<i64>,
    key: Vec<i64>,
    value: Vec<i64>,
}

impl Shapes {
    fn check(&self, enable_gqa: bool) -> Result<()> {
        self.enough_dimensions(enable_gqa)?;
        if last(&self.query) != last(&self.key) {
            return Err(self.differs("key", "D", last(&self.query), last(&self.key)));
        }
        if second_last(&self.key) != second_last(&self.value) {
            return Err(self.lengths_differ());
        }
        if enable_gqa {
            self.check_groups()?;
        }
        self.check_leading("key", &self.key, enable_gqa)?;
        self.check_leading("value", &self.value, enable_gqa)?;
        self.key_and_value_broadcast()
    }

    fn enough_dimensions(&self, enable_gqa: bool) -> Result<()> {
        let least = if enable_gqa { 3 } else { 2 };
        for (name, shape) in [("query", &self.query), ("key", &self.key), ("value", &self.value)] {
            if shape.len() < least {
                let needs = if enable_gqa { "[H, L, D] with enable_gqa" } else { "[L, D]" };
                return Err(Error::value(format!(
                    "{name} is {shape:?}, {} dimension(s), but attention needs at least {least}: {needs}",
                    shape.len()
                ))
                .mend(format!("add dimensions in front: {name}.unsqueeze(0)")));
            }
        }
        Ok(())
    }

    fn differs(&self, name: &str, dim: &str, should: i64, is: i64) -> Error {
        Error::value(format!("query is {} but {name} has {dim}={is}", named(&self.query, QUERY)))
            .mend(format!("give {name} {dim}={should}, as query has"))
    }

    fn lengths_differ(&self) -> Error {
        let (should, is) = (second_last(&self.key), second_last(&self.value));
        Error::value(format!("key is {} but value has S={is}", named(&self.key, KEY)))
            .mend(format!("every key needs its value: give value S={should}"))
    }

    /// Grouped-query attention: key and value have one number of heads, and it divides the query's.
    fn check_groups(&self) -> Result<()> {
        let (query, key, value) = (heads(&self.query), heads(&self.key), heads(&self.value));
        if key != value {
            return Err(Error::value(format!(
                "key is {} but value has H={value}",
                named(&self.key, KEY)
            ))
            .mend("with enable_gqa key and value share their heads: give both the same H"));
        }
        if key == 0 || query % key != 0 {
            return Err(Error::value(format!(
                "query is {} but key has H={key}, which does not divide H={query}",
                named(&self.query, QUERY)
            ))
            .mend("with enable_gqa the heads of key and value must divide the query's heads"));
        }
        Ok(())
    }

    /// Dimensions before the last two broadcast against the query's.
    fn check_leading(&self, name: &str, shape: &[i64], enable_gqa: bool) -> Result<()> {
        let kept = if enable_gqa { 3 } else { 2 };
        let query = &self.query[..self.query.len() - kept];
        let other = &shape[..shape.len() - kept];
        let pairs = query.iter().rev().zip(other.iter().rev());
        for (back, (&should, &is)) in pairs.enumerate() {
            if should != is && should != 1 && is != 1 {
                let letter = letter(self.query.len().max(3), back + kept, QUERY);
                let error = self.differs(name, &letter, should, is);
                let fewer_heads = letter == "H" && is != 0 && should % is == 0;
                return Err(if fewer_heads {
                    error
                        .mend("if key and value have fewer heads on purpose, pass enable_gqa: true")
                } else {
                    error
                });
            }
        }
        Ok(())
    }

    /// Where query broadcasts, key and value must still fit each other.
    fn key_and_value_broadcast(&self) -> Result<()> {
        let key = &self.key[..self.key.len() - 2];
        let value = &self.value[..self.value.len() - 2];
        for (back, (&k, &v)) in key.iter().rev().zip(value.iter().rev()).enumerate() {
            if k != v && k != 1 && v != 1 {
                let letter = letter(self.key.len(), back + 2, KEY);
                let is = format!("key is {} but value has {letter}={v}", named(&self.key, KEY));
                return Err(Error::value(is).mend(format!("give value {letter}={k}, as key has")));
            }
        }
        Ok(())
    }

    fn check_mask(&self, mask: &[i64], enable_gqa: bool) -> Result<()> {
        let scores = self.scores(enable_gqa);
        if broadcasts_to(mask, &scores) {
            return Ok(());
        }
        Err(Error::value(format!(
            "attn_mask is {mask:?} but the scores are {}",
            named(&scores, SCORES)
        ))
        .mend("each dimension of attn_mask, from the right, must be 1 or equal that of the scores"))
    }

    /// `[.., L, S]`, with the leading dimensions broadcast.
    fn scores(&self, enable_gqa: bool) -> Vec<i64> {
        let mut scores = self.query.clone();
        let end = scores.len() - 1;
        scores[end] = second_last(&self.key);
        let kept = if enable_gqa { 3 } else { 2 };
        let key = &self.key[..self.key.len() - kept];
        while scores.len() < key.len() + kept {
            scores.insert(0, 1);
        }
        let start = scores.len() - kept - key.len();
        for (score, &key) in scores[start..].iter_mut().zip(key) {
            if *score == 1 {
                *score = key;
            }
        }
        scores
    }
}

/// Whether `shape` is stretched to `wide` and no further.
pub(super) fn broadcasts_to(shape: &[i64], wide: &[i64]) -> bool {
    let pairs = shape.iter().rev().zip(wide.iter().rev());
    shape.len() <= wide.len() && pairs.into_iter().all(|(&is, &should)| is == should || is == 1)
}

fn last(shape: &[i64]) -> i64 {
    shape[shape.len() - 1]
}

fn second_last(shape: &[i64]) -> i64 {
    shape[shape.len() - 2]
}

fn heads(shape: &[i64]) -> i64 {
    shape[shape.len() - 3]
}

/// The letters of the last two dimensions.
type Letters = [&'static str; 2];
const QUERY: Letters = ["L", "D"];
const KEY: Letters = ["S", "D"];
const SCORES: Letters = ["L", "S"];

/// The letter of the dimension that is `back` places before the last, in a shape of `rank` dimensions.
fn letter(rank: usize, back: usize, letters: Letters) -> String {
    match (rank, back) {
        (_, 0) => letters[1].into(),
        (_, 1) => letters[0].into(),
        (3, 2) => "B".into(),
        (_, 2) => "H".into(),
        (_, 3) => "B".into(),
        (_, further) => format!("N{}", further - 3),
    }
}

/// `[B=2, H=4, L=3, D=8]`.
fn named(shape: &[i64], letters: Letters) -> impl fmt::Display {
    let rank = shape.len();
    let dims: Vec<String> = shape
        .iter()
        .enumerate()
        .map(|(i, size)| format!("{}={size}", letter(rank, rank - 1 - i, letters)))
        .collect();
    format!("[{}]", dims.join(", "))
}
