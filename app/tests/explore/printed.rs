//! The Rust that the page's *Read* shows, card after card, compiled and run as it is shown.
//!
//! The files in `printed/` are the cards' lines, between brackets; the test holds them to that. Written anew by
//! `ATENCION_WRITE=1 cargo test -p atencion-cli --test explore printed`.

// Where nothing is masked, the causal mask's line is shown, and nothing comes of it.
#![allow(unused_variables)]

use atencion::Result;
use atencion::tch::{Kind, Tensor};
use serde_json::Value;

use crate::browser::base64;
use crate::cli::{Folder, data, uniform};

/// What is asked for, the file with its lines, and the lines as the compiler took them.
type Case = (&'static [&'static str], &'static str, fn() -> Result<Tensor>);

const CASES: [Case; 7] = [
    (&[], "practice", || include!("printed/practice.rs")),
    (&["--causal"], "causal", || include!("printed/causal.rs")),
    (&["--q", "q.safetensors", "--k", "q.safetensors"], "own", || include!("printed/own.rs")),
    (&["--q", "q.safetensors", "--k", "q.safetensors", "--mask", "mask.json"], "mask", || {
        include!("printed/mask.rs")
    }),
    (&["--q", "q.safetensors", "--k", "q.safetensors", "--mask", "added.json"], "added", || {
        include!("printed/added.rs")
    }),
    (
        &["--q", "q.safetensors", "--k", "q.safetensors", "--heads", "2", "--causal"],
        "heads",
        || include!("printed/heads.rs"),
    ),
    (&["--q", "long.safetensors", "--k", "long.safetensors"], "long", || {
        include!("printed/long.rs")
    }),
];

/// The cards in the order in which *Read* shows them.
const CARDS: [&str; 6] = ["vectors", "scores", "scaled", "masked", "weights", "output"];

fn step<'a>(page: &'a Value, name: &str) -> &'a Value {
    let mut steps = page["steps"].as_array().unwrap().iter();
    steps.find(|step| step["name"] == name).unwrap_or_else(|| panic!("no card {name}"))
}

#[test]
fn the_rust_of_read_gives_the_numbers_of_its_cards() {
    let _draws = support::draws();
    let folder = Folder::new();
    folder.tensor("q", &atencion::tensor![[0.5, -1.0, 1e-7, 2.0], [1.0, 0.0, 3.5, 0.25]]);
    folder.text("mask.json", b"[[true, false], [true, true]]");
    folder.text("added.json", b"[[0.0, -1.5], [0.5, 0.0]]");
    folder.tensor("long", &uniform(&[70, 8]));
    for (arguments, name, run) in CASES {
        let page = data(&folder.page(arguments));
        let lines = CARDS.map(|card| step(&page, card)["rust"].as_str().unwrap());
        let text = format!("{{\n{}\nOk(output)\n}}\n", lines.join("\n"));
        let path = format!("tests/explore/printed/{name}.rs");
        if std::env::var_os("ATENCION_WRITE").is_some() {
            std::fs::write(&path, &text).unwrap();
            continue;
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "{path}");
        let found = run().unwrap().to_kind(Kind::Double);
        let shown = &step(&page, "output")["tensor"];
        let shape: Vec<i64> = serde_json::from_value(shown["shape"].clone()).unwrap();
        assert_eq!(found.size(), shape, "{name}");
        // Numbers too many to be written out have others of their shape in their place.
        if name != "long" {
            let bytes = found.reshape([-1]);
            assert_eq!(
                support::bytes_of(&bytes),
                base64(shown["data"].as_str().unwrap()),
                "{name}: {found}"
            );
        }
    }
}

/// A formula that is shown beside the words of both languages has none of its own, but for names of the steps.
#[test]
fn formulas_speak_no_language() {
    let folder = Folder::new();
    folder.tensor("q", &atencion::tensor![[0.5, -1.0, 1.0, 2.0], [1.0, 0.0, 3.5, 0.25]]);
    folder.text("mask.json", b"[[true, false], [true, true]]");
    folder.text("added.json", b"[[0.0, -1.5], [0.5, 0.0]]");
    const NAMES: [&str; 4] = ["softmax", "scaled", "masked", "causal"];
    for (arguments, name, _) in CASES.into_iter().filter(|(_, name, _)| *name != "long") {
        let page = data(&folder.page(arguments));
        for card in CARDS {
            let formula = step(&page, card)["formula"].as_str().unwrap();
            let words = formula.split(|it: char| !it.is_ascii_lowercase());
            let said: Vec<&str> = words.filter(|it| it.len() > 1 && !NAMES.contains(it)).collect();
            assert!(said.is_empty(), "{name}, {card}: {said:?} in {formula}");
        }
    }
}
