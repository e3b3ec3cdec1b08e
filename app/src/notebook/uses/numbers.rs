//! Comparing tensors that two right computations may give a little differently.

use tch::{Kind, Tensor};

/// How far two computations in that dtype may lie apart, beside numbers of about 1.
pub fn slack(kind: Option<Kind>) -> f64 {
    match kind {
        Some(Kind::Double) => 1e-7,
        Some(Kind::Half) => 4e-3,
        Some(Kind::BFloat16) => 3e-2,
        _ => 2e-5,
    }
}

/// The largest difference; infinite where shapes, or what is finite, differ.
pub fn distance(a: &Tensor, b: &Tensor) -> f64 {
    of(a, b).unwrap_or(f64::INFINITY)
}

fn of(a: &Tensor, b: &Tensor) -> Option<f64> {
    if a.size() != b.size() {
        return None;
    }
    if a.numel() == 0 {
        return Some(0.0);
    }
    let (a, b) = (a.f_to_kind(Kind::Double).ok()?, b.f_to_kind(Kind::Double).ok()?);
    let nan = |x: &Tensor| x.f_isnan();
    let same_nan = nan(&a).ok()?.f_logical_and(&nan(&b).ok()?).ok()?;
    let same = a.f_eq_tensor(&b).ok()?.f_logical_or(&same_nan).ok()?;
    let gap = a.f_sub(&b).ok()?.f_abs().ok()?.f_masked_fill(&same, 0.0).ok()?;
    let largest = gap.f_nan_to_num(f64::INFINITY, f64::INFINITY, f64::INFINITY).ok()?;
    largest.f_max().ok()?.f_double_value(&[]).ok()
}

/// Whether they agree to that slack, beside the larger numbers among them.
pub fn close(a: &Tensor, b: &Tensor, slack: f64) -> bool {
    let scale = b
        .f_to_kind(Kind::Double)
        .and_then(|b| b.f_nan_to_num(0.0, 0.0, 0.0))
        .and_then(|b| b.f_abs())
        .and_then(|b| if b.numel() == 0 { Ok(b) } else { b.f_max() })
        .and_then(|b| if b.numel() == 1 { b.f_double_value(&[]) } else { Ok(1.0) });
    distance(a, b) <= slack * scale.unwrap_or(1.0).max(1.0)
}

/// The softmax over the last dimension.
pub fn softmax(x: &Tensor) -> Option<Tensor> {
    x.f_softmax(-1, None::<Kind>).ok()
}

/// Whether all sums over that dimension are 1, up to those that are no number.
pub fn sums_to_one(weights: &Tensor, dim: i64, slack: f64) -> bool {
    let sums = || -> Option<f64> {
        let sums = weights.f_sum_dim_intlist(dim, false, None::<Kind>).ok()?;
        let gap = sums.f_sub_scalar(1.0).ok()?.f_abs().ok()?;
        gap.f_nan_to_num(0.0, 0.0, 0.0).ok()?.f_max().ok()?.f_double_value(&[]).ok()
    };
    sums().is_some_and(|gap| gap <= slack * 10.0)
}
