//! Q, K and V to play with, checked, with what Rust computes of them.

use serde_json::{Value, json};
use tch::{Kind, Tensor};

use super::{checks, embed};
use crate::runnable;
use atencion::attention::{Sdpa, scaled_dot_product_attention_steps};
use atencion::{Error, Result, Step, Trace};

/// Most words a side.
const MOST_WORDS: i64 = 256;
/// Most numbers a word.
const MOST_WIDTH: i64 = 1024;

/// Q `[L, E]`, K `[S, E]`, V `[S, Ev]`, a mask `[L, S]`, and how many heads share the columns.
#[derive(Debug)]
pub struct Inputs {
    q: Tensor,
    k: Tensor,
    v: Tensor,
    mask: Option<Tensor>,
    causal: bool,
    heads: i64,
    tokens: Vec<String>,
    tokens_k: Vec<String>,
}

impl Inputs {
    /// Query, key and value as `[L, E]`, or as `[H, L, D]` with the heads already split; leading ones are dropped.
    ///
    /// # Errors
    /// When a shape does not fit, a number is not finite, or there are more words than a page can show (256).
    pub fn new(q: &Tensor, k: &Tensor, v: &Tensor) -> Result<Self> {
        let (q, heads) = side_by_side("query", q)?;
        let (k, k_heads) = side_by_side("key", k)?;
        let (v, v_heads) = side_by_side("value", v)?;
        if heads != k_heads || heads != v_heads {
            return Err(Error::value(format!(
                "query has {heads} heads, key {k_heads} and value {v_heads}"
            ))
            .mend("give all three as [L, E], or all three as [H, L, D] with the same H"));
        }
        same("key", "E", k.size()[1], "query", q.size()[1])?;
        same("value", "S", v.size()[0], "key", k.size()[0])?;
        let kind = [&k, &v].iter().fold(q.kind(), |kind, t| wider(kind, t.kind()));
        let tokens = checks::tokens("", None, q.size()[0], "", "x")?;
        let letter = if q.size()[0] == k.size()[0] { "x" } else { "s" };
        let tokens_k = checks::tokens("", None, k.size()[0], "", letter)?;
        let [q, k, v] = [q, k, v].map(|t| t.to_kind(kind));
        Ok(Self { q, k, v, mask: None, causal: false, heads, tokens, tokens_k })
    }

    /// The inputs of the practice.
    ///
    /// # Errors
    /// Never; the type is that of the other ways to make inputs.
    pub fn practice() -> Result<Self> {
        let (q, k, v) = atencion::practice3::qkv(tch::Device::Cpu);
        Self::new(&q, &k, &v)
    }

    /// Shares the columns among this many heads.
    ///
    /// # Errors
    /// When the number does not divide the columns, or the input came with its heads split already.
    pub fn with_heads(mut self, heads: i64) -> Result<Self> {
        if self.heads > 1 && heads != self.heads {
            return Err(Error::value(format!(
                "the input has {} heads already, not {heads}",
                self.heads
            ))
            .mend("leave --heads away, or give query, key and value as [L, E]"));
        }
        for (name, tensor) in [("query", &self.q), ("value", &self.v)] {
            let width = tensor.size()[1];
            if heads < 1 || width % heads != 0 {
                let fits: Vec<_> = (1..=width).filter(|n| width % n == 0).take(12).collect();
                return Err(Error::value(format!(
                    "{heads} heads cannot share the {width} columns of {name}"
                ))
                .mend(format!("use one of {fits:?}")));
            }
        }
        self.heads = heads;
        Ok(self)
    }

    /// A mask `[L, S]`: bool (true = attend) or float (added to the scores).
    ///
    /// # Errors
    /// When its shape does not fit or it holds NaN or +∞.
    pub fn with_mask(mut self, mask: &Tensor) -> Result<Self> {
        let mask = checks::without_leading_ones(mask, 2)?;
        // 0 and 1 are how a mask is written in JSON or by numpy.
        let integers = [Kind::Uint8, Kind::Int8, Kind::Int16, Kind::Int, Kind::Int64];
        let mask = if integers.contains(&mask.kind()) { zeros_and_ones(&mask)? } else { mask };
        let wanted = [self.q.size()[0], self.k.size()[0]];
        if mask.size() != wanted {
            return Err(Error::value(format!(
                "the mask is {:?} but must be [L={}, S={}]",
                mask.size(),
                wanted[0],
                wanted[1]
            ))
            .mend("one row for each query word, one column for each key word"));
        }
        self.mask =
            Some(if mask.kind() == Kind::Bool { mask } else { float_mask(&mask, self.q.kind())? });
        Ok(self)
    }

    /// Starts with the causal mask: no word sees those after it.
    #[must_use]
    pub fn with_causal(mut self, causal: bool) -> Self {
        self.causal = causal;
        self
    }

    /// The words: one for each row of query and, if they are given, one for each row of key (else the same ones).
    ///
    /// # Errors
    /// When there are more or fewer of them than rows.
    pub fn with_tokens(
        mut self,
        tokens: Option<Vec<String>>,
        tokens_k: Option<Vec<String>>,
    ) -> Result<Self> {
        let (l, s) = (self.q.size()[0], self.k.size()[0]);
        let tokens_k = tokens_k.or_else(|| if l == s { tokens.clone() } else { None });
        if let Some(tokens) = tokens {
            self.tokens = checks::tokens("--tokens", Some(tokens), l, "rows of query", "")?;
        }
        if let Some(tokens_k) = tokens_k {
            self.tokens_k = checks::tokens("--tokens-k", Some(tokens_k), s, "rows of key", "")?;
        }
        Ok(self)
    }

    /// What Rust computes: each step `[H, L, S]`, the output `[H, L, Dv]`.
    fn trace(&self, causal: bool) -> Result<Trace> {
        let [q, k, v] = [&self.q, &self.k, &self.v].map(|t| split(t, self.heads));
        let mask = if causal { None } else { self.mask.as_ref() };
        let options = Sdpa { attn_mask: mask, is_causal: causal, ..Sdpa::default() };
        scaled_dot_product_attention_steps(&q?, &k?, &v?, &options)
    }

    pub(super) fn to_json(&self) -> Result<Value> {
        let mask = self.mask.as_ref().map(additive).transpose()?;
        Ok(json!({
            "q": embed::doubles(&self.q)?,
            "k": embed::doubles(&self.k)?,
            "v": embed::doubles(&self.v)?,
            "mask": mask.as_ref().map(embed::doubles).transpose()?,
            "causal": self.causal,
            "heads": self.heads,
            "tokens": self.tokens,
            "tokens_k": self.tokens_k,
        }))
    }

    /// The steps with their lines, which run in this order. Where nothing is masked, the lines of the causal mask stand for
    /// the step.
    pub(super) fn steps_to_json(&self) -> Result<Value> {
        let mut steps = self.given();
        let is_given = |step: &Step| matches!(step.name.as_str(), "query" | "key" | "value");
        steps.extend(self.trace(self.causal)?.into_iter().filter(|step| !is_given(step)));
        if !steps.iter().any(|step| step.name == "masked") {
            let causal = self.trace(true)?.into_iter().find(|step| step.name == "masked");
            let after = steps.iter().position(|step| step.name == "scaled").map_or(0, |at| at + 1);
            causal.into_iter().for_each(|step| steps.insert(after, step));
        }
        let mask = self.mask.as_ref().map(|mask| runnable::literal("attn_mask", mask));
        runnable::complete(&mut steps.iter_mut().collect::<Vec<_>>(), mask);
        let (given, computed) = steps.split_at(3);
        let lines = |line: fn(&Step) -> &str| given.iter().map(line).collect::<Vec<_>>().join("\n");
        let vectors = json!({
            "name": "vectors",
            "formula": "qᵢ, kⱼ, vⱼ",
            "python": lines(|step| &step.python),
            "rust": lines(|step| &step.rust),
        });
        let computed = computed.iter().map(|step| {
            Ok(json!({
                "name": step.name,
                "formula": step.formula,
                "python": step.python,
                "rust": step.rust,
                "tensor": embed::doubles(&step.tensor)?,
            }))
        });
        Ok(Value::Array(std::iter::once(Ok(vectors)).chain(computed).collect::<Result<_>>()?))
    }

    /// Q, K and V with the lines that make them, split into heads.
    fn given(&self) -> Vec<Step> {
        let each = [("query", "Q", &self.q), ("key", "K", &self.k), ("value", "V", &self.v)];
        let step = |(name, letter, tensor): (&str, &str, &Tensor)| {
            let (mut python, mut rust) = runnable::literal(name, tensor);
            if self.heads > 1 {
                let (rows, width) = (tensor.size()[0], tensor.size()[1] / self.heads);
                let shape = format!("{rows}, {}, {width}", self.heads);
                python += &format!("\n{name} = {name}.reshape({shape}).transpose(0, 1)");
                rust += &format!("\nlet {name} = {name}.reshape([{shape}]).transpose(0, 1);");
            }
            let tensor = tensor.shallow_clone();
            Step { name: name.into(), formula: letter.into(), python, rust, tensor }
        };
        each.map(step).into()
    }
}

/// `[L, E]` as it is; `[H, L, D]` with its heads laid side by side.
fn side_by_side(name: &str, tensor: &Tensor) -> Result<(Tensor, i64)> {
    checks::real_and_finite(name, tensor)?;
    let tensor = checks::without_leading_ones(tensor, 3)?;
    let size = tensor.size();
    let (flat, heads) = match size[..] {
        [_, _] => (tensor, 1),
        [1, l, d] => (tensor.f_reshape([l, d])?, 1),
        [h, l, d] => (tensor.f_transpose(0, 1)?.f_reshape([l, h * d])?, h),
        _ => {
            return Err(Error::value(format!(
                "{name} is {size:?} but must be [L, E] or [H, L, D]"
            ))
            .mend("take one sentence of a batch, as in q[0]"));
        }
    };
    let [rows, width] = [flat.size()[0], flat.size()[1]];
    if rows > MOST_WORDS {
        return Err(Error::value(format!(
            "{name} has {rows} words; a page can play with {MOST_WORDS}"
        ))
        .mend(format!("keep the first ones: --first {MOST_WORDS}")));
    }
    if width > MOST_WIDTH {
        return Err(Error::value(format!(
            "{name} has {width} numbers a word; a page can play with {MOST_WIDTH}"
        ))
        .mend("give one head: q[:, :64]"));
    }
    Ok((flat, heads))
}

fn same(name: &str, letter: &str, is: i64, other: &str, should: i64) -> Result<()> {
    if is == should {
        return Ok(());
    }
    Err(Error::value(format!("{name} has {letter}={is} but {other} has {letter}={should}"))
        .mend("query is [L, E], key [S, E], value [S, Ev]"))
}

/// The kind in which both fit; whole numbers become `float32`, as the practice's would.
fn wider(a: Kind, b: Kind) -> Kind {
    if a == Kind::Double || b == Kind::Double { Kind::Double } else { Kind::Float }
}

/// `[L, H·D]` → `[H, L, D]`, or `[L, E]` where there is one head: then the lines read as the practice's.
fn split(tensor: &Tensor, heads: i64) -> Result<Tensor> {
    if heads == 1 {
        return Ok(tensor.shallow_clone());
    }
    let size = tensor.size();
    Ok(tensor.f_reshape([size[0], heads, size[1] / heads])?.f_transpose(0, 1)?)
}

fn zeros_and_ones(mask: &Tensor) -> Result<Tensor> {
    let truth = mask.f_to_kind(Kind::Bool)?;
    if !truth.f_to_kind(mask.kind())?.equal(mask) {
        return Err(Error::value("the mask holds integers other than 0 and 1")
            .mend("0 (may not attend) and 1 (may), or floating point (added to the scores)"));
    }
    Ok(truth)
}

fn float_mask(mask: &Tensor, kind: Kind) -> Result<Tensor> {
    checks::real("the mask", mask)?;
    if !mask.is_floating_point() {
        return Err(Error::kind_mismatch(format!("the mask holds {:?}", mask.kind()))
            .mend("bool (true = attend) or floating point (added to the scores)"));
    }
    let hidden = mask.f_isneginf()?;
    checks::real_and_finite("the mask", &mask.f_masked_fill(&hidden, 0.0)?)?;
    Ok(mask.f_to_kind(kind)?)
}

/// A bool mask as what is added: 0 where true, −∞ where false.
fn additive(mask: &Tensor) -> Result<Tensor> {
    if mask.kind() != Kind::Bool {
        return Ok(mask.shallow_clone());
    }
    let zeros = mask.f_zeros_like()?.f_to_kind(Kind::Double)?;
    Ok(zeros.f_masked_fill(&mask.f_logical_not()?, f64::NEG_INFINITY)?)
}
