//! The Python lines that `explain --json` prints run in their order, and give the tensors beside them, to the last bit.

use std::fs;
use std::process::Command;

use crate::command::said;

/// Runs the lines of every step in one scope and holds each variable against the values of the document.
const CHECK: &str = r#"
import json, sys
document = json.load(open(sys.argv[1]))
steps = [tensor for step in document["steps"] for tensor in step["tensors"]]
scope = {}
exec(compile("\n".join(step["python"] for step in steps), "printed", "exec"), scope)
import torch
def read(values):
    return [read(it) for it in values] if isinstance(values, list) else float(values)
for name in dict.fromkeys(step["name"] for step in steps):
    printed = [step for step in steps if step["name"] == name][-1]
    right = torch.tensor(read(printed["values"]), dtype=scope[name].dtype)
    torch.testing.assert_close(scope[name], right, rtol=0, atol=0, msg=name)
print(len(steps))
"#;

#[test]
fn the_printed_python_gives_the_printed_tensors() {
    let Some(python) = support::python_with_torch() else { return };
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let whole = write("whole \"n\u{f1}\u{202e}.json", "[[1, 2, 3, 4], [0, 1, 0, 2], [3, 1, 2, 1]]");
    let ones = write("ones.json", "[[1, 0, 1], [1, 1, 0], [0, 0, 0]]");
    let added = write("added.json", "[[0.0, -1.5, 2.0], [0.5, 0.0, 0.0], [0.0, 0.0, -3.0]]");
    let own = ["--q", &whole, "--k", &whole, "--v", &whole];
    let cases: [&[&str]; 6] = [
        &[],
        &["--causal"],
        &own,
        &[&own[..], &["--mask", &ones]].concat(),
        &[&own[..], &["--mask", &added]].concat(),
        &[&own[..], &["--heads", "2", "--causal"]].concat(),
    ];
    for more in cases {
        let file = write("document.json", &said(&[&["explain", "--json"], more].concat()));
        let output = Command::new(python).args(["-c", CHECK, &file]).output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{more:?}: {complaint}");
    }
}

#[test]
fn a_row_that_sees_nothing_is_not_divided_by_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let q = path("q.json", "[[1.0, 2.0], [3.0, 4.0]]");
    let mask = path("mask.json", "[[1, 1], [0, 0]]");
    let text = said(&["explain", "--q", &q, "--k", &q, "--v", &q, "--mask", &mask, "--step", "5"]);
    assert!(text.contains("every key is hidden") && !text.contains("0 / (0"), "{text}");
}
