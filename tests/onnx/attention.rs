//! ONNX's `Attention` and `RotaryEmbedding` in terms of this crate's small functions.

use atencion::Result;
use atencion::attention::{
    Sdpa, append_to_cache, causal_mask_at, key_positions, lengths_mask, query_positions,
    query_positions_by_row, safe_softmax, scaled_dot_product_attention, sliding_window_mask,
    softcap,
};
use atencion::nn::positional::rotate;
use tch::{Kind, Tensor};

use crate::cases::Case;

type Outputs = Vec<(&'static str, Tensor)>;

pub fn attention(case: &Case) -> Result<Outputs> {
    let heads = |name| case.int(name);
    let q = split(&case.input("Q").unwrap(), heads("q_num_heads"));
    let k = split(&case.input("K").unwrap(), heads("kv_num_heads"));
    let v = split(&case.input("V").unwrap(), heads("kv_num_heads"));
    let past = case.input("past_key").zip(case.input("past_value"));
    let (k, v) = match &past {
        Some((past_k, past_v)) => append_to_cache((past_k, past_v), &k, &v)?,
        None => (k, v),
    };
    let earlier = past.map_or(0, |(past_k, _)| past_k.size()[2]);
    let seen = who_sees_whom(case, &q, &k, earlier)?;
    let bias = bias(case, seen, &q, &k);
    let (y, qk) = if plain(case) {
        (fused(case, &q, &k, &v, bias.as_ref())?, None)
    } else {
        let (y, qk) = in_steps(case, &q, &k, &v, bias.as_ref())?;
        (y, Some(qk))
    };
    let y = if case.int("q_num_heads").is_some() { join(&y) } else { y };
    let mut outputs = vec![("Y", y), ("present_key", k), ("present_value", v)];
    outputs.extend(qk.map(|qk| ("qk_matmul_output", qk)));
    Ok(outputs)
}

/// Nothing that torch's attention lacks.
fn plain(case: &Case) -> bool {
    case.float("softcap").unwrap_or(0.0) == 0.0 && !case.wants("qk_matmul_output")
}

/// Half kinds are computed in `Float` and rounded once: torch's own half kernel also rounds the weights, and two fp16
/// cases are then half a unit in the last place beyond the set's tolerance.
fn fused(case: &Case, q: &Tensor, k: &Tensor, v: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    let kind = q.kind();
    let exact = |x: &Tensor| x.to_kind(if kind == Kind::Double { kind } else { Kind::Float });
    let bias = bias.map(exact);
    let options = Sdpa {
        attn_mask: bias.as_ref(),
        scale: case.float("scale"),
        enable_gqa: q.size()[1] != k.size()[1],
        ..Sdpa::default()
    };
    let output = scaled_dot_product_attention(&exact(q), &exact(k), &exact(v), &options)?;
    Ok(output.to_kind(kind))
}

/// The output, and the intermediate that `qk_matmul_output_mode` asks for.
fn in_steps(
    case: &Case,
    q: &Tensor,
    k: &Tensor,
    v: &Tensor,
    bias: Option<&Tensor>,
) -> Result<(Tensor, Tensor)> {
    let group = q.size()[1] / k.size()[1];
    let repeated = |x: &Tensor| x.repeat_interleave_self_int(group, 1, None);
    let scale = case.float("scale").unwrap_or(1.0 / (q.size()[3] as f64).sqrt()).sqrt();
    let scores = (q * scale).matmul(&(repeated(k) * scale).transpose(-2, -1));
    let capped = match case.float("softcap") {
        Some(cap) if cap > 0.0 => softcap(&scores, cap)?,
        _ => scores.shallow_clone(),
    };
    let masked = match bias {
        Some(bias) => &capped + bias,
        None => capped.shallow_clone(),
    };
    let precise = match case.int("softmax_precision") {
        Some(11) => masked.to_kind(Kind::Double),
        Some(1) => masked.to_kind(Kind::Float),
        _ => masked.shallow_clone(),
    };
    let weights = safe_softmax(&precise)?.to_kind(q.kind());
    let output = weights.matmul(&repeated(v));
    let asked = match case.int("qk_matmul_output_mode") {
        Some(1) => capped,
        Some(2) => masked,
        Some(3) => weights,
        _ => scores,
    };
    Ok((output, asked))
}

/// Causal order, window and lengths as one bool mask, true = attend.
fn who_sees_whom(case: &Case, q: &Tensor, k: &Tensor, earlier: i64) -> Result<Option<Tensor>> {
    let (l, s, device) = (q.size()[2], k.size()[2], q.device());
    let lengths = case.input("nonpad_kv_seqlen");
    let queries = match &lengths {
        Some(lengths) if earlier == 0 => query_positions_by_row(l, &(lengths - l))?,
        _ => query_positions(l, earlier, device)?,
    };
    let keys = key_positions(s, device)?;
    let side = |name| case.int(name).filter(|&size| size >= 0);
    let (left, right) = (side("left_window_size"), side("right_window_size"));
    let mut masks = Vec::new();
    if case.int("is_causal") == Some(1) {
        masks.push(causal_mask_at(&queries, &keys)?);
    }
    if left.or(right).is_some() {
        masks.push(sliding_window_mask(&queries, &keys, left, right)?);
    }
    if let Some(lengths) = &lengths {
        masks.push(lengths_mask(lengths, s)?);
    }
    Ok(masks.into_iter().reduce(|one, other| one.logical_and(&other)))
}

/// The case's own mask and `seen` as what is added to the scores.
fn bias(case: &Case, seen: Option<Tensor>, q: &Tensor, k: &Tensor) -> Option<Tensor> {
    let closed = |seen: Tensor| {
        Tensor::zeros(seen.size(), (q.kind(), q.device()))
            .masked_fill(&seen.logical_not(), f64::NEG_INFINITY)
    };
    let given = case.input("attn_mask").map(|mask| {
        // A mask narrower than the keys closes the rest.
        let missing = k.size()[2] - mask.size().last().unwrap();
        if mask.kind() == Kind::Bool {
            closed(mask.constant_pad_nd([0, missing]))
        } else {
            mask.f_pad([0, missing], "constant", f64::NEG_INFINITY).unwrap()
        }
    });
    match (given, seen.map(closed)) {
        (Some(given), Some(seen)) => Some(given + seen),
        (given, seen) => given.or(seen),
    }
}

pub fn rotary_embedding(case: &Case) -> Result<Outputs> {
    let x = case.input("input").unwrap();
    let flat = x.dim() == 3;
    let x = split(&x, case.int("num_heads").filter(|_| flat));
    let at = |cache: Tensor| match case.input("position_ids") {
        Some(positions) => cache.index(&[Some(positions)]),
        None => cache,
    };
    let (cos, sin) = (at(case.input("cos_cache").unwrap()), at(case.input("sin_cache").unwrap()));
    let y = rotate(&x, &cos, &sin, case.int("interleaved") == Some(1))?;
    Ok(vec![("output", if flat { join(&y) } else { y })])
}

/// `[B, L, H·D]` → `[B, H, L, D]`, where heads are given.
fn split(x: &Tensor, heads: Option<i64>) -> Tensor {
    match heads {
        Some(heads) => x.view([x.size()[0], x.size()[1], heads, -1]).transpose(1, 2),
        None => x.shallow_clone(),
    }
}

/// `[B, H, L, D]` → `[B, L, H·D]`.
fn join(y: &Tensor) -> Tensor {
    y.transpose(1, 2).flatten(2, 3)
}
