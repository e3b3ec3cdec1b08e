//! Data with mistakes: one clear line, exit 2, and nothing left behind.

use super::command::refused;

#[test]
fn files_with_mistakes() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let texts = |name: &str, text: &[u8]| format!("data.texts={}", file(name, text));
    let (es, en) = (file("es.txt", b"uno\ndos\ntres\n"), file("en.txt", b"one\ntwo\n"));
    let (source, target) = (format!("data.source={es}"), format!("data.target={en}"));
    let pairs = |name: &str, text: &[u8]| format!("data.pairs={}", file(name, text));
    let empty_folder = folder.path().join("empty");
    std::fs::create_dir(&empty_folder).unwrap();
    let pictures = |name: &str| format!("data.pictures={}", folder.path().join(name).display());
    let bert = "data.label=label";
    let column = "data.column=text";
    let out = folder.path().join("out");
    let out = out.to_str().unwrap();
    for (recipe, settings, what, mend) in [
        ("translation", vec![source.clone(), target.clone()], "has 3 lines", "translations"),
        ("translation", vec![source, pairs("a.tsv", b"a\tb\n")], "more than one place", "alone"),
        ("translation", vec![pairs("one.tsv", b"uno\n")], "line 1 has 1 columns", "tabs"),
        ("translation", vec![pairs("none.tsv", b"")], "is empty", ""),
        ("translation", vec![pairs("latin.tsv", b"a\xf1o\tyear\n")], "line 1 is not UTF-8", ""),
        ("translation", vec![pairs("blank.tsv", b"\t\n")], "0 sequences to learn from", ""),
        ("translation", vec!["data.from=\"de\"".into()], "not de and en", "data.pairs"),
        ("bert", vec![texts("none.jsonl", b""), bert.into(), column.into()], "is empty", ""),
        (
            "bert",
            vec![texts("other.jsonl", b"{\"texto\": \"a\"}\n"), bert.into(), column.into()],
            "no text under text; there is texto",
            "",
        ),
        ("bert", vec![texts("not.jsonl", b"{no\n"), bert.into(), column.into()], "line 1: ", ""),
        (
            "bert",
            vec![texts("a.csv", b"text,gospel\na,b\n"), bert.into(), column.into()],
            "has no column label; there is text, gospel",
            "",
        ),
        (
            "bert",
            vec![texts("short.csv", b"text,label\na\n"), bert.into(), column.into()],
            "short.csv",
            "",
        ),
        (
            "bert",
            vec![texts("latin.csv", b"text,label\na\xf1o,b\n"), bert.into(), column.into()],
            "latin.csv",
            "",
        ),
        (
            "bert",
            vec![texts("one.csv", b"text,label\na,b\nc,b\n"), bert.into(), column.into()],
            "says the same of all texts",
            "data.label=COLUMN",
        ),
        (
            "bert",
            vec![texts("few.csv", b"text,label\na,b\nc,d\n"), bert.into(), column.into()],
            "fewer than a batch of 32",
            "train.batch_size",
        ),
        ("vit", vec![pictures("absent")], "there is no folder", "scripts/data fashion-mnist"),
        ("vit", vec![pictures("empty")], "has no two folders", "one folder a label"),
        ("vit", vec!["train.batch_size=100000".into()], "fewer than a batch of 100000", "or less"),
    ] {
        let sets = settings.iter().flat_map(|setting| ["--set", setting.as_str()]);
        let all: Vec<&str> =
            ["train", recipe, "--out", out, "--device", "cpu"].into_iter().chain(sets).collect();
        let said = refused(&all);
        assert!(said.0.contains(what), "{settings:?}: {said:?}");
        assert!(said.1.contains(mend), "{settings:?}: {said:?}");
        assert!(!std::path::Path::new(out).exists(), "{settings:?} left something behind");
    }
}

#[test]
fn pictures_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    for label in ["day", "night"] {
        std::fs::create_dir_all(folder.path().join(label)).unwrap();
        std::fs::write(folder.path().join(label).join("a.png"), b"\x89PNG\r\n\x1a\n").unwrap();
    }
    let place = format!("data.pictures={}", folder.path().display());
    let (what, mend) = refused(&["train", "vit", "--set", &place]);
    assert!(what.contains("none of the 2 files"), "{what}");
    assert!(mend.contains("PNG"), "{mend}");
    let (what, _) = refused(&["train", "vit", "--set", &place, "--set", "data.strict=true"]);
    assert!(what.contains("a.png"), "{what}");
}
