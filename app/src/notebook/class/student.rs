//! Whose notebook a file is, and in which language they are spoken to.

use std::path::Path;

use super::super::ipynb::{CellKind, Notebook};
use crate::i18n::Lang;
use atencion::{Error, Result};

/// Where the student's name stands in a path.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Naming {
    /// The folder below the one that was named; for a notebook that lies in that one itself, its name.
    #[default]
    FolderOrFile,
    /// Between these two, in the file's name.
    Pattern(String, String),
}

/// What stands for the student in a pattern.
pub const STUDENT: &str = "{student}";

impl Naming {
    /// Of a pattern such as `p3_{student}.ipynb`.
    ///
    /// # Errors
    /// When `{student}` does not stand in it once.
    pub fn of_pattern(pattern: &str, lang: Lang) -> Result<Self> {
        match pattern.split(STUDENT).collect::<Vec<_>>()[..] {
            [before, after] => {
                let after = after.strip_suffix(".ipynb").unwrap_or(after);
                Ok(Self::Pattern(before.to_owned(), after.to_owned()))
            }
            _ => {
                Err(Error::value(lang.text("class-pattern")).mend(lang.text("class-pattern-mend")))
            }
        }
    }

    /// The student of a file that was found below that folder.
    pub fn student(&self, folder: &Path, file: &Path) -> String {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        match self {
            Self::Pattern(before, after) => {
                let inner = stem.strip_prefix(before.as_str());
                let inner = inner.and_then(|rest| rest.strip_suffix(after.as_str()));
                inner.filter(|name| !name.is_empty()).map_or(stem.clone(), str::to_owned)
            }
            Self::FolderOrFile => {
                let inside = file.strip_prefix(folder).unwrap_or(file);
                let mut parts = inside.components();
                match (parts.next(), parts.next()) {
                    (Some(first), Some(_)) => first.as_os_str().to_string_lossy().into_owned(),
                    _ => stem,
                }
            }
        }
    }
}

const SPANISH: [&str; 14] = [
    "el", "la", "los", "las", "de", "del", "que", "una", "para", "con", "por", "cada", "es",
    "cuaderno",
];
const ENGLISH: [&str; 14] = [
    "the", "of", "and", "to", "is", "that", "an", "for", "with", "by", "each", "this", "are",
    "notebook",
];

/// The language that the notebook's text is written in; `otherwise` where it says too little.
pub fn language(notebook: &Notebook, otherwise: Lang) -> Lang {
    let (mut spanish, mut english) = (0, 0);
    let text = notebook.cells.iter().flat_map(|cell| {
        let is_text = cell.kind == CellKind::Markdown;
        cell.source.lines().filter_map(move |line| match line.split_once('#') {
            _ if is_text => Some(line),
            Some((_, comment)) => Some(comment),
            None => None,
        })
    });
    for word in text.flat_map(|line| line.split(|c: char| !c.is_alphabetic())) {
        let word = word.to_lowercase();
        spanish += usize::from(SPANISH.contains(&word.as_str()));
        english += usize::from(ENGLISH.contains(&word.as_str()));
    }
    match spanish.cmp(&english) {
        std::cmp::Ordering::Greater => Lang::Es,
        std::cmp::Ordering::Less => Lang::En,
        std::cmp::Ordering::Equal => otherwise,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_student_is_a_folder_a_file_or_a_part_of_its_name() {
        let name = |naming: &Naming, file: &str| naming.student(Path::new("p3"), Path::new(file));
        let default = Naming::default();
        assert_eq!(name(&default, "p3/ana/deep/p.ipynb"), "ana");
        assert_eq!(name(&default, "p3/ana.ipynb"), "ana");
        let pattern = Naming::of_pattern("p3_{student}_v2.ipynb", Lang::En).unwrap();
        assert_eq!(name(&pattern, "p3/p3_Ana Gil_v2.ipynb"), "Ana Gil");
        assert_eq!(name(&pattern, "p3/other.ipynb"), "other");
        assert!(Naming::of_pattern("p3.ipynb", Lang::En).is_err());
    }

    #[test]
    fn the_language_of_a_notebook() {
        let of = |text: &str| {
            let json = serde_json::json!({ "nbformat": 4, "cells": [{ "cell_type": "markdown", "source": text }] });
            language(&Notebook::parse(json.to_string().as_bytes()).unwrap(), Lang::En)
        };
        assert_eq!(of("Una vez realizado, el resultado de la práctica es:"), Lang::Es);
        assert_eq!(of("the result of the exercise"), Lang::En);
        assert_eq!(of("42"), Lang::En);
    }
}
