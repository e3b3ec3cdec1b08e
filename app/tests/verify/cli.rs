//! `atencion verify` as a user types it: exit codes, many notebooks at once, JSON, and files that are no notebooks.

use std::path::Path;
use std::process::Output;

use crate::command::{atencion, refused, said};
use crate::notebooks::{Builder, INPUTS, TABLE, museum, of_case};
use serde_json::{Value, json};

fn output(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = atencion(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

fn verify(path: &Path) -> (i32, String, String) {
    output(&["verify", path.to_str().unwrap()])
}

#[test]
fn exit_codes_say_how_it_went() {
    let folder = tempfile::tempdir().unwrap();
    let museum = museum();
    let right = of_case(&museum["cases"]["right"]).write(folder.path(), "right.ipynb");
    let wrong = of_case(&museum["cases"]["no-scaling"]).write(folder.path(), "wrong.ipynb");
    let (code, text, complaint) = verify(&right);
    assert_eq!((code, complaint.as_str()), (0, ""));
    assert!(text.contains("All 5 values that could be compared agree."), "{text}");
    let (code, text, complaint) = verify(&wrong);
    assert_eq!((code, complaint.as_str()), (1, ""));
    assert!(text.contains("Mistake: The scores are not divided by √d_k."), "{text}");
    assert!(
        text.contains("The line to change (cell 3, line 2):\n          scaled = scores"),
        "{text}"
    );
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn each_status_has_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let status = |file: &Path, more: &[&str]| {
        let (code, text, _) =
            output(&[&["verify", "--json", file.to_str().unwrap()], more].concat());
        let document: Value = serde_json::from_str(&text).unwrap();
        (code, document["notebooks"][0]["status"].as_str().unwrap().to_owned())
    };
    let pending = Builder::unsolved().write(folder.path(), "pending.ipynb");
    assert_eq!(status(&pending, &[]), (0, "pending".into()));
    assert_eq!(status(&pending, &["--require-solution"]), (1, "pending".into()));
    let nothing = Builder::new().code("x = 1", &["1"]).write(folder.path(), "nothing.ipynb");
    assert_eq!(status(&nothing, &[]), (3, "nothing".into()));
    let traceback = json!({ "output_type": "error", "ename": "NameError", "evalue": "\u{1b}", "traceback": [] });
    let raised =
        Builder::unsolved().raw_code("Z", vec![traceback]).write(folder.path(), "raised.ipynb");
    assert_eq!(status(&raised, &[]), (1, "error".into()));
    let (_, text, _) = verify(&raised);
    assert!(text.contains("cell 3 raised NameError"), "{text}");
    let unreadable = folder.path().join("no.ipynb");
    std::fs::write(&unreadable, "{").unwrap();
    assert_eq!(status(&unreadable, &[]), (2, "unreadable".into()));
}

/// Small vectors, shapes, literals printed after they were changed: another exercise, and no mistake.
#[test]
fn what_is_no_attention_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let notebook = Builder::new()
        .code(
            "import torch\nx = torch.tensor([[1., 2.], [3., 4.]])\nx.shape",
            &["torch.Size([2, 2])"],
        )
        .printing("x = x * 2\nprint('x', x)", "x tensor([[2., 4.],\n        [6., 8.]])\n")
        .code("a = torch.tensor([1., 2., 3.])\na + 1", &["tensor([2., 3., 4.])"])
        .code("x.norm(dim=1)", &["tensor([4.4721, 10.0000])"])
        .code("a > 1", &["tensor([False,  True,  True])"]);
    let (code, text, _) = verify(&notebook.write(folder.path(), "nb.ipynb"));
    assert!(code != 1 && !text.contains('✗'), "{code} {text}");
}

/// Row by row, as tensors and with two decimals: read, right or wrong.
#[test]
fn results_in_rows_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let loop_over = "for z in Z:\n    print(z)";
    let right = "tensor([0.2500, 0.5000, 0.5000])\ntensor([0.1892, 0.5432, 0.5857])\n\
        tensor([0.2372, 0.5087, 0.5173])\ntensor([0.2309, 0.5130, 0.5260])\n";
    let short = "Attn 1: 0.25 0.50 0.50\nAttn 2: 0.15 0.57 0.65\nAttn 3: 0.23 0.51 0.53\nAttn 4: 0.22 0.52 0.54\n";
    let right = Builder::unsolved().printing(loop_over, right).write(folder.path(), "right.ipynb");
    let (code, text, _) = verify(&right);
    assert!(code == 0 && text.contains("All 5 values"), "{text}");
    let wrong = Builder::unsolved().printing(loop_over, short).write(folder.path(), "wrong.ipynb");
    let (code, text, _) = verify(&wrong);
    assert!(code == 1 && text.contains("not divided by √d_k"), "{text}");
}

#[test]
fn both_languages_fit_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let museum = museum();
    for name in ["mask-inverted", "v-transposed", "norm-unbiased", "float16"] {
        let file = of_case(&museum["cases"][name]).write(folder.path(), "nb.ipynb");
        // The title holds the file's name, which may be as long as it likes.
        for lang in ["es", "en"] {
            let (code, text, _) = output(&["verify", "--lang", lang, file.to_str().unwrap()]);
            assert_eq!(code, 1, "{name}");
            assert!(text.lines().skip(1).all(|line| line.chars().count() <= 80), "{text}");
        }
    }
}

#[test]
fn many_notebooks_have_a_line_each_and_a_summary() {
    let folder = tempfile::tempdir().unwrap();
    let museum = museum();
    for name in ["right", "no-scaling", "scaled-by-d"] {
        of_case(&museum["cases"][name]).write(folder.path(), &format!("{name}.ipynb"));
    }
    Builder::unsolved().write(folder.path(), "unsolved.ipynb");
    std::fs::create_dir(folder.path().join(".ipynb_checkpoints")).unwrap();
    Builder::new().write(&folder.path().join(".ipynb_checkpoints"), "copy.ipynb");
    let (code, text, complaint) = verify(folder.path());
    assert_eq!((code, complaint.as_str()), (1, ""));
    assert!(!text.contains("copy.ipynb"));
    for line in [
        "    1  agree\n",
        "    1  pending: nothing is computed yet\n",
        "    2  differ\n",
        "    0  could not",
        "    1  The scores are not divided",
    ] {
        assert!(text.contains(line), "{line:?} in\n{text}");
    }
    std::fs::write(folder.path().join("broken.ipynb"), "{").unwrap();
    let (code, text, _) = verify(folder.path());
    assert_eq!(code, 2);
    assert!(text.contains("broken.ipynb: not a notebook"), "{text}");
}

/// Where the right to read is not enforced (root), nothing is closed, and all are read.
#[cfg(unix)]
#[test]
fn a_closed_folder_does_not_keep_the_others_from_being_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let closed = folder.path().join("closed");
    std::fs::create_dir(&closed).unwrap();
    Builder::unsolved().write(&closed, "inside.ipynb");
    Builder::unsolved().write(folder.path(), "open.ipynb");
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o0)).unwrap();
    let enforced = std::fs::read_dir(&closed).is_err();
    let (code, text, complaint) = verify(folder.path());
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(complaint, "");
    assert!(text.contains("open.ipynb: "), "{text}");
    assert_eq!(code, if enforced { 2 } else { 0 }, "{text}");
    assert!(!enforced || text.contains("closed: Permission denied"), "{text}");
}

#[test]
fn json_holds_everything_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let museum = museum();
    let wrong = of_case(&museum["cases"]["softmax-wrong-dim"]).write(folder.path(), "wrong.ipynb");
    let broken = folder.path().join("broken.ipynb");
    std::fs::write(&broken, "no").unwrap();
    let (code, text, complaint) =
        output(&["verify", "--json", wrong.to_str().unwrap(), broken.to_str().unwrap()]);
    assert_eq!((code, complaint.as_str()), (2, ""));
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        document["summary"],
        json!({ "agree": 0, "differ": 1, "pending": 0, "error": 0, "nothing": 0, "unreadable": 1 })
    );
    let finding = &document["notebooks"][0]["findings"][4];
    assert_eq!(finding["note"]["mistakes"], json!(["softmax-wrong-dim"]));
    assert_eq!((&finding["cell"], &finding["id"]), (&json!(3), &json!("c3")));
    assert!(document["notebooks"][1]["error"].as_str().unwrap().contains("not a notebook"));
}

#[test]
fn files_that_are_no_notebooks_are_refused_in_two_lines() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let cases = [
        (file("empty.ipynb", b""), "EOF"),
        (file("text.ipynb", b"hola"), "line 1 column"),
        (file("binary.ipynb", &[0xff; 64]), "not a notebook"),
        (file("list.ipynb", b"[1]"), "not a notebook"),
        (
            file("cut.ipynb", br#"{"nbformat":4,"cells":[{"cell_type":"code","source":"1","out"#),
            "cell 0",
        ),
        (
            file("three.ipynb", br#"{"nbformat":3,"nbformat_minor":0,"worksheets":[]}"#),
            "nbformat 3.0",
        ),
        (file("future.ipynb", br#"{"nbformat":99,"cells":[]}"#), "nbformat 99"),
        (file("cells.ipynb", br#"{"nbformat":4}"#), "no list of cells"),
        (
            file("null.ipynb", br#"{"nbformat":4,"cells":[{"cell_type":"code","source":null}]}"#),
            "cell 0",
        ),
        (
            file(
                "surrogate.ipynb",
                br#"{"nbformat":4,"cells":[{"cell_type":"raw","source":"\ud800"}]}"#,
            ),
            "cell 0",
        ),
        (folder.path().join("absent.ipynb").to_str().unwrap().to_owned(), "No such file"),
    ];
    for (path, why) in cases {
        let (what, mend) = refused(&["verify", &path]);
        assert!(what.contains(why), "{path}: {what}");
        assert!(!mend.is_empty(), "{path}: {what}, and nothing mends it");
    }
    let nothing = folder.path().join("nothing");
    std::fs::create_dir(&nothing).unwrap();
    let (what, mend) = refused(&["verify", nothing.to_str().unwrap()]);
    assert!(what.contains("no notebook") && mend.contains("folder"), "{what}");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_without_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.ipynb");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let (what, _) = refused(&["verify", pipe.to_str().unwrap()]);
    assert!(what.contains("not an ordinary file"), "{what}");
    let (what, _) = refused(&["verify", "/dev/zero"]);
    assert!(what.contains("not an ordinary file"), "{what}");
}

#[test]
fn odd_notebooks_are_read_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let odd = [
        (r#"{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[]}"#, "Nothing to compare"),
        (r#"{"nbformat":4,"cells":[{"cell_type":"evil","source":""}]}"#, "unknown kind"),
        (
            r#"{"nbformat":4,"cells":[{"cell_type":"raw","id":"x","source":""},{"cell_type":"raw","id":"x","source":""}]}"#,
            "Several cells have the id x",
        ),
        (
            r#"{"nbformat":4,"metadata":{"language_info":{"name":"julia"}},"cells":[]}"#,
            "The notebook is in julia",
        ),
    ];
    for (text, said) in odd {
        let path = folder.path().join("odd.ipynb");
        std::fs::write(&path, format!("\u{feff}{text}")).unwrap();
        let (code, text, complaint) = verify(&path);
        assert_eq!((code, complaint.as_str()), (3, ""));
        assert!(text.contains(said), "{text}");
    }
}

#[test]
fn control_characters_are_shown_and_not_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    let mut notebook = Builder::unsolved().json();
    notebook["cells"][0]["id"] = json!("\u{1b}[31m<b>");
    let outputs = json!([
        { "output_type": "stream", "name": "stdout", "text": "\u{1b}[2Jtensor([[1.5, 2.5]])\u{7}" },
        { "output_type": "display_data", "metadata": {},
          "data": { "text/html": "<script><table><tr><td>1</td></tr></table></script>", "image/png": "!!" } },
    ]);
    notebook["cells"][0]["outputs"] = outputs;
    let path = folder.path().join("odd.ipynb");
    std::fs::write(&path, notebook.to_string()).unwrap();
    let text = said(&["verify", path.to_str().unwrap()]);
    assert!(!text.contains('\u{1b}') && text.contains("\\u{1b}"), "{text}");
}

#[test]
fn a_name_that_is_not_there_is_refused_with_those_that_are() {
    let folder = tempfile::tempdir().unwrap();
    let file = Builder::new().code(INPUTS, &[]).write(folder.path(), "nb.ipynb");
    let (what, mend) = refused(&["verify", file.to_str().unwrap(), "--q", "consulta"]);
    assert!(what.contains("\"consulta\"") && mend.contains("Q, K, V"), "{what} {mend}");
}

#[test]
fn bad_usage_is_refused() {
    for arguments in [
        &["verify"][..],
        &["verify", "x", "--timeout", "5"],
        &["verify", "x", "--run", "--timeout", "0"],
        &["verify", "x", "--python", "p"],
        &["verify", "x", "--museum"],
    ] {
        let (what, _) = refused(arguments);
        assert!(what.starts_with("error: "), "{what}");
    }
}

#[test]
fn a_closed_pipe_is_nobodys_fault() {
    let mut command = atencion(&["verify", "--museum"]);
    let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_million_numbers_and_deep_nesting_are_taken_calmly() {
    let folder = tempfile::tempdir().unwrap();
    let row = format!("[{}]", vec!["0.25"; 1000].join(", "));
    let million = format!("X = torch.tensor([{}])", vec![row.as_str(); 1000].join(",\n"));
    let deep = format!("Y = {}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let shown = format!("tensor({}1{})", "[".repeat(100_000), "]".repeat(100_000));
    let notebook = Builder::new()
        .code(INPUTS, &[])
        .code(&million, &[])
        .code(&deep, &[&shown])
        .markdown(&format!("{}{TABLE}", "> ".repeat(10_000)))
        .markdown(TABLE);
    let file = notebook.write(folder.path(), "big.ipynb");
    let (code, text, complaint) = verify(&file);
    assert_eq!((code, complaint.as_str()), (0, ""), "{text}");
    assert!(text.contains("brackets nested deeper than Python allows"), "{text}");
}
