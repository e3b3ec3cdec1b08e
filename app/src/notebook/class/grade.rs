//! What a notebook gets, and why.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::super::array::Array;
use super::super::check_within;
use super::super::inputs::Given;
use super::super::ipynb::Notebook;
use super::super::known::Part;
use super::super::lines::{Limits, Run, Why};
use super::super::report::{Diagnosis, Finding, Location, Note, Origin, Report, Status};
use super::super::uses;
use super::against::{self, Held, Solution};
use super::alike;
use super::rubric::{Exercise, Rubric, WHOLE, answers};
use super::student::{self, Naming};
use crate::i18n::Lang;
use atencion::{Error, Result};

/// How all notebooks are graded.
#[derive(Debug)]
pub struct Grader {
    /// The exercises.
    pub rubric: Rubric,
    /// The teacher's variables, where there are some.
    pub solution: Option<Solution>,
    /// Whose notebook is whose.
    pub naming: Naming,
    /// The language of a student whose notebook does not show one.
    pub lang: Lang,
    /// The names of Q, K and V, where they were given.
    pub given: Given,
}

/// A graded notebook.
#[derive(Debug)]
pub struct Graded {
    /// Who handed it in.
    pub student: String,
    /// The file.
    pub file: PathBuf,
    /// How it is.
    pub status: Status,
    /// The mistakes that were named, in order.
    pub mistakes: Vec<Diagnosis>,
    /// The first cell in which something is wrong.
    pub cell: Option<usize>,
    /// Each exercise of the rubric.
    pub marks: Vec<Mark>,
    /// The first value that differs, where no mistake of a name makes it.
    pub unknown: Option<(Location, Part, f64, f64)>,
    /// The exception that ended it.
    pub raised: Option<(Location, String)>,
    /// Why it could not be read.
    pub unreadable: Option<Error>,
    /// The language of its text.
    pub lang: Lang,
    /// What its code is known by again; none where nothing is computed.
    pub code: Option<alike::Code>,
    /// Who else handed in the same code.
    pub same_as: Vec<String>,
}

/// An exercise's points.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// The exercise.
    pub exercise: String,
    /// What it got.
    pub points: f64,
    /// What it could get.
    pub of: f64,
    /// Why.
    pub reason: Reason,
}

/// Why an exercise has its points.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// It is right.
    Right,
    /// It is right, in a variable of another name.
    RightAs(String),
    /// It is wrong in a way that has a name; the rubric may give something for it.
    Mistake(String),
    /// It differs by so much at most.
    Differs(f64),
    /// It has this shape, and should have that one.
    Shape(Vec<usize>, Vec<usize>),
    /// Nothing of it is computed.
    Missing,
}

impl Graded {
    /// All points together.
    pub fn points(&self) -> f64 {
        self.marks.iter().map(|mark| mark.points).sum()
    }

    /// All points that there are.
    pub fn of(&self) -> f64 {
        self.marks.iter().map(|mark| mark.of).sum()
    }

    /// The name of the first mistake.
    pub fn mistake(&self) -> Option<&'static str> {
        self.mistakes.first().and_then(|diagnosis| diagnosis.mistakes.first()).copied()
    }
}

impl Grader {
    /// Reads, compares and grades a file that was found below `folder`.
    pub fn grade(&self, folder: &Path, file: &Path) -> Graded {
        match self.read(file) {
            Ok((notebook, report, run)) => self.graded(folder, file, &notebook, &report, run),
            Err(error) => self.unreadable(folder, file, error),
        }
    }

    /// A file that could not be read.
    pub fn unreadable(&self, folder: &Path, file: &Path, error: Error) -> Graded {
        let mark = |exercise: &Exercise| exercise.mark(0.0, Reason::Missing);
        Graded {
            student: self.naming.student(folder, file),
            file: file.to_owned(),
            status: Status::Unreadable,
            mistakes: Vec::new(),
            cell: None,
            marks: self.rubric.exercises.iter().map(mark).collect(),
            unknown: None,
            raised: None,
            unreadable: Some(error),
            lang: self.lang,
            code: None,
            same_as: Vec::new(),
        }
    }

    /// Where there is a solution, its lines are run as the solution's were: once, for both.
    fn read(&self, file: &Path) -> Result<(Notebook, Report, Option<Run>)> {
        let notebook = Notebook::read(file)?;
        let limits = match self.solution {
            Some(_) => Limits { tries: true, ..against::limits() },
            None => uses::limits(),
        };
        let (checked, run) = check_within(&notebook, &self.given, limits)?;
        Ok((notebook, checked.report, run))
    }

    fn graded(
        &self,
        folder: &Path,
        file: &Path,
        notebook: &Notebook,
        report: &Report,
        run: Option<Run>,
    ) -> Graded {
        let mistakes = diagnoses(report);
        let (marks, status, raised) = match &self.solution {
            None => {
                let marks = self.rubric.exercises.iter();
                let marks = marks.map(|exercise| exercise.by_report(report, &mistakes)).collect();
                (marks, report.status(), report.raised.clone())
            }
            Some(solution) => {
                let run = run.unwrap_or_else(|| against::run_notebook(notebook));
                self.by_solution(solution, notebook, report, &mistakes, &run)
            }
        };
        let cell = mistakes.iter().find_map(|diagnosis| Some(diagnosis.line.as_ref()?.0.cell));
        let shown = report.differing().map(|finding| finding.place.cell);
        let done = report.uses.found.iter().filter(|found| found.agrees == Some(false));
        let differing = shown.chain(done.map(|found| found.place.cell));
        let cell =
            cell.or_else(|| raised.as_ref().map(|(place, _)| place.cell)).or(differing.min());
        let computed = !matches!(status, Status::Nothing | Status::Pending);
        Graded {
            student: self.naming.student(folder, file),
            file: file.to_owned(),
            status,
            cell,
            unknown: report.differing().find(|f| f.note == Note::Unknown).and_then(first_entry),
            marks,
            raised,
            unreadable: None,
            lang: student::language(notebook, self.lang),
            code: if computed { alike::Code::of(notebook) } else { None },
            same_as: Vec::new(),
            mistakes,
        }
    }

    /// By the teacher's variables; the status is theirs as well.
    fn by_solution(
        &self,
        solution: &Solution,
        notebook: &Notebook,
        report: &Report,
        mistakes: &[Diagnosis],
        run: &Run,
    ) -> (Vec<Mark>, Status, Option<(Location, String)>) {
        let values = against::arrays(run);
        let exercises = self.rubric.exercises.iter();
        let marks: Vec<Mark> =
            exercises.map(|exercise| exercise.by_variable(solution, &values, mistakes)).collect();
        let meant = |cell: usize| notebook.cells.get(cell).is_some_and(|cell| cell.may_raise);
        let raised = run.problems.iter().find_map(|problem| match &problem.why {
            Why::Raised { .. } if meant(problem.at.cell) => None,
            Why::Raised { class, message } => {
                let place = Location { cell: problem.at.cell + 1, id: None, line: problem.at.line };
                Some((place, format!("{class}: {message}")))
            }
            _ => None,
        });
        let missing = |mark: &Mark| mark.reason == Reason::Missing;
        let right = |mark: &Mark| matches!(mark.reason, Reason::Right | Reason::RightAs(_));
        let raised = raised.or_else(|| report.raised.clone());
        let status = match () {
            () if marks.iter().all(right) => Status::Agrees,
            () if marks.iter().any(|mark| !right(mark) && !missing(mark)) => Status::Differs,
            () if raised.is_some() => Status::Error,
            () => Status::Pending,
        };
        (marks, status, raised)
    }
}

/// The mistakes that a report names, by what is shown and by what is done: each once.
fn diagnoses(report: &Report) -> Vec<Diagnosis> {
    let shown = report.findings.iter().filter_map(|finding| match &finding.note {
        Note::Mistake(diagnosis) => Some(diagnosis),
        _ => None,
    });
    let mut all: Vec<Diagnosis> = Vec::new();
    for diagnosis in shown.chain(report.uses.found.iter().flat_map(|found| &found.mistakes)) {
        if all.iter().all(|known| known.mistakes != diagnosis.mistakes) {
            all.push(diagnosis.clone());
        }
    }
    all
}

fn first_entry(finding: &Finding) -> Option<(Location, Part, f64, f64)> {
    let entry = finding.comparison.entries.first()?;
    Some((finding.place.clone(), finding.part.clone(), entry.found, entry.right))
}

impl Exercise {
    fn mark(&self, points: f64, reason: Reason) -> Mark {
        Mark { exercise: self.name.clone(), points, of: self.points, reason }
    }

    fn right(&self) -> Mark {
        self.mark(self.points, Reason::Right)
    }

    /// What is wrong may be worth something where the mistake has a name.
    fn wrong(&self, mistakes: &[Diagnosis], otherwise: Reason) -> Mark {
        let names = || mistakes.iter().flat_map(|diagnosis| &diagnosis.mistakes);
        let credit = names().find_map(|name| Some((name, *self.partial.get(*name)?)));
        match (credit, names().next()) {
            (Some((name, points)), _) => self.mark(points, Reason::Mistake((*name).to_owned())),
            (None, Some(name)) => self.mark(0.0, Reason::Mistake((*name).to_owned())),
            (None, None) => self.mark(0.0, otherwise),
        }
    }

    fn by_report(&self, report: &Report, mistakes: &[Diagnosis]) -> Mark {
        if self.name == WHOLE {
            return match report.status() {
                Status::Agrees => self.right(),
                Status::Differs => {
                    self.wrong(mistakes, Reason::Differs(largest(report.differing())))
                }
                _ => self.mark(0.0, Reason::Missing),
            };
        }
        let computed = |finding: &&Finding| {
            matches!(finding.origin, Origin::Output | Origin::Variable)
                && answers(&self.name, &finding.part)
        };
        let found: Vec<&Finding> = report.findings.iter().filter(computed).collect();
        let good = |finding: &&Finding| {
            finding.comparison.agrees || finding.comparison.largest <= self.tolerance
        };
        match () {
            () if found.is_empty() => self.mark(0.0, Reason::Missing),
            () if found.iter().all(good) => self.right(),
            () => self.wrong(mistakes, Reason::Differs(largest(found.into_iter()))),
        }
    }

    fn by_variable(
        &self,
        solution: &Solution,
        values: &BTreeMap<String, Array>,
        mistakes: &[Diagnosis],
    ) -> Mark {
        match solution.hold(&self.name, values) {
            Held::There(name, comparison)
                if comparison.agrees || comparison.largest <= self.tolerance =>
            {
                let same = name == self.name;
                let reason = if same { Reason::Right } else { Reason::RightAs(name) };
                self.mark(self.points, reason)
            }
            Held::There(_, comparison) => self.wrong(mistakes, Reason::Differs(comparison.largest)),
            Held::Shape(found, right) => self.wrong(mistakes, Reason::Shape(found, right)),
            Held::Missing => self.mark(0.0, Reason::Missing),
        }
    }
}

fn largest<'a>(findings: impl Iterator<Item = &'a Finding>) -> f64 {
    findings.map(|finding| finding.comparison.largest).fold(0.0, f64::max)
}
