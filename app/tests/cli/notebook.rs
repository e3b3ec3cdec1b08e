//! Promise: `atencion notebook` shows the practice line beside line, and `--json` is all of it at full precision.

use std::process::{Command, Output};

use serde_json::Value;

fn atencion(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_atencion"))
        .args(arguments)
        .env("NO_COLOR", "1")
        .output()
        .expect("atencion starts")
}

fn shown(arguments: &[&str]) -> String {
    let output = atencion(arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn lines_stand_beside_each_other_with_what_pytorch_prints() {
    let text = shown(&["--lang", "en", "notebook", "--device", "cpu"]);
    let expected = "
weights = softmax(Q Kᵀ / √d_k)   [4, 4]
  Python  weights = scaled.softmax(dim=1)
  Rust    let weights = scaled.softmax(1, None::<Kind>);
  tensor([[0.2500, 0.2500, 0.2500, 0.2500],
          [0.1892, 0.2250, 0.2676, 0.3182],
          [0.2372, 0.2455, 0.2542, 0.2631],
          [0.2309, 0.2432, 0.2561, 0.2698]])
";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn the_result_is_the_notebooks_table() {
    let text = shown(&["notebook", "--device", "cpu"]);
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| line.contains("Attn "))
        .map(|line| line.split(['│', '┆']).map(str::trim).filter(|cell| !cell.is_empty()).collect())
        .collect();
    let table = [
        ["Attn 1", "0.2500", "0.5000", "0.5000"],
        ["Attn 2", "0.1892", "0.5432", "0.5857"],
        ["Attn 3", "0.2372", "0.5087", "0.5173"],
        ["Attn 4", "0.2309", "0.5130", "0.5260"],
    ];
    assert_eq!(rows, table);
}

#[test]
fn no_subcommand_is_the_notebook() {
    assert_eq!(shown(&[]), shown(&["notebook"]));
}

#[test]
fn both_languages_fit_in_80_columns() {
    for lang in ["en", "es"] {
        for line in shown(&["--lang", lang, "notebook"]).lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
    assert!(shown(&["--lang", "es"]).contains("La auto-atención, paso a paso"));
}

#[test]
fn json_holds_every_bit() {
    let document: Value =
        serde_json::from_str(&shown(&["notebook", "--json", "--device", "cpu"])).unwrap();
    let (q, k, v) = atencion::practice3::qkv(tch::Device::Cpu);
    let computed = atencion::practice3::self_attention(&q, &k, &v);
    let exercises = document["exercises"].as_array().unwrap();
    let practice = exercises.iter().find(|exercise| exercise["name"] == "self_attention").unwrap();
    for (step, said) in computed.steps().iter().zip(practice["steps"].as_array().unwrap()) {
        let text = said["data"].to_string();
        let tensor = atencion::io::json::from_text(text.as_bytes()).unwrap();
        support::assert_bits(&step.name, &tensor, &step.tensor);
        assert_eq!(said["python"], step.python);
        assert_eq!(said["rust"], step.rust);
        assert_eq!(said["shape"], serde_json::json!(step.tensor.size()));
    }
    assert_eq!(practice["steps"].as_array().unwrap().len(), 4);
    assert_eq!(document["device"], "cpu");
}

#[test]
fn pictures_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let svg = folder.path().join("practice.svg");
    shown(&["notebook", "--svg", svg.to_str().unwrap()]);
    let picture = std::fs::read_to_string(svg).unwrap();
    assert!(picture.contains("0.5857") || picture.contains("0.59"), "{picture}");
}
