//! `atencion port`: the notebook's Rust twin, line for line.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::{Outcome, Ui};
use crate::notebook::ipynb::{CellKind, Notebook};
use crate::notebook::lines::Limits;
use crate::notebook::port::{HEAD, Ported, port};
use crate::view::save;
use atencion::Error;

/// The arguments of `atencion port`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A notebook in Python (.ipynb)
    #[arg(required_unless_present = "stdin", value_name = "FILE")]
    file: Option<PathBuf>,
    /// Read lines of Python from standard input instead
    #[arg(long, conflicts_with = "file")]
    stdin: bool,
    /// Where to: a notebook of Rust (.ipynb) or one file (.rs)
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &Args, ui: &mut Ui) -> anyhow::Result<Outcome> {
    let Some(file) = &args.file else {
        let mut text = String::new();
        std::io::stdin().lock().read_to_string(&mut text)?;
        let ported = port(&[&text], Limits::default());
        for cell in &ported.cells {
            write!(ui.out, "{}{}", cell.items, cell.body)?;
        }
        return Ok(Outcome::Fine);
    };
    let notebook = Notebook::read(file)?;
    let sources: Vec<&str> = code_of(&notebook);
    let ported = port(&sources, Limits::default());
    let is_notebook = |path: &Path| path.extension().is_some_and(|end| end == "ipynb");
    match &args.output {
        Some(path) if is_notebook(path) => {
            save(path, format!("{:#}\n", twin_notebook(&notebook, &ported)).as_bytes())?;
        }
        Some(path) if path.extension().is_some_and(|end| end == "rs") => {
            save(path, ported.file().as_bytes())?;
        }
        Some(path) => {
            let what = ui.lang.text_with(
                "port-ending",
                &[("file", crate::i18n::plain(path.display().to_string()))],
            );
            return Err(Error::value(what).mend(ui.lang.text("port-ending-mend")).into());
        }
        None => write!(ui.out, "{}", ported.file())?,
    }
    if args.output.is_some() {
        let counts = [
            ("said", (ported.said as i64).into()),
            ("not", (ported.not_said.len() as i64).into()),
            ("whole", (ported.whole as i64).into()),
            ("cells", (ported.cells.len() as i64).into()),
        ];
        writeln!(ui.out, "{}", ui.lang.text_with("port-done", &counts))?;
    }
    Ok(Outcome::Fine)
}

fn code_of(notebook: &Notebook) -> Vec<&str> {
    let code = notebook.cells.iter().filter(|cell| cell.kind == CellKind::Code);
    code.map(|cell| cell.source.as_str()).collect()
}

/// The same cells: Markdown as it is, code in Rust, for the kernel that `scripts/jupyter` installs.
fn twin_notebook(notebook: &Notebook, ported: &Ported) -> Json {
    let mut rust = ported.cells.iter();
    // The kernel knows the two crates; tch is the one that `atencion` was built with.
    let head = HEAD
        .trim_start_matches("#![allow(unused)]\n\n")
        .replace("use tch::", "use atencion::tch::");
    let mut cells = vec![code_cell(&head)];
    for cell in &notebook.cells {
        match cell.kind {
            CellKind::Code => {
                let text = rust
                    .next()
                    .map(|cell| format!("{}{}", cell.items, cell.body))
                    .unwrap_or_default();
                cells.push(code_cell(&text));
            }
            CellKind::Markdown => {
                cells.push(
                    json!({ "cell_type": "markdown", "metadata": {}, "source": cell.source }),
                );
            }
            CellKind::Raw | CellKind::Unknown => {}
        }
    }
    json!({
        "cells": cells,
        "metadata": { "kernelspec": { "display_name": "Rust (atencion)", "language": "rust", "name": "atencion" } },
        "nbformat": 4,
        "nbformat_minor": 4
    })
}

fn code_cell(text: &str) -> Json {
    json!({ "cell_type": "code", "execution_count": null, "metadata": {}, "outputs": [], "source": text.trim_end() })
}
