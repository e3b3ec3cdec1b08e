//! What `--q`, `--k`, `--v` and `--tokens` take, for every command that has them.

use std::path::Path;

use crate::i18n::{Lang, plain};
use atencion::io::{Contents, contents, printable};
use atencion::{Error, Result};

/// The names under which a file may hold Q, K or V.
const ROLES: [[&str; 2]; 3] = [["query", "q"], ["key", "k"], ["value", "v"]];

/// The three arguments, each with `#NAME` where its file holds several tensors and one has its name: `query` or `q` for
/// `--q`, in small or capital letters.
///
/// # Errors
/// When a file cannot be read; when two of them are one file of several tensors whose names do not say which is which.
pub(super) fn qkv(files: [Option<&str>; 3], lang: Lang) -> Result<[Option<String>; 3]> {
    let mut chosen = [const { None }; 3];
    for (at, file) in files.into_iter().enumerate() {
        let Some(file) = file else { continue };
        let again = files.iter().filter(|other| **other == Some(file)).count() > 1;
        chosen[at] = Some(one(file, ROLES[at], again, lang)?);
    }
    Ok(chosen)
}

fn one(file: &str, role: [&'static str; 2], again: bool, lang: Lang) -> Result<String> {
    // `FILE#NAME` is a choice already, and what is not there is said by who reads it.
    if !Path::new(file).is_file() {
        return Ok(file.to_owned());
    }
    let names = match contents(file)? {
        Contents::Named(names) => names,
        Contents::Numbered(count) => (0..count).map(|at| at.to_string()).collect(),
        Contents::One => return Ok(file.to_owned()),
    };
    let is_its = |name: &&String| role.iter().any(|known| name.eq_ignore_ascii_case(known));
    match names.iter().find(is_its) {
        Some(name) if names.len() > 1 => Ok(format!("{file}#{name}")),
        None if names.len() > 1 && again => Err(undecided(file, &names, role[1], lang)),
        _ => Ok(file.to_owned()),
    }
}

fn undecided(file: &str, names: &[String], letter: &'static str, lang: Lang) -> Error {
    const SHOWN: usize = 8;
    let mut shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("{name:?}")).collect();
    shown.extend((names.len() > SHOWN).then(|| "…".to_owned()));
    let values = [
        ("file", plain(printable(file))),
        ("names", plain(printable(&shown.join(", ")))),
        ("letter", plain(letter)),
        ("first", plain(printable(&names[0]))),
    ];
    Error::value(lang.text_with("given-undecided", &values))
        .mend(lang.text_with("given-undecided-mend", &values))
}

const TOKEN_FILES: &str = "tokens are UTF-8 text: a JSON list of strings, or one a line";

/// `--tokens`: a file, a JSON list, or words with commas or spaces between them.
///
/// # Errors
/// When the file is not there or no text, or the list holds something else than strings.
pub(super) fn tokens(text: &str) -> Result<Vec<String>> {
    let path = Path::new(text);
    if path.is_file() {
        let content = std::fs::read_to_string(path)
            .map_err(|error| Error::file(path, error).mend(TOKEN_FILES))?;
        return tokens_of_file(&content)
            .map_err(|error| Error::file(path, error.what()).mend(TOKEN_FILES));
    }
    if names_a_file(text) {
        return Err(Error::file(path, "no such file")
            .mend("--tokens takes a file, a JSON list, or the words themselves"));
    }
    if is_list(text) {
        return json_tokens(text);
    }
    let between = |c: char| if text.contains(',') { c == ',' } else { c.is_whitespace() };
    let words = text.split(between).map(str::trim).filter(|word| !word.is_empty());
    Ok(words.map(str::to_owned).collect())
}

/// Words that look like a file that is not there.
fn names_a_file(text: &str) -> bool {
    let lower = text.to_lowercase();
    let ends = [".json", ".txt", ".tokens"].iter().any(|end| lower.ends_with(end));
    ends && !text.contains([' ', ',', '['])
}

/// A JSON list; else one token a line, or, where there is a single line, its words.
fn tokens_of_file(content: &str) -> Result<Vec<String>> {
    let content = content.trim_start_matches('\u{feff}');
    if is_list(content) {
        return json_tokens(content);
    }
    let lines: Vec<_> = content.lines().map(str::to_owned).collect();
    match &lines[..] {
        [line] => Ok(line.split_whitespace().map(str::to_owned).collect()),
        _ => Ok(lines),
    }
}

fn is_list(text: &str) -> bool {
    let text = text.trim();
    text.starts_with('[') && text.ends_with(']')
}

fn json_tokens(text: &str) -> Result<Vec<String>> {
    serde_json::from_str(text).map_err(|error| {
        Error::value(format!("the tokens are no JSON list of strings: {error}"))
            .mend(r#"write ["The", "cat"]"#)
    })
}
