//! What the verification found, as values; [`render`](super::render) puts them into words.

use serde::Serialize;

use super::compare::Comparison;
use super::inputs::Role;
use super::known::Part;
use super::python::parse::Unreadable;

/// What was found in one notebook.
#[derive(Debug, Default)]
pub struct Report {
    /// The file, as it was named.
    pub file: String,
    /// How many cells it has.
    pub cells: usize,
    /// The second number of its format.
    pub minor: i64,
    /// What was odd, but did not keep the rest from being compared.
    pub warnings: Vec<Warning>,
    /// What was compared, in the order of the notebook; first what stands in it, then what running it gave.
    pub findings: Vec<Finding>,
    /// The attention that its code computes, run in Rust.
    pub uses: super::uses::Uses,
    /// How many tables, outputs and variables have the shape of no known result.
    pub unmatched: usize,
    /// How running it went, where that was asked for.
    pub run: Option<Run>,
    /// The cells whose stored output is not what running them gave.
    pub fresh: Vec<Fresh>,
    /// The first cell whose stored output is an exception, and which.
    pub raised: Option<(Location, String)>,
}

/// How a notebook is, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// All that could be compared agrees, a result among it.
    Agrees,
    /// Something is certainly wrong.
    Differs,
    /// The inputs and the expected table agree; nothing is computed yet.
    Pending,
    /// A cell raised an exception (stored, or as it ran), or did not end.
    Error,
    /// There is nothing in it to compare.
    Nothing,
    /// It could not be read, or not be run at all.
    Unreadable,
}

impl Status {
    /// All of them, in the order in which they are counted.
    pub const ALL: [Self; 6] =
        [Self::Agrees, Self::Differs, Self::Pending, Self::Error, Self::Nothing, Self::Unreadable];

    /// The word, as it stands in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::Differs => "differs",
            Self::Pending => "pending",
            Self::Error => "error",
            Self::Nothing => "nothing",
            Self::Unreadable => "unreadable",
        }
    }
}

/// Something odd.
#[derive(Debug, Clone, PartialEq)]
pub enum Warning {
    /// Two cells have one id.
    DuplicateId(String),
    /// A cell of a kind that there is not.
    UnknownCell(usize),
    /// A cell that is no Python.
    Unreadable(usize, Unreadable),
    /// Not written by a Python kernel.
    NotPython(String),
    /// These of the three are not written as literals.
    NoInputs(Vec<Role>),
    /// Q, K and V do not fit each other: their shapes.
    Misfit(String),
    /// A printed tensor of which most was left out.
    Summarised(Location),
}

/// How running the notebook went.
#[derive(Debug, Clone, PartialEq)]
pub enum Run {
    /// To the end.
    Whole,
    /// It could not begin: what is missing, and how to mend it.
    Impossible(atencion::Error),
    /// To the end, and these cells raised exceptions: where, and their name and message.
    Raised(Vec<(Location, String)>),
    /// A cell did not end in that many seconds.
    Endless(Location, u64),
    /// The kernel died in a cell.
    Died(Location),
}

/// An output that running its cell gives otherwise than it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Fresh {
    /// Where, the line in the stored output.
    pub place: Location,
    /// What stands there, and what running it gave.
    pub first: (String, String),
    /// Whether each run gives the same: then the stored one is of other code.
    pub certain: bool,
}

/// A place in the notebook.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Location {
    /// The cell, from 1.
    pub cell: usize,
    /// Its id, where it has one.
    pub id: Option<String>,
    /// The line in its source or output, from 1.
    pub line: usize,
}

/// Where a value was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Written in the code.
    Literal,
    /// A table in the text.
    Table,
    /// A stored output.
    Output,
    /// A variable of the notebook as it ran.
    Variable,
}

/// One value that was compared.
#[derive(Debug, Clone)]
pub struct Finding {
    /// Where.
    pub place: Location,
    /// What kind of place.
    pub origin: Origin,
    /// The name of the variable, where it has one.
    pub name: Option<String>,
    /// What it was taken for.
    pub part: Part,
    /// Its shape.
    pub shape: Vec<usize>,
    /// The digits it was printed with.
    pub digits: Option<u8>,
    /// How it compares.
    pub comparison: Comparison,
    /// What else there is to say.
    pub note: Note,
}

/// What else there is to say of a finding.
#[derive(Debug, Clone, PartialEq)]
pub enum Note {
    /// Nothing.
    Nothing,
    /// An input: whether it is the course's own.
    Course(bool),
    /// It differs, and these mistakes make exactly these numbers, the likeliest first.
    Mistake(Diagnosis),
    /// It differs; these are the numbers of the course's inputs, of which the notebook's differ in that one.
    OtherInputs(Role),
    /// It differs because a step before it does, and follows from that one.
    Follows,
    /// It differs, and no known mistake makes these numbers.
    Unknown,
}

/// The mistakes that make exactly the numbers found.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnosis {
    /// Their names, the likeliest first.
    pub mistakes: Vec<&'static str>,
    /// The line to change, where it was found: place and text.
    pub line: Option<(Location, String)>,
    /// How it should be.
    pub right: &'static str,
}

impl Report {
    /// The values that differ, in order.
    pub fn differing(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| !finding.comparison.agrees)
    }

    /// How many agree.
    pub fn agreeing(&self) -> usize {
        self.findings.len() - self.differing().count()
    }

    /// Whether everything that could be compared agrees.
    pub fn agrees(&self) -> bool {
        let misfit = self.warnings.iter().any(|warning| matches!(warning, Warning::Misfit(_)));
        let stale = self.fresh.iter().any(|fresh| fresh.certain);
        !misfit && self.differing().next().is_none() && !self.uses.differ() && !stale
    }

    /// Whether the notebook shows a result of its own (rather than inputs and an expected table alone).
    pub fn computed(&self) -> bool {
        self.findings.iter().any(|finding| {
            matches!(finding.origin, Origin::Output | Origin::Variable) && finding.part.is_result()
        })
    }

    /// How it is, in one word: what is certain weighs more than what is missing.
    pub fn status(&self) -> Status {
        match &self.run {
            Some(Run::Impossible(_)) => return Status::Unreadable,
            Some(Run::Raised(_) | Run::Endless(..) | Run::Died(_)) => return Status::Error,
            Some(Run::Whole) | None => {}
        }
        // What ran to its end has got over the exception that is stored in it.
        let raised = self.raised.is_some() && self.run.is_none();
        match () {
            () if !self.agrees() => Status::Differs,
            () if raised => Status::Error,
            () if self.uses.found.is_empty()
                && self.uses.written.is_empty()
                && !self.findings.iter().any(is_of_attention) =>
            {
                Status::Nothing
            }
            () if !self.computed() && self.uses.found.is_empty() => Status::Pending,
            () => Status::Agrees,
        }
    }
}

/// Whether it is of attention, or of what comes after it: not another literal that was only printed again.
fn is_of_attention(finding: &Finding) -> bool {
    matches!(finding.part, Part::Input(_)) || finding.part.is_result()
}
