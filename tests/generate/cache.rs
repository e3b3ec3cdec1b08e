//! The cache gives the same tensors as concatenation, whatever room it has.

use atencion::attention::DynamicCache;
use support::{assert_bits, draws};
use tch::{Tensor, kind::FLOAT_CPU};

fn states(length: i64) -> Tensor {
    Tensor::randn([2, 3, length, 4], FLOAT_CPU)
}

#[test]
fn what_it_gives_back_is_what_cat_would() {
    let _draws = draws();
    for capacity in [0, 3, 7, 100] {
        let mut cache = DynamicCache::with_capacity(capacity);
        let mut all: [Option<Tensor>; 2] = [None, None];
        for length in [5, 1, 1, 2, 9, 1] {
            for (layer, all) in all.iter_mut().enumerate() {
                let (key, value) = (states(length), states(length));
                let grown = match all.take() {
                    Some(before) => Tensor::cat(&[&before, &key], -2),
                    None => key.copy(),
                };
                let (keys, values) = cache.update(&key, &value, layer).unwrap();
                assert_bits("keys", &keys, &grown);
                assert_bits(
                    "the last values",
                    &values.narrow(-2, grown.size()[2] - length, length),
                    &value,
                );
                *all = Some(grown);
            }
        }
        assert_eq!((cache.seq_length(), cache.len()), (19, 2));
    }
}

/// A token is written behind the others: they stay where they are until the room is doubled.
#[test]
fn a_token_copies_none_before_it() {
    let _draws = draws();
    let mut cache = DynamicCache::default();
    let mut moved = 0;
    let mut at = None;
    for _ in 0..100 {
        let (keys, _) = cache.update(&states(1), &states(1), 0).unwrap();
        moved += usize::from(at.replace(keys.data_ptr()) != Some(keys.data_ptr()));
    }
    assert!(moved <= 8, "{moved} times for 100 tokens");
}

#[test]
fn rows_are_chosen_repeated_and_cropped() {
    let _draws = draws();
    let mut cache = DynamicCache::with_capacity(9);
    let (key, value) = (states(6), states(6));
    let _ = cache.update(&key, &value, 0).unwrap();
    cache.crop(2).unwrap();
    cache.batch_select_indices(&Tensor::from_slice(&[1i64, 1, 0])).unwrap();
    let kept = key.narrow(2, 0, 4);
    let (keys, _) = cache.layer(0).unwrap();
    assert_bits("chosen", &keys, &kept.index_select(0, &Tensor::from_slice(&[1i64, 1, 0])));
    cache.batch_repeat_interleave(2).unwrap();
    let rows = Tensor::from_slice(&[1i64, 1, 1, 1, 0, 0]);
    assert_bits("repeated", &cache.layer(0).unwrap().0, &kept.index_select(0, &rows));
    assert_eq!(cache.seq_length(), 4);
    let token = Tensor::randn([6, 3, 1, 4], FLOAT_CPU);
    let (keys, _) = cache.update(&token, &token, 0).unwrap();
    assert_bits("and on", &keys.narrow(2, 4, 1), &token);
}

/// Of a layer with a window the next token sees `window` tokens, itself among them.
#[test]
fn a_sliding_window_leaves_behind_what_no_token_sees() {
    let _draws = draws();
    let mut cache = DynamicCache::with_sliding_window(4).unwrap();
    let whole = states(30);
    let mut seen = 0;
    for length in [6, 1, 1, 2, 1, 7, 1, 1, 1, 1] {
        let new = whole.narrow(2, seen, length);
        let (keys, _) = cache.update(&new, &new, 0).unwrap();
        let before = seen.min(3);
        assert_bits("window", &keys, &whole.narrow(2, seen - before, before + length));
        seen += length;
        assert_eq!(cache.seq_length(), seen);
    }
    assert!(cache.crop(1).unwrap_err().what().contains("sliding window"));
}

#[test]
fn gradients_flow_through_it() {
    let _draws = draws();
    let mut cache = DynamicCache::with_capacity(8);
    let key = states(2).set_requires_grad(true);
    let _ = cache.update(&key, &key, 0).unwrap();
    let (keys, _) = cache.update(&states(1), &states(1), 0).unwrap();
    keys.sum(None).backward();
    assert_bits("gradient", &key.grad(), &Tensor::ones([2, 3, 2, 4], FLOAT_CPU));
}

#[test]
fn what_does_not_fit_is_said() {
    let mut cache = DynamicCache::default();
    let _ = cache.update(&states(2), &states(2), 0).unwrap();
    let other = Tensor::zeros([2, 5, 1, 4], FLOAT_CPU);
    let error = cache.update(&other, &other, 0).unwrap_err();
    assert!(error.what().contains("past_key is [2, 3, 2, 4] but key is [2, 5, 1, 4]"), "{error}");
    assert!(cache.layer(3).unwrap_err().what().contains("no layer 3"));
    assert!(DynamicCache::with_sliding_window(0).is_err());
}
