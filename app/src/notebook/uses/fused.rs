//! torch's own attention, called: `F.scaled_dot_product_attention` and `nn.MultiheadAttention`.

use tch::{Kind, Tensor};

use super::super::lines::ast::At;
use super::super::lines::trace::Input;
use super::graph::{Does, Graph};
use super::judge::Judged;
use super::numbers::{distance, slack};

/// Each call, held against the attention written out.
pub fn find(graph: &Graph) -> Vec<(At, Vec<i64>, Judged)> {
    let calls = (0..graph.trace.nodes.len()).filter(|at| graph.does(*at) == Does::Attention);
    calls.filter_map(|at| call(graph, at)).take(50).collect()
}

fn call(graph: &Graph, at: usize) -> Option<(At, Vec<i64>, Judged)> {
    let node = graph.node(at)?;
    let tensor = |name: &str| {
        node.inputs.iter().find_map(|(known, input)| match input {
            Input::Tensor(node) if known == name => graph.value(*node),
            _ => None,
        })
    };
    let said = |name: &str, value: &str| {
        node.inputs.iter().any(|(known, input)| {
            known == name && matches!(input, Input::Given(text) if text == value)
        })
    };
    let shape = tensor("query").map(Tensor::size).unwrap_or_default();
    let causal = said("is_causal", "True") || said("is_causal", "true");
    let mut judged =
        Judged { agrees: Some(true), largest: 0.0, mistakes: Vec::new(), causal, scaled: true };
    let module = graph.word(at) == "MultiheadAttention";
    let plain = said("dropout_p", "0.0") && said("scale", "None");
    if !module
        && plain
        && let Some(right) = written_out(&tensor, causal)
    {
        let value = graph.value(at)?;
        judged.largest = distance(value, &right);
        let room = 10.0 * slack(node.kind);
        judged.agrees = (judged.largest <= room).then_some(true);
    }
    Some((node.at, shape, judged))
}

/// `softmax(Q Kᵀ / √d + mask) V`
fn written_out<'t>(tensor: &dyn Fn(&str) -> Option<&'t Tensor>, causal: bool) -> Option<Tensor> {
    let [q, k, v] = [tensor("query")?, tensor("key")?, tensor("value")?];
    let width = *q.size().last()? as f64;
    let mut scores = q.f_matmul(&k.f_transpose(-2, -1).ok()?).ok()?;
    scores = scores.f_div_scalar(width.sqrt()).ok()?;
    if causal {
        let hidden = scores.f_ones_like().ok()?.f_tril(0).ok()?.f_eq(0).ok()?;
        scores = scores.f_masked_fill(&hidden, f64::NEG_INFINITY).ok()?;
    }
    if let Some(mask) = tensor("attn_mask") {
        scores = if mask.kind() == Kind::Bool {
            scores.f_masked_fill(&mask.f_logical_not().ok()?, f64::NEG_INFINITY).ok()?
        } else {
            scores.f_add(mask).ok()?
        };
    }
    let weights = scores.f_softmax(-1, None::<Kind>).ok()?;
    weights.f_matmul(v).ok()
}
