//! Errors in the user's language.
//!
//! The library knows no languages: its errors are English. `faults.ftl` has each of them with holes for what differs. A
//! text that fits one of its lines is said as the line's twin in the other language, and what fills a hole likewise.

use std::sync::OnceLock;

use super::{Lang, plain};

const ENGLISH: &str = include_str!("en/faults.ftl");
/// An error's reason may have a reason of its own; deeper than this none goes.
const DEEPEST: usize = 4;

struct Fault {
    name: &'static str,
    pieces: Vec<Piece>,
    /// Letters that must be there: of several lines that fit, the one that says most is meant.
    said: usize,
}

enum Piece {
    Said(String),
    Hole(&'static str),
}

/// An error's text in that language. What no line fits, as libtorch's own words, stays as it is.
pub fn translated(text: &str, lang: Lang) -> String {
    match lang {
        Lang::En => text.to_owned(),
        Lang::Es => known(text, lang, 0).unwrap_or_else(|| text.to_owned()),
    }
}

fn known(text: &str, lang: Lang, depth: usize) -> Option<String> {
    if depth == DEEPEST {
        return None;
    }
    several(text, lang, depth).or_else(|| whole(text, lang, depth)).or_else(|| {
        // `FILE: why`, where the file may have a colon in its name.
        text.match_indices(": ").find_map(|(at, colon)| {
            let start = at + colon.len();
            Some(text[..start].to_owned() + &whole(&text[start..], lang, depth)?)
        })
    })
}

/// Errors of one kind that were found together: `one; another`. Each has its line, or none is taken apart.
fn several(text: &str, lang: Lang, depth: usize) -> Option<String> {
    let parts: Vec<&str> = text.split("; ").collect();
    if parts.len() == 1 {
        return None;
    }
    let said = parts.iter().map(|part| whole(part, lang, depth)).collect::<Option<Vec<_>>>()?;
    Some(said.join("; "))
}

fn whole(text: &str, lang: Lang, depth: usize) -> Option<String> {
    let fitting = faults().iter().filter_map(|fault| Some((fault, fault.holes(text)?)));
    let (fault, holes) = fitting.max_by_key(|(fault, _)| fault.said)?;
    let filled = |(name, text): (&'static str, &str)| {
        let text = known(text, lang, depth + 1).unwrap_or_else(|| text.to_owned());
        (name, plain(text))
    };
    lang.find(fault.name, &holes.into_iter().map(filled).collect::<Vec<_>>())
}

impl Fault {
    /// What stands in the holes, if the text fits.
    fn holes<'t>(&self, text: &'t str) -> Option<Vec<(&'static str, &'t str)>> {
        let (mut rest, mut open, mut found) = (text, None, Vec::new());
        for (at, piece) in self.pieces.iter().enumerate() {
            let said = match piece {
                Piece::Hole(name) => {
                    open = Some(*name);
                    continue;
                }
                Piece::Said(said) => said.as_str(),
            };
            let start = match open {
                None => rest.starts_with(said).then_some(0)?,
                Some(_) if at + 1 == self.pieces.len() => rest.strip_suffix(said)?.len(),
                Some(_) => rest.find(said)?,
            };
            found.extend(open.take().map(|name| (name, &rest[..start])));
            rest = &rest[start + said.len()..];
        }
        match open {
            Some(name) => found.push((name, rest)),
            None if rest.is_empty() => {}
            None => return None,
        }
        Some(found)
    }
}

fn faults() -> &'static [Fault] {
    static FAULTS: OnceLock<Vec<Fault>> = OnceLock::new();
    FAULTS.get_or_init(|| {
        let lines = ENGLISH.lines().filter(|line| !line.starts_with('#'));
        lines
            .filter_map(|line| line.split_once(" = "))
            .map(|(name, line)| fault(name, line))
            .collect()
    })
}

/// A line of Fluent: words, `{ $hole }`, and `{"["}` for a letter that Fluent would read.
fn fault(name: &'static str, line: &'static str) -> Fault {
    let (mut pieces, mut said, mut rest) = (Vec::new(), String::new(), line);
    while let Some((before, after)) = rest.split_once('{') {
        said += before;
        if let Some(letter) = after.strip_prefix('"') {
            let (letter, after) = letter.split_once("\"}").unwrap_or((letter, ""));
            said += letter;
            rest = after;
            continue;
        }
        let (hole, after) = after.split_once('}').unwrap_or((after, ""));
        if !said.is_empty() {
            pieces.push(Piece::Said(std::mem::take(&mut said)));
        }
        pieces.push(Piece::Hole(hole.trim().trim_start_matches('$')));
        rest = after;
    }
    said += rest;
    if !said.is_empty() {
        pieces.push(Piece::Said(said));
    }
    let length = |piece: &Piece| match piece {
        Piece::Said(said) => said.len(),
        Piece::Hole(_) => 0,
    };
    Fault { name, said: pieces.iter().map(length).sum(), pieces }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_within_a_reason() {
        let es = |text| translated(text, Lang::Es);
        assert_eq!(
            es("a: b.pt: there is no tensor \"X\" in it"),
            "a: b.pt: no contiene ningún tensor \"X\""
        );
        assert_eq!(
            es("q.json: expected value at line 1 column 3"),
            "q.json: falta un valor en la línea 1, columna 3"
        );
        assert_eq!(
            es("device cuda is not available: libtorch sees no CUDA device"),
            "el dispositivo cuda no está disponible: libtorch no ve ningún dispositivo CUDA"
        );
        assert_eq!(
            es(
                "generation_config.json: top_k should be 1 or more, but is -1; top_p should be more than 0 and at most 1, but is 1.5"
            ),
            "generation_config.json: top_k debe ser 1 o más, pero es -1; top_p debe ser mayor que 0 y como mucho 1, pero es 1.5"
        );
        assert_eq!(
            es("mat1 and mat2 shapes cannot be multiplied"),
            "mat1 and mat2 shapes cannot be multiplied"
        );
        assert_eq!(translated("it is a folder", Lang::En), "it is a folder");
    }

    #[test]
    fn every_line_fits_itself() {
        for fault in faults() {
            let text: String = fault
                .pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Said(said) => said.as_str(),
                    Piece::Hole(_) => "7",
                })
                .collect();
            assert_ne!(translated(&text, Lang::Es), text, "{}", fault.name);
        }
    }
}
