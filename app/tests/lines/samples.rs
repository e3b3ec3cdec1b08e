//! Every row of the table of operations against PyTorch, bit for bit: each sample is one expression on the inputs of
//! `samples/setup.py`.

use std::collections::BTreeSet;
use std::path::Path;

use atencion_cli::notebook::lines::ops;
use serde_json::Value as Json;

use super::python::{json_of, python, rust};

fn samples() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lines/samples");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let texts = files.iter().filter(|file| file.extension().is_some_and(|end| end == "txt"));
    let lines = texts.flat_map(|file| {
        let text = std::fs::read_to_string(file).unwrap();
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    });
    let unique: BTreeSet<String> = lines.filter(|line| !line.is_empty()).collect();
    unique.into_iter().collect()
}

fn program(sample: &str) -> Vec<String> {
    let setup = include_str!("samples/setup.py").to_owned();
    vec![setup, format!("torch.manual_seed(1)\nr = {sample}")]
}

#[test]
fn every_operation_gives_pytorchs_bits() {
    let samples = samples();
    let programs: Vec<Vec<String>> = samples.iter().map(|sample| program(sample)).collect();
    let Some(theirs) = python(&programs) else {
        return support::skipped("no Python with torch");
    };
    let mut different = Vec::new();
    let mut used: BTreeSet<(&'static str, &'static str)> = BTreeSet::new();
    for ((sample, program), theirs) in samples.iter().zip(&programs).zip(&theirs) {
        let run = rust(program);
        used.extend(run.rows.iter().map(|op| (op.name, op.rust)));
        let ours = run.variables.get("r").map_or(Json::Null, json_of);
        let expected = theirs["variables"].get("r").cloned().unwrap_or(Json::Null);
        if ours != expected || expected.is_null() {
            let problems: Vec<String> = run
                .problems
                .iter()
                .map(|problem| problem.message(atencion_cli::i18n::Lang::En))
                .collect();
            different
                .push(format!("{sample}\n  Rust   {ours}\n  Python {expected}\n  {problems:?}"));
        }
    }
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
    let missing: Vec<String> = ops::all()
        .filter(|op| !used.contains(&(op.name, op.rust)))
        // What `empty` holds is whatever was there.
        .filter(|op| !matches!(op.name, "empty" | "empty_like"))
        .map(|op| format!("{}: {}", op.name, op.rust))
        .collect();
    assert!(missing.is_empty(), "no sample runs these rows:\n{}", missing.join("\n"));
    let names: BTreeSet<&str> = ops::all().map(|op| op.name).collect();
    println!("{} samples, {} rows, {} names", samples.len(), ops::all().count(), names.len());
}

#[test]
fn the_table_has_enough() {
    let names: BTreeSet<&str> = ops::all().map(|op| op.name).collect();
    assert!(names.len() >= 350, "{} names", names.len());
}
