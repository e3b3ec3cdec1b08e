//! Whole programs, as notebooks have them: what is printed, what is shown, and every variable, bit for bit.

use std::path::{Path, PathBuf};

use atencion_cli::i18n::Lang;
use serde_json::Value as Json;

use super::python::{json_of, python, rust};

fn programs() -> Vec<(PathBuf, Vec<String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lines/programs");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let cells = |file: &PathBuf| {
        let text = std::fs::read_to_string(file).unwrap();
        text.split("# %%\n").map(str::to_owned).collect()
    };
    files.into_iter().map(|file| (file.clone(), cells(&file))).collect()
}

/// NumPy sums and exponentiates in another order: equal to 1e-12.
fn same(ours: &Json, theirs: &Json) -> bool {
    ours == theirs
        || match (ours.get("dtype"), theirs.get("dtype")) {
            (Some(a), Some(b)) if a == "float64" && b == "float64" => {
                let (a, b) = (doubles(&ours["bytes"]), doubles(&theirs["bytes"]));
                ours["shape"] == theirs["shape"]
                    && a.iter().zip(&b).all(|(a, b)| (a - b).abs() <= 1e-12)
            }
            _ => false,
        }
}

fn doubles(hex: &Json) -> Vec<f64> {
    let hex = hex.as_str().unwrap().as_bytes();
    let byte = |at: &[u8]| u8::from_str_radix(std::str::from_utf8(at).unwrap(), 16).unwrap();
    let bytes: Vec<u8> = hex.chunks(2).map(byte).collect();
    bytes.chunks_exact(8).map(|eight| f64::from_le_bytes(eight.try_into().unwrap())).collect()
}

#[test]
fn programs_print_and_compute_what_python_does() {
    let programs = programs();
    let cells: Vec<Vec<String>> = programs.iter().map(|(_, cells)| cells.clone()).collect();
    let Some(theirs) = python(&cells) else {
        return support::skipped("no Python with torch");
    };
    let mut different = Vec::new();
    for ((file, cells), theirs) in programs.iter().zip(&theirs) {
        let name = file.file_stem().unwrap().to_string_lossy();
        let run = rust(cells);
        let problems: Vec<String> =
            run.problems.iter().map(|problem| problem.message(Lang::En)).collect();
        let mut say = |what: String| different.push(format!("{name}: {what}\n  {problems:?}"));
        for (at, (ours, theirs)) in
            run.cells.iter().zip(theirs["cells"].as_array().unwrap()).enumerate()
        {
            assert!(theirs["error"].is_null(), "{name}: Python fails: {}", theirs["error"]);
            if theirs["stdout"] != ours.stdout.as_str() {
                say(format!(
                    "cell {at} prints\n{}\nPython\n{}",
                    ours.stdout,
                    theirs["stdout"].as_str().unwrap()
                ));
            }
            if theirs["value"].as_str() != ours.value.as_deref() {
                say(format!("cell {at} shows\n{:?}\nPython\n{}", ours.value, theirs["value"]));
            }
        }
        let exact = !name.contains("numpy");
        for (variable, expected) in theirs["variables"].as_object().unwrap() {
            let ours = run.variables.get(variable).map_or(Json::Null, json_of);
            if ours != *expected && (exact || !same(&ours, expected)) {
                say(format!("{variable} is\n{ours}\nPython\n{expected}"));
            }
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n\n"));
    println!("{} programs", programs.len());
}
