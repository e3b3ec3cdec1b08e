//! What a student gives: files of several tensors, a bare tensor, words in any form.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::command::{refused, said};

/// Files of Python's `torch.save`, in a folder that goes with it; `None` without a Python.
fn saved(code: &str) -> Option<tempfile::TempDir> {
    let python = support::python_with_torch()?;
    let folder = tempfile::tempdir().unwrap();
    let code = format!("import torch\nQ = torch.eye(2)\nK, V = Q * 2, Q * 3\n{code}");
    let output = Command::new(python).args(["-c", &code]).current_dir(&folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(folder)
}

fn in_it(folder: &tempfile::TempDir, name: &str) -> String {
    folder.path().join(name).to_str().unwrap().to_owned()
}

/// The first numbers of query, key and value, and the lines that read them.
fn corners(q: &str, k: &str, v: &str) -> Vec<(f64, String)> {
    let document: Value =
        serde_json::from_str(&said(&["explain", "--json", "--q", q, "--k", k, "--v", v])).unwrap();
    let tensors = document["steps"][0]["tensors"].as_array().unwrap();
    tensors
        .iter()
        .map(|it| (it["values"][0][0].as_f64().unwrap(), it["python"].as_str().unwrap().to_owned()))
        .collect()
}

#[test]
fn one_file_of_three_tensors_gives_each_its_own() {
    let code = "torch.save({'v': V, 'K': K, 'query': Q}, 'f.pt')\ntorch.save({'a': Q, 'b': K}, 'g.pt')\n\
                torch.save([Q, K, V], 'h.pt')";
    let Some(folder) = saved(code) else { return };
    let [f, g, h] = ["f.pt", "g.pt", "h.pt"].map(|name| in_it(&folder, name));
    let found = corners(&f, &f, &f);
    assert_eq!(found.iter().map(|it| it.0).collect::<Vec<_>>(), [1.0, 2.0, 3.0]);
    assert!(found[1].1.ends_with("f.pt\")[\"K\"]"), "{}", found[1].1);
    // Where the names say nothing, nothing is taken three times: it says how to choose, and so it is done.
    let (what, mend) = refused(&["explain", "--q", &g, "--k", &g, "--v", &g]);
    assert!(what.contains("holds \"a\", \"b\"") && mend.contains("g.pt#a"), "{what} {mend}");
    let (what, _) = refused(&["explore", "-o", "no.html", "--q", &g, "--k", &g, "--lang", "es"]);
    assert!(what.contains("no está claro cuál es q"), "{what}");
    let chosen = corners(&format!("{g}#b"), &format!("{g}#a"), &format!("{h}#2"));
    assert_eq!(chosen.iter().map(|it| it.0).collect::<Vec<_>>(), [2.0, 1.0, 3.0]);
    assert!(chosen[2].1.ends_with("h.pt\")[2]"), "{}", chosen[2].1);
}

#[test]
fn a_bare_tensor_is_read_and_its_line_reads_it() {
    let Some(folder) = saved("torch.save(K, 'k.pt')") else { return };
    let file = in_it(&folder, "k.pt");
    let found = corners(&file, &file, &file);
    assert_eq!(found[0].0, 2.0);
    assert!(found[2].1.ends_with("k.pt\")"), "{}", found[2].1);
}

#[test]
fn words_are_taken_in_one_way_by_both_commands() {
    let folder = tempfile::tempdir().unwrap();
    let [lines, list, page] = ["lines.txt", "list.json", "page.html"].map(|it| in_it(&folder, it));
    fs::write(&lines, "the\nold cat\nsat\ndown\n").unwrap();
    fs::write(&list, r#"["the", "old cat", "sat", "down"]"#).unwrap();
    for words in ["the,old cat,sat,down", r#"["the", "old cat", "sat", "down"]"#, &lines, &list] {
        let text = said(&["explain", "--tokens", words, "--step", "5"]);
        assert!(text.contains("old cat") && text.contains("down"), "{words}: {text}");
        said(&["explore", "--tokens", words, "-o", &page]);
        assert!(fs::read_to_string(&page).unwrap().contains("old cat"), "{words}");
    }
    for command in [&["explain"][..], &["explore", "-o", &page]] {
        let (what, _) = refused(&[command, &["--tokens", "not-there.txt"]].concat());
        assert!(what.contains("not-there.txt: no such file"), "{what}");
    }
}

#[test]
fn a_row_of_a_picture_is_that_row() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, row] = ["whole.svg", "row.svg"].map(|name| in_it(&folder, name));
    said(&["explain", "--step", "5", "--svg", &whole]);
    said(&["explain", "--step", "5", "--row", "3", "--svg", &row]);
    let [whole, row] = [whole, row].map(|file| fs::read_to_string(file).unwrap());
    assert!(whole.contains("q₁") && whole.contains("0.1892"), "{whole}");
    assert!(row.contains("weights · q₃") && row.contains("0.2455"), "{row}");
    assert!(!row.contains("q₁") && !row.contains("0.1892"), "{row}");
}

#[test]
fn a_positional_encoding_may_have_an_odd_width() {
    assert!(!said(&["explain", "--picture", "positional", "--size", "4x9"]).is_empty());
    use atencion_cli::view::picture::positional_encoding;
    let (odd, even) = (positional_encoding(4, 9, true), positional_encoding(4, 9, false));
    let (odd, even) = (odd.unwrap(), even.unwrap());
    assert_eq!((odd.size(), even.size()), (vec![4, 9], vec![4, 9]));
    let right = |pos: f64, at: i32| {
        let angle = pos / 10_000f64.powf(f64::from(at / 2 * 2) / 9.0);
        if at % 2 == 0 { angle.sin() } else { angle.cos() }
    };
    for (pos, at) in [(0, 0), (1, 1), (3, 7), (3, 8)] {
        let found = odd.double_value(&[pos, at]);
        assert!((found - right(pos as f64, at as i32)).abs() < 1e-6, "{pos} {at}: {found}");
    }
    // All five sines come first, then the four cosines.
    assert_eq!(even.double_value(&[3, 4]), odd.double_value(&[3, 8]));
    assert_eq!(even.double_value(&[3, 8]), odd.double_value(&[3, 7]));
}
