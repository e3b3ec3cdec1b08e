//! An exercise as a notebook with holes.

use serde_json::{Value, json};

use super::{Code, Exercise};
use crate::i18n::{Lang, plain};

/// What a notebook is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Python, with the package `atencion`.
    Python,
    /// Rust, in the kernel that `scripts/jupyter` installs.
    Rust,
}

/// What a Rust notebook begins with.
pub const RUST_HEAD: &str = "\
use atencion::tensor;
use atencion_cli::check;
use atencion::tch::{Device, Kind, Tensor};

atencion_cli::jupyter::start()?;";

impl Language {
    /// The exercise's code in this language.
    pub fn code(self, exercise: &Exercise) -> Code {
        match self {
            Self::Python => exercise.python,
            Self::Rust => exercise.rust,
        }
    }

    /// The line that asks for the answer.
    fn check(self, exercise: &Exercise) -> String {
        let (name, result) = (exercise.name, self.code(exercise).result);
        match self {
            Self::Python => format!("import atencion\n\natencion.check(\"{name}\", {result})"),
            Self::Rust => format!("check!(\"{name}\", {result});"),
        }
    }

    /// The line that asks for the solution.
    pub fn solution(self, exercise: &Exercise) -> String {
        let (name, result) = (exercise.name, self.code(exercise).result);
        match self {
            Self::Python => format!("atencion.check(\"{name}\", {result}, solution=True)"),
            Self::Rust => format!("check!(\"{name}\", {result}, solution);"),
        }
    }

    fn metadata(self) -> Value {
        match self {
            Self::Python => json!({
                "kernelspec": { "display_name": "Python 3", "language": "python", "name": "python3" },
                "language_info": { "name": "python" },
            }),
            Self::Rust => json!({
                "kernelspec": { "display_name": "Rust (atencion)", "language": "rust", "name": "atencion" },
                "language_info": { "name": "rust" },
            }),
        }
    }
}

/// The notebook: the task, what is given, the lines to complete, and the check.
pub fn notebook(exercise: &Exercise, language: Language, lang: Lang) -> Value {
    let code = language.code(exercise);
    let title = lang.text(&format!("exercise-{}", exercise.name));
    let task = lang.text(&format!("exercise-{}-task", exercise.name));
    let ask = plain(language.solution(exercise));
    let end = lang.text_with("exercise-check", &[("line", ask)]);
    let mut cells =
        vec![markdown(&format!("# {title}\n\n{task}\n\n{}", lang.text("exercise-fill")))];
    if language == Language::Rust {
        cells.push(code_cell(RUST_HEAD));
    }
    cells.extend([
        code_cell(code.given),
        code_cell(code.holes),
        markdown(&end),
        code_cell(&language.check(exercise)),
    ]);
    let numbered = cells.into_iter().enumerate().map(|(at, mut cell)| {
        cell["id"] = json!(format!("{}-{at}", exercise.name.replace('_', "-")));
        cell
    });
    json!({
        "cells": numbered.collect::<Vec<_>>(),
        "metadata": language.metadata(),
        "nbformat": 4,
        "nbformat_minor": 5,
    })
}

fn markdown(source: &str) -> Value {
    json!({ "cell_type": "markdown", "metadata": {}, "source": source })
}

fn code_cell(source: &str) -> Value {
    json!({ "cell_type": "code", "execution_count": null, "metadata": {}, "outputs": [], "source": source })
}
