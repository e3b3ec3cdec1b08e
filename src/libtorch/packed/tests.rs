//! Products of packed weights beside those of libtorch.

use tch::kind::FLOAT_CPU;

use super::*;
use crate::tensor;

/// Numbers from −2 to 2 without an order, the same each time.
fn noise(size: &[i64]) -> Tensor {
    let count = size.iter().product::<i64>();
    let wild = (Tensor::arange(count, (Kind::Double, Device::Cpu)) + size[0]).sin() * 43_758.5;
    ((&wild - wild.floor()) * 4.0 - 2.0).to_kind(Kind::Float).view(size)
}

/// How far from the exact product a format may be, as a share of the length of x and of a row of w.
fn allowed(format: WeightFormat) -> f64 {
    match format {
        WeightFormat::Float32 => 1e-6,
        WeightFormat::Float16 => 1e-3,
        WeightFormat::BFloat16 => 6e-3,
        WeightFormat::Int8 => 1e-2,
        WeightFormat::Int4 => 1.5e-1,
    }
}

/// The largest difference, as such a share.
fn off(y: &Tensor, x: &Tensor, w: &Tensor, bias: Option<&Tensor>) -> f64 {
    let [x, w] = [x, w].map(|t| t.to_kind(Kind::Double));
    let exact = x.matmul(&w.tr());
    let exact = bias.map_or(exact.shallow_clone(), |bias| &exact + bias);
    let norms = x.norm_scalaropt_dim(2, [-1], true).max().double_value(&[])
        * w.norm_scalaropt_dim(2, [-1], true).max().double_value(&[]);
    (y.to_kind(Kind::Double) - exact).abs().max().double_value(&[]) / norms
}

#[test]
fn every_format_multiplies_whatever_the_sizes() {
    for (n, k) in [(1, 1), (16, 32), (17, 31), (48, 96), (33, 1030), (5, 513)] {
        let (w, bias) = (noise(&[n, k]), noise(&[n]));
        for format in WeightFormat::ALL {
            let packed = PackedWeight::new(&w, format).unwrap();
            for m in [1, 2, 3, 5, 6, 7, 13, 40] {
                let x = noise(&[m, k]);
                for (bias, only_plain) in [(Some(&bias), false), (None, false), (None, true)] {
                    let y = packed.call(&x, bias, After::default(), only_plain).unwrap();
                    let off = off(&y, &x, &w, bias);
                    let name = format!("{format:?} {m}×{k} → {n}, plain: {only_plain}");
                    assert_eq!(y.size(), [m, n], "{name}");
                    assert!(off <= allowed(format), "{name}: {off}");
                }
            }
        }
    }
}

/// Both texts are one, but their compilers and vectors are not.
#[test]
fn the_plain_kernels_compute_the_same() {
    let (w, x) = (noise(&[50, 700]), noise(&[9, 700]));
    for format in WeightFormat::ALL {
        let packed = PackedWeight::new(&w, format).unwrap();
        let [fast, plain] =
            [false, true].map(|only| packed.call(&x, None, After::default(), only).unwrap());
        let off = f64::try_from((fast - plain).abs().max()).unwrap();
        assert!(off < 2e-4, "{format:?}: {off}");
    }
}

#[test]
fn transposed_weights_and_other_kinds_are_packed_as_they_lie() {
    let (w, x) = (noise(&[20, 70]), noise(&[2, 3, 70]));
    for format in WeightFormat::ALL {
        let y = PackedWeight::new(&w, format).unwrap().linear(&x, None).unwrap();
        let lying = w.tr().contiguous();
        let transposed = PackedWeight::new(&lying.tr(), format).unwrap();
        assert!(transposed.linear(&x, None).unwrap().equal(&y), "{format:?}");
        for kind in [Kind::Half, Kind::BFloat16] {
            let other = w.to_kind(kind);
            let packed = PackedWeight::new(&other, format).unwrap();
            let wide = PackedWeight::new(&other.to_kind(Kind::Float), format).unwrap();
            let [packed, wide] = [packed, wide].map(|p| p.linear(&x, None).unwrap());
            assert!(packed.equal(&wide), "{format:?} {kind:?}");
        }
    }
}

/// 16 bits of input and 127 steps: what is on the grid is exact.
#[test]
fn whole_numbers_are_exact_in_eight_bits() {
    let w = tensor![[127.0, -3.0, 5.0], [0.0, 0.0, 0.0], [-127.0, 1.0, 64.0]];
    let packed = PackedWeight::new(&w, WeightFormat::Int8).unwrap();
    let y = packed.linear(&tensor![[1.0, 1.0, -1.0]], None).unwrap();
    assert!((y - tensor![[119.0, 0.0, -190.0]]).abs().max().double_value(&[]) < 1e-3);
}

#[test]
fn a_nan_stays_one() {
    let w = Tensor::ones([16, 64], FLOAT_CPU);
    let x = Tensor::ones([1, 64], FLOAT_CPU);
    let _ = x.get(0).narrow(0, 3, 1).fill_(f64::NAN);
    for format in WeightFormat::ALL {
        let y = PackedWeight::new(&w, format).unwrap().linear(&x, None).unwrap();
        assert!(y.isnan().all().int64_value(&[]) != 0, "{format:?}");
    }
}

#[test]
fn fewer_bits_are_fewer_bytes() {
    let w = Tensor::ones([64, 64], FLOAT_CPU);
    let size = |format| PackedWeight::new(&w, format).unwrap().num_bytes();
    assert_eq!(WeightFormat::ALL.map(size), [16384, 8192, 8192, 4352, 2560]);
}

#[test]
fn what_does_not_fit_is_said() {
    let w = Tensor::ones([4, 3], FLOAT_CPU);
    let packed = PackedWeight::new(&w, WeightFormat::Int8).unwrap();
    let said = |x: &Tensor, bias: Option<&Tensor>| packed.linear(x, bias).unwrap_err().to_string();
    assert!(said(&tensor![[1.0, 2.0]], None).contains("in_features=3"));
    assert!(said(&tensor![[1, 2, 3]], None).contains("float32"));
    assert!(said(&tensor![[1.0, 2.0, 3.0]], Some(&tensor![1.0])).contains("[4]"));
    let wanting = tensor![[1.0, 2.0, 3.0]].set_requires_grad(true);
    assert!(said(&wanting, None).contains("derivative"));
    let after = After { gelu: false, residual: Some(&w) };
    let refused = packed.linear_then(&tensor![[1.0, 2.0, 3.0]], None, after).unwrap_err();
    assert!(refused.what().contains("what is added is [4, 3]"), "{refused}");
    assert!(PackedWeight::new(&tensor![1.0], WeightFormat::Int4).is_err());
    assert!(PackedWeight::new(&tensor![[1, 2]], WeightFormat::Int4).is_err());
}

/// The activation and the sum are those of libtorch's operators, one after the other.
#[test]
fn what_comes_after_is_computed_with_it() {
    for n in [16, 37] {
        let (w, x, bias) = (noise(&[n, 40]), noise(&[7, 40]) * 0.2, noise(&[n]));
        let residual = noise(&[7, n]);
        let packed = PackedWeight::new(&w, WeightFormat::Float32).unwrap();
        let y = packed.linear(&x, Some(&bias)).unwrap();
        let activated = y.gelu("tanh");
        for only_plain in [false, true] {
            let then = |gelu, residual| {
                packed.call(&x, Some(&bias), After { gelu, residual }, only_plain).unwrap()
            };
            for (ours, torch) in [
                (then(true, None), activated.shallow_clone()),
                (then(false, Some(&residual)), &y + &residual),
                (then(true, Some(&residual)), &activated + &residual),
            ] {
                let off = (ours - torch).abs().max().double_value(&[]);
                assert!(off < 5e-6, "{n}, plain: {only_plain}: {off}");
            }
        }
    }
}

#[test]
fn the_activation_is_right_far_out_too() {
    let x = tensor![[-1e30], [-40.0], [-5.0], [-1e-6], [0.0], [1e-6], [5.0], [40.0], [1e30]];
    let packed = PackedWeight::new(&tensor![[1.0]], WeightFormat::Float32).unwrap();
    let after = After { gelu: true, residual: None };
    let ours = packed.linear_then(&x, None, after).unwrap();
    let torch = x.gelu("tanh");
    assert!(ours.allclose(&torch, 1e-5, 1e-6, false), "{ours:?}");
    let nan = packed.linear_then(&tensor![[f32::NAN]], None, after).unwrap();
    assert!(nan.double_value(&[0, 0]).is_nan());
}

#[test]
fn a_weight_is_packed_piece_by_piece_from_its_file() {
    let w = noise(&[5000, 1030]);
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("w.safetensors");
    let state: crate::StateDict = [("w".to_owned(), w.shallow_clone())].into_iter().collect();
    state.save(&path).unwrap();
    let opened = crate::StateDict::open(&path).unwrap();
    let x = noise(&[2, 1030]);
    for format in WeightFormat::ALL {
        let mapped = opened.require("w").unwrap();
        let whole = PackedWeight::new(&w, format).unwrap().linear(&x, None).unwrap();
        let pieces = PackedWeight::of_file(mapped, format).unwrap().linear(&x, None).unwrap();
        assert!(pieces.equal(&whole), "{format:?}");
        let x = noise(&[2, 5000]);
        let turned = PackedWeight::of_file(&mapped.tr(), format).unwrap().linear(&x, None);
        let whole = PackedWeight::new(&w.tr(), format).unwrap().linear(&x, None);
        assert!(turned.unwrap().equal(&whole.unwrap()), "{format:?}, turned");
    }
}
