//! What attention refuses, in words that name the argument, what it is and what it should be.
//!
//! Every error that torch 2.13's own `scaled_dot_product_attention` raises has its counterpart here, and so has what
//! torch lets pass though it makes no sense (a value shorter than its key).

use atencion::ErrorKind;
use atencion::attention::{
    Additive, Bilinear, Dot, ScoreFunction, Sdpa, append_to_cache, attend, causal_mask,
    generate_square_subsequent_mask, lengths_mask, query_positions, query_positions_by_row,
    scaled_dot_product_attention, scaled_dot_product_attention_steps, self_attention,
    sliding_window_mask, softcap,
};
use tch::{Kind, Tensor};

/// Numbers of many sizes and both signs. Not drawn: another test of this program may have seeded the generator.
fn numbers(shape: &[i64]) -> Tensor {
    Tensor::arange(shape.iter().product::<i64>(), (Kind::Float, support::device()))
        .sin()
        .reshape(shape)
}

/// Fused and stepwise refuse alike, with this text and a way to mend it.
fn refused(q: &Tensor, k: &Tensor, v: &Tensor, options: &Sdpa, kind: ErrorKind, what: &str) {
    let fused = scaled_dot_product_attention(q, k, v, options).unwrap_err();
    assert_eq!(fused.what(), what);
    assert_eq!(fused.kind(), kind, "{what}");
    assert!(fused.how_to_mend().is_some(), "no way to mend: {what}");
    let steps = scaled_dot_product_attention_steps(q, k, v, options).unwrap_err();
    assert_eq!(steps, fused);
}

fn value_error(q: &[i64], k: &[i64], v: &[i64], options: &Sdpa, what: &str) {
    refused(&numbers(q), &numbers(k), &numbers(v), options, ErrorKind::Value, what);
}

#[test]
fn head_dimension_of_query_and_key() {
    value_error(
        &[2, 4, 3, 8],
        &[2, 4, 5, 6],
        &[2, 4, 5, 6],
        &Sdpa::default(),
        "query is [B=2, H=4, L=3, D=8] but key has D=6",
    );
    value_error(&[3, 8], &[5, 6], &[5, 6], &Sdpa::default(), "query is [L=3, D=8] but key has D=6");
}

#[test]
fn length_of_key_and_value() {
    value_error(
        &[2, 4, 3, 8],
        &[2, 4, 5, 8],
        &[2, 4, 4, 8],
        &Sdpa::default(),
        "key is [B=2, H=4, S=5, D=8] but value has S=4",
    );
    // torch's CPU kernel lets this pass and reads what lies behind the value.
    value_error(
        &[1, 1, 3, 8],
        &[1, 1, 3, 8],
        &[1, 1, 1, 8],
        &Sdpa::default(),
        "key is [B=1, H=1, S=3, D=8] but value has S=1",
    );
}

#[test]
fn too_few_dimensions() {
    value_error(
        &[8],
        &[5, 8],
        &[5, 8],
        &Sdpa::default(),
        "query is [8], 1 dimension(s), but attention needs at least 2: [L, D]",
    );
    value_error(
        &[3, 8],
        &[8],
        &[5, 8],
        &Sdpa::default(),
        "key is [8], 1 dimension(s), but attention needs at least 2: [L, D]",
    );
    value_error(
        &[3, 8],
        &[5, 8],
        &[],
        &Sdpa::default(),
        "value is [], 0 dimension(s), but attention needs at least 2: [L, D]",
    );
    value_error(
        &[3, 8],
        &[5, 8],
        &[5, 8],
        &Sdpa { enable_gqa: true, ..Sdpa::default() },
        "query is [3, 8], 2 dimension(s), but attention needs at least 3: [H, L, D] with enable_gqa",
    );
}

#[test]
fn batch_and_heads() {
    value_error(
        &[2, 4, 3, 8],
        &[3, 4, 5, 8],
        &[3, 4, 5, 8],
        &Sdpa::default(),
        "query is [B=2, H=4, L=3, D=8] but key has B=3",
    );
    value_error(
        &[2, 3, 8],
        &[2, 5, 8],
        &[4, 5, 8],
        &Sdpa::default(),
        "query is [B=2, L=3, D=8] but value has B=4",
    );
    value_error(
        &[7, 2, 4, 3, 8],
        &[5, 2, 4, 5, 8],
        &[5, 2, 4, 5, 8],
        &Sdpa::default(),
        "query is [N1=7, B=2, H=4, L=3, D=8] but key has N1=5",
    );
}

#[test]
fn batches_of_key_and_value_that_query_broadcasts_to() {
    value_error(
        &[1, 2, 3, 8],
        &[2, 2, 5, 8],
        &[3, 2, 5, 8],
        &Sdpa::default(),
        "key is [B=2, H=2, S=5, D=8] but value has B=3",
    );
}

#[test]
fn grouped_heads() {
    let without = Sdpa::default();
    value_error(
        &[1, 4, 3, 8],
        &[1, 2, 5, 8],
        &[1, 2, 5, 8],
        &without,
        "query is [B=1, H=4, L=3, D=8] but key has H=2",
    );
    let hint = scaled_dot_product_attention(
        &numbers(&[1, 4, 3, 8]),
        &numbers(&[1, 2, 5, 8]),
        &numbers(&[1, 2, 5, 8]),
        &without,
    );
    assert!(hint.unwrap_err().how_to_mend().unwrap().contains("enable_gqa: true"));
    let with = Sdpa { enable_gqa: true, ..Sdpa::default() };
    value_error(
        &[1, 3, 3, 8],
        &[1, 2, 5, 8],
        &[1, 2, 5, 8],
        &with,
        "query is [B=1, H=3, L=3, D=8] but key has H=2, which does not divide H=3",
    );
    value_error(
        &[1, 4, 3, 8],
        &[1, 2, 5, 8],
        &[1, 4, 5, 8],
        &with,
        "key is [B=1, H=2, S=5, D=8] but value has H=4",
    );
    value_error(
        &[1, 4, 3, 8],
        &[1, 0, 5, 8],
        &[1, 0, 5, 8],
        &with,
        "query is [B=1, H=4, L=3, D=8] but key has H=0, which does not divide H=4",
    );
}

#[test]
fn mask_shape() {
    for (mask, shown) in [
        (&[3, 4][..], "[3, 4]"),
        (&[2, 3, 5], "[2, 3, 5]"),
        (&[1, 1, 1, 3, 5], "[1, 1, 1, 3, 5]"),
        (&[4, 1, 3, 5], "[4, 1, 3, 5]"),
        (&[0], "[0]"),
    ] {
        let mask = Tensor::ones(mask, (Kind::Bool, support::device()));
        value_error(
            &[1, 3, 3, 8],
            &[1, 3, 5, 8],
            &[1, 3, 5, 8],
            &Sdpa { attn_mask: Some(&mask), ..Sdpa::default() },
            &format!("attn_mask is {shown} but the scores are [B=1, H=3, L=3, S=5]"),
        );
    }
}

#[test]
fn mask_kind() {
    let (q, k) = (numbers(&[3, 8]), numbers(&[5, 8]));
    for (kind, name) in [(Kind::Int64, "Int64"), (Kind::Double, "Double"), (Kind::Uint8, "Uint8")] {
        let mask = Tensor::ones([3, 5], (kind, support::device()));
        let options = Sdpa { attn_mask: Some(&mask), ..Sdpa::default() };
        let what = format!("attn_mask is {name} but should be Bool, Float or the query's Float");
        refused(&q, &k, &k, &options, ErrorKind::Type, &what);
    }
}

/// torch 2.13 computes the pair, 2.11 refuses it.
#[test]
fn mask_beside_is_causal() {
    let mask = Tensor::from_slice2(&[
        [true, true, false, true, true],
        [false, true, true, true, true],
        [true, false, true, true, true],
    ])
    .to_device(support::device());
    let both = Sdpa { attn_mask: Some(&mask), is_causal: true, ..Sdpa::default() };
    if atencion::libtorch::built_for().starts_with("2.11.") {
        let what = "attn_mask is given and is_causal is true, but only one of them may be";
        return value_error(&[3, 8], &[5, 8], &[5, 8], &both, what);
    }
    let (q, k) = (numbers(&[2, 2, 3, 8]), numbers(&[2, 2, 5, 8]));
    let merged = mask.tril(0);
    let one = Sdpa { attn_mask: Some(&merged), ..Sdpa::default() };
    let (pair, alone) = (fused(&q, &k, &both), fused(&q, &k, &one));
    assert!(pair.allclose(&alone, 1e-6, 1e-6, false), "{pair:?} {alone:?}");
    let trace = scaled_dot_product_attention_steps(&q, &k, &k, &both).unwrap();
    let output = trace.get("output").unwrap();
    assert!(output.tensor.allclose(&alone, 1e-5, 1e-5, false));
    assert!(["causal", "masked"].iter().all(|name| trace.get(name).is_some()));
}

fn fused(q: &Tensor, k: &Tensor, options: &Sdpa) -> Tensor {
    scaled_dot_product_attention(q, k, k, options).unwrap()
}

#[test]
fn kinds() {
    let (q, k) = (numbers(&[3, 8]), numbers(&[5, 8]));
    refused(
        &q.to_kind(Kind::Double),
        &k,
        &k,
        &Sdpa::default(),
        ErrorKind::Type,
        "query is Double but key is Float and value is Float; all three need one kind",
    );
    for kind in [Kind::Int64, Kind::Bool, Kind::ComplexFloat] {
        let cast = |t: &Tensor| t.to_kind(kind);
        let what = format!(
            "query, key and value are {kind:?} but attention needs Float, Double, Half or BFloat16"
        );
        refused(&cast(&q), &cast(&k), &cast(&k), &Sdpa::default(), ErrorKind::Type, &what);
    }
}

#[test]
fn dropout_that_is_no_probability() {
    for (p, shown) in [(1.5, "1.5"), (-0.5, "-0.5"), (f64::NAN, "NaN")] {
        let options = Sdpa { dropout_p: p, ..Sdpa::default() };
        let what = format!("dropout_p is {shown} but a probability is between 0 and 1");
        value_error(&[3, 8], &[5, 8], &[5, 8], &options, &what);
    }
}

#[test]
fn devices() {
    let (q, k) = (numbers(&[3, 8]), numbers(&[5, 8]));
    if !tch::Cuda::is_available() {
        return; // with one device alone nothing can lie elsewhere
    }
    let elsewhere = |t: &Tensor| match t.device() {
        tch::Device::Cpu => t.to_device(tch::Device::Cuda(0)),
        _ => t.to_device(tch::Device::Cpu),
    };
    let what = format!("key is on {:?} but query is on {:?}", elsewhere(&k).device(), q.device());
    refused(&q, &elsewhere(&k), &k, &Sdpa::default(), ErrorKind::Value, &what);
}

#[test]
fn the_notebooks_function_refuses_as_well() {
    let error =
        self_attention(&numbers(&[4, 3]), &numbers(&[4, 2]), &numbers(&[4, 3])).unwrap_err();
    assert_eq!(error.what(), "query is [L=4, D=3] but key has D=2");
    let x = numbers(&[1, 2, 4, 3]);
    let error = self_attention(&x, &x, &x).unwrap_err();
    let what = "query is [B=1, H=2, L=4, D=3] but the notebook's self-attention takes two dimensions, [L, D]";
    assert_eq!(error.what(), what);
}

#[test]
fn helpers() {
    let device = support::device();
    let what = |error: atencion::Error| error.what().to_owned();
    let ints = |values: &[i64]| Tensor::from_slice(values).to_device(device);
    assert_eq!(
        what(causal_mask(-1, 3, device).unwrap_err()),
        "l is -1 but a length cannot be negative"
    );
    assert_eq!(
        what(generate_square_subsequent_mask(2, (Kind::Int64, device)).unwrap_err()),
        "the mask's kind is Int64 but must hold -inf: Float, Double, Half or BFloat16"
    );
    assert_eq!(
        what(lengths_mask(&numbers(&[2]), 4).unwrap_err()),
        "lengths is Float but should hold integers"
    );
    assert_eq!(
        what(query_positions_by_row(2, &ints(&[1]).view([1, 1])).unwrap_err()),
        "past is [1, 1] but should be [B]: one number a row"
    );
    let q = query_positions(3, 0, device).unwrap();
    assert_eq!(
        what(sliding_window_mask(&q, &q, Some(-1), None).unwrap_err()),
        "left is -1 but a window reaches 0 or more keys to a side"
    );
    assert_eq!(what(softcap(&numbers(&[2]), 0.0).unwrap_err()), "cap is 0 but should be above 0");
    let (past, new) = (numbers(&[1, 2, 3, 4]), numbers(&[1, 2, 3, 5]));
    assert!(
        what(append_to_cache((&past, &past), &new, &new).unwrap_err())
            .starts_with("past_key is [1, 2, 3, 4] but key is [1, 2, 3, 5]")
    );
}

#[test]
fn score_functions() {
    let (q, k) = (numbers(&[3, 4]), numbers(&[5, 6]));
    let what = |result: atencion::Result<Tensor>| result.unwrap_err().what().to_owned();
    assert_eq!(what(Dot.scores(&q, &k)), "key is [5, 6] but should have D=4, not D=6");
    let bilinear = Bilinear { weight: numbers(&[4, 5]) };
    assert_eq!(what(bilinear.scores(&q, &k)), "key is [5, 6] but should have D=5, not D=6");
    let additive =
        Additive { query_weight: numbers(&[7, 4]), key_weight: numbers(&[8, 6]), v: numbers(&[7]) };
    assert_eq!(
        what(additive.scores(&q, &k)),
        "key_weight is [8, 6] but should be [A=7, D], as v is [A=7]"
    );
    let wrong = attend(&Dot, &q, &q, &k, None).unwrap_err();
    assert_eq!(wrong.what(), "value is [5, 6] but should have S=3, as key is [3, 4]");
    let mask = numbers(&[3, 3]);
    let wrong = attend(&Dot, &q, &q, &q, Some(&mask)).unwrap_err();
    assert_eq!(wrong.what(), "mask is Float but should be Bool");
    let mask = Tensor::ones([2, 3], (Kind::Bool, support::device()));
    let wrong = attend(&Dot, &q, &q, &q, Some(&mask)).unwrap_err();
    assert_eq!(wrong.what(), "mask is [2, 3] but the scores are [3, 3]");
}
