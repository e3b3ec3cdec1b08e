//! One token looks back: attention of a single query of each head, in one pass over the keys and values of a cache.

use std::ffi::c_char;

use tch::{Device, Kind, Tensor};
use torch_sys::C_tensor;

use super::error::check;
use crate::Result;

/// Whether [`attend`] computes this: float32 on the CPU, one query a head `[B, H, 1, D]`, on keys and values
/// `[B, G, S, D]` with H a multiple of G, each head's numbers side by side, and nobody wants a derivative.
pub(crate) fn can_attend(query: &Tensor, key: &Tensor, value: &Tensor) -> bool {
    let sizes = [query.size(), key.size(), value.size()];
    let [[b, h, 1, d], [kb, g, s, kd], [vb, vg, vs, vd]] =
        [&sizes[0][..], &sizes[1][..], &sizes[2][..]]
            .map(|size| <[i64; 4]>::try_from(size).unwrap_or_default())
    else {
        return false;
    };
    let lies = |t: &Tensor| {
        t.kind() == Kind::Float
            && t.device() == Device::Cpu
            && t.stride()[3] == 1
            && !t.requires_grad()
    };
    (b, d, g, s) == (kb, kd, vg, vs)
        && (b, d) == (vb, vd)
        && g > 0
        && s > 0
        && h % g == 0
        && [query, key, value].into_iter().all(lies)
}

/// `softmax(scale · query · keyᵀ) · value` where [`can_attend`]: `[B, 1, H, D]`.
///
/// # Errors
/// When there is no memory for it.
pub(crate) fn attend(query: &Tensor, key: &Tensor, value: &Tensor, scale: f64) -> Result<Tensor> {
    call(query, key, value, scale, false)
}

fn call(
    query: &Tensor,
    key: &Tensor,
    value: &Tensor,
    scale: f64,
    only_plain: bool,
) -> Result<Tensor> {
    let mut out = std::ptr::null_mut();
    // SAFETY: the tensors are alive for the call, and of the shapes and kind that `can_attend` has seen.
    check(unsafe {
        atencion_attend(&mut out, query.as_ptr(), key.as_ptr(), value.as_ptr(), scale, only_plain)
    })?;
    // SAFETY: no error, so `out` is a new at::Tensor, which tch's handle deletes.
    Ok(unsafe { Tensor::from_ptr(out) })
}

/// Buffers of keys and values, `[B, G, C, D]`, of which `length` tokens from `start` on are there.
#[derive(Debug)]
pub(crate) struct Kept<'a> {
    pub keys: &'a Tensor,
    pub values: &'a Tensor,
    pub start: i64,
    pub length: i64,
}

/// Whether [`attend_next`] computes this: what is next is `[B, 1, (H + 2 G) · D]`, contiguous as the buffers are, which
/// have room for it; all is float32 on the CPU, and nobody wants a derivative.
pub(crate) fn can_attend_next(next: &Tensor, heads: i64, kept: &Kept) -> bool {
    let Ok([b, g, room, d]) = <[i64; 4]>::try_from(kept.keys.size()) else { return false };
    let lies = |t: &Tensor| {
        t.kind() == Kind::Float
            && t.device() == Device::Cpu
            && t.is_contiguous()
            && !t.requires_grad()
    };
    kept.values.size() == [b, g, room, d]
        && next.size() == [b, 1, (heads + 2 * g) * d]
        && g > 0
        && heads % g == 0
        && kept.start >= 0
        && kept.length >= 0
        && kept.start + kept.length < room
        && [next, kept.keys, kept.values].into_iter().all(lies)
}

/// Writes a token's key and value behind those that are kept, and lets its query look at them and at itself, where
/// [`can_attend_next`]: a token's query, key and value side by side → `[B, 1, H · D]`. In one call what would be thirty
/// operators' views and copies.
///
/// # Errors
/// When there is no memory for it.
pub(crate) fn attend_next(next: &Tensor, heads: i64, kept: &Kept, scale: f64) -> Result<Tensor> {
    let Kept { keys, values, start, length } = *kept;
    let [next, keys, values] = [next, keys, values].map(Tensor::as_ptr);
    let mut out = std::ptr::null_mut();
    // SAFETY: the tensors are alive for the call, and of the shapes and kind that `can_attend_next` has seen; the buffers
    // are the cache's own, which nobody else writes.
    check(unsafe {
        atencion_attend_next(&mut out, next, keys, values, heads, start, length, scale, false)
    })?;
    // SAFETY: no error, so `out` is a new at::Tensor, which tch's handle deletes.
    Ok(unsafe { Tensor::from_ptr(out) })
}

unsafe extern "C" {
    fn atencion_attend_next(
        out: *mut *mut C_tensor,
        token: *const C_tensor,
        keys: *const C_tensor,
        values: *const C_tensor,
        heads: i64,
        start: i64,
        length: i64,
        scale: f64,
        only_plain: bool,
    ) -> *mut c_char;
    fn atencion_attend(
        out: *mut *mut C_tensor,
        query: *const C_tensor,
        key: *const C_tensor,
        value: *const C_tensor,
        scale: f64,
        only_plain: bool,
    ) -> *mut c_char;
}

#[cfg(test)]
mod tests {
    use tch::kind::FLOAT_CPU;

    use super::*;
    use crate::tensor;

    fn noise(size: &[i64]) -> Tensor {
        let count = size.iter().product::<i64>();
        (Tensor::arange(count, FLOAT_CPU) * 1.3 + size[2] as f64).sin().view(size) * 3.0
    }

    #[test]
    fn it_is_what_libtorch_computes() {
        for (b, h, g, s, d) in
            [(1, 1, 1, 1, 3), (2, 6, 2, 17, 8), (1, 12, 12, 300, 64), (3, 4, 1, 65, 20)]
        {
            // As in a cache: room behind the tokens that count.
            let [key, value] = [0, 1].map(|i| noise(&[b, g, s + 7 + i, d]).narrow(2, 0, s));
            let query = noise(&[b, 1, h, d]).transpose(1, 2);
            assert!(can_attend(&query, &key, &value));
            let scale = (d as f64).powf(-0.5);
            // In float64: libtorch's own float32 is off by as much as this, and by how much depends on where in memory
            // the tensors lie, as MKL's products do.
            let [wide_query, wide_key, wide_value] =
                [&query, &key, &value].map(|x| x.to_kind(Kind::Double));
            let expected = Tensor::scaled_dot_product_attention(
                &wide_query,
                &wide_key,
                &wide_value,
                None::<Tensor>,
                0.0,
                false,
                scale,
                true,
            );
            for only_plain in [false, true] {
                let ours = call(&query, &key, &value, scale, only_plain).unwrap();
                assert_eq!(ours.size(), [b, 1, h, d]);
                let off = (ours.transpose(1, 2) - &expected).abs().max().double_value(&[]);
                assert!(off < 2e-6, "[{b}, {h}, {g}, {s}, {d}] plain: {only_plain}: {off}");
            }
        }
    }

    #[test]
    fn scores_far_apart_and_no_numbers() {
        let key = tensor![[[[1000.0], [-1000.0], [999.0]]]];
        let value = tensor![[[[1.0], [2.0], [3.0]]]];
        let out = attend(&tensor![[[[1.0]]]], &key, &value, 1.0).unwrap();
        let expected = (1.0 + 3.0 * (-1f64).exp()) / (1.0 + (-1f64).exp());
        assert!((out.double_value(&[0, 0, 0, 0]) - expected).abs() < 1e-6);
        let nan = attend(&tensor![[[[f64::NAN]]]], &key, &value, 1.0).unwrap();
        assert!(nan.double_value(&[0, 0, 0, 0]).is_nan());
    }

    #[test]
    fn other_calls_are_left_to_libtorch() {
        let [q, kv] = [noise(&[1, 4, 1, 8]), noise(&[1, 2, 5, 8])];
        assert!(can_attend(&q, &kv, &kv));
        assert!(!can_attend(&noise(&[1, 4, 2, 8]), &kv, &kv));
        assert!(!can_attend(&noise(&[1, 3, 1, 8]), &kv, &kv));
        assert!(!can_attend(&q.to_kind(Kind::Half), &kv, &kv));
        assert!(!can_attend(&q, &kv.transpose(2, 3).contiguous().transpose(2, 3), &kv));
        assert!(!can_attend(&q.copy().set_requires_grad(true), &kv, &kv));
    }

    #[test]
    fn a_token_is_kept_and_looks_back() {
        for (b, h, g, d, start, length) in
            [(1, 2, 2, 4, 0, 0), (2, 6, 3, 8, 0, 5), (1, 4, 1, 16, 3, 20)]
        {
            let [keys, values] = [1.0, 2.0].map(|by| noise(&[b, g, start + length + 2, d]) * by);
            let before = [&keys, &values].map(|t| t.narrow(2, start, length).copy());
            let next = noise(&[b, 1, (h + 2 * g) * d]);
            let kept = Kept { keys: &keys, values: &values, start, length };
            assert!(can_attend_next(&next, h, &kept));
            let ours = attend_next(&next, h, &kept, 0.3).unwrap();
            let of = |from: i64, heads: i64| {
                next.narrow(2, from * d, heads * d).view([b, 1, heads, d]).transpose(1, 2)
            };
            let [key, value] =
                [(0, h), (1, h + g)].map(|(i, from)| Tensor::cat(&[&before[i], &of(from, g)], 2));
            let torch = attend(&of(0, h), &key, &value, 0.3).unwrap();
            assert!(ours.equal(&torch.view([b, 1, h * d])), "[{b}, {h}, {g}, {d}]");
            for (buffer, whole) in [(&keys, &key), (&values, &value)] {
                assert!(buffer.narrow(2, start, length + 1).equal(whole));
            }
        }
    }

    #[test]
    fn a_cache_without_room_is_not_written_to() {
        let (keys, next) = (noise(&[1, 2, 5, 4]), noise(&[1, 1, 24]));
        let kept = |start, length| Kept { keys: &keys, values: &keys, start, length };
        assert!(can_attend_next(&next, 2, &kept(1, 3)));
        assert!(!can_attend_next(&next, 2, &kept(1, 4)));
        assert!(!can_attend_next(&next, 3, &kept(0, 1)));
        assert!(!can_attend_next(&noise(&[1, 2, 24]), 2, &kept(0, 1)));
        assert!(!can_attend_next(&next.to_kind(Kind::Double), 2, &kept(0, 1)));
    }
}
