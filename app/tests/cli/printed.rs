//! The Rust that `explain --model` prints, compiled and run as it is printed.
//!
//! The files in `printed/` are what it prints, between brackets, but for the names of the folder and the picture, which
//! differ each time. Written anew by `ATENCION_WRITE=1 cargo test -p atencion-cli --test cli printed`.

use std::path::Path;

use atencion::Result;
use atencion::tch::Tensor;
use serde_json::Value;

use crate::command::said;

/// The lines, with the folder and what is read in it.
type Lines = fn(&str, &str) -> Result<Tensor>;

fn check(name: &str, folder: &Path, read: &str, run: Lines) {
    let folder = folder.to_str().unwrap();
    let arguments = ["explain", "--json", "--model", folder, "--layer", "2", "--head", "1", read];
    let document: Value = serde_json::from_str(&said(&arguments)).unwrap();
    let steps = document["steps"].as_array().unwrap().iter();
    let tensors: Vec<&Value> = steps.flat_map(|step| step["tensors"].as_array().unwrap()).collect();
    let lines: Vec<&str> = tensors.iter().map(|it| it["rust"].as_str().unwrap()).collect();
    let text = format!("{{\n{}\nOk(output)\n}}\n", lines.join("\n"));
    let text = text.replace(&format!("{read:?}"), "read").replace(&format!("{folder:?}"), "folder");
    let path = format!("tests/cli/printed/{name}.rs");
    if std::env::var_os("ATENCION_WRITE").is_some() {
        std::fs::write(&path, &text).unwrap();
        return;
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "{path}");
    let found = atencion::io::json::to_value(&run(folder, read).unwrap()).unwrap();
    assert_eq!(found, tensors.last().unwrap()["values"], "{name}");
}

#[test]
fn the_rust_that_shows_a_head_of_a_model_runs() {
    let cases: [(&str, Lines); 3] = [
        ("bert", |folder, read| include!("printed/bert.rs")),
        ("gpt2", |folder, read| include!("printed/gpt2.rs")),
        ("llama", |folder, read| include!("printed/llama.rs")),
    ];
    let folders = crate::reading::readers();
    assert_eq!(folders.len(), cases.len());
    for ((name, run), folder) in cases.into_iter().zip(&folders) {
        check(name, folder.path(), "the model reads a book", run);
    }
}

#[test]
fn the_rust_that_shows_a_head_on_a_picture_runs() {
    let (folder, _) = crate::models::classifier();
    let picture = crate::models::picture(folder.path(), "p.png", 40, 30);
    let run: Lines = |folder, read| include!("printed/vit.rs");
    check("vit", folder.path(), picture.to_str().unwrap(), run);
}
