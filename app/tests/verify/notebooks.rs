//! Notebooks that the tests write: cells put together, and the museum's code as PyTorch ran it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// The course's inputs, as code.
pub const INPUTS: &str = "import math\nimport torch\n\
    Q = torch.tensor([[0.0, 0.0, 0.0], [1, 1, 1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3]])\n\
    K = torch.tensor([[0.1, 0.1, 0.1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3], [0.4, 0.4, 0.4]])\n\
    V = torch.tensor([[1., 0., 0.], [0., 1., 0.], [0., 0., 1.], [0., 1., 1.]])\nd_k = K.shape[-1]";

/// The course's expected table.
pub const TABLE: &str = "Una vez realizado el resultado debe ser:\n\n<table>\n\
    <tr>\n<td><b>Attn 1</b></td><td>0.2500</td><td>0.5000</td><td>0.5000</td>\n</tr>\n\
    <tr>\n<td><b>Attn 2</b></td><td>0.1892</td><td>0.5432</td><td>0.5857</td>\n</tr>\n\
    <tr>\n<td><b>Attn 3</b></td><td>0.2372</td><td>0.5087</td><td>0.5173</td>\n</tr>\n\
    <tr>\n<td><b>Attn 4</b></td><td>0.2309</td><td>0.5130</td><td>0.5260</td>\n</tr>\n</table>";

/// Puts a notebook together, cell by cell.
#[derive(Default)]
pub struct Builder {
    cells: Vec<Value>,
}

impl Builder {
    pub fn new() -> Self {
        Self::default()
    }

    /// The course's notebook before anything is solved.
    pub fn unsolved() -> Self {
        Self::new().code(INPUTS, &[]).markdown(TABLE)
    }

    pub fn markdown(self, source: &str) -> Self {
        self.cell(json!({ "cell_type": "markdown", "metadata": {}, "source": source }))
    }

    /// A code cell whose last expression showed these texts.
    pub fn code(self, source: &str, shown: &[&str]) -> Self {
        let outputs: Vec<Value> = shown
            .iter()
            .map(|text| {
                json!({ "output_type": "execute_result", "execution_count": 1, "metadata": {},
                        "data": { "text/plain": text.split_inclusive('\n').collect::<Vec<_>>() } })
            })
            .collect();
        self.raw_code(source, outputs)
    }

    /// A code cell that printed this.
    pub fn printing(self, source: &str, text: &str) -> Self {
        let output = json!({ "output_type": "stream", "name": "stdout", "text": text });
        self.raw_code(source, vec![output])
    }

    pub fn raw_code(self, source: &str, outputs: Vec<Value>) -> Self {
        self.cell(json!({ "cell_type": "code", "metadata": {}, "execution_count": 1,
                          "source": source, "outputs": outputs }))
    }

    fn cell(mut self, mut cell: Value) -> Self {
        cell["id"] = json!(format!("c{}", self.cells.len() + 1));
        self.cells.push(cell);
        self
    }

    pub fn json(&self) -> Value {
        json!({ "nbformat": 4, "nbformat_minor": 5, "cells": self.cells,
                "metadata": { "language_info": { "name": "python" } } })
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.json().to_string().into_bytes()
    }

    pub fn write(&self, folder: &Path, name: &str) -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, self.bytes()).unwrap();
        path
    }
}

/// The museum as PyTorch ran it: `scripts/goldens/museum.py`.
pub fn museum() -> Value {
    let text = std::fs::read_to_string(support::golden("museum/museum.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The notebook of a case of the museum: inputs, expected table, the code with what it showed.
pub fn of_case(case: &Value) -> Builder {
    let text = |name: &str| case[name].as_str().unwrap();
    let source = format!("{}\n{}", text("code"), text("result"));
    Builder::unsolved().code(&source, &[text("shown")])
}
