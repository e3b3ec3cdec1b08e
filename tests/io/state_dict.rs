//! A `StateDict` goes to a file and comes back as it was.

use atencion::StateDict;
use tch::{Device, Kind, Tensor};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

const KINDS: [Kind; 11] = [
    Kind::Bool,
    Kind::Uint8,
    Kind::Int8,
    Kind::Int16,
    Kind::Int,
    Kind::Int64,
    Kind::Half,
    Kind::BFloat16,
    Kind::Float,
    Kind::Double,
    Kind::ComplexFloat,
];

#[test]
fn every_kind_comes_back_bit_for_bit() {
    let _draws = support::draws();
    let folder = folder();
    let path = folder.path().join("kinds.safetensors");
    let saved: StateDict = KINDS
        .iter()
        .map(|&kind| {
            (format!("{kind:?}"), Tensor::randn([3, 5], tch::kind::FLOAT_CPU).to_kind(kind))
        })
        .collect();
    saved.save(&path).unwrap();
    let loaded = StateDict::load(&path).unwrap();
    assert_eq!(loaded.len(), KINDS.len());
    for (name, tensor) in saved.iter() {
        let back = loaded.get(name).unwrap();
        assert_eq!(back.kind(), tensor.kind());
        assert!(back.equal(tensor), "{name}");
    }
}

#[test]
fn names_keep_their_order() {
    let folder = folder();
    let path = folder.path().join("order.safetensors");
    let names = ["z.weight", "a.bias", "m"];
    let zeros = || Tensor::zeros([2], tch::kind::FLOAT_CPU);
    names
        .iter()
        .map(|name| (name.to_string(), zeros()))
        .collect::<StateDict>()
        .save(&path)
        .unwrap();
    assert_eq!(StateDict::load(&path).unwrap().names().collect::<Vec<_>>(), names);
}

#[test]
fn views_transposes_scalars_and_empty_tensors() {
    let _draws = support::draws();
    let folder = folder();
    let path = folder.path().join("views.safetensors");
    let base = Tensor::arange(24, tch::kind::FLOAT_CPU).view([4, 6]);
    let saved: StateDict = [
        ("transposed", base.tr()),
        ("row", base.get(2)),
        ("every_second", base.slice(1, 0, 6, 2)),
        ("expanded", base.get(0).expand([3, 6], false)),
        ("tied", base.shallow_clone()),
        ("tied_too", base.shallow_clone()),
        ("scalar", Tensor::from(7.5)),
        ("empty", Tensor::zeros([0, 3], tch::kind::INT64_CPU)),
        ("conjugated", Tensor::randn([3], (Kind::ComplexFloat, Device::Cpu)).conj()),
    ]
    .into_iter()
    .map(|(name, tensor)| (name.to_string(), tensor))
    .collect();
    saved.save(&path).unwrap();
    let loaded = StateDict::load(&path).unwrap();
    for (name, tensor) in saved.iter() {
        let back = loaded.get(name).unwrap();
        assert_eq!(back.size(), tensor.size(), "{name}");
        assert!(back.equal(tensor), "{name}");
    }
}

#[test]
fn a_failed_save_leaves_the_old_file_and_nothing_else() {
    let folder = folder();
    let path = folder.path().join("kept.safetensors");
    let good: StateDict =
        [("w".to_string(), Tensor::ones([2], tch::kind::FLOAT_CPU))].into_iter().collect();
    good.save(&path).unwrap();
    let complex = Tensor::zeros([2], (Kind::ComplexDouble, Device::Cpu));
    let bad: StateDict = [("c".to_string(), complex)].into_iter().collect();
    let error = bad.save(&path).unwrap_err();
    assert_eq!(error.what(), "tensor \"c\" is ComplexDouble, which safetensors cannot hold");
    assert!(StateDict::load(&path).unwrap().get("w").is_some());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn saving_into_a_folder_that_is_not_there_names_the_file() {
    let error = StateDict::new().save("/no/such/folder/w.safetensors").unwrap_err();
    assert!(error.what().starts_with("/no/such/folder/w.safetensors: "), "{error}");
}

#[test]
fn loading_a_file_that_is_not_there_names_it() {
    let error = StateDict::load("/no/such/w.safetensors").unwrap_err();
    assert!(error.what().starts_with("/no/such/w.safetensors: "), "{error}");
}
