//! Holds what stands in a notebook against Rust: its inputs, its tables, its stored outputs.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::array::Array;
use super::inputs::{Given, Names, Role, Set, find, in_force, may_be_input};
use super::ipynb::{Cell, CellKind, Notebook, Output};
use super::known::{Answers, Part};
use super::lines::{Limits, Run};
use super::printed::{self, Printed};
use super::python::code::{self, Code, Place};
use super::report::{Finding, Location, Note, Origin, Report, Warning};
use super::rows;
use super::table::{self, Table};
use super::truth::{Others, Truth, Value, input_finding, locate, mark_followers};
use super::uses::{self, Stored, StoredWhy};
use atencion::Result;

/// A notebook whose text was compared.
pub struct Checked {
    /// What was found.
    pub report: Report,
    /// Its code.
    pub(super) code: Code,
    /// Its literal tensors besides Q, K and V.
    pub(super) others: Rc<Others>,
}

/// Compares everything that stands in the notebook.
///
/// # Errors
/// When a name that the user gave for Q, K or V is not there.
pub fn check(notebook: &Notebook, given: &Given) -> Result<Checked> {
    check_within(notebook, given, uses::limits()).map(|(checked, _)| checked)
}

/// The same, within these limits, and what running its lines gave, if they were run.
///
/// # Errors
/// As [`check`](check()).
pub fn check_within(
    notebook: &Notebook,
    given: &Given,
    limits: Limits,
) -> Result<(Checked, Option<Run>)> {
    let mut ran = None;
    let _quiet = atencion::libtorch::QuietWarnings::enter();
    let mut checker = Checker::new(notebook, given)?;
    checker.warn();
    checker.inputs();
    for (number, cell) in notebook.cells.iter().enumerate() {
        checker.cell(number, cell);
    }
    let Checker { mut report, code, others, is_python, .. } = checker;
    mark_followers(&mut report.findings);
    if is_python && uses::may_hold_attention(notebook) {
        let run = uses::run_cells(notebook, limits);
        report.uses = uses::look_or_smaller(notebook, &run);
        ran = Some(run);
    }
    only_what_is_certain(&mut report);
    Ok((Checked { report, code, others }, ran))
}

/// What the code was seen to do outweighs what an output looks like.
fn only_what_is_certain(report: &mut Report) {
    let Report { findings, uses, .. } = report;
    let shown_whole = findings.iter().any(|finding| {
        finding.origin == Origin::Output
            && matches!(finding.part, Part::Output { .. })
            && finding.comparison.agrees
    });
    findings.retain(|finding| {
        let doubtful = match &finding.note {
            Note::Unknown => true,
            Note::Mistake(diagnosis) => diagnosis.mistakes.iter().all(|name| match *name {
                // Printed with fewer digits, it looks the same.
                "float16" | "bfloat16" => !uses.half,
                // Of a whole result, a part may be shown as well.
                "row-missing" => shown_whole,
                _ => false,
            }),
            _ => false,
        };
        let right = uses.confirmed.contains(&(finding.place.cell - 1))
            && uses.found.iter().any(|found| found.agrees == Some(true));
        let output = finding.origin == Origin::Output && !finding.comparison.agrees;
        let unknown = finding.note == Note::Unknown && !uses.differ();
        !(output && ((doubtful && right) || unknown))
    });
    copied(report);
}

/// A result that is written down in the code, where nothing computes it.
fn copied(report: &mut Report) {
    let Report { findings, uses, .. } = report;
    if !uses.found.is_empty() {
        return;
    }
    let is_result = |table: usize| {
        findings.iter().any(|finding| {
            finding.origin == Origin::Table
                && finding.part.is_result()
                && finding.place.cell == table + 1
        })
    };
    let shown = uses.copies.iter().find(|(_, table)| is_result(*table));
    uses.stored.extend(shown.map(|(cell, _)| Stored {
        place: Location { cell: cell + 1, id: None, line: 0 },
        why: StoredWhy::Copied,
        first: (String::new(), String::new()),
    }));
}

struct Checker<'a> {
    is_python: bool,
    notebook: &'a Notebook,
    code: Code,
    names: Vec<Names>,
    report: Report,
    others: Rc<Others>,
    /// The last cell that was looked at, and what is true for it.
    last: Option<(usize, Rc<Truth>)>,
    misfits: HashSet<String>,
}

impl<'a> Checker<'a> {
    fn new(notebook: &'a Notebook, given: &Given) -> Result<Self> {
        let is_python =
            notebook.language.as_ref().is_none_or(|name| name.to_lowercase().contains("python"));
        let cells = notebook.cells.iter().enumerate();
        let code = code::read(
            cells
                .filter(|(_, cell)| is_python && cell.kind == CellKind::Code)
                .map(|(number, cell)| (number, cell.source.as_str())),
            &|name| may_be_input(name, given),
        );
        let names = find(code.assignments.iter().map(|found| found.name.as_str()), given)?;
        let mut report =
            Report { cells: notebook.cells.len(), minor: notebook.minor, ..Report::default() };
        if !is_python {
            let language = notebook.language.clone().unwrap_or_default();
            report.warnings.push(Warning::NotPython(language));
        }
        let others = Rc::new(Others::new(others(&code, &names), normalises(&code)));
        Ok(Self {
            is_python,
            notebook,
            code,
            names,
            report,
            others,
            last: None,
            misfits: HashSet::new(),
        })
    }

    fn locate(&self, cell: usize, line: usize) -> Location {
        locate(self.notebook, Place { cell, line })
    }

    fn warn(&mut self) {
        let warnings = &mut self.report.warnings;
        let twice = self.notebook.duplicate_ids();
        warnings.extend(twice.into_iter().map(|id| Warning::DuplicateId(id.to_owned())));
        for (number, cell) in self.notebook.cells.iter().enumerate() {
            if cell.kind == CellKind::Unknown {
                warnings.push(Warning::UnknownCell(number + 1));
            }
        }
        for (cell, why) in &self.code.unreadable {
            warnings.push(Warning::Unreadable(cell + 1, *why));
        }
        let first = self.names.first();
        let missing: Vec<Role> = Role::ALL
            .into_iter()
            .enumerate()
            .filter(|(at, _)| first.is_none_or(|names| names.of[*at].is_none()))
            .map(|(_, role)| role)
            .collect();
        if !missing.is_empty() {
            warnings.push(Warning::NoInputs(missing));
        }
    }

    /// The inputs of every set, where they are written.
    fn inputs(&mut self) {
        let mut places = HashSet::new();
        let mut told: HashMap<(Role, String), Rc<Array>> = HashMap::new();
        let cells: Vec<usize> = self.code.seen.keys().copied().collect();
        for cell in cells {
            for set in in_force(&self.code, &self.names, cell) {
                for (role, input) in Role::ALL.into_iter().zip(&set.of) {
                    // `Q = Q.double()` is the same input.
                    let known = told.get(&(role, input.name.clone()));
                    let new = known.is_none_or(|known| known.values != input.array.values);
                    if new && cell >= input.place.cell && places.insert((input.place, role)) {
                        told.insert((role, input.name.clone()), input.array.clone());
                        let finding = self.input(role, input);
                        self.report.findings.push(finding);
                    }
                }
            }
        }
    }

    fn input(&self, role: Role, input: &code::Assignment) -> Finding {
        let place = self.locate(input.place.cell, input.place.line);
        input_finding(role, &input.name, &input.array, place, Origin::Literal)
    }

    fn cell(&mut self, number: usize, cell: &Cell) {
        match cell.kind {
            CellKind::Markdown => {
                for table in table::in_markdown(&cell.source) {
                    self.table(number, &table, Origin::Table);
                }
            }
            CellKind::Code => self.outputs(number, &cell.outputs),
            CellKind::Raw | CellKind::Unknown => {}
        }
    }

    fn outputs(&mut self, number: usize, outputs: &[Output]) {
        let raised = outputs.iter().find_map(|output| output.raised.clone());
        if let (Some(what), None) = (raised, &self.report.raised) {
            self.report.raised = Some((self.locate(number, 0), what));
        }
        let texts = || outputs.iter().filter_map(|output| output.text.as_deref());
        let printed: Vec<Printed> = texts().flat_map(printed::tensors).collect();
        let lines = self.code.printed.get(&number).cloned().unwrap_or_default();
        // One tensor for each thing printed: then each line names its tensor.
        let named = lines.len() == printed.len();
        for (at, tensor) in printed.iter().enumerate() {
            let line = if named { lines[at].as_str() } else { "" };
            self.printed(number, tensor, line);
        }
        for rows in rows::of_vectors(&printed).into_iter().chain(texts().flat_map(rows::of_text)) {
            self.printed(number, &rows, &lines.join(" "));
        }
        for output in outputs {
            let in_html = output.html.as_deref().map(table::in_html);
            let in_markdown = output.markdown.as_deref().map(table::in_markdown);
            for table in in_html.into_iter().chain(in_markdown).flatten() {
                self.table(number, &table, Origin::Output);
            }
        }
    }

    fn printed(&mut self, number: usize, tensor: &Printed, line: &str) {
        let place = self.locate(number, tensor.line);
        if tensor.summarised {
            return self.report.warnings.push(Warning::Summarised(place));
        }
        let kind = tensor.kind.unwrap_or(tch::Kind::Double);
        self.judge(Value {
            array: Array { shape: tensor.shape.clone(), values: tensor.values.clone(), kind },
            precision: &tensor.precision,
            hint: format!("{} {line}", tensor.before),
            place,
            origin: Origin::Output,
            name: None,
            before: Place { cell: number, line: usize::MAX },
        });
    }

    fn table(&mut self, number: usize, table: &Table, origin: Origin) {
        let (shape, values) = (table.shape.clone(), table.values.clone());
        let before = match origin {
            Origin::Table => Place { cell: 0, line: 0 },
            _ => Place { cell: number, line: usize::MAX },
        };
        self.judge(Value {
            array: Array { shape, values, kind: tch::Kind::Double },
            precision: &table.precision,
            hint: String::new(),
            place: self.locate(number, table.line),
            origin,
            name: None,
            before,
        });
    }

    fn judge(&mut self, value: Value) {
        let number = value.place.cell - 1;
        let truth = self.truth(number);
        let notebook = self.notebook;
        match truth.judge(value, &self.code, &|place| locate(notebook, place)) {
            Some(finding) => self.report.findings.push(finding),
            None => self.report.unmatched += 1,
        }
    }

    /// What is true for the outputs of that cell.
    fn truth(&mut self, cell: usize) -> Rc<Truth> {
        if let Some((_, truth)) = self.last.as_ref().filter(|(last, _)| *last == cell) {
            return truth.clone();
        }
        let sets = in_force(&self.code, &self.names, cell);
        let answers = sets.iter().filter_map(|set| self.answers(set)).collect();
        let truth = Rc::new(Truth::new(answers, self.others.clone()));
        self.last = Some((cell, truth.clone()));
        truth
    }

    fn answers(&mut self, set: &Set) -> Option<Rc<Answers>> {
        let [q, k, v] = set.arrays();
        match Answers::of(q, k, v) {
            Ok(answers) => Some(answers),
            Err(error) => {
                if self.misfits.insert(error.what().to_owned()) {
                    self.report.warnings.push(Warning::Misfit(error.what().to_owned()));
                }
                None
            }
        }
    }
}

/// Whether anything in the code divides by a spread, or calls torch's layer normalisation.
fn normalises(code: &Code) -> bool {
    let signs = ["var(", "std(", "layer_norm(", "LayerNorm", "variance", "varianza"];
    code.statements.iter().any(|statement| signs.iter().any(|sign| statement.text.contains(sign)))
}

/// The literal tensors that are none of the inputs.
fn others(code: &Code, names: &[Names]) -> Vec<(String, Rc<Array>)> {
    let is_input =
        |name: &String| names.iter().any(|names| names.of.iter().flatten().any(|of| of == name));
    code.assignments
        .iter()
        .filter(|found| !is_input(&found.name))
        .map(|found| (found.name.clone(), found.array.clone()))
        .collect()
}
