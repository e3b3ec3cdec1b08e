//! `--against solution.ipynb`: any teacher's own exercise. The solution's variables are computed in Rust, and so are
//! each student's; one is found by its name, or else by its numbers.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::time::Duration;

use tch::Tensor;

use super::super::array::Array;
use super::super::compare::{Comparison, compare};
use super::super::ipynb::Notebook;
use super::super::lines::{Limits, Plain, Run};
use super::super::precision::Precision;
use super::super::uses::run_cells;
use crate::i18n::Lang;
use atencion::{Error, Result};

/// A student's notebook may compute for so long.
const SECONDS: u64 = 20;

/// The teacher's variables.
#[derive(Debug)]
pub struct Solution {
    values: BTreeMap<String, Array>,
    results: Vec<String>,
}

/// How a student's notebook stands to one variable of the solution.
#[derive(Debug, PartialEq)]
pub enum Held {
    /// It is there, under this name.
    There(String, Comparison),
    /// It has another shape.
    Shape(Vec<usize>, Vec<usize>),
    /// There is none.
    Missing,
}

impl Solution {
    /// Runs the teacher's notebook.
    ///
    /// # Errors
    /// When it cannot be read, or computes no tensor that can be read without Python.
    pub fn read(path: &Path, lang: Lang) -> Result<Self> {
        let run = run_notebook(&Notebook::read(path)?);
        let values = arrays(&run);
        let results = results(&run, &values);
        if results.is_empty() {
            let why = run.problems.first().map(|problem| problem.message(lang));
            let why = why.unwrap_or_else(|| lang.text("class-no-solution"));
            return Err(Error::file(path, why).mend(lang.text("class-no-solution-mend")));
        }
        Ok(Self { values, results })
    }

    /// The variables that a rubric may name.
    pub fn names(&self) -> Vec<&str> {
        self.values.keys().map(String::as_str).collect()
    }

    /// What is graded where there is no rubric: the computed tensors that no other named one was computed from.
    pub fn results(&self) -> Vec<&str> {
        self.results.iter().map(String::as_str).collect()
    }

    /// Holds a student's variables against that one.
    pub fn hold(&self, name: &str, student: &BTreeMap<String, Array>) -> Held {
        let Some(right) = self.values.get(name) else { return Held::Missing };
        let compared = |found: &Array| compare(found, &Precision::Full, right);
        let fits = |found: &&Array| found.shape == right.shape;
        if let Some(found) = student.get(name).filter(fits) {
            return Held::There(name.to_owned(), compared(found));
        }
        let mut others = student.iter().filter(|(_, found)| found.shape == right.shape);
        let same = others.find_map(|(other, found)| {
            Some((other.clone(), compared(found))).filter(|(_, comparison)| comparison.agrees)
        });
        match (same, student.get(name)) {
            (Some((other, comparison)), _) => Held::There(other, comparison),
            (None, Some(found)) => Held::Shape(found.shape.clone(), right.shape.clone()),
            (None, None) => Held::Missing,
        }
    }
}

/// What a notebook may take, the teacher's and each student's.
pub fn limits() -> Limits {
    Limits { time: Duration::from_secs(SECONDS), ..Limits::default() }
}

/// Runs a notebook's code in Rust, without Python.
pub fn run_notebook(notebook: &Notebook) -> Run {
    run_cells(notebook, limits())
}

/// The variables that are tensors, arrays or numbers.
pub fn arrays(run: &Run) -> BTreeMap<String, Array> {
    let array = |value: &Plain| match value {
        Plain::Tensor { tensor, .. } => readable(tensor),
        Plain::Float(number) => Some(scalar(*number, tch::Kind::Double)),
        Plain::Int(number) => Some(scalar(*number as f64, tch::Kind::Int64)),
        _ => None,
    };
    let found =
        run.variables.iter().filter_map(|(name, value)| Some((name.clone(), array(value)?)));
    found.collect()
}

fn scalar(number: f64, kind: tch::Kind) -> Array {
    Array { shape: vec![], values: vec![number], kind }
}

/// Larger tensors than this are models' weights, and no result.
const MOST_NUMBERS: usize = 1 << 22;

fn readable(tensor: &Tensor) -> Option<Array> {
    let fits =
        tensor.f_is_complex().is_ok_and(|complex| !complex) && tensor.numel() <= MOST_NUMBERS;
    fits.then(|| Array::of(&tensor.f_detach().ok()?).ok()).flatten()
}

fn results(run: &Run, values: &BTreeMap<String, Array>) -> Vec<String> {
    let node = |name: &String| match run.variables.get(name) {
        Some(Plain::Tensor { node, .. }) => Some(*node),
        _ => None,
    };
    let computed: Vec<(&String, usize)> = values
        .keys()
        .filter_map(|name| Some((name, node(name)?)))
        .filter(|(_, node)| {
            !run.trace.parents(*node).is_empty() && run.trace.is_reproducible(*node)
        })
        .collect();
    let mut used = HashSet::new();
    for (_, node) in &computed {
        let mut open = run.trace.parents(*node);
        while let Some(at) = open.pop() {
            if used.insert(at) {
                open.extend(run.trace.parents(at));
            }
        }
    }
    let last = computed.into_iter().filter(|(_, node)| !used.contains(node));
    last.map(|(name, _)| name.clone()).collect()
}
