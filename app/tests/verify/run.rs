//! `atencion verify --run`: the notebook is executed by the user's Python, and every tensor compared.

use std::path::{Path, PathBuf};

use crate::command::atencion;
use crate::notebooks::{Builder, INPUTS, museum};
use serde_json::Value;

/// The Python with torch, if it also has what runs notebooks.
fn python() -> Option<&'static Path> {
    let python = support::python_with_torch()?;
    let works = std::process::Command::new(python)
        .args(["-c", "import nbclient, ipykernel"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !works {
        support::skipped("that Python has no nbclient and ipykernel");
    }
    works.then_some(python)
}

fn run(python: &Path, file: &Path, more: &[&str]) -> (i32, String) {
    let python = python.to_str().unwrap();
    let mut arguments = vec!["verify", file.to_str().unwrap(), "--run", "--python", python];
    arguments.extend(more);
    let output = atencion(&arguments).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

fn findings(text: &str) -> Vec<Value> {
    let document: Value = serde_json::from_str(text).unwrap();
    let findings = document["notebooks"][0]["findings"].as_array().unwrap();
    findings.iter().filter(|finding| finding["origin"] == "variable").cloned().collect()
}

fn written(folder: &Path, cells: &[&str]) -> PathBuf {
    let builder = cells.iter().fold(Builder::new(), |builder, cell| builder.code(cell, &[]));
    builder.write(folder, "nb.ipynb")
}

#[test]
fn a_solution_agrees_to_the_bit_step_by_step() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let function = "def attention(q, k, v):\n    scores = q @ k.T\n    scaled = scores / math.sqrt(k.shape[-1])\n    \
        weights = torch.softmax(scaled, dim=-1)\n    return weights @ v, weights\noutput, weights = attention(Q, K, V)";
    let file = written(folder.path(), &[INPUTS, function]);
    let before = std::fs::read(&file).unwrap();
    let (code, text) = run(python, &file, &["--json"]);
    assert_eq!(code, 0, "{text}");
    let found = findings(&text);
    let steps: Vec<(&str, &str)> = found
        .iter()
        .map(|finding| (finding["name"].as_str().unwrap(), finding["taken_for"].as_str().unwrap()))
        .collect();
    let inputs = [("Q", "q"), ("K", "k"), ("V", "v")];
    let inside = [("scores", "scores"), ("scaled", "scaled"), ("weights", "weights")];
    let outside = [("output", "output"), ("weights", "weights")];
    assert_eq!(steps, [&inputs[..], &inside, &outside].concat());
    assert!(found.iter().all(|finding| finding["ulps"] == 0), "{text}");
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn the_readmes_own_solution_agrees_to_the_bit() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let readme = std::fs::read_to_string(support::repository("README.md"));
    let readme = readme.unwrap();
    let code = readme.split("```python\n").find(|block| block.contains("softmax")).unwrap();
    let code = code.split("```").next().unwrap();
    let (code, text) = run(python, &written(folder.path(), &[code]), &["--json"]);
    assert_eq!(code, 0, "{text}");
    let found = findings(&text);
    let taken: Vec<&str> = found.iter().map(|it| it["taken_for"].as_str().unwrap()).collect();
    assert_eq!(taken, ["q", "k", "v", "scores", "scaled", "weights", "output"]);
    assert!(found.iter().all(|finding| finding["ulps"] == 0), "{text}");
}

#[test]
fn our_own_notebook_agrees_to_the_bit() {
    let Some(python) = python() else { return };
    let file = support::repository("notebooks/practica3.ipynb");
    let before = std::fs::read(&file).unwrap();
    let (code, text) = run(python, &file, &["--json"]);
    assert_eq!(code, 0, "{text}");
    for name in
        ["scores", "scaled", "weights", "output", "masked", "causal_weights", "causal_output"]
    {
        let found = findings(&text).into_iter().find(|finding| finding["name"] == name);
        assert_eq!(found.unwrap_or_else(|| panic!("{name} in {text}"))["ulps"], 0, "{name}");
    }
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn mistakes_are_named_at_the_step_that_broke() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let museum = museum();
    for name in ["no-scaling", "softmax-wrong-dim", "mask-multiplied", "bfloat16", "norm-unbiased"]
    {
        let code = museum["cases"][name]["code"].as_str().unwrap();
        let file = written(folder.path(), &[INPUTS, code]);
        let (code, text) = run(python, &file, &["--json"]);
        assert_eq!(code, 1, "{name}: {text}");
        let first = findings(&text).into_iter().find(|finding| finding["agrees"] == false).unwrap();
        assert_eq!(first["note"]["mistakes"][0], name, "{text}");
    }
}

#[test]
fn inputs_that_are_computed_and_changes_in_place() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let inputs = "import torch, math\ntorch.manual_seed(1)\nx = torch.randn(5, 8)\n\
        q, k, v = x @ torch.randn(8, 4), x @ torch.randn(8, 4), x @ torch.randn(8, 4)";
    let code = "scores = q @ k.T\nscores /= 2\noutput = torch.zeros(5, 4)\nfor i in range(5):\n    \
        output[i] = torch.softmax(scores[i], dim=-1) @ v\nscores.masked_fill_(torch.ones(5, 5).tril() == 0, -math.inf)";
    let (code, text) = run(python, &written(folder.path(), &[inputs, code]), &["--json"]);
    assert_eq!(code, 0, "{text}");
    let taken: Vec<Value> =
        findings(&text).iter().map(|finding| finding["taken_for"].clone()).collect();
    assert_eq!(taken, ["q", "k", "v", "scores", "scaled", "output", "masked"]);
}

#[test]
fn what_goes_wrong_is_said_and_the_rest_compared() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let stubborn = "while True:\n    try:\n        pass\n    except BaseException:\n        pass";
    let cases = [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import nothing_of_that_name", "Install it into that Python"),
        (stubborn, "had not ended after 15 seconds"),
        ("import os\nos._exit(3)", "the kernel died"),
        ("input()", "StdinNotImplementedError"),
    ];
    for (cell, said) in cases {
        let file = written(folder.path(), &[INPUTS, "scores = Q @ K.T", cell]);
        let (code, text) = run(python, &file, &["--timeout", "15"]);
        assert_eq!(code, 1, "{text}");
        let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(one_line.contains(said) && one_line.contains("cell 3"), "{said:?} in {text}");
        assert!(text.contains("scores Q Kᵀ"), "{text}");
    }
}

/// What does not depend on a failing cell is run and compared, and stored outputs are held against fresh ones.
#[test]
fn a_failing_cell_does_not_end_the_run() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let shown = "tensor([[0.2500, 0.5000], [0.5000, 0.7500]])";
    let builder = Builder::new().code(INPUTS, &[]).code("1 / 0", &[]).code("undefined", &[]);
    let builder = builder.code("scores = Q @ K.T", &[]);
    let file = builder.code("torch.full((2, 2), 0.5)", &[shown]).write(folder.path(), "nb.ipynb");
    let (code, text) = run(python, &file, &["--json"]);
    assert_eq!(code, 1, "{text}");
    let document: Value = serde_json::from_str(&text).unwrap();
    let notebook = &document["notebooks"][0];
    let cells: Vec<&Value> = notebook["run"]["all"].as_array().unwrap().iter().collect();
    assert_eq!(cells.iter().map(|cell| &cell["cell"]).collect::<Vec<_>>(), [2, 3]);
    assert!(findings(&text).iter().any(|found| found["taken_for"] == "scores"), "{text}");
    assert_eq!(notebook["fresh"][0]["cell"], 5, "{text}");
    assert_eq!(notebook["fresh"][0]["given"], "0.5000", "{text}");
    let (code, text) = run(python, &file, &["--jobs", "2"]);
    assert!(
        code == 1 && text.contains("ZeroDivisionError") && text.contains("NameError"),
        "{text}"
    );
}

#[test]
fn a_python_that_is_not_there_or_cannot_run_notebooks() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(folder.path(), &[INPUTS]);
    let (code, text) = run(Path::new("/no/python"), &file, &[]);
    assert_eq!(code, 2);
    assert!(text.contains("cannot start /no/python") && text.contains("agree."), "{text}");
    // A Python without packages.
    let bare = folder.path().join("python");
    std::fs::write(&bare, "#!/bin/sh\nexec python3 -I -S \"$@\"\n").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&bare, std::fs::Permissions::from_mode(0o755)).unwrap();
        let (code, text) = run(&bare, &file, &[]);
        assert_eq!(code, 2);
        let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(one_line.contains("lacks nbformat, nbclient, ipykernel"), "{text}");
        assert!(one_line.contains("-m pip install nbformat nbclient ipykernel"), "{text}");
    }
}

/// Right inputs, a wrong result, and a cell between them.
fn with_a_wrong_result(folder: &Path, cell: &str) -> PathBuf {
    let wrong = "import torch\noutput = torch.softmax(Q @ K.T, dim=-1) @ V";
    written(folder, &[INPUTS, cell, wrong])
}

#[test]
fn what_a_cell_writes_is_never_taken_for_the_drivers_word() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let forging = r#"
import glob, json, os, tempfile
lines = b'{"event": "whole"}\n' + b'{"event": "raised", "cell": 1, "name": "Forged", "message": "forged"}\n' + b"\xff\x00" * 9999
for descriptor in range(40):
    try:
        os.set_blocking(descriptor, False) if descriptor < 3 else None
        os.write(descriptor, lines) if descriptor < 3 else None
    except OSError:
        pass
for file in glob.glob(os.path.join(tempfile.gettempdir(), "*.jsonl")):
    record = {"cell": 1, "line": 1, "name": "forged", "function": "", "dtype": "uint8", "shape": [1], "offset": 0, "bytes": 1}
    with open(file, "a") as index:
        index.write(json.dumps(record) + "\n" + "0" * 64 + " " + json.dumps(record) + "\n")
"#;
    let file = with_a_wrong_result(folder.path(), forging);
    let (code, text) = run(python, &file, &["--json"]);
    assert_eq!(code, 1, "{text}");
    assert!(!text.to_lowercase().contains("forged"), "{text}");
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["notebooks"][0]["run"]["whole"], true, "{text}");
    assert!(
        findings(&text).iter().any(|found| found["name"] == "output" && found["agrees"] == false)
    );
}

#[test]
fn an_exceptions_long_text_is_cut() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = written(folder.path(), &[INPUTS, "raise ValueError('x' * 50_000_000)"]);
    let (code, text) = run(python, &file, &[]);
    assert_eq!(code, 1);
    assert!(
        text.contains("ValueError:") && text.contains("xxx") && text.len() < 4000,
        "{} bytes",
        text.len()
    );
}

/// Every way to end once, at a moment of chance, with detached children of a cell: `scripts/endings` does 200 of them.
#[cfg(target_os = "linux")]
#[test]
fn nothing_is_left_however_it_ends() {
    let Some(python) = python() else { return };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/endings");
    let output = std::process::Command::new(python)
        .arg(script)
        .args([
            "--count",
            "12",
            "--longest",
            "5",
            "--binary",
            env!("CARGO_BIN_EXE_atencion"),
            "--python",
        ])
        .arg(python)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

/// Where bubblewrap is there and may do its work; elsewhere that is what has to be said.
#[test]
fn a_sandbox_keeps_files_and_network_away() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let reaching = "import os, socket\ntouched = []\ntry:\n    open('written', 'w')\n    touched.append('file')\n\
        except OSError:\n    pass\ntry:\n    socket.create_connection(('1.1.1.1', 53), timeout=2)\n    \
        touched.append('network')\nexcept OSError:\n    pass\nassert not touched, touched";
    let file = with_a_wrong_result(folder.path(), reaching);
    let (code, text) = run(python, &file, &["--sandbox"]);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.contains("sandbox") {
        assert_eq!(code, 2);
        assert!(
            words.contains("→ sudo apt install bubblewrap") || words.contains("namespaces"),
            "{text}"
        );
    } else {
        assert_eq!(code, 1, "{text}");
        assert!(words.contains("to its end"), "{text}");
    }
    assert!(!folder.path().join("written").exists());
}
