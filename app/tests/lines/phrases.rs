//! The phrasebook's Python, read by the interpreter, is worth what its Rust is.

use atencion_cli::notebook::lines::{Limits, run};
use atencion_cli::phrasebook::{self, Phrase};
use serde_json::Value as Json;

use super::python::json_of;

/// The lines, the last of which gives the name its value.
fn assigned(name: &str, lines: &str) -> String {
    match lines.rsplit_once('\n') {
        Some((before, last)) => format!("{before}\n{name} = {last}"),
        None => format!("{name} = {lines}"),
    }
}

fn program(phrase: &Phrase) -> String {
    let mut text = String::from(
        "import math\nimport torch\nfrom torch import nn\nimport torch.nn.functional as F\ntorch.manual_seed(0)\n",
    );
    for name in phrase.inputs {
        if let Some(input) = phrasebook::inputs().iter().find(|input| input.name == *name) {
            text += &format!("{}\n", assigned(name, &input.python()));
        }
    }
    text + &assigned("result_of_the_phrase", &phrase.python())
}

#[test]
fn the_phrasebooks_lines_are_worth_what_its_rust_is() {
    let (mut known, mut different) = (0, Vec::new());
    for phrase in phrasebook::groups().iter().flat_map(|group| group.phrases) {
        // Drawn numbers depend on what was drawn before, in the process.
        if phrase.rust().contains("rand") || phrase.rust().contains("dropout") {
            continue;
        }
        let run = run(&[&program(phrase)], Limits::default());
        let ours = run.variables.get("result_of_the_phrase").map_or(Json::Null, json_of);
        if ours.is_null() || !run.problems.is_empty() {
            continue;
        }
        known += 1;
        let Ok(expected) = phrase.run() else { continue };
        if ours != expected.to_json() {
            different.push(format!(
                "{}\nread   {ours}\nphrase {}",
                phrase.name,
                expected.to_json()
            ));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    println!("{known} phrases read");
    assert!(known >= 200, "{known} phrases are read");
}
