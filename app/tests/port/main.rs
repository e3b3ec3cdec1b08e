//! `port`: a notebook's Rust twin says all of its lines, compiles, and gives Python's tensors to the bit.
//!
//! `twins.rs` is what `port` writes for `programs.txt`, compiled here. After a change, write it anew:
//! `ATENCION_WRITE=1 cargo test -p atencion-cli --test port`.

#[path = "../lines/python.rs"]
mod python;
#[rustfmt::skip]
mod twins;

use atencion_cli::notebook::lines::{Limits, Plain};
use atencion_cli::notebook::port::{Ported, port};
use python::{json_of, python};
use serde_json::Value as Json;

fn programs() -> Vec<(String, String)> {
    let text = include_str!("programs.txt");
    let programs = text.split("### ").filter(|program| !program.is_empty());
    programs
        .filter_map(|program| program.split_once('\n'))
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .collect()
}

fn module(name: &str, ported: &Ported) -> String {
    let cell = &ported.cells[0];
    let tensors: String = ported
        .tensors
        .iter()
        .map(|(python, rust)| format!("        ({python:?}, {rust}.shallow_clone()),\n"))
        .collect();
    let items: String = cell.items.lines().map(|line| format!("    {line}\n")).collect();
    let body: String = cell.body.lines().map(|line| format!("        {line}\n")).collect();
    format!(
        "pub mod {name} {{\n    use super::*;\n\n{items}    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {{\n{body}        Ok(vec![\n{tensors}        ])\n    }}\n}}\n\n"
    )
}

fn twins() -> String {
    let mut out = String::from(
        "//! Written by `port`; see main.rs.\n#![allow(unused, clippy::all)]\n\nuse atencion::nn::{self, Forward, Module};\nuse atencion::optim::Optimizer as _;\nuse atencion::tensor::TorchDisplay;\nuse atencion::{scalar, tensor};\nuse tch::{Device, Kind, Tensor};\n\n",
    );
    let programs = programs();
    for (name, text) in &programs {
        out.push_str(&module(name, &port(&[text], Limits::default())));
    }
    out.push_str("pub type Twin = fn() -> atencion::Result<Vec<(&'static str, Tensor)>>;\n\npub const ALL: &[(&str, Twin)] = &[\n");
    for (name, _) in &programs {
        out.push_str(&format!("    ({name:?}, {name}::run_all),\n"));
    }
    out + "];\n"
}

/// torch's generator is the process's.
static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());

#[test]
fn the_twins_are_what_port_writes() {
    let _turn = ONE_AT_A_TIME.lock();
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/port/twins.rs");
    let twins = twins();
    if std::env::var_os("ATENCION_WRITE").is_some() {
        std::fs::write(&path, &twins).unwrap();
    }
    assert!(std::fs::read_to_string(&path).unwrap() == twins, "twins.rs has drifted: see main.rs");
}

#[test]
fn every_line_is_said() {
    let _turn = ONE_AT_A_TIME.lock();
    let mut missing = Vec::new();
    for (name, text) in programs() {
        let ported = port(&[&text], Limits::default());
        missing.extend(ported.not_said.iter().map(|why| format!("{name}: {why}")));
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// NumPy sums and exponentiates in another order than libtorch: its float64 are equal to 1e-12.
fn nearly(ours: &Json, theirs: &Json) -> bool {
    let doubles = |json: &Json| -> Option<Vec<f64>> {
        let hex = json["bytes"].as_str().filter(|_| json["dtype"] == "float64")?;
        let byte = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
        let bytes = (0..hex.len()).step_by(2).map(byte).collect::<Option<Vec<u8>>>()?;
        bytes.chunks(8).map(|eight| Some(f64::from_le_bytes(eight.try_into().ok()?))).collect()
    };
    ours["shape"] == theirs["shape"]
        && doubles(ours)
            .zip(doubles(theirs))
            .is_some_and(|(a, b)| a.iter().zip(&b).all(|(a, b)| a == b || (a - b).abs() <= 1e-12))
}

#[test]
fn the_twins_give_pythons_tensors() {
    let _turn = ONE_AT_A_TIME.lock();
    let programs = programs();
    assert!(programs.len() >= 40, "{} programs", programs.len());
    assert_eq!(programs.len(), twins::ALL.len());
    let cells: Vec<Vec<String>> = programs.iter().map(|(_, text)| vec![text.clone()]).collect();
    let Some(theirs) = python(&cells) else {
        return support::skipped("no Python with torch");
    };
    let (mut different, mut compared) = (Vec::new(), 0);
    for ((name, twin), theirs) in twins::ALL.iter().zip(&theirs) {
        assert!(
            theirs["cells"][0]["error"].is_null(),
            "{name}: Python fails: {}",
            theirs["cells"][0]["error"]
        );
        let ours = twin().unwrap_or_else(|error| panic!("{name}: {error}"));
        for (variable, tensor) in ours {
            let ours = json_of(&Plain::Tensor { tensor, node: 0, array: false });
            compared += 1;
            let theirs = &theirs["variables"][variable];
            if ours != *theirs && !(name.contains("numpy") && nearly(&ours, theirs)) {
                different.push(format!("{name}.{variable}\nRust   {ours}\nPython {theirs}"));
            }
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    println!("{} programs, {compared} tensors", programs.len());
}

#[test]
fn what_cannot_be_said_stays_a_comment() {
    let _turn = ONE_AT_A_TIME.lock();
    let ported = port(
        &["import torch\nx = torch.ones(2)\ny = torch.fft.fft(x)\nz = y * 2\nw = x + 1"],
        Limits::default(),
    );
    let text = ported.file();
    assert!(text.contains("// y = torch.fft.fft(x)\n    // not ported: "), "{text}");
    assert!(text.contains("// z = y * 2\n    // not ported: "), "{text}");
    assert!(text.contains("// w = x + 1\n    let w = &x + 1;"), "{text}");
    assert_eq!(ported.not_said.len(), 2);
}
