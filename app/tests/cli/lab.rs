//! `atencion lab` as a user types it.

use serde_json::Value;

use crate::command::{refused, said};

const COST: [&str; 8] = ["lab", "cost", "--lengths", "4,16", "--width", "8", "--seconds", "0"];

#[test]
fn cost_is_a_chart_tables_and_sentences_of_80_columns() {
    for (lang, expected) in [
        ("en", ["Forward and backward, batch 1", "Attention is", "O(n²·d)", "convolution"]),
        ("es", ["Hacia delante y hacia atrás, lote 1", "La atención es", "O(n²·d)", "convolución"]),
    ] {
        let said = said(&[&COST[..], &["--threads", "1", "--lang", lang]].concat());
        for part in expected {
            assert!(said.contains(part), "{part}: {said}");
        }
        let longest = said.lines().max_by_key(|line| line.chars().count()).unwrap();
        assert!(longest.chars().count() <= 80, "{longest}");
        assert!(!said.contains("lab-"), "a message is missing: {said}");
    }
}

#[test]
fn cost_as_json_has_every_measurement() {
    let said = said(&[&COST[..], &["--json", "--batch", "1,2", "--threads", "1"]].concat());
    let json: Value = serde_json::from_str(&said).expect("one JSON document");
    let measured = json["measured"].as_array().unwrap();
    assert_eq!(measured.len(), 2 * 2 * 5);
    assert!(measured.iter().all(|it| it["training"].as_f64().unwrap() > 0.0));
    let chain = |family: &str, length: i64| {
        let found = json["waiting"].as_array().unwrap().iter();
        let mut found = found.filter(|it| it["family"] == family && it["length"] == length);
        found.next().unwrap()["chain"].as_i64().unwrap()
    };
    assert_eq!(chain("attention", 4), chain("attention", 16));
    assert!(chain("lstm", 16) > chain("lstm", 4) + 11);
}

#[test]
fn files_are_written_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (html, svg, png) = (path("a.html"), path("a.svg"), path("a.png"));
    said(&[&COST[..], &["--html", &html, "--svg", &svg, "--png", &png]].concat());
    let page = std::fs::read_to_string(html).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.matches("<svg").count() == 2);
    assert!(roxmltree::Document::parse(&std::fs::read_to_string(svg).unwrap()).is_ok());
    assert!(std::fs::read(png).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn recall_trains_each_layer_and_says_what_it_remembers() {
    let recall =
        ["lab", "recall", "--lengths", "2,3", "--width", "8", "--steps", "3", "--batch", "8"];
    let spoken = said(&[&recall[..], &["--task", "associative"]].concat());
    assert!(spoken.contains("What a layer remembers: any pair"), "{spoken}");
    assert!(spoken.contains("The LSTM remembers"), "{spoken}");
    let json: Value = serde_json::from_str(&said(&[&recall[..], &["--json"]].concat())).unwrap();
    assert_eq!(json["remembered"].as_array().unwrap().len(), 2 * 5);
    assert_eq!(json["setup"]["task"], "copy");
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let (error, mend) = refused(&["lab", "cost", "--seconds=-1"]);
    assert!(error.contains("--seconds"), "{error}");
    assert!(mend.contains("--seconds 0.5"), "{mend}");
    assert!(refused(&["lab", "cost", "--lengths", "0"]).0.contains("--lengths"));
    assert!(refused(&["lab", "weather"]).0.contains("weather"));
}
