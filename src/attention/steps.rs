//! [`scaled_dot_product_attention_steps`]: attention as one reads it, every intermediate kept.

use tch::{Kind, Tensor};

use super::flow::{Flow, step};
use super::{Sdpa, check};
use crate::{Result, Trace};

/// [`scaled_dot_product_attention`](super::scaled_dot_product_attention), one operation a step.
///
/// Shapes, options and errors are those of the fused function. The steps, in order:
///
/// | step | shape | when |
/// |---|---|---|
/// | `query`, `key`, `value` | as given; with `enable_gqa` key and value repeated over their group | always |
/// | `scores` | `[.., L, S]` | always |
/// | `scaled` | `[.., L, S]` | always |
/// | `causal` | `[.., L, S]` | with `attn_mask` and `is_causal` together |
/// | `masked` | `[.., L, S]` | with `attn_mask` or `is_causal` |
/// | `weights` | `[.., L, S]`: rows sum to 1, or are 0 where no key may enter | always |
/// | `dropped` | `[.., L, S]`: the weights after dropout | with `dropout_p > 0` |
/// | `output` | `[.., L, Dv]` | always |
///
/// In the lines, `d_k` is the query's last dimension and `group` the number of query heads to a key head; `scale`,
/// `attn_mask` and `dropout_p` are the options.
///
/// The output equals the fused one up to rounding (the kernels scale before they multiply, and sum in blocks): within
/// 1e-6 relative in `Float`, 1e-14 in `Double`. With dropout and the same seed the same weights are dropped. Gradients
/// flow through every step.
///
/// ```
/// # use atencion::{attention::{Sdpa, scaled_dot_product_attention_steps}, tensor};
/// let q = tensor![[0.0, 0.0, 0.0], [1, 1, 1]];
/// let trace = scaled_dot_product_attention_steps(&q, &q, &q, &Sdpa::default())?;
/// let scores = trace.get("scores").unwrap();
/// assert_eq!(scores.python, "scores = query @ key.transpose(-2, -1)");
/// assert_eq!(scores.rust, "let scores = query.matmul(&key.transpose(-2, -1));");
/// # Ok::<(), atencion::Error>(())
/// ```
///
/// # Errors
/// Those of the fused function.
pub fn scaled_dot_product_attention_steps(
    query: &Tensor,
    key: &Tensor,
    value: &Tensor,
    options: &Sdpa,
) -> Result<Trace> {
    check::inputs(query, key, value, options)?;
    let mut flow = Flow::new();
    flow.given("query", "Q", query);
    let group = if options.enable_gqa { heads(query) / heads(key) } else { 1 };
    let key = repeat_heads(&mut flow, "key", "K", key, group)?;
    let value = repeat_heads(&mut flow, "value", "V", value, group)?;
    score(&mut flow, query, &key)?;
    scale(&mut flow, query, options.scale)?;
    mask(&mut flow, options)?;
    weigh(&mut flow)?;
    drop_weights(&mut flow, options.dropout_p)?;
    step!(flow, it; "output", "A·V", "it @ value", it.f_matmul(&value)?);
    Ok(flow.into_trace())
}

fn heads(tensor: &Tensor) -> i64 {
    let size = tensor.size();
    size[size.len() - 3]
}

/// Key or value as it enters; with grouped heads, each head as often as query heads share it.
fn repeat_heads(
    flow: &mut Flow,
    name: &'static str,
    letter: &str,
    it: &Tensor,
    group: i64,
) -> Result<Tensor> {
    flow.given(name, letter, it);
    if group > 1 {
        // Query head h looks at this head of key and value, counted from 0.
        let formula = format!("{letter}[⌊h / {group}⌋]");
        let python = "it.repeat_interleave(group, -3)";
        step!(flow, it; name, formula, python, it.f_repeat_interleave_self_int(group, -3, None)?);
    }
    Ok(flow.current().shallow_clone())
}

fn score(flow: &mut Flow, query: &Tensor, key: &Tensor) -> Result<()> {
    let python = "query @ key.transpose(-2, -1)";
    step!(flow, it; "scores", "QKᵀ", python, query.f_matmul(&key.f_transpose(-2, -1)?)?);
    Ok(())
}

const SCALED: &str = "QKᵀ · scale";

fn scale(flow: &mut Flow, query: &Tensor, scale: Option<f64>) -> Result<()> {
    let reduced = matches!(flow.current().kind(), Kind::Half | Kind::BFloat16);
    let d_k = query.size().last().copied().unwrap_or(1) as f64;
    match scale {
        // To Python the number is a second tensor, which keeps its precision: see `tensor::times`.
        Some(scale) if reduced => {
            step!(flow, it; "scaled", SCALED, "it * scale", &it * Tensor::from(scale));
        }
        Some(scale) => step!(flow, it; "scaled", SCALED, "it * scale", &it * scale),
        None => step!(flow, it; "scaled", "QKᵀ / √d_k", "it / math.sqrt(d_k)", &it / d_k.sqrt()),
    }
    Ok(())
}

/// With both masks a key must be let in by both; the causal one is a step of its own then.
fn mask(flow: &mut Flow, options: &Sdpa) -> Result<()> {
    if options.is_causal {
        causal(flow, if options.attn_mask.is_some() { "causal" } else { "masked" })?;
    }
    match options.attn_mask {
        Some(attn_mask) => masked(flow, attn_mask),
        None => Ok(()),
    }
}

fn causal(flow: &mut Flow, name: &'static str) -> Result<()> {
    let python = r#"it.masked_fill(torch.ones_like(it).tril().logical_not(), float("-inf"))"#;
    let formula = hidden(flow);
    step!(
        flow, it;
        name, formula, python,
        it.f_masked_fill(&it.f_ones_like()?.f_tril(0)?.f_logical_not()?, f64::NEG_INFINITY)?
    );
    Ok(())
}

/// In symbols alone, as all formulas are: they are shown in every language.
fn hidden(flow: &Flow) -> String {
    format!("{} + M,  Mᵢⱼ ∈ {{0, −∞}}", flow.name())
}

fn masked(flow: &mut Flow, attn_mask: &Tensor) -> Result<()> {
    if attn_mask.kind() == Kind::Bool {
        let python = r#"it.masked_fill(attn_mask.logical_not(), float("-inf"))"#;
        let formula = hidden(flow);
        step!(
            flow, it;
            "masked", formula, python,
            it.f_masked_fill(&attn_mask.f_logical_not()?, f64::NEG_INFINITY)?
        );
        return Ok(());
    }
    // A float32 mask may come with half or double scores, which keep their kind.
    let python = "it + attn_mask.type_as(it)";
    let formula = format!("{} + M", flow.name());
    step!(flow, it; "masked", formula, python, &it + attn_mask.f_type_as(&it)?);
    Ok(())
}

/// Softmax over the keys. A row that no key may enter would be `NaN`; torch's attention makes it 0.
fn weigh(flow: &mut Flow) -> Result<()> {
    let formula = format!("A = softmax({})", flow.name());
    if has_empty_row(flow.current())? {
        let python = "torch._safe_softmax(it, dim=-1)";
        step!(flow, it; "weights", formula, python, it.f_internal_safe_softmax(-1, None)?);
    } else {
        let python = "torch.softmax(it, dim=-1)";
        step!(flow, it; "weights", formula, python, it.f_softmax(-1, it.kind())?);
    }
    Ok(())
}

fn has_empty_row(scores: &Tensor) -> Result<bool> {
    let closed = scores.f_isneginf()?.f_all_dim(-1, false)?;
    Ok(closed.f_any()?.f_int64_value(&[])? != 0)
}

fn drop_weights(flow: &mut Flow, dropout_p: f64) -> Result<()> {
    if dropout_p > 0.0 {
        let python = "torch.nn.functional.dropout(it, p=dropout_p)";
        step!(flow, it; "dropped", "dropout(A)", python, it.f_dropout(dropout_p, true)?);
    }
    Ok(())
}
