//! The Rust that `explain` prints, compiled and run as it is printed.
//!
//! The files in `printed/` are what it prints, between brackets; the test holds them to that. Written anew by
//! `ATENCION_WRITE=1 cargo test -p atencion-cli --test explain printed`.

use std::fs;
use std::path::Path;

use atencion::Result;
use atencion::tch::Tensor;
use serde_json::Value;

use crate::command::said;

/// What is asked for, the file with its lines, and the lines as the compiler took them.
type Case = (&'static [&'static str], &'static str, fn() -> Result<Tensor>);

/// Whole numbers, from JSON.
macro_rules! own {
    ($($more:literal),*) => {{
        const Q: &str = "tests/explain/printed/q.json";
        &["--q", Q, "--k", Q, "--v", Q, $($more),*]
    }};
}

const CASES: [Case; 10] = [
    // The practice's own numbers stand in its lines; the others read files.
    (&[], "practice", || include!("printed/practice.rs")),
    (&["--causal"], "causal", || include!("printed/causal.rs")),
    (own!(), "own", || include!("printed/own.rs")),
    (own!("--mask", "tests/explain/printed/ones.json"), "mask", || include!("printed/mask.rs")),
    (own!("--mask", "tests/explain/printed/added.json"), "added", || include!("printed/added.rs")),
    (own!("--heads", "2", "--causal"), "heads", || include!("printed/heads.rs")),
    (
        &[
            "--q",
            "tests/explain/printed/batch.json",
            "--k",
            "tests/explain/printed/batch.json",
            "--v",
            "tests/explain/printed/batch.json",
            "--heads",
            "2",
        ],
        "batch",
        || include!("printed/batch.rs"),
    ),
    // Floats, and a mask of true and false that hides a whole row.
    (
        &[
            "--q",
            "tests/explain/printed/added.json",
            "--k",
            "tests/explain/printed/added.json",
            "--v",
            "tests/explain/printed/added.json",
            "--mask",
            "tests/explain/printed/truth.json",
        ],
        "truth",
        || include!("printed/truth.rs"),
    ),
    // One format each.
    (
        &[
            "--q",
            "../tests/golden/pt_files/pt/plain_dict.pt#a",
            "--k",
            "../tests/golden/pt_files/pt/views.safetensors#base",
            "--v",
            "../tests/golden/pt_files/pt/protocol_4.pt#\u{f1}",
        ],
        "formats",
        || include!("printed/formats.rs"),
    ),
    (
        &[
            "--q",
            "../tests/golden/pt_files/npy/f4.npy",
            "--k",
            "../tests/golden/pt_files/npy/f4.npy",
            "--v",
            "../tests/golden/pt_files/npy/f4.npy",
        ],
        "numpy",
        || include!("printed/numpy.rs"),
    ),
];

fn document(more: &[&str]) -> Value {
    serde_json::from_str(&said(&[&["explain", "--json"], more].concat())).unwrap()
}

fn tensors(document: &Value) -> impl Iterator<Item = &Value> {
    document["steps"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|step| step["tensors"].as_array().unwrap())
}

#[test]
fn the_printed_rust_gives_the_printed_tensors() {
    for (more, name, run) in CASES {
        let document = document(more);
        let lines: Vec<&str> = tensors(&document).map(|it| it["rust"].as_str().unwrap()).collect();
        let last = tensors(&document).last().unwrap();
        let result = last["name"].as_str().unwrap();
        let text = format!("{{\n{}\nOk({result})\n}}\n", lines.join("\n"));
        let path = format!("tests/explain/printed/{name}.rs");
        if std::env::var_os("ATENCION_WRITE").is_some() {
            fs::write(&path, &text).unwrap();
            continue;
        }
        assert_eq!(fs::read_to_string(Path::new(&path)).unwrap(), text, "{path}");
        let found = atencion::io::json::to_value(&run().unwrap()).unwrap();
        assert_eq!(found, last["values"], "{name}");
    }
}
