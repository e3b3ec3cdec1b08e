//! What holds for any attention, whatever the numbers.

use atencion::attention::{
    ScaledDot, Sdpa, append_to_cache, attend, causal_mask, causal_mask_at, key_positions,
    padding_mask, query_positions, scaled_dot_product_attention,
    scaled_dot_product_attention_steps, self_attention,
};
use proptest::prelude::*;
use tch::{Kind, Tensor};

/// Double, so that what is left of rounding cannot be mistaken for a fault.
const KIND: Kind = Kind::Double;
const NEAR: f64 = 1e-11;

/// Sizes of one call: `[B, H, L, D]` against `S` keys with `Dv` features.
#[derive(Debug, Clone)]
struct Sizes {
    b: i64,
    h: i64,
    l: i64,
    s: i64,
    d: i64,
    dv: i64,
    seed: i64,
}

fn sizes() -> impl Strategy<Value = Sizes> {
    (1..4i64, 1..4i64, 1..9i64, 1..12i64, 1..9i64, 1..6i64, any::<u32>())
        .prop_map(|(b, h, l, s, d, dv, seed)| Sizes { b, h, l, s, d, dv, seed: seed.into() })
}

impl Sizes {
    /// Query, key and value.
    fn draw(&self) -> [Tensor; 3] {
        // A generator of its own: the tests run at once, and libtorch's is shared.
        let mut state = self.seed as u64 ^ 0x9E37_79B9_7F4A_7C15;
        [(self.l, self.d), (self.s, self.d), (self.s, self.dv)]
            .map(|(n, e)| numbers(&[self.b, self.h, n, e], &mut state))
    }

    /// Query, key and value of as many queries as keys.
    fn draw_square(&self) -> [Tensor; 3] {
        Sizes { l: self.s, ..self.clone() }.draw()
    }
}

/// Numbers between -2 and 2 (splitmix64).
fn numbers(shape: &[i64], state: &mut u64) -> Tensor {
    let count: i64 = shape.iter().product();
    let values: Vec<f64> = (0..count)
        .map(|_| {
            *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = *state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64 * 4.0 - 2.0
        })
        .collect();
    Tensor::from_slice(&values).view(shape).to_device(support::device())
}

fn sdpa(q: &Tensor, k: &Tensor, v: &Tensor, options: &Sdpa) -> Tensor {
    scaled_dot_product_attention(q, k, v, options).unwrap()
}

fn masked<'a>(mask: &'a Tensor) -> Sdpa<'a> {
    Sdpa { attn_mask: Some(mask), ..Sdpa::default() }
}

fn causal() -> Sdpa<'static> {
    Sdpa { is_causal: true, ..Sdpa::default() }
}

fn near(one: &Tensor, other: &Tensor) -> bool {
    one.size() == other.size() && one.allclose(other, NEAR, NEAR, false)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// What a masked key or value holds never reaches the output: not by a bit.
    #[test]
    fn masked_positions_never_change_the_output(sizes in sizes(), seen in 1..12i64) {
        let [q, k, v] = sizes.draw();
        let seen = seen.min(sizes.s);
        let lengths = vec![seen; sizes.b as usize];
        let mask = padding_mask(&lengths, sizes.s, support::device()).unwrap();
        let before = sdpa(&q, &k, &v, &masked(&mask));
        let rest = sizes.s - seen;
        let _ = k.narrow(2, seen, rest).fill_(1e6);
        let _ = v.narrow(2, seen, rest).fill_(-1e6);
        prop_assert_eq!(support::bytes_of(&before), support::bytes_of(&sdpa(&q, &k, &v, &masked(&mask))));
        // And the rest alone gives the same.
        let alone = sdpa(&q, &k.narrow(2, 0, seen), &v.narrow(2, 0, seen), &Sdpa::default());
        prop_assert!(near(&before, &alone));
    }

    /// Attention sees a set of (key, value) pairs, not a sequence.
    #[test]
    fn permuting_keys_and_values_together_changes_nothing(sizes in sizes()) {
        let [q, k, v] = sizes.draw();
        let order = numbers(&[sizes.s], &mut sizes.seed.cast_unsigned().clone()).argsort(0, false);
        let (k2, v2) = (k.index_select(2, &order), v.index_select(2, &order));
        prop_assert!(near(&sdpa(&q, &k, &v, &Sdpa::default()), &sdpa(&q, &k2, &v2, &Sdpa::default())));
    }

    /// Permuting the queries permutes the outputs.
    #[test]
    fn queries_do_not_see_each_other(sizes in sizes()) {
        let [q, k, v] = sizes.draw();
        let all = sdpa(&q, &k, &v, &Sdpa::default());
        for i in 0..sizes.l {
            let one = sdpa(&q.narrow(2, i, 1), &k, &v, &Sdpa::default());
            prop_assert!(near(&all.narrow(2, i, 1), &one));
        }
    }

    /// A causal pass over the whole equals a pass per token over what came before it, with a growing cache.
    #[test]
    fn causal_equals_token_by_token(sizes in sizes()) {
        let [q, k, v] = sizes.draw_square();
        let whole = sdpa(&q, &k, &v, &causal());
        let (mut keys, mut values) = (k.narrow(2, 0, 0), v.narrow(2, 0, 0));
        for i in 0..sizes.s {
            let token = |x: &Tensor| x.narrow(2, i, 1);
            (keys, values) = append_to_cache((&keys, &values), &token(&k), &token(&v)).unwrap();
            let one = sdpa(&token(&q), &keys, &values, &Sdpa::default());
            prop_assert!(near(&token(&whole), &one), "token {}", i);
        }
    }

    /// Two passes, the second with the first's keys in the cache, equal one causal pass.
    #[test]
    fn causal_with_a_past_equals_one_pass(sizes in sizes(), cut in 0..12i64) {
        let [q, k, v] = sizes.draw_square();
        let past = cut.min(sizes.s);
        let new = sizes.s - past;
        let device = support::device();
        let queries = query_positions(new, past, device).unwrap();
        let mask = causal_mask_at(&queries, &key_positions(sizes.s, device).unwrap()).unwrap();
        let second = sdpa(&q.narrow(2, past, new), &k, &v, &masked(&mask));
        prop_assert!(near(&sdpa(&q, &k, &v, &causal()).narrow(2, past, new), &second));
    }

    /// `is_causal` is the causal mask.
    #[test]
    fn is_causal_is_the_causal_mask(sizes in sizes()) {
        let [q, k, v] = sizes.draw();
        let mask = causal_mask(sizes.l, sizes.s, support::device()).unwrap();
        prop_assert!(near(&sdpa(&q, &k, &v, &causal()), &sdpa(&q, &k, &v, &masked(&mask))));
    }

    /// The readable computation and the fast one are the same function; so is `attend` with its score function.
    #[test]
    fn fused_equals_stepwise(sizes in sizes(), is_causal: bool, scale in prop::option::of(0.01..2.0)) {
        let [q, k, v] = sizes.draw();
        let options = Sdpa { is_causal, scale, ..Sdpa::default() };
        let trace = scaled_dot_product_attention_steps(&q, &k, &v, &options).unwrap();
        let fused = sdpa(&q, &k, &v, &options);
        prop_assert!(near(&fused, &trace.get("output").unwrap().tensor));
        let sums = trace.get("weights").unwrap().tensor.sum_dim_intlist(-1, false, KIND);
        prop_assert!(near(&sums, &sums.ones_like()));
        if !is_causal && scale.is_none() {
            let (output, weights) = attend(&ScaledDot, &q, &k, &v, None).unwrap();
            prop_assert!(near(&fused, &output));
            prop_assert!(near(&trace.get("weights").unwrap().tensor, &weights));
            let (q, k, v) = (q.get(0).get(0), k.get(0).get(0), v.get(0).get(0));
            prop_assert!(near(&fused.get(0).get(0), &self_attention(&q, &k, &v).unwrap()));
        }
    }

    /// Each head, and each row of the batch, is computed as if it were alone.
    #[test]
    fn heads_and_rows_are_independent(sizes in sizes()) {
        let [q, k, v] = sizes.draw();
        let all = sdpa(&q, &k, &v, &Sdpa::default());
        for b in 0..sizes.b {
            for h in 0..sizes.h {
                let alone = |x: &Tensor| x.get(b).get(h);
                let one = sdpa(&alone(&q), &alone(&k), &alone(&v), &Sdpa::default());
                prop_assert!(near(&alone(&all), &one), "head {} of row {}", h, b);
            }
        }
    }

    /// Grouped heads are repeated heads.
    #[test]
    fn grouped_heads_are_repeated_heads(sizes in sizes(), group in 1..4i64) {
        let [_, k, v] = sizes.draw();
        let [q, _, _] = Sizes { h: sizes.h * group, ..sizes.clone() }.draw();
        let repeat = |x: &Tensor| x.repeat_interleave_self_int(group, 1, None);
        let grouped = sdpa(&q, &k, &v, &Sdpa { enable_gqa: true, ..Sdpa::default() });
        prop_assert!(near(&grouped, &sdpa(&q, &repeat(&k), &repeat(&v), &Sdpa::default())));
    }

    /// Outputs are mixtures: no feature leaves the range of the values.
    #[test]
    fn outputs_are_mixtures_of_values(sizes in sizes()) {
        let [q, k, v] = sizes.draw();
        let output = sdpa(&q, &k, &v, &Sdpa::default());
        let (least, most) = (v.amin([2i64].as_slice(), true) - NEAR, v.amax([2i64].as_slice(), true) + NEAR);
        prop_assert!(bool::try_from(output.ge_tensor(&least).logical_and(&output.le_tensor(&most)).all()).unwrap());
    }
}

fn double(shape: &[i64], seed: u64) -> Tensor {
    numbers(shape, &mut seed.clone())
}

/// Rows that no key may enter are zeros with gradient zero; a finite minimum gives the mean; NaN shows.
#[test]
fn rows_without_a_key() {
    let [q, k, v] = [1, 2, 3].map(|seed| double(&[1, 2, 3, 4], seed).set_requires_grad(true));
    let none = Tensor::zeros([3, 3], (Kind::Bool, support::device()));
    let output = sdpa(&q, &k, &v, &masked(&none));
    assert!(bool::try_from(output.eq(0.0).all()).unwrap());
    output.sum(KIND).backward();
    for leaf in [&q, &k, &v] {
        assert!(bool::try_from(leaf.grad().eq(0.0).all()).unwrap());
    }
    let least = Tensor::full([3, 3], f64::MIN, (KIND, support::device()));
    let mean = v.mean_dim([2i64].as_slice(), true, KIND).expand_as(&v);
    assert!(near(&sdpa(&q, &k, &v, &masked(&least)).detach(), &mean.detach()));
    let empty = v.narrow(2, 0, 0);
    let output = sdpa(&q, &k.narrow(2, 0, 0), &empty, &Sdpa::default());
    assert!(bool::try_from(output.eq(0.0).all()).unwrap());
    let trace = scaled_dot_product_attention_steps(&q, &k, &v, &masked(&none)).unwrap();
    let weights = trace.get("weights").unwrap();
    assert_eq!(weights.python, "weights = torch._safe_softmax(masked, dim=-1)");
    assert!(bool::try_from(weights.tensor.eq(0.0).all()).unwrap());
}

/// The course's closed forms.
#[test]
fn closed_forms() {
    let v = double(&[5, 3], 7);
    let q = double(&[4, 2], 8);
    let one_key = sdpa(&q, &double(&[1, 2], 9), &v.narrow(0, 0, 1), &Sdpa::default());
    assert!(near(&one_key, &v.narrow(0, 0, 1).expand_as(&one_key)), "one key: its value");
    let mean = v.mean_dim([0i64].as_slice(), true, KIND);
    let equal_keys = double(&[1, 2], 10).expand([5, 2], false);
    let output = sdpa(&q, &equal_keys, &v, &Sdpa::default());
    assert!(near(&output, &mean.expand_as(&output)), "equal keys: the mean");
    let zero = Tensor::zeros([5, 2], (KIND, support::device()));
    let keys = double(&[5, 2], 11);
    let output = sdpa(&zero, &keys, &v, &Sdpa::default());
    assert!(near(&output, &mean.expand_as(&output)), "query 0: the mean");
    let output = sdpa(&zero, &keys, &v, &causal());
    assert!(near(&output.narrow(0, 0, 1), &v.narrow(0, 0, 1)), "causal row 0: the first value");
    for i in 0..5 {
        let so_far = v.narrow(0, 0, i + 1).mean_dim([0i64].as_slice(), true, KIND);
        assert!(near(&output.narrow(0, i, 1), &so_far), "causal query 0, row {i}: the mean so far");
    }
    let identity = Tensor::eye(2, (KIND, support::device()));
    let trace =
        scaled_dot_product_attention_steps(&identity, &identity, &identity, &Sdpa::default())
            .unwrap();
    let diagonal = trace.get("weights").unwrap().tensor.double_value(&[0, 0]);
    assert!((diagonal - 1.0 / (1.0 + (-(0.5f64.sqrt())).exp())).abs() < 1e-15);
}
