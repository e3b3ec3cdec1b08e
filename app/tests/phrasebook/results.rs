//! The phrasebook cannot lie: every phrase is run in both languages on the same inputs, and the results are compared
//! bit for bit.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde::Deserialize;
use serde_json::Value as Json;

use atencion_cli::i18n::Lang;
use atencion_cli::phrasebook::{self, Phrase};

/// What PyTorch made of a phrase.
#[derive(Deserialize)]
struct Python {
    python: String,
    result: Json,
}

type Results = BTreeMap<String, Python>;

#[derive(Deserialize)]
struct Golden {
    machine: BTreeMap<String, String>,
    phrases: Results,
}

fn golden() -> Golden {
    let text = std::fs::read_to_string(support::golden("phrasebook/phrasebook.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The inputs are compared as the phrases are.
fn all() -> Vec<&'static Phrase> {
    let phrases = phrasebook::groups().iter().flat_map(|group| group.phrases);
    phrasebook::inputs().iter().chain(phrases).collect()
}

/// These say what the machine has, which a golden file made on another cannot know.
const ABOUT_THE_MACHINE: [&str; 3] = ["cuda_is_available", "cuda_device_count", "mps_is_available"];

/// Compares every phrase with what Python made of it; `same` says when two results are the same.
fn compare(results: &Results, machines_too: bool, same: impl Fn(&Json, &Json) -> bool) {
    let phrases = all();
    let mut different = Vec::new();
    for phrase in &phrases {
        let Some(expected) = results.get(phrase.name) else {
            panic!(
                "{} is not among Python's results: run scripts/golden.py phrasebook",
                phrase.name
            )
        };
        assert_eq!(expected.python, phrase.python(), "run scripts/golden.py phrasebook");
        let ours = match phrase.run() {
            Ok(value) => value.to_json(),
            Err(error) => Json::String(format!("an error: {error}")),
        };
        let compared = machines_too || !ABOUT_THE_MACHINE.contains(&phrase.name);
        if compared && !same(&ours, &expected.result) {
            different.push(format!("{}\nRust    {ours}\nPython  {}", phrase.name, expected.result));
        }
    }
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
    assert_eq!(results.len(), phrases.len(), "Python has phrases that the book lacks");
    println!("{} phrases, the same in both languages", phrases.len());
}

#[test]
fn every_phrase_is_worth_what_pytorch_made_of_it() {
    let _turn = support::draws();
    let golden = golden();
    let here = support::golden::machine();
    if here.iter().all(|(key, value)| golden.machine.get(*key) == Some(value)) {
        compare(&golden.phrases, false, |ours, theirs| ours == theirs);
    } else {
        compare(&golden.phrases, false, close);
    }
}

#[test]
fn every_phrase_is_worth_the_same_in_python_on_this_machine() {
    let _turn = support::draws();
    let Some(python) = support::python_with_torch() else { return };
    let script = support::repository("scripts/goldens/phrasebook.py");
    let output = Command::new(python).args(["-W", "ignore"]).arg(script).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let results: Results = serde_json::from_slice(&output.stdout).unwrap();
    // A libtorch for the CPU alone knows less of the machine than a Python that has CUDA.
    let as_much = atencion::libtorch::cuda_is_linked() == python_has_cuda(python);
    compare(&results, as_much, |ours, theirs| ours == theirs);
}

fn python_has_cuda(python: &std::path::Path) -> bool {
    let asks = "import sys, torch; sys.exit(0 if torch.version.cuda else 1)";
    Command::new(python).args(["-c", asks]).status().is_ok_and(|status| status.success())
}

/// Equal up to 1e-6, for a machine whose last bits are others than those of the golden file's.
fn close(ours: &Json, theirs: &Json) -> bool {
    match (ours, theirs) {
        (Json::Array(ours), Json::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| close(a, b))
        }
        (Json::Object(_), Json::Object(_)) if ours.get("dtype").is_some() => {
            ours["dtype"] == theirs["dtype"]
                && ours["shape"] == theirs["shape"]
                && all_close(&numbers(ours), &numbers(theirs))
        }
        _ => ours == theirs,
    }
}

fn all_close(ours: &[f64], theirs: &[f64]) -> bool {
    let pairs = ours.iter().zip(theirs);
    ours.len() == theirs.len()
        && pairs.into_iter().all(|(a, b)| a.to_bits() == b.to_bits() || (a - b).abs() <= 1e-6)
}

/// The numbers of a tensor: floats as they are, the bytes of any other kind.
fn numbers(tensor: &Json) -> Vec<f64> {
    let hex = tensor["bytes"].as_str().unwrap();
    let bytes: Vec<u8> = (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect();
    match tensor["dtype"].as_str().unwrap() {
        "float32" => bytes
            .chunks_exact(4)
            .map(|four| f32::from_le_bytes(four.try_into().unwrap()).into())
            .collect(),
        "float64" => bytes
            .chunks_exact(8)
            .map(|eight| f64::from_le_bytes(eight.try_into().unwrap()))
            .collect(),
        _ => bytes.into_iter().map(f64::from).collect(),
    }
}

#[test]
fn the_book_has_enough_and_each_name_once() {
    let phrases = all();
    assert!(phrases.len() - phrasebook::inputs().len() >= 80, "{} phrases", phrases.len());
    let names: BTreeSet<&str> = phrases.iter().map(|phrase| phrase.name).collect();
    assert_eq!(names.len(), phrases.len());
}

#[test]
fn both_texts_are_there_and_fit_an_80_column_terminal() {
    for phrase in all() {
        for text in [phrase.python(), phrase.rust()] {
            assert!(!text.is_empty(), "{}", phrase.name);
            for line in text.lines() {
                assert!(line.chars().count() <= 70, "{}: {line}", phrase.name);
            }
        }
    }
}

#[test]
fn groups_are_named_and_notes_belong_to_phrases_in_both_languages() {
    for lang in Lang::ALL {
        for group in phrasebook::groups() {
            assert!(!group.title(lang).starts_with("phrasebook-group"), "{}", group.name);
        }
    }
    let names: BTreeSet<String> =
        all().iter().map(|phrase| phrase.name.replace('_', "-")).collect();
    for texts in [
        include_str!("../../src/i18n/en/phrasebook.ftl"),
        include_str!("../../src/i18n/es/phrasebook.ftl"),
    ] {
        for line in texts.lines().filter_map(|line| line.strip_prefix("phrasebook-note-")) {
            let name = line.split(' ').next().unwrap();
            assert!(names.contains(name), "a note on {name}, which is no phrase");
        }
    }
    let traps = phrasebook::groups().iter().find(|group| group.name == "traps").unwrap();
    for phrase in traps.phrases {
        assert!(phrase.note(Lang::Es).is_some(), "{} says no trap", phrase.name);
    }
}

#[test]
fn the_documents_have_not_drifted() {
    for (lang, file) in [(Lang::En, "docs/phrasebook.md"), (Lang::Es, "docs/phrasebook.es.md")] {
        let path = support::repository(file);
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let same = text == phrasebook::markdown(lang);
        assert!(
            same,
            "{file} has drifted: atencion phrasebook --markdown --lang {lang:?} > {file}"
        );
    }
}
