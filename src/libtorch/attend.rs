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

unsafe extern "C" {
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
            let torch = Tensor::scaled_dot_product_attention(
                &query,
                &key,
                &value,
                None::<Tensor>,
                0.0,
                false,
                scale,
                true,
            );
            for only_plain in [false, true] {
                let ours = call(&query, &key, &value, scale, only_plain).unwrap();
                assert_eq!(ours.size(), [b, 1, h, d]);
                let off = (ours.transpose(1, 2) - &torch).abs().max().double_value(&[]);
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
}
