//! Exercises: each solution is right in both languages, each named mistake is recognised, and the notebooks are whole.
//!
//! `notebooks.rs` holds the Rust notebooks, completed, compiled here. After a change, write it anew:
//! `ATENCION_WRITE=1 cargo test -p atencion-cli --test exercise`.

#[path = "../support/command.rs"]
mod command;
#[rustfmt::skip]
mod notebooks;

use atencion_cli::exercise::{Answer, Exercise, Language, all, check, find, notebook, reply};
use atencion_cli::i18n::Lang;
use atencion_cli::notebook::ipynb::{CellKind, Notebook};
use atencion_cli::notebook::lines::{Limits, Plain, run};
use command::{refused, said};

#[test]
fn there_are_ten_and_each_has_its_texts() {
    assert_eq!(all().len(), 10);
    for exercise in all() {
        for lang in Lang::ALL {
            let ids =
                [format!("exercise-{}", exercise.name), format!("exercise-{}-task", exercise.name)];
            let wrong = exercise.wrong().unwrap();
            let told = wrong.iter().flat_map(|one| [one.sentence.clone(), one.hint.to_owned()]);
            for id in ids.into_iter().chain(told) {
                assert_ne!(lang.text(&id), id, "{id} in {lang:?}");
            }
        }
    }
}

/// The Python of the notebook, computed by Rust's own reading of it.
#[test]
fn solutions_in_python_are_right() {
    for Exercise { name, python, .. } in all() {
        let run = run(&[python.given, python.solution], Limits::default());
        assert!(run.problems.is_empty(), "{name}: {:?}", run.problems);
        let Some(Plain::Tensor { tensor, .. }) = run.variables.get(python.result) else {
            panic!("{name}: no tensor {}", python.result)
        };
        let answer = check(&find(name, Lang::En).unwrap(), tensor).unwrap();
        assert!(answer.is_right(), "{name}: {}", answer.text(Lang::En));
    }
}

#[test]
fn solutions_in_rust_are_right() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exercise/notebooks.rs");
    let written = completed();
    if std::env::var_os("ATENCION_WRITE").is_some() {
        std::fs::write(&path, &written).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap();
    assert!(there == written, "notebooks.rs has drifted: see main.rs");
    assert_eq!(notebooks::ALL.len(), all().len());
    for (name, solution) in notebooks::ALL {
        let answer = check(&find(name, Lang::En).unwrap(), &solution()).unwrap();
        assert!(answer.is_right(), "{name}: {}", answer.text(Lang::En));
    }
}

fn completed() -> String {
    let mut out = String::from(
        "//! Written by the test; see main.rs.\n#![allow(unused, clippy::all)]\n\nuse atencion::tensor;\nuse tch::{Device, Kind, Tensor};\n\n",
    );
    let mut list = String::new();
    for Exercise { name, rust, .. } in all() {
        let lines = [rust.given, rust.solution].join("\n");
        let lines: String = lines.lines().map(|line| format!("    {line}\n")).collect();
        out += &format!("fn {name}() -> Tensor {{\n{lines}    {}\n}}\n\n", rust.result);
        list += &format!("    ({name:?}, {name}),\n");
    }
    out + "pub const ALL: &[(&str, fn() -> Tensor)] = &[\n" + &list + "];\n"
}

#[test]
fn each_named_mistake_is_recognised() {
    tch::set_num_threads(1);
    let mut recognised = 0;
    for exercise in all() {
        let wrong = exercise.wrong().unwrap();
        assert!(wrong.len() >= 6, "{}: only {}", exercise.name, wrong.len());
        for one in &wrong {
            match check(&exercise, one.tensor()).unwrap() {
                Answer::Mistakes(found) => {
                    let named = found.iter().any(|found| found.sentence == one.sentence);
                    assert!(
                        named,
                        "{}: {} is taken for {}",
                        exercise.name, one.sentence, found[0].sentence
                    );
                    recognised += 1;
                }
                other => panic!("{}: {} is {other:?}", exercise.name, one.sentence),
            }
        }
    }
    assert!(recognised >= 150, "{recognised}");
    println!("{recognised} mistakes recognised");
}

#[test]
fn an_answer_is_a_hint_then_the_mistake_and_the_solution_only_when_asked() {
    let exercise = find("self_attention", Lang::En).unwrap();
    let wrong = exercise.wrong().unwrap();
    let unscaled = wrong.iter().find(|one| one.sentence == "museum-no-scaling").unwrap();
    let ask = |solution| {
        reply("self_attention", unscaled.tensor(), solution, Language::Python, Lang::En).unwrap()
    };
    let text = ask(false).text;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "✗ Not yet. Hint: by what are the scores divided, and when?");
    assert_eq!(lines[1], "What makes exactly these numbers: The scores are not divided by √d_k.");
    assert!(!text.contains("** 0.5"));
    assert!(ask(true).text.contains("scaled = scores / K.shape[1] ** 0.5"));
}

#[test]
fn shapes_and_unknown_numbers_are_said() {
    let exercise = find("softmax", Lang::En).unwrap();
    let right = exercise.answer().unwrap();
    let text = |tensor: &tch::Tensor| check(&exercise, tensor).unwrap().text(Lang::En);
    assert_eq!(text(&right.tr()), "✗ Not yet: the shape is [3, 2], and should be [2, 3].");
    let off = right.copy();
    let _ = off.get(1).get(2).fill_(0.5);
    assert!(text(&off).starts_with("✗ Not yet: the number at [1, 2] is 0.5, and should be 0.96"));
    // Copied from what was printed, and of another dtype.
    let copied = (&right * 10_000.0).round() / 10_000.0;
    assert_eq!(text(&copied.to_kind(tch::Kind::Double)), "✓ Right.");
}

#[test]
fn notebooks_have_holes_and_no_solution() {
    for exercise in all() {
        for (language, lang) in [(Language::Python, Lang::Es), (Language::Rust, Lang::En)] {
            let json = notebook(&exercise, language, lang);
            let read = Notebook::parse(json.to_string().as_bytes()).unwrap();
            let code: Vec<&str> = read
                .cells
                .iter()
                .filter(|cell| cell.kind == CellKind::Code)
                .map(|cell| cell.source.as_str())
                .collect();
            let text = code.join("\n");
            assert!(
                text.contains("___") && text.contains(&format!("(\"{}\"", exercise.name)),
                "{text}"
            );
            assert!(!text.contains(language.code(&exercise).solution), "{text}");
            assert!(read.duplicate_ids().is_empty());
        }
        for code in [exercise.python, exercise.rust] {
            assert_eq!(code.holes.lines().count() > 0, code.holes.contains("___"));
            assert!(!code.solution.contains("___"));
        }
    }
}

#[test]
fn the_command_lists_and_writes() {
    let list = said(&["exercise"]);
    assert_eq!(list.lines().count(), 10);
    assert!(list.contains("causal                Causal attention"), "{list}");
    assert!(said(&["exercise", "--lang", "es"]).contains("Atención causal"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("p.ipynb");
    let file = file.to_str().unwrap();
    said(&["exercise", "multi_head", "--rust", "-o", file, "--lang", "es"]);
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains("Atención en varias cabezas") && text.contains("check!("), "{text}");
    let (what, how) = refused(&["exercise", "multihead"]);
    assert!(what.contains("no exercise multihead") && how.contains("multi_head"), "{what} {how}");
    let (what, _) = refused(&["exercise", "softmax", "-o", folder.path().to_str().unwrap()]);
    assert!(what.contains("it is a folder"), "{what}");
}

/// What a student has begun stays.
#[test]
fn without_a_name_for_it_no_file_is_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let run =
        || command::atencion(&["exercise", "softmax"]).current_dir(folder.path()).output().unwrap();
    assert_eq!(run().status.code(), Some(0));
    std::fs::write(folder.path().join("softmax.ipynb"), "mine").unwrap();
    let again = run();
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("it is there already"));
    assert_eq!(std::fs::read_to_string(folder.path().join("softmax.ipynb")).unwrap(), "mine");
}
