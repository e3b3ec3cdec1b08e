//! Broken and hostile files end as `tests/golden/bad_inputs/manifest.json` says: no panic, no hang, and no more memory
//! than four times the file's size.

use std::io::Write;
use std::path::{Path, PathBuf};

use atencion::nn::{
    Embedding, EmbeddingConfig, Forward, LearnedPositionalEncoding, Transformer, TransformerConfig,
};
use atencion::{Error, Result, StateDict, io};
use serde_json::{Value, json};
use support::golden;
use support::memory::{Counting, most_held};
use tch::Device;
use tch::nn::VarStore;

#[global_allocator]
static COUNTING: Counting = Counting;

fn manifest() -> Vec<(String, String)> {
    let text = std::fs::read_to_string(golden("bad_inputs/manifest.json")).expect("the manifest");
    let rows: Vec<Value> = serde_json::from_str(&text).expect("the manifest");
    let text = |row: &Value, key: &str| row[key].as_str().expect(key).to_string();
    rows.iter().map(|row| (text(row, "file"), text(row, "expect"))).collect()
}

/// The file, made here where it is too large to keep.
fn file(name: &str, folder: &Path) -> PathBuf {
    let made: Option<Vec<u8>> = match name {
        "json_deep.json" => Some([vec![b'['; 200_000], vec![b']'; 200_000]].concat()),
        "st_deep_nesting.safetensors" => {
            let nest = "[".repeat(100_000) + &"]".repeat(100_000);
            Some(safetensors(&format!("{{\"__metadata__\":{nest}}}"), 0))
        }
        "st_overlap_100k.safetensors" => {
            let info = json!({"dtype": "F32", "shape": [200, 200], "data_offsets": [0, 160_000]});
            let entries = (0..100_000).map(|i| (format!("weight_{i}"), info.clone()));
            let header: serde_json::Map<_, _> = entries.collect();
            Some(safetensors(&Value::Object(header).to_string(), 160_000))
        }
        "pt_zip_deep_tuple.pt" => Some(deep_tuple()),
        _ => None,
    };
    match made {
        Some(bytes) => {
            let path = folder.join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        }
        None => golden("bad_inputs").join(name),
    }
}

fn safetensors(header: &str, data: usize) -> Vec<u8> {
    let length = (header.len() as u64).to_le_bytes();
    [&length, header.as_bytes(), &vec![0; data]].concat()
}

fn deep_tuple() -> Vec<u8> {
    let mut pickle = b"\x80\x02}q\x00X\x01\x00\x00\x00wq\x01".to_vec();
    pickle.extend([vec![b'('; 100_000], vec![b't'; 100_000], b"s.".to_vec()].concat());
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    archive.start_file("archive/data.pkl", stored).unwrap();
    archive.write_all(&pickle).unwrap();
    archive.finish().unwrap().into_inner()
}

/// What an outcome must look like; `None` where anything but a panic will do.
fn as_expected(expect: &str, outcome: &Result<()>) -> Option<bool> {
    let says = |part: &str| outcome.as_ref().is_err_and(|error| error.what().contains(part));
    let hinted = outcome.as_ref().is_err_and(|error| error.how_to_mend().is_some());
    Some(match expect {
        "ok" | "ok, escaped when printed" => outcome.is_ok(),
        "either, no panic" | "ok or clear error" | "ok as nonzero=true, or error" => return None,
        "accept or clear error" | "error or shape [0]" | "error or inf, documented" => return None,
        "HeaderTooSmall" => says("header too small"),
        "HeaderTooLarge" => says("header too large"),
        "HeaderTooLarge + hint" => says("header too large") && hinted,
        "InvalidHeaderLength" => says("invalid header length"),
        "InvalidHeader" => says("invalid UTF-8 in header"),
        "InvalidHeaderDeserialization" => says("invalid JSON in header"),
        "MetadataIncompleteBuffer" => says("incomplete metadata, file not fully covered"),
        "InvalidOffset" => says("invalid offset for tensor `"),
        "TensorInvalidInfo" => says("invalid shape, data type, or offset for tensor"),
        "ValidationOverflow" => says("overflow computing buffer size"),
        "clear error, no panic" => says("is too large"),
        "clear 'unsupported dtype' error" => says("unsupported dtype F8_E4M3") && hinted,
        "reject preferred" => says("tensor `t` is there twice"),
        "refuse" => says("which is not run here") || says("a bare pickle"),
        "refuse or bounded" => return None,
        "refuse, no crash" => says("in one another"),
        "clear error" => says("not a whole zip archive"),
        "error naming row 1" => says("in row 1"),
        "type error" => says("invalid type"),
        "parse error with position" => says("at line 1 column 4"),
        "parse error" => says("at line 1 column"),
        "range error" => says("does not fit in int64"),
        "depth error, no stack overflow" => says("more than 64 lists in one another"),
        "error" => says("at line 1 column"),
        "reject" => says("invalid type: map"),
        other => panic!("the manifest expects {other:?}, which this test does not know"),
    })
}

fn load(path: &Path, name: &str) -> Result<()> {
    match name {
        _ if name.ends_with(".json") => io::read_tensor(path.to_str().unwrap()).map(drop),
        _ => StateDict::load(path).map(drop),
    }
}

#[test]
fn every_file_ends_as_the_manifest_says() {
    let folder = tempfile::tempdir().unwrap();
    // csv_, cfg_, ids_, sampling_ and text_ are not tensor files; nb_ are notebooks.
    let ours = ["st_", "pt_", "json_", "git_lfs", "html_404", "text_lone_surrogate"];
    let rows: Vec<_> = manifest()
        .into_iter()
        .filter(|(name, _)| ours.iter().any(|start| name.starts_with(start)))
        .collect();
    assert_eq!(rows.len(), 62);
    let mut wrong = Vec::new();
    for (name, expect) in rows {
        let path = file(&name, folder.path());
        let size = std::fs::metadata(&path).unwrap().len() as isize;
        let (outcome, held) = most_held(|| load(&path, &name));
        if as_expected(&expect, &outcome) == Some(false) {
            wrong.push(format!("{name}: expected {expect}, got {outcome:?}"));
        }
        // Names, messages and buffers of files that are next to nothing.
        if held > 4 * size + 64 * 1024 {
            wrong.push(format!("{name}: {held} bytes for a file of {size}"));
        }
        if let Err(error) = &outcome {
            check_text(error, &name);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(std::env::var_os("PWNED_BY_PICKLE").is_none(), "a pickle was run");
}

/// One line that names the file, without anything that a terminal would obey.
fn check_text(error: &Error, name: &str) {
    assert!(error.what().contains(name), "{error}");
    let mend = error.how_to_mend().unwrap_or_default();
    assert!(!error.what().chars().chain(mend.chars()).any(char::is_control), "{name}: {error:?}");
}

#[test]
fn a_name_with_an_escape_sequence_is_escaped() {
    let path = golden("bad_inputs/st_name_control.safetensors");
    let error = io::read_tensor(&format!("{}#w", path.display())).unwrap_err();
    check_text(&error, "st_name_control.safetensors");
    assert!(error.how_to_mend().unwrap().contains("\\u{1b}[31m\\nb"), "{error:?}");
}

#[test]
fn bool_bytes_become_true() {
    let state = StateDict::load(golden("bad_inputs/st_bool_byte_2.safetensors")).unwrap();
    assert!(state.get("t").unwrap().equal(&tch::Tensor::from_slice(&[true, true])));
}

#[test]
fn nan_and_infinity_are_legal() {
    let state = StateDict::load(golden("bad_inputs/st_nan_inf.safetensors")).unwrap();
    assert_eq!(
        io::json::to_value(state.get("t").unwrap()).unwrap(),
        json!(["NaN", "Infinity", "-Infinity"])
    );
}

fn json_of(name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(golden("bad_inputs").join(name)).unwrap())
        .unwrap()
}

/// The configurations whose numbers a module's options can hold at all.
#[test]
fn modules_refuse_the_configurations() {
    let _draws = support::draws();
    for (name, parts) in [
        ("cfg_heads_not_dividing.json", &["10", "3"][..]),
        ("cfg_zero_heads.json", &["num_heads=0"]),
        ("cfg_negative.json", &["-8"]),
        ("cfg_huge.json", &["1099511627776"]),
        ("cfg_dropout_2.json", &["dropout", "2"]),
    ] {
        let json = json_of(name);
        let defaults = TransformerConfig::default();
        let config = TransformerConfig {
            d_model: json["d_model"].as_i64().unwrap(),
            nhead: json["nhead"].as_i64().unwrap(),
            dropout: json["dropout"].as_f64().unwrap_or(defaults.dropout),
            ..defaults
        };
        let vs = VarStore::new(Device::Cpu);
        let error = Transformer::new(vs.root(), config).unwrap_err();
        for part in parts {
            assert!(error.what().contains(part), "{name}: {error}");
        }
    }
}

#[test]
fn embeddings_refuse_the_ids() {
    let _draws = support::draws();
    for (name, id, place) in
        [("ids_out_of_range.json", "10", "[0, 1]"), ("ids_negative.json", "-1", "[0, 0]")]
    {
        let json = json_of(name);
        let vs = VarStore::new(Device::Cpu);
        let config = EmbeddingConfig::new(json["vocab_size"].as_i64().unwrap(), 4);
        let embedding = Embedding::new(vs.root(), config).unwrap();
        let ids = io::json::from_text(json["input_ids"].to_string().as_bytes()).unwrap();
        let error = embedding.forward(&ids).unwrap_err();
        assert!(error.what().contains(id) && error.what().contains(place), "{name}: {error}");
    }
    let json = json_of("ids_too_long.json");
    let ids = io::json::from_text(json["input_ids"].to_string().as_bytes()).unwrap();
    let vs = VarStore::new(Device::Cpu);
    let root = vs.root();
    let embedding = Embedding::new(&(&root / "token"), EmbeddingConfig::new(2, 4)).unwrap();
    let max_len = json["n_positions"].as_i64().unwrap();
    let positions = LearnedPositionalEncoding::new(&(&root / "position"), max_len, 4).unwrap();
    let error = positions.forward(&embedding.forward(&ids).unwrap()).unwrap_err();
    assert!(error.what().contains('5') && error.what().contains('4'), "{error}");
}

#[test]
fn files_that_hold_no_tensors_are_said_to() {
    for name in ["csv_ragged.csv", "text_crlf_bom.csv", "text_nul.txt", "text_invalid_utf8.txt"] {
        let path = golden("bad_inputs").join(name);
        let error = io::read_tensor(path.to_str().unwrap()).unwrap_err();
        assert!(error.what().ends_with("not a tensor file"), "{error}");
        assert!(StateDict::load(&path).is_err());
    }
}
