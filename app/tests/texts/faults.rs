//! Every error that the readers, the attention and the program's own commands can say has its Spanish.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use atencion_cli::i18n::{Lang, translated};

/// Where the errors are that a command's user meets.
const SOURCES: [&str; 21] = [
    "src/io",
    "src/attention",
    "src/data/distributed.rs",
    "src/device.rs",
    "src/dist",
    "src/train/checkpoint.rs",
    "src/generate",
    "src/libtorch/packed.rs",
    "src/models/writing.rs",
    "app/src/page",
    "app/src/view",
    "app/src/cli/explore.rs",
    "app/src/lab",
    "app/src/cli/given.rs",
    "app/src/cli/verify.rs",
    "app/src/notebook/array.rs",
    "app/src/notebook/inputs.rs",
    "app/src/notebook/ipynb.rs",
    "app/src/notebook/run/guard.rs",
    "app/src/notebook/run/mod.rs",
    "app/src/notebook/run/sandbox.rs",
];

/// Calls whose texts are an error's, or its mend.
const CALLS: [&str; 6] = [
    "Error::value(",
    "Error::kind_mismatch(",
    "Error::file(",
    ".mend(",
    "refused(",
    "Refusal::from(",
];

fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries.flat_map(|path| files(&path)).collect();
    found.retain(|path| path.extension().is_some_and(|it| it == "rs"));
    found.retain(|path| !path.ends_with("hub.rs"));
    found
}

/// The texts inside the brackets that `code` begins after, as they are said, with a number in each hole.
fn texts(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let (mut depth, mut rest) = (1, code);
    while let Some(at) = rest.find(['(', ')', '"', '\'']) {
        let letter = rest.as_bytes()[at];
        rest = &rest[at + 1..];
        match letter {
            b'(' => depth += 1,
            b')' => depth -= 1,
            // A quote as a character, `'"'`.
            b'\'' => rest = rest.strip_prefix("\"'").unwrap_or(rest),
            _ => {
                let (text, after) = string(rest);
                found.push(text);
                rest = after;
            }
        }
        if depth == 0 {
            break;
        }
    }
    found
}

/// A literal from after its first quote, and what follows its last.
fn string(code: &str) -> (String, &str) {
    let (mut text, mut letters) = (String::new(), code.char_indices().peekable());
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (text, &code[at + 1..]),
            '\\' => match letters.next() {
                Some((_, '\n')) => while letters.next_if(|(_, it)| it.is_whitespace()).is_some() {},
                Some((_, escaped)) => text.push(escaped),
                None => {}
            },
            '{' if letters.next_if(|(_, it)| *it == '{').is_some() => text.push('{'),
            '}' if letters.next_if(|(_, it)| *it == '}').is_some() => text.push('}'),
            '{' => {
                letters.by_ref().find(|(_, it)| *it == '}');
                text.push('7');
            }
            _ => text.push(letter),
        }
    }
    (text, "")
}

/// Two words in small letters: a sentence, not a name or a piece of code.
fn is_sentence(text: &str) -> bool {
    let is_word = |word: &&str| word.len() > 1 && word.chars().all(|it| it.is_ascii_lowercase());
    let is_command = text.contains("-m pip install");
    !is_command && text.split_whitespace().filter(is_word).count() >= 2
}

#[test]
fn every_error_in_the_sources_has_its_spanish() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut said = BTreeSet::new();
    for file in SOURCES.iter().flat_map(|path| files(&root.join(path))) {
        let code = fs::read_to_string(&file).unwrap();
        let code = code.split("#[cfg(test)]").next().unwrap_or_default();
        for call in CALLS {
            let calls = code.match_indices(call).map(|(at, _)| &code[at + call.len()..]);
            said.extend(calls.flat_map(texts).filter(|text| is_sentence(text)));
        }
    }
    assert!(said.len() > 130, "only {} texts were found", said.len());
    let left: Vec<&String> =
        said.iter().filter(|text| translated(text, Lang::Es) == **text).collect();
    assert!(left.is_empty(), "{} of {} stay English: {left:#?}", left.len(), said.len());
}

/// Words that no Spanish sentence has.
const ENGLISH: [&str; 16] = [
    "the", "is", "are", "not", "of", "and", "with", "for", "but", "there", "needs", "has", "holds",
    "must", "should", "use",
];

#[test]
fn refusals_in_spanish_have_no_english_words() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let [broken, ragged, word] =
        [("b.json", "[[1,"), ("r.json", "[[1, 2], [3]]"), ("w.json", "[[1, \"x\"]]")]
            .map(|(name, text)| file(name, text));
    let [npy, pt, safe] =
        ["n.npy", "p.pt", "s.safetensors"].map(|name| file(name, "no such thing"));
    let [one, three, nan, zero] = [
        ("1.json", "[[1.0, 2.0]]"),
        ("3.json", "[[1.0, 2.0, 3.0]]"),
        ("nan.json", "[[NaN]]"),
        ("0.json", "[[]]"),
    ]
    .map(|(name, text)| file(name, text));
    let own = |q: &str, k: &str, v: &str| {
        ["explain", "--q", q, "--k", k, "--v", v].map(str::to_owned).to_vec()
    };
    let plain = |words: &[&str]| words.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let bad = [&broken, &ragged, &word, &npy, &pt, &safe, &nan, &zero];
    let mut cases: Vec<Vec<String>> = bad.iter().map(|file| own(file, file, file)).collect();
    cases.extend(bad.iter().map(|file| plain(&["explore", "-o", "-", "--q", file, "--k", file])));
    cases.extend(bad.iter().map(|file| plain(&["explore", "-o", "-", "--weights", file])));
    cases.extend([
        own("no.npy", "no.npy", "no.npy"),
        own("no.txt", "no.txt", "no.txt"),
        own(&one, &three, &one),
        own(&one, &one, &format!("{one}#x")),
        plain(&["explain", "--device", "cuda:99"]),
        plain(&["explain", "--device", "gpu"]),
        plain(&["explain", "--row", "9"]),
        plain(&["explain", "--heads", "2"]),
        plain(&["explain", "--tokens", "a b"]),
        plain(&["explain", "--tokens", "[1, 2]"]),
        plain(&["explain", "--tokens", "no.txt"]),
        plain(&["explain", "--mask", &three]),
        plain(&["explain", "--picture", "padding", "--size", "9x8"]),
        plain(&["explain", "--svg", "/no/such/folder/a.svg"]),
        plain(&["explain", "--png", folder.path().to_str().unwrap()]),
        plain(&["explore", "--tokens", "a b"]),
        plain(&["explore", "--heads", "2"]),
        plain(&["explore", "--mask", &one]),
        plain(&["explore", "-o", "-", "--json"]),
        plain(&["explore", "-o", "/no/such/folder/a.html"]),
        plain(&["verify", "no.ipynb"]),
        plain(&["verify", &broken]),
        plain(&["port", "no.ipynb"]),
        plain(&["nosuch"]),
        plain(&["explain", "--nosuch"]),
    ]);
    for case in &cases {
        let output = Command::new(env!("CARGO_BIN_EXE_atencion"))
            .args(case)
            .args(["--lang", "es"])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned()
            + &String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(2), "{case:?}: {said}");
        // What came from the command line is the user's own.
        let said = said.replace(folder.path().to_str().unwrap(), "");
        // A line of Python has Python's words.
        let said = said.split("en Python: ").next().unwrap_or_default();
        let words: Vec<&str> = said.split(|it: char| !it.is_alphanumeric()).collect();
        let english: Vec<&&str> = words.iter().filter(|word| ENGLISH.contains(word)).collect();
        assert!(english.is_empty(), "{case:?}: {english:?} in {said}");
    }
    assert!(cases.len() > 40);
}
