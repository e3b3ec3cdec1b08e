//! Models as the world has them: mapped, in shards, under other names, of other kinds.

use std::path::Path;
use std::process::Command;

use atencion::{StateDict, tensor};
use support::{assert_bits, python_with_torch};
use tch::{Device, Kind, Tensor};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn state(names: &[&str]) -> StateDict {
    let numbers = |at| Tensor::arange(6, tch::kind::FLOAT_CPU).view([2, 3]) + at as f64;
    names.iter().enumerate().map(|(at, name)| (name.to_string(), numbers(at))).collect()
}

fn names(state: &StateDict) -> Vec<&str> {
    state.names().collect()
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Every kind that a file can hold, and a header whose length is odd, so that nothing lies where it should.
#[test]
fn what_is_mapped_is_what_is_read() {
    let folder = folder();
    let path = folder.path().join("all.safetensors");
    let kinds = [
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
    let all: StateDict = kinds
        .iter()
        .map(|kind| (format!("{kind:?}"), (tensor![[0.0, -1.5], [3.25, 4.0]]).to_kind(*kind)))
        .chain([("empty".to_string(), Tensor::zeros([0, 3], tch::kind::FLOAT_CPU))])
        .chain([("scalar".to_string(), atencion::scalar!(2.5))])
        .collect();
    all.save(&path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) + 1;
    let (header, data) = bytes[8..].split_at(length as usize - 1);
    let odd = folder.path().join("odd.safetensors");
    std::fs::write(&odd, [&length.to_le_bytes(), header, b" ", data].concat()).unwrap();
    for path in [path, odd] {
        let opened = StateDict::open(&path).unwrap();
        assert_eq!(opened.len(), all.len());
        for (name, tensor) in all.iter() {
            assert_bits(name, opened.get(name).unwrap(), tensor);
        }
    }
}

/// The numbers are in the file's pages: `fill_` stays out of it, and a file saved in its place is another one.
#[test]
fn mapped_tensors_and_their_file_leave_each_other_alone() {
    let folder = folder();
    let path = folder.path().join("w.safetensors");
    state(&["a"]).save(&path).unwrap();
    let before = std::fs::read(&path).unwrap();
    let opened = StateDict::open(&path).unwrap();
    let again = StateDict::open(&path).unwrap();
    let _ = opened.get("a").unwrap().shallow_clone().fill_(7.0);
    assert_eq!(std::fs::read(&path).unwrap(), before);
    state(&["b"]).save(&path).unwrap();
    assert!(again.get("a").unwrap().equal(state(&["a"]).get("a").unwrap()));
    assert_eq!(names(&StateDict::open(&path).unwrap()), ["b"]);
}

#[test]
fn a_file_that_is_cut_short_is_refused_before_it_is_used() {
    let folder = folder();
    let path = folder.path().join("w.safetensors");
    state(&["a"]).save(&path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    for kept in [0, 7, 8, 20, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..kept]).unwrap();
        let error = StateDict::open(&path).unwrap_err();
        assert!(error.what().contains("not a valid safetensors file"), "{kept}: {error}");
    }
}

#[test]
fn shards_come_back_as_one() {
    let folder = folder();
    let all = state(&["d", "a", "c", "b"]);
    // Two tensors of 24 bytes a shard.
    all.save_sharded(folder.path(), 50).unwrap();
    let shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
    assert_eq!(files(folder.path()), [shards[0], shards[1], "model.safetensors.index.json"]);
    let by_hand = shards.map(|shard| folder.path().join(shard));
    for opened in [
        StateDict::open(folder.path()).unwrap(),
        StateDict::open(folder.path().join("model.safetensors.index.json")).unwrap(),
        StateDict::open_all(by_hand.clone()).unwrap(),
    ] {
        assert_eq!(opened.len(), 4);
        all.iter().for_each(|(name, tensor)| assert_bits(name, opened.get(name).unwrap(), tensor));
    }
    let twice = StateDict::open_all([&by_hand[0], &by_hand[0]]).unwrap_err();
    assert_eq!(twice.what(), "there are two tensors of the name \"d\", \"a\"");
    // What fits is one file, and the shards of before are gone.
    all.save_sharded(folder.path(), 1000).unwrap();
    assert_eq!(files(folder.path()), ["model.safetensors"]);
    assert_eq!(StateDict::open(folder.path()).unwrap().len(), 4);
    assert!(all.save_sharded(folder.path(), 0).is_err());
    let error = StateDict::open(tempfile::tempdir().unwrap().path()).unwrap_err();
    assert!(error.what().contains("neither model.safetensors nor"), "{error}");
}

#[test]
fn everything_that_does_not_fit_an_index_is_said_at_once() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    state(&["a", "stray"]).save(at("model-00001-of-00003.safetensors")).unwrap();
    state(&["x"]).save(at("model-00003-of-00003.safetensors")).unwrap();
    let index = r#"{"metadata": {"total_size": 0}, "weight_map": {
        "a": "model-00001-of-00003.safetensors", "b": "model-00002-of-00003.safetensors",
        "c": "model-00001-of-00003.safetensors", "d": "../../secret.safetensors"}}"#;
    std::fs::write(at("model.safetensors.index.json"), index).unwrap();
    let error = StateDict::open(folder.path()).unwrap_err();
    for part in [
        "the shard model-00002-of-00003.safetensors is not there",
        "it does not know the shard model-00003-of-00003.safetensors",
        "it does not know \"stray\" in model-00001-of-00003.safetensors",
        "model-00001-of-00003.safetensors lacks \"c\"",
        "\"../../secret.safetensors\" is no file name",
    ] {
        assert!(error.what().contains(part), "{part}\n{error}");
    }
    for (index, part) in [
        ("{}", "missing field `weight_map`"),
        ("[", "EOF while parsing"),
        (r#"{"weight_map": {"a": 1}}"#, "invalid type: integer"),
        (r#"{"weight_map": {"a": "x.safetensors", "a": "x.safetensors"}}"#, "\"a\" is there twice"),
    ] {
        std::fs::write(at("model.safetensors.index.json"), index).unwrap();
        let error = StateDict::open(folder.path()).unwrap_err();
        assert!(error.what().contains(part), "{index}: {error}");
    }
}

#[test]
fn names_are_changed_only_where_nothing_is_lost() {
    let bert = state(&["bert.norm.gamma", "bert.norm.beta", "head.weight"]);
    let renamed = bert
        .rename(|name| {
            name.trim_start_matches("bert.").replace("gamma", "weight").replace("beta", "bias")
        })
        .unwrap();
    assert_eq!(names(&renamed), ["norm.weight", "norm.bias", "head.weight"]);
    assert_eq!(
        names(&renamed.prefix("bert")),
        ["bert.norm.weight", "bert.norm.bias", "bert.head.weight"]
    );
    let error = state(&["a.w", "b.w"]).rename(|name| name[2..].into()).unwrap_err();
    assert_eq!(error.what(), "\"a.w\" and \"b.w\" would both be \"w\"");
    let kept = state(&["h.0.bias", "h.10.bias", "h.0.weight", "lm_head.weight", "bias"]).ignore(&[
        "h.*.bias",
        "lm_head.weight",
        "nothing*",
    ]);
    assert_eq!(names(&kept), ["h.0.weight", "bias"]);
    let error = kept.require("h.0.wieght").unwrap_err();
    assert_eq!(error.how_to_mend(), Some("is \"h.0.weight\" meant?"));
}

#[test]
fn a_cast_that_loses_is_refused_by_name() {
    let mixed = || -> StateDict {
        [
            ("w", tensor![1.5, 1e-3]),
            ("ids", tensor![1, 2]),
            ("mask", tensor![true]),
            ("large", tensor![7e4, f32::INFINITY]),
            ("z", tensor![1.0].to_kind(Kind::ComplexFloat)),
        ]
        .into_iter()
        .map(|(name, tensor)| (name.to_string(), tensor))
        .collect()
    };
    let kinds = |state: &StateDict| state.iter().map(|(_, t)| t.kind()).collect::<Vec<_>>();
    let cast = mixed().ignore(&["z"]).cast(Kind::BFloat16).unwrap();
    assert_eq!(kinds(&cast), [Kind::BFloat16, Kind::Int64, Kind::Bool, Kind::BFloat16]);
    assert!(cast.get("w").unwrap().equal(&tensor![1.5, 1e-3].to_kind(Kind::BFloat16)));
    let error = mixed().cast(Kind::Half).unwrap_err();
    assert_eq!(
        error.what(),
        "a cast to Half would lose numbers of \"large\", which is Float, \"z\", which is ComplexFloat"
    );
    let error = mixed().cast(Kind::Int64).unwrap_err();
    assert_eq!(error.what(), "a cast to Int64 would lose the fractions of \"w\", \"large\"");
    assert_eq!(mixed().to(Device::Cpu).unwrap().len(), 5);
    if !tch::Cuda::is_available() {
        assert!(mixed().to(Device::Cuda(0)).is_err());
    }
}

/// The split and the index are huggingface_hub's, and its readers take the files.
#[test]
fn python_writes_the_same_index_and_reads_the_shards() {
    let Some(python) = python_with_torch() else { return };
    let folder = folder();
    let sizes = [6, 6, 2, 40, 6, 2, 2, 1];
    let mut all: StateDict = sizes
        .iter()
        .enumerate()
        .map(|(at, size)| (format!("t{at}.weight"), Tensor::arange(*size, tch::kind::FLOAT_CPU)))
        .collect();
    let tied = all.get("t1.weight").unwrap().shallow_clone();
    all.insert("tied.weight", tied);
    all.save_sharded(folder.path(), 40).unwrap();
    let code = format!(
        r#"
import json, os, sys
try:
    from huggingface_hub import split_torch_state_dict_into_shards
except ImportError:
    sys.exit(7)
import torch, safetensors.torch
state = {{f"t{{i}}.weight": torch.arange(n, dtype=torch.float32) for i, n in enumerate({sizes:?})}}
state["tied.weight"] = state["t1.weight"]
split = split_torch_state_dict_into_shards(state, max_shard_size=40)
index = json.load(open("model.safetensors.index.json"))
assert index["weight_map"] == split.tensor_to_filename, (index["weight_map"], split.tensor_to_filename)
assert index["metadata"] == split.metadata, (index["metadata"], split.metadata)
for name in split.filename_to_tensors:
    for key, tensor in safetensors.torch.load_file(name).items():
        assert torch.equal(tensor, state[key]), key
"#
    );
    let ran = Command::new(python).args(["-c", &code]).current_dir(folder.path()).output().unwrap();
    if ran.status.code() == Some(7) {
        return support::skipped("this Python has no huggingface_hub");
    }
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}
