//! `FILE`, `FILE#NAME`: every tensor file that the command line takes, and what is refused.

use std::path::{Path, PathBuf};

use atencion::io::{json, read_tensor};
use atencion::{Result, StateDict};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::golden;
use tch::{Kind, Tensor};

fn read(path: &Path) -> Result<Tensor> {
    read_tensor(path.to_str().expect("a path that is text"))
}

fn read_json(text: &str) -> Result<Tensor> {
    json::from_text(text.as_bytes())
}

/// Files of a golden folder with that ending, at least `least` of them.
fn files(folder: &str, ending: &str, least: usize) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(golden(folder)).expect("golden vectors");
    let paths = entries.map(|entry| entry.expect("a folder entry").path());
    let mut found: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|e| e == ending)).collect();
    found.sort();
    assert!(found.len() >= least, "{folder} has only {} files .{ending}", found.len());
    found
}

#[test]
fn npy_files_hold_what_numpy_and_torch_say() {
    let with_twin = |path: &&PathBuf| path.with_extension("safetensors").exists();
    let paths = files("pt_files/npy", "npy", 14);
    assert_eq!(paths.iter().filter(with_twin).count(), paths.len() - 1, "all but c16 have a twin");
    for path in paths.iter().filter(with_twin) {
        let expected = read(&path.with_extension("safetensors")).unwrap();
        let array = read(path).unwrap();
        assert_eq!((array.kind(), array.size()), (expected.kind(), expected.size()), "{path:?}");
        assert!(array.equal(&expected), "{path:?}");
    }
    assert_eq!(read(&golden("pt_files/npy/c16.npy")).unwrap().kind(), Kind::ComplexDouble);
}

#[test]
fn a_fortran_array_keeps_its_memory_order_as_in_torch() {
    assert_eq!(read(&golden("pt_files/npy/fortran.npy")).unwrap().stride(), [1, 2, 6]);
}

#[test]
fn npy_files_of_other_things_are_refused() {
    for path in files("pt_files/npy/refused", "npy", 5) {
        let error = read(&path).expect_err("refused");
        assert!(error.what().contains("unsupported dtype"), "{path:?}: {error}");
        assert!(error.how_to_mend().is_some());
    }
}

#[test]
fn a_named_tensor_or_the_first() {
    let path = golden("pt_files/pt/plain_dict.safetensors");
    let path = path.to_str().unwrap();
    assert_eq!(read_tensor(&format!("{path}#a")).unwrap().size(), [4, 6]);
    assert_eq!(read_tensor(&format!("{path}#b")).unwrap().size(), [5]);
    assert_eq!(read_tensor(path).unwrap().kind(), Kind::Int64, "b comes first in the file");
    let pt = golden("pt_files/pt/plain_dict.pt");
    assert_eq!(read_tensor(&format!("{}#b", pt.display())).unwrap().size(), [5]);
    assert_eq!(read(&pt).unwrap().size(), [4, 6], "a comes first in the file");
    let error = read_tensor(&format!("{path}#c")).unwrap_err();
    assert!(error.what().ends_with("there is no tensor \"c\" in it"), "{error}");
    assert_eq!(error.how_to_mend(), Some("it holds \"b\", \"a\""));
}

#[test]
fn other_files_are_named_as_such() {
    let error = read_tensor("weights.csv").unwrap_err();
    assert_eq!(error.what(), "weights.csv: not a tensor file");
    let error = read_tensor(&format!("{}#a", golden("pt_files/npy/f4.npy").display())).unwrap_err();
    assert_eq!(error.how_to_mend(), Some("leave out #a"));
    assert!(read_tensor("no/such.npy").unwrap_err().what().starts_with("no/such.npy: "));
}

#[test]
fn json_kinds_are_those_of_torch_tensor() {
    for (text, kind, size) in [
        ("[[1, 2], [3, 4]]", Kind::Int64, vec![2, 2]),
        ("[[1, 2.0]]", Kind::Float, vec![1, 2]),
        ("[true, false, true]", Kind::Bool, vec![3]),
        ("[true, 2]", Kind::Int64, vec![2]),
        ("[true, 0.5]", Kind::Float, vec![2]),
        ("7", Kind::Int64, vec![]),
        ("-1e-3", Kind::Float, vec![]),
        ("[]", Kind::Float, vec![0]),
        ("[[], []]", Kind::Float, vec![2, 0]),
        ("\u{feff}[1]", Kind::Int64, vec![1]),
        ("[1, \"NaN\", \"Infinity\", \"-Infinity\"]", Kind::Float, vec![4]),
        ("[1, NaN, Infinity, -Infinity]", Kind::Float, vec![4]),
        ("[1, -0]", Kind::Int64, vec![2]),
        ("[1, -0.0]", Kind::Float, vec![2]),
    ] {
        let tensor = read_json(text).unwrap();
        assert_eq!((tensor.kind(), tensor.size()), (kind, size), "{text}");
    }
    assert!(read_json("[true, 2]").unwrap().equal(&Tensor::from_slice(&[1i64, 2])));
}

#[test]
fn json_numbers_are_rounded_as_python_rounds_them() {
    // The float64 nearest to the text, then the float32 nearest to that: not the same as the nearest float32.
    let text = "[0.1, 16777217.0, 1.00000005960464477540, 4.9e-324, 3.4028235677973366e38]";
    let expected =
        [0.1f64, 16777217.0, 1.000_000_059_604_644_8, 4.9e-324, 3.402_823_567_797_336_6e38];
    let expected: Vec<f32> = expected.iter().map(|&value| value as f32).collect();
    assert!(read_json(text).unwrap().equal(&Tensor::from_slice(&expected)));
    assert!(
        read_json("[9223372036854775807, -9223372036854775808]")
            .unwrap()
            .equal(&Tensor::from_slice(&[i64::MAX, i64::MIN]))
    );
}

/// What `json.dump` writes for numbers that are not finite, and what Python makes of `-0`.
#[test]
fn json_of_pythons_own_is_read_as_python_reads_it() {
    let infinite = read_json("[NaN, -Infinity, [Infinity]]").unwrap_err();
    assert!(infinite.what().contains("a list stands where a number should"), "{infinite}");
    let numbers = read_json("[[NaN, -Infinity], [Infinity, -0]]").unwrap();
    let [nan, low, high, zero] =
        <[f64; 4]>::try_from(Vec::<f64>::try_from(numbers.view(-1).to_kind(Kind::Double)).unwrap())
            .unwrap();
    assert!(nan.is_nan() && low == f64::NEG_INFINITY && high == f64::INFINITY);
    assert!(zero == 0.0 && zero.is_sign_positive(), "an integer has no negative zero");
    assert!(read_json("[-NaN]").is_err() && read_json("[nan]").is_err());
}

#[test]
fn json_that_is_not_a_tensor_says_where() {
    for (text, part) in [
        (
            "[[1,2],[3]]",
            "expected sequence of length 2 at dim 1 (got 1) in row 1 at line 1 column 10",
        ),
        ("[[[1],[2]],[[3],[4,5]]]", "expected sequence of length 1 at dim 2 (got 2) in row [1][1]"),
        ("[[1],2]", "a number stands where a list should"),
        ("[[],2]", "a number stands where a list should"),
        ("[1,[2]]", "a list stands where a number should, in row 1"),
        ("[1,null]", "invalid type: null"),
        ("[{\"a\":1}]", "invalid type: map"),
        ("[99999999999999999999]", "the integer 99999999999999999999 does not fit in int64"),
        ("[18446744073709551615]", "the integer 18446744073709551615 does not fit in int64"),
        ("[1e999]", "number out of range"),
        ("[1] 2", "trailing characters"),
    ] {
        let error = read_json(text).expect_err(text);
        assert!(error.what().contains(part), "{text}: {error}");
    }
}

#[test]
fn a_large_float_is_no_integer() {
    assert_eq!(read_json("[1e30, 99999999999999999999.0]").unwrap().kind(), Kind::Float);
}

#[test]
fn to_value_is_pythons_tolist() {
    let value = |tensor: &Tensor| json::to_value(tensor).unwrap();
    assert_eq!(
        value(&Tensor::from_slice(&[0.1f32, 2.0, -0.5, 1e-8]).view([2, 2])).to_string(),
        "[[0.10000000149011612,2.0],[-0.5,9.99999993922529e-9]]"
    );
    assert_eq!(value(&Tensor::from_slice(&[true, false]).view([1, 2])), json!([[true, false]]));
    assert_eq!(value(&Tensor::from_slice(&[1i64, -2])), json!([1, -2]));
    assert_eq!(value(&Tensor::from(7.5)), json!(7.5));
    assert_eq!(value(&Tensor::zeros([2, 0], tch::kind::FLOAT_CPU)), json!([[], []]));
    let odd = Tensor::from_slice(&[f32::NAN, f32::INFINITY, f32::NEG_INFINITY]);
    assert_eq!(value(&odd), json!(["NaN", "Infinity", "-Infinity"]));
    let transposed = Tensor::from_slice(&[1i64, 2, 3, 4]).view([2, 2]).tr();
    assert_eq!(value(&transposed), json!([[1, 3], [2, 4]]));
    assert!(json::to_value(&Tensor::zeros([1], (Kind::ComplexFloat, tch::Device::Cpu))).is_err());
}

/// The shape of nested lists, if they have one.
fn shape_of(value: &Value) -> Option<Vec<i64>> {
    let Value::Array(items) = value else { return Some(Vec::new()) };
    let shapes: Option<Vec<_>> = items.iter().map(shape_of).collect();
    let shapes = shapes?;
    let inner = shapes.first().cloned().unwrap_or_default();
    let same = shapes.iter().all(|shape| *shape == inner);
    same.then(|| [vec![items.len() as i64], inner].concat())
}

fn nested_lists() -> impl Strategy<Value = Value> {
    let leaf = (0i64..9).prop_map(Value::from);
    leaf.prop_recursive(3, 20, 3, |inner| prop::collection::vec(inner, 0..3).prop_map(Value::Array))
}

proptest! {
    #[test]
    fn nested_lists_are_a_tensor_if_they_have_a_shape(lists in nested_lists()) {
        let read = read_json(&lists.to_string());
        match shape_of(&lists) {
            Some(shape) => {
                let tensor = read.unwrap();
                prop_assert_eq!(tensor.size(), shape);
                if tensor.numel() > 0 {
                    prop_assert_eq!(json::to_value(&tensor).unwrap(), lists);
                }
            }
            None => prop_assert!(read.is_err(), "{} {:?}", lists, read),
        }
    }

    #[test]
    fn what_is_written_as_json_reads_back_bit_for_bit(bits in prop::collection::vec(any::<u32>(), 1..40)) {
        let floats: Vec<f32> = bits.into_iter().map(f32::from_bits).collect();
        let tensor = Tensor::from_slice(&floats);
        let text = json::to_value(&tensor).unwrap().to_string();
        let back = Vec::<f32>::try_from(read_json(&text).unwrap().to_kind(Kind::Float)).unwrap();
        for (before, after) in floats.iter().zip(back) {
            prop_assert!(before.to_bits() == after.to_bits() || (before.is_nan() && after.is_nan()));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[\\[\\]\\{\\},:0-9eE+\\-.\"a-z ]{0,60}") {
        let _ = read_json(&text);
    }

    #[test]
    fn a_damaged_npy_file_is_read_or_refused(
        which in 0usize..15, at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>(),
    ) {
        let paths = files("pt_files/npy", "npy", 14);
        let mut bytes = std::fs::read(&paths[which % paths.len()]).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        bytes.truncate(cut.index(bytes.len() * 4) + 1);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("damaged.npy");
        std::fs::write(&path, bytes).unwrap();
        let _ = read(&path);
    }

    #[test]
    fn a_damaged_state_dict_is_read_or_refused(
        which in 0usize..20, damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let paths = [files("pt_files/pt", "pt", 10), files("pt_files/pt", "safetensors", 10)].concat();
        let path = &paths[which % paths.len()];
        let mut bytes = std::fs::read(path).unwrap();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len() * 4) + 1);
        let folder = tempfile::tempdir().unwrap();
        let damaged = folder.path().join(path.file_name().unwrap());
        std::fs::write(&damaged, bytes).unwrap();
        let _ = StateDict::load(&damaged);
        let _ = StateDict::load_flat(&damaged);
    }
}
