mod common;
use atencion::attention::*;
use tch::{Device, Kind, Tensor};
fn main() {
    let t = |s: &[i64]| Tensor::randn(s, (Kind::Float, Device::Cpu));
    let mut cases: Vec<common::Case> = vec![];
    for (tag, l, d) in [("4x3", 4i64, 3i64), ("64", 64, 64)] {
        let name = |r: &str| -> &'static str { Box::leak(format!("{r}_{tag}").into_boxed_str()) };
        macro_rules! case {
            ($r:expr, |$q:ident,$k:ident,$v:ident,$s:ident| $e:expr) => {{
                tch::manual_seed(0);
                let ($q, $k, $v) = (t(&[l, d]), t(&[l, d]), t(&[l, d]));
                let $s = (d as f64).sqrt();
                cases.push((name($r), Box::new(move || $e)));
            }};
        }
        case!("check", |q, k, v, _s| {
            let _ = (&k, &v);
            q.shallow_clone()
        });
        case!("now", |q, k, v, _s| self_attention(&q, &k, &v).unwrap());
        case!("plain", |q, k, v, s| (q.matmul(&k.tr()) / s).softmax(-1, Kind::Float).matmul(&v));
        case!("mm_inplace", |q, k, v, s| q
            .mm(&k.tr())
            .div_scalar_(s)
            .internal_softmax(-1, false)
            .mm(&v));
        case!("mm_out", |q, k, v, s| {
            let x = q.mm(&k.tr()).div_scalar_(s);
            Tensor::internal_softmax_out(&x, &x, -1, false).mm(&v)
        });
        case!("linear", |q, k, v, s| q
            .linear(&k, None::<Tensor>)
            .div_scalar_(s)
            .internal_softmax(-1, false)
            .mm(&v));
        case!("t_only", |q, k, _v, s| {
            let _ = (&q, s);
            k.tr()
        });
        case!("mm_only", |q, _k, v, s| {
            let _ = (&q, s, &_k);
            q.matmul(&v.shallow_clone())
        });
        case!("sdpa", |q, k, v, _s| Tensor::scaled_dot_product_attention(
            &q,
            &k,
            &v,
            None::<Tensor>,
            0.0,
            false,
            None,
            false
        ));
        case!("sdpa_checked", |q, k, v, _s| scaled_dot_product_attention(
            &q,
            &k,
            &v,
            &Sdpa::default()
        )
        .unwrap());
        case!("flash", |q, k, v, _s| Tensor::internal_scaled_dot_product_flash_attention_for_cpu(
            &q.view([1, 1, l, d]),
            &k.view([1, 1, l, d]),
            &v.view([1, 1, l, d]),
            0.0,
            false,
            None::<Tensor>,
            None
        )
        .0);
        case!("baddbmm", |q, k, v, s| {
            let q3 = q.unsqueeze(0);
            q3.baddbmm(&q3, &k.unsqueeze(0).transpose(1, 2), 0.0, 1.0 / s)
                .internal_softmax(-1, false)
                .matmul(&v)
        });
    }
    common::serve(&cases);
}
