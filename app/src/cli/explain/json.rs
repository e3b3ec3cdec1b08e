//! `--json`: the same as one document. It is written as it is made: no tensor is turned into a tree of JSON whole.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use tch::Tensor;

use super::chapters::{Chapter, Explained};
use super::words::Head;
use crate::cli::Ui;
use crate::i18n::Lang;
use atencion::Result;
use atencion::io::json::{float, to_value};

#[derive(Serialize)]
struct Document<'a> {
    command: &'static str,
    d_k: i64,
    steps: Vec<Step<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<Value>,
}

#[derive(Serialize)]
struct Step<'a> {
    number: u8,
    title: String,
    sentence: String,
    tensors: Vec<Of<'a>>,
}

#[derive(Serialize)]
struct Of<'a> {
    name: &'a str,
    formula: &'a str,
    python: &'a str,
    rust: &'a str,
    shape: Vec<i64>,
    values: Values<'a>,
}

/// A tensor as nested lists, one vector at a time.
struct Values<'a>(&'a Tensor);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        use serde::ser::{Error, SerializeSeq};
        let size = self.0.size();
        if size.len() < 2 {
            return to_value(self.0).map_err(S::Error::custom)?.serialize(serializer);
        }
        let mut list = serializer.serialize_seq(Some(size[0] as usize))?;
        for at in 0..size[0] {
            let part = self.0.f_get(at).map_err(S::Error::custom)?;
            list.serialize_element(&Values(&part))?;
        }
        list.end()
    }
}

pub(super) fn write(
    explained: &Explained,
    step: Option<u8>,
    row: Option<u32>,
    ui: &mut Ui,
) -> anyhow::Result<()> {
    let document = Document {
        command: "explain",
        d_k: explained.d_k,
        steps: explained.chapters(step).map(|it| chapter(it, ui.lang)).collect(),
        row: row.map(|row| of_row(explained, row as usize - 1)).transpose()?,
    };
    serde_json::to_writer_pretty(&mut ui.out, &document)?;
    writeln!(ui.out)?;
    Ok(())
}

fn chapter(chapter: &Chapter, lang: Lang) -> Step<'_> {
    let number = chapter.number;
    let tensors = chapter.steps.iter().map(|step| Of {
        name: &step.name,
        formula: &step.formula,
        python: &step.python,
        rust: &step.rust,
        shape: step.tensor.size(),
        values: Values(&step.tensor),
    });
    Step {
        number,
        title: lang.text(&format!("explain-title-{number}")),
        sentence: lang.text(&format!("explain-sentence-{number}")),
        tensors: tensors.collect(),
    }
}

fn of_row(explained: &Explained, row: usize) -> Result<Value> {
    let heads: Vec<Value> = Head::all(explained, row)?.iter().map(of_head).collect();
    Ok(json!({ "query": row + 1, "heads": heads }))
}

fn of_head(head: &Head) -> Value {
    let numbers = |line: &[f64]| line.iter().copied().map(float).collect::<Vec<_>>();
    json!({
        "head": head.index,
        "scores": numbers(&head.scores),
        "scaled": numbers(&head.scaled),
        "masked": head.masked.as_deref().map(numbers),
        "weights": numbers(&head.weights),
        "output": numbers(&head.output),
    })
}
