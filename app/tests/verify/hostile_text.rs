//! What comes from outside (arguments, paths, notebooks, files) never steers the terminal: neither as output nor in errors.

use std::path::Path;

use crate::command::atencion;
use crate::notebooks::{Builder, INPUTS};

/// Clears the screen, sets the title, turns the direction, begins a line that looks like ours.
const HOSTILE: &str = "x\u{1b}[2J\u{1b}]0;t\u{7}\u{202e}\u{2066}\r\nerror: forged\u{9b}31m\u{85}";

/// Runs it in that folder; what it says on both channels.
fn said(folder: &Path, arguments: &[&str]) -> String {
    let output = atencion(arguments).current_dir(folder).output().unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

#[track_caller]
fn harmless(arguments: &[&str], said: &str) {
    let steers = |letter: char| letter != '\n' && atencion::is_hidden(letter);
    assert!(!said.contains(steers), "{arguments:?}: {said:?}");
    assert!(!said.lines().any(|line| line.starts_with("error: forged")), "{arguments:?}: {said}");
}

#[test]
fn arguments_and_paths_are_written_out() {
    let folder = tempfile::tempdir().unwrap();
    let notebook = format!("{HOSTILE}.ipynb");
    Builder::new().code(INPUTS, &[]).markdown(HOSTILE).write(folder.path(), &notebook);
    std::fs::write(folder.path().join("bad.ipynb"), format!("{{\"{HOSTILE}\"")).unwrap();
    let matrix = format!("{HOSTILE}.json");
    std::fs::write(folder.path().join(&matrix), "[[1.0, 2.0]]").unwrap();
    std::fs::write(folder.path().join("words.json"), format!("[[\"{HOSTILE}\"]]")).unwrap();
    let recipe = format!("{HOSTILE}.toml");
    let key: String = HOSTILE.chars().map(|it| format!("\\U{:08x}", u32::from(it))).collect();
    std::fs::write(folder.path().join("key.toml"), format!("[train]\n\"{key}\" = 1\n")).unwrap();
    std::fs::write(folder.path().join(&recipe), format!("[{HOSTILE}")).unwrap();
    let model = folder.path().join(HOSTILE);
    std::fs::create_dir(&model).unwrap();
    let vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n\u{1b}\u{9b}\u{202e}\n!\n";
    std::fs::write(model.join("vocab.txt"), vocabulary).unwrap();
    let settings = r#"{"tokenizer_class": "BertTokenizer", "clean_up": false}"#;
    std::fs::write(model.join("tokenizer_config.json"), settings).unwrap();
    let (absent, page) = (format!("{HOSTILE}.npy"), format!("{HOSTILE}.html"));
    let cases: [&[&str]; 42] = [
        &[HOSTILE],
        &["--lang", HOSTILE],
        &["notebook", HOSTILE],
        &["notebook", "--device", HOSTILE],
        &["explain", "--step", HOSTILE],
        &[&format!("--{HOSTILE}")],
        &["phrasebook", HOSTILE],
        &["verify", HOSTILE],
        &["verify", &notebook],
        &["verify", "."],
        &["verify", &notebook, "--q", HOSTILE],
        &["verify", &notebook, "--run", "--python", HOSTILE],
        &["verify", "bad.ipynb"],
        &["explain", "--q", &absent, "--k", &absent, "--v", &absent],
        &["explain", "--q", &matrix, "--k", &matrix, "--v", &matrix],
        &["explain", "--q", &matrix, "--k", &matrix, "--v", &matrix, "--tokens", HOSTILE],
        &["explain", "--q", "words.json", "--k", &matrix, "--v", &matrix],
        &["explain", "--q", &matrix, "--k", &matrix, "--v", &matrix, "--mask", &absent],
        &["explain", "--svg", &format!("no/{HOSTILE}.svg")],
        &["explain", "--q", &format!("{absent}#{HOSTILE}"), "--k", "-", "--v", &matrix],
        &["explore", "-o", &page],
        &["explore", "-o", &format!("no/{page}")],
        &["verify", ".", "--rubric", HOSTILE],
        &["verify", ".", "--against", HOSTILE],
        &["verify", ".", "--student", HOSTILE],
        &["verify", ".", "--csv", &format!("no/{HOSTILE}.csv")],
        &["verify", ".", "--junit", &format!("no/{HOSTILE}.xml")],
        &["port", &notebook],
        &["port", HOSTILE],
        &["port", &notebook, "-o", HOSTILE],
        &["port", &notebook, "-o", &format!("no/{HOSTILE}.rs")],
        &["exercise", HOSTILE],
        &["exercise", "softmax", "-o", &format!("no/{HOSTILE}.ipynb")],
        &["train", HOSTILE],
        &["train", &recipe],
        &["train", "key.toml"],
        &["train", "sort", "--set", HOSTILE],
        &["train", "sort", "--set", &format!("train.{HOSTILE}=1")],
        &["tokenize", HOSTILE, HOSTILE],
        &["tokenize", &format!("no/{HOSTILE}"), "x"],
        &["classify", HOSTILE, HOSTILE],
        &["generate", HOSTILE, HOSTILE],
    ];
    for arguments in cases {
        harmless(arguments, &said(folder.path(), arguments));
        let spanish = [arguments, &["--lang", "es"]].concat();
        harmless(&spanish, &said(folder.path(), &spanish));
    }
}

#[test]
fn a_notebooks_words_are_written_out() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = format!("Z = Q @ K.T # {}", HOSTILE.replace(['\r', '\n'], ""));
    let builder =
        Builder::new().code(INPUTS, &[HOSTILE]).code(&wrong, &["tensor([[1., 2., 3., 4.]])"]);
    let mut notebook = builder.json();
    notebook["cells"][0]["id"] = HOSTILE.into();
    notebook["cells"][1]["id"] = HOSTILE.into();
    notebook["metadata"]["language_info"]["name"] = HOSTILE.into();
    std::fs::write(folder.path().join("nb.ipynb"), notebook.to_string()).unwrap();
    let arguments = ["verify", "nb.ipynb"];
    harmless(&arguments, &said(folder.path(), &arguments));
}
