//! `--json`: the same as one document.

use serde_json::{Value, json};

use super::chapters::{Chapter, Explained};
use super::words::{Head, line};
use crate::cli::Ui;
use crate::view::Matrix;
use atencion::Result;
use atencion::io::json::{float, to_value};

pub(super) fn write(
    explained: &Explained,
    step: Option<u8>,
    row: Option<u32>,
    ui: &mut Ui,
) -> anyhow::Result<()> {
    let steps: Vec<Value> =
        explained.chapters(step).map(|it| chapter(it, ui)).collect::<Result<_>>()?;
    let mut document = json!({ "command": "explain", "d_k": explained.d_k, "steps": steps });
    if let Some(row) = row {
        document["row"] = of_row(explained, row as usize - 1)?;
    }
    serde_json::to_writer_pretty(&mut ui.out, &document)?;
    writeln!(ui.out)?;
    Ok(())
}

fn chapter(chapter: &Chapter, ui: &Ui) -> Result<Value> {
    let number = chapter.number;
    let tensors: Vec<Value> = chapter
        .steps
        .iter()
        .map(|step| {
            Ok(json!({
                "name": step.name,
                "formula": step.formula,
                "python": step.python,
                "rust": step.rust,
                "shape": step.tensor.size(),
                "values": to_value(&step.tensor)?,
            }))
        })
        .collect::<Result<_>>()?;
    Ok(json!({
        "number": number,
        "title": ui.lang.text(&format!("explain-title-{number}")),
        "sentence": ui.lang.text(&format!("explain-sentence-{number}")),
        "tensors": tensors,
    }))
}

fn of_row(explained: &Explained, row: usize) -> Result<Value> {
    let heads: Vec<Value> = Head::all(explained)?.iter().map(|head| of_head(head, row)).collect();
    Ok(json!({ "query": row + 1, "heads": heads }))
}

fn of_head(head: &Head, row: usize) -> Value {
    let numbers = |matrix: &Matrix| line(matrix, row).into_iter().map(float).collect::<Vec<_>>();
    json!({
        "head": head.index,
        "scores": numbers(&head.scores),
        "scaled": numbers(&head.scaled),
        "masked": head.masked.as_ref().map(numbers),
        "weights": numbers(&head.weights),
        "output": numbers(&head.output),
    })
}
