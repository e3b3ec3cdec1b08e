//! The Rust that `explain` and the page's *Read* print, compiled and run as it is printed.
//!
//! The files in `printed/` are what they print, between brackets; the first test holds them to that. Written anew by
//! `ATENCION_WRITE=1 cargo test -p atencion-cli --test explain printed`.

use std::fs;
use std::path::Path;

use atencion::Result;
use atencion::tch::Tensor;
use serde_json::Value;

use crate::command::said;

const Q: &str = "tests/explain/printed/q.json";
const OWN: [&str; 6] = ["--q", Q, "--k", Q, "--v", Q];

/// What is asked for, the file with its lines, and the lines as the compiler took them.
type Case = (&'static [&'static str], &'static str, fn() -> Result<Tensor>);

const CASES: [Case; 5] = [
    (&[], "practice", || include!("printed/practice.rs")),
    (&["--causal"], "causal", || include!("printed/causal.rs")),
    (&["--mask", "tests/explain/printed/ones.json"], "mask", || include!("printed/mask.rs")),
    (&["--mask", "tests/explain/printed/added.json"], "added", || include!("printed/added.rs")),
    (&["--heads", "2", "--causal"], "heads", || include!("printed/heads.rs")),
];

fn document(more: &[&str], own: bool) -> Value {
    let own: &[&str] = if own { &OWN } else { &[] };
    serde_json::from_str(&said(&[&["explain", "--json"], own, more].concat())).unwrap()
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
    // The practice's own numbers stand in its lines; the others read files.
    for (more, name, run) in CASES {
        let document = document(more, name != "practice" && name != "causal");
        let lines: Vec<&str> = tensors(&document).map(|it| it["rust"].as_str().unwrap()).collect();
        let last = tensors(&document).last().unwrap();
        let result = last["name"].as_str().unwrap();
        let text = format!("{{\n{}\nOk({result})\n}}\n", lines.join("\n"));
        let path = format!("tests/explain/printed/{name}.rs");
        if std::env::var_os("ATENCION_WRITE").is_some() {
            fs::write(&path, &text).unwrap();
        }
        assert_eq!(fs::read_to_string(Path::new(&path)).unwrap(), text, "{path}");
        let found = atencion::io::json::to_value(&run().unwrap()).unwrap();
        assert_eq!(found, last["values"], "{name}");
    }
}
