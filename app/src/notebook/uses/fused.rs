//! torch's own attention, called: `F.scaled_dot_product_attention`, `nn.MultiheadAttention`, `nn.Transformer…`. The
//! interpreter computes them by this crate's modules; here they are held against the formula, written out.

use tch::{Kind, Tensor};

use super::super::lines::ast::At;
use super::super::lines::trace::{Input, Node};
use super::graph::{Does, Graph};
use super::judge::Judged;
use super::numbers::{distance, slack};

/// A call of torch's own attention: its node, where it stands, the shape of its queries.
pub type Called = (usize, At, Vec<i64>, Judged);

/// Each call, held against the attention written out.
pub fn find(graph: &Graph) -> Vec<Called> {
    let calls = (0..graph.trace.nodes.len()).filter(|at| graph.does(*at) == Does::Attention);
    calls.filter_map(|at| call(graph, at)).take(50).collect()
}

/// What a call was given.
struct Given<'g> {
    graph: &'g Graph<'g>,
    node: &'g Node,
}

impl<'g> Given<'g> {
    fn tensor(&self, name: &str) -> Option<&'g Tensor> {
        self.node.inputs.iter().find_map(|(known, input)| match input {
            Input::Tensor(node) if known == name => self.graph.value(*node),
            _ => None,
        })
    }

    fn written(&self, name: &str) -> Option<&'g str> {
        self.node.inputs.iter().find_map(|(known, input)| match input {
            Input::Given(text) if known == name => Some(text.as_str()),
            _ => None,
        })
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.written(name)?.parse().ok()
    }

    fn flag(&self, name: &str) -> bool {
        matches!(self.written(name), Some("True" | "true"))
    }
}

fn call(graph: &Graph, at: usize) -> Option<Called> {
    let node = graph.node(at)?;
    let given = Given { graph, node };
    // The weights that a module gives beside its output.
    if given.written("item").is_some() {
        return None;
    }
    let first = ["query", "src", "tgt"].iter().find_map(|name| given.tensor(name));
    let shape = first.map(Tensor::size).unwrap_or_default();
    let causal = given.flag("is_causal");
    let right = match graph.word(at) {
        "scaled_dot_product_attention" => function(&given),
        "MultiheadAttention" => module(&given),
        // Built of the two, by this crate's own modules.
        _ => None,
    };
    let largest = match (right, graph.value(at)) {
        (Some(right), Some(value)) => distance(value, &right),
        _ => 0.0,
    };
    let agrees = (largest <= 10.0 * slack(node.kind)).then_some(true);
    let mistakes = Vec::new();
    let judged =
        Judged { agrees, largest, mistakes, causal, scaled: true, held: true, tried: false };
    Some((at, node.at, shape, judged))
}

/// `softmax(Q Kᵀ · scale + mask) V`; nothing is dropped.
fn function(given: &Given) -> Option<Tensor> {
    let [q, k, v] = [given.tensor("query")?, given.tensor("key")?, given.tensor("value")?];
    (given.number("dropout_p").unwrap_or(0.0) == 0.0).then_some(())?;
    let shared = |x: &Tensor| -> Option<Tensor> {
        let heads = |x: &Tensor| x.size().iter().rev().nth(2).copied();
        match (given.flag("enable_gqa"), heads(q), heads(x)) {
            (true, Some(of), Some(own)) if own > 0 && of != own => {
                x.f_repeat_interleave_self_int(of / own, -3, None).ok()
            }
            _ => Some(x.shallow_clone()),
        }
    };
    let (k, v) = (shared(k)?, shared(v)?);
    let scale = given.number("scale");
    let weights = weights(q, &k, scale, given.flag("is_causal"), &[given.tensor("attn_mask")])?;
    weights.f_matmul(&v).ok()
}

/// The weights, with masks that are added, or that say what is seen.
fn weights(
    q: &Tensor,
    k: &Tensor,
    scale: Option<f64>,
    causal: bool,
    masks: &[Option<&Tensor>],
) -> Option<Tensor> {
    let scale = scale.unwrap_or(1.0 / (*q.size().last()? as f64).sqrt());
    let mut scores = q.f_matmul(&k.f_transpose(-2, -1).ok()?).ok()?.f_mul_scalar(scale).ok()?;
    if causal {
        let hidden = scores.f_ones_like().ok()?.f_tril(0).ok()?.f_eq(0).ok()?;
        scores = scores.f_masked_fill(&hidden, f64::NEG_INFINITY).ok()?;
    }
    for mask in masks.iter().flatten() {
        scores = if mask.kind() == Kind::Bool {
            scores.f_masked_fill(&mask.f_logical_not().ok()?, f64::NEG_INFINITY).ok()?
        } else {
            scores.f_add(mask).ok()?
        };
    }
    scores.f_softmax(-1, None::<Kind>).ok()
}

/// `nn.MultiheadAttention` on batches, by its parts: three projections, heads, the formula, one projection.
fn module(given: &Given) -> Option<Tensor> {
    let heads = given.number("num_heads")? as i64;
    let drops = given.flag("training") && given.number("dropout").unwrap_or(0.0) > 0.0;
    let plain = given.tensor("bias_k").is_none() && heads > 0 && !drops;
    let first = given.flag("batch_first");
    let sentences = |name: &str| {
        let x = given.tensor(name)?;
        match (x.dim(), first) {
            (3, true) => Some(x.shallow_clone()),
            (3, false) => x.f_transpose(0, 1).ok(),
            _ => None,
        }
    };
    let inputs = [sentences("query")?, sentences("key")?, sentences("value")?];
    let all = given.tensor("in_proj_weight").filter(|_| plain)?.f_chunk(3, 0).ok()?;
    let bias = given.tensor("in_proj_bias").map(|bias| bias.f_chunk(3, 0)).transpose().ok()?;
    let mut projected = Vec::new();
    for (at, input) in inputs.iter().enumerate() {
        let bias = bias.as_ref().and_then(|bias| bias.get(at));
        let x = input.f_linear(all.get(at)?, bias).ok()?;
        let [batch, length, width] = x.size()[..] else { return None };
        let split = x.f_reshape([batch, length, heads, width / heads]).ok()?;
        projected.push(split.f_transpose(1, 2).ok()?);
    }
    let [q, k, v] = projected.as_slice() else { return None };
    // These say what is hidden; the function's say what is seen.
    let seen = |mask: &Tensor| match mask.kind() {
        Kind::Bool => mask.f_logical_not(),
        _ => Ok(mask.shallow_clone()),
    };
    let mask = given.tensor("attn_mask").map(seen).transpose().ok()?;
    let mask = match mask {
        Some(mask) if mask.dim() == 3 => {
            let [batch, _, length, _] = q.size()[..] else { return None };
            Some(mask.f_reshape([batch, heads, length, -1]).ok()?)
        }
        mask => mask,
    };
    let padding = given.tensor("key_padding_mask").map(seen).transpose().ok()?;
    let padding = padding.map(|mask| mask.f_unsqueeze(1)?.f_unsqueeze(1)).transpose().ok()?;
    let weights = weights(q, k, None, false, &[mask.as_ref(), padding.as_ref()])?;
    let joined = weights.f_matmul(v).ok()?.f_transpose(1, 2).ok()?.f_flatten(2, -1).ok()?;
    let output =
        joined.f_linear(given.tensor("out_proj.weight")?, given.tensor("out_proj.bias")).ok()?;
    if first { Some(output) } else { output.f_transpose(0, 1).ok() }
}
