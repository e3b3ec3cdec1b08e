//! Fuzzes the notebook reader, the parser of printed tensors, the tables and the Python literals:
//!
//! ```text
//! cargo run --release --example fuzz_notebook -- [SECONDS] [SEED]
//! ```
//!
//! Inputs are grown from real notebooks and texts by mutation: bytes, tokens, splices, repetitions, nesting. Whatever
//! the readers are given, they end, do not panic, and what they return is whole: a shape's numbers are all there.
//! A finding is written to the temporary folder and printed with the seed that leads to it, and the process ends with 1.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use atencion_cli::notebook::check;
use atencion_cli::notebook::inputs::Given;
use atencion_cli::notebook::ipynb::Notebook;
use atencion_cli::notebook::python::{code, source};
use atencion_cli::notebook::{printed, table};
use support::fuzz::Dice;

const NOTEBOOK: &[u8] = include_bytes!("../../notebooks/practica3.ipynb");
const MUSEUM: &str = include_str!("../../tests/golden/museum/museum.json");
const TEXTS: &[&str] = &[
    "tensor([[0.2500, 0.5000], [1.8924e-01, -inf]], dtype=torch.float64, grad_fn=<MmBackward0>)",
    "array([[0.25      , 0.5       ],\n       [0.18923363, nan]], dtype=float32)",
    "[[0.25 0.5 ]\n [1.   2.  ]]\ntensor([0., 1.,  ..., 3.])",
    "<table><tr><th></th><th>0</th></tr><tr><td><b>a</b></td><td>0,25</td></tr></table>",
    "| a | b |\n|---|---|\n| **1** | 0.5 |\n",
    "%time x = 1\nQ = torch.tensor([[0.0, float('-inf')], [1, -2 ** 3]], dtype=torch.float64)\nK = V = Q.T",
    "def f(q, k):\n    return torch.softmax(q @ k.T / math.sqrt(3), dim=-1)\nprint(f(Q, K))\n!ls\nx?",
];
/// What the formats are made of.
const TOKENS: &[&str] = &[
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    ",",
    ".",
    "...",
    "-",
    "+",
    "e",
    "inf",
    "nan",
    "tensor(",
    "array(",
    "dtype=torch.",
    "0.5",
    "1e400",
    "9999999999999999999999",
    "\n",
    " ",
    "\\",
    "\"",
    "'",
    "'''",
    "#",
    "%",
    "!",
    "?",
    "=",
    "Q",
    "K",
    "V",
    "lambda",
    "def f():",
    "<table>",
    "</table>",
    "<tr>",
    "<td>",
    "</td>",
    "|",
    "---",
    "&#",
    ";",
    "\u{0}",
    "\u{1b}",
    "é",
    "−",
    "∞",
    "𝕊",
    "\"cells\":",
    "null",
    "[[[[[[[[",
    "((((((((",
    "\"outputs\":[",
    "\"text/plain\":",
    "\\ud800",
    "\r",
    "\u{feff}",
    "<script>",
    "<!--",
    "1/0",
    "**",
    "@",
];
/// No input may keep a reader longer than this.
const PATIENCE: Duration = Duration::from_secs(20);

fn mutate(input: &mut Vec<u8>, pool: &[Vec<u8>], dice: &mut Dice) {
    let at = dice.roll(input.len() + 1);
    let end = (at + dice.roll(40)).min(input.len());
    match dice.roll(9) {
        0 if at < input.len() => input[at] = dice.roll(256) as u8,
        1 if at < input.len() => input[at] ^= 1 << dice.roll(8),
        2 => drop(input.drain(at..end)),
        3 | 4 => drop(input.splice(at..at, TOKENS[dice.roll(TOKENS.len())].bytes())),
        5 => {
            let token = TOKENS[dice.roll(TOKENS.len())].repeat(1 << dice.roll(12));
            drop(input.splice(at..end, token.bytes()));
        }
        6 => {
            let piece = input[at..end].repeat(1 + dice.roll(50));
            drop(input.splice(at..end, piece));
        }
        7 => {
            let other = &pool[dice.roll(pool.len())];
            let from = dice.roll(other.len() + 1);
            let until = (from + dice.roll(200)).min(other.len());
            drop(input.splice(at..end, other[from..until].iter().copied()));
        }
        _ => input.truncate(at.max(1)),
    }
}

/// Reads the input in every way there is.
fn read(input: &[u8]) {
    if let Ok(notebook) = Notebook::parse(input) {
        let _ = check(&notebook, &Given::default());
    }
    let text = String::from_utf8_lossy(input);
    for tensor in printed::tensors(&text) {
        let count: usize = tensor.shape.iter().product();
        assert!(tensor.summarised || count == tensor.values.len(), "{tensor:?}");
        assert!(tensor.line >= 1 && tensor.line <= text.lines().count() + 1);
    }
    for table in table::in_html(&text).into_iter().chain(table::in_markdown(&text)) {
        assert_eq!(table.shape.iter().product::<usize>(), table.values.len());
        assert!(table.line <= text.matches('\n').count() + 1);
    }
    let prepared = source::prepare(&text);
    if prepared.too_deep.is_none() && !prepared.text.is_empty() {
        assert_eq!(prepared.text.matches('\n').count(), text.matches('\n').count());
    }
    let read = code::read([(0, &*text)].into_iter(), &|_| true);
    for found in &read.assignments {
        assert_eq!(found.array.shape.iter().product::<usize>(), found.array.values.len());
    }
    // The same text as a cell and as its output.
    let cell = serde_json::json!({ "cell_type": "code", "source": text, "metadata": {}, "outputs": [
        { "output_type": "stream", "text": text },
        { "output_type": "display_data", "data": { "text/html": text, "text/markdown": [text] } } ] });
    let document = serde_json::json!({ "nbformat": 4, "cells": [cell] }).to_string();
    let notebook = Notebook::parse(document.as_bytes()).expect("a whole notebook is read");
    let _ = check(&notebook, &Given::default());
}

fn pool() -> Vec<Vec<u8>> {
    let museum: serde_json::Value = serde_json::from_str(MUSEUM).expect("museum.json");
    let cases = museum["cases"].as_object().into_iter().flatten();
    let code =
        cases.filter_map(|(_, case)| case["code"].as_str().map(|code| code.as_bytes().to_vec()));
    let texts = TEXTS.iter().map(|text| text.as_bytes().to_vec());
    [NOTEBOOK.to_vec()].into_iter().chain(texts).chain(code).collect()
}

/// Whether the readers end well, and how long they take.
fn timed(input: &[u8]) -> (bool, Duration) {
    let start = Instant::now();
    let ended = catch_unwind(AssertUnwindSafe(|| read(input))).is_ok();
    (ended, start.elapsed())
}

fn main() {
    let argument = |at| std::env::args().nth(at).and_then(|text: String| text.parse().ok());
    let seconds: u64 = argument(1).unwrap_or(60);
    let mut seed: u64 = argument(2).unwrap_or(1);
    let pool = pool();
    let end = Instant::now() + Duration::from_secs(seconds);
    let (mut inputs, mut longest, mut slowest) = (0u64, Duration::ZERO, 0);
    std::panic::set_hook(Box::new(|info| eprintln!("{info}")));
    while Instant::now() < end {
        seed += 1;
        let mut dice = Dice::new(seed);
        let mut input = pool[dice.roll(pool.len())].clone();
        for _ in 0..=dice.roll(12) {
            mutate(&mut input, &pool, &mut dice);
        }
        input.truncate(200_000);
        let (ended, mut took) = timed(&input);
        if took > PATIENCE {
            // The machine may have been busy, or asleep.
            took = timed(&input).1;
        }
        if took > longest {
            longest = took;
            slowest = seed;
        }
        if !ended || took > PATIENCE {
            let file = std::env::temp_dir().join(format!("fuzz_notebook_{seed}"));
            std::fs::write(&file, &input).expect("the temporary folder can be written to");
            eprintln!("seed {seed}, {took:?}: {}", file.display());
            std::process::exit(1);
        }
        inputs += 1;
    }
    println!("{inputs} inputs, the longest took {longest:?} (seed {slowest}); nothing found");
}
