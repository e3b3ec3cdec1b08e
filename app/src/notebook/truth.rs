//! What is true for a notebook's inputs, and what a value of the notebook is in that light.

use std::cell::OnceCell;
use std::rc::Rc;

use super::array::Array;
use super::compare::compare;
use super::diagnose::{Inputs, guilty};
use super::inputs::Role;
use super::ipynb::Notebook;
use super::known::{Answers, Known, Part, Wrong, norm_of_literal, wrong_norms_of_literal};
use super::matching::{Candidate, Match, recognise};
use super::precision::Precision;
use super::python::code::{Code, Place};
use super::report::{Diagnosis, Finding, Location, Note, Origin};

/// A value, and where it was found.
pub struct Value<'a> {
    /// Its numbers.
    pub array: Array,
    /// The digits it was printed with.
    pub precision: &'a Precision,
    /// What stands around it.
    pub hint: String,
    /// Where it is.
    pub place: Location,
    /// What kind of place.
    pub origin: Origin,
    /// The name of the variable.
    pub name: Option<String>,
    /// Up to where the line to change may stand.
    pub before: Place,
}

/// The notebook's other literal tensors: they and their layer normalisation may be met again.
#[derive(Default)]
pub struct Others {
    literals: Vec<Known>,
    arrays: Vec<(String, Rc<Array>)>,
    norms: OnceCell<Vec<Wrong>>,
    normalises: bool,
}

/// More literals than this are no exercise.
const MOST_OTHERS: usize = 100;

impl Others {
    /// Of these tensors, by name; and whether the notebook's code normalises anything.
    pub fn new(mut arrays: Vec<(String, Rc<Array>)>, normalises: bool) -> Self {
        arrays.truncate(MOST_OTHERS);
        let mut literals = Vec::new();
        for (name, array) in &arrays {
            literals.extend(norm_of_literal(name, array));
            literals.push(Known { part: Part::Literal(name.clone()), array: (**array).clone() });
        }
        Self { literals, arrays, norms: OnceCell::new(), normalises }
    }

    fn wrong_norms(&self) -> &[Wrong] {
        self.norms.get_or_init(|| {
            let norms = self.arrays.iter().map(|(name, x)| wrong_norms_of_literal(name, x));
            norms.flatten().collect()
        })
    }
}

/// All that one set of inputs leads to.
pub struct Truth {
    answers: Vec<Rc<Answers>>,
    others: Rc<Others>,
}

impl Truth {
    /// Of these sets, with the other literal tensors of the notebook.
    pub fn new(answers: Vec<Rc<Answers>>, others: Rc<Others>) -> Self {
        Self { answers, others }
    }

    fn right(&self) -> Vec<&Known> {
        let answers = self.answers.iter().flat_map(|answers| &answers.right);
        answers.chain(&self.others.literals).collect()
    }

    fn wrong(&self) -> Vec<&Wrong> {
        let made = self.answers.iter().flat_map(|answers| answers.wrong());
        made.chain(self.others.wrong_norms()).collect()
    }

    /// Recognises a value and says how it compares.
    pub fn judge(
        &self,
        value: Value,
        code: &Code,
        locate: &dyn Fn(Place) -> Location,
    ) -> Option<Finding> {
        let candidate = Candidate {
            array: &value.array,
            precision: value.precision,
            hint: &value.hint,
            shape_is_enough: value.origin != Origin::Output,
            normalises: self.others.normalises,
        };
        let found = recognise(&candidate, &self.right(), || self.wrong())?;
        let note = if found.comparison.agrees {
            Note::Nothing
        } else {
            self.explain(&found, &value, code, locate)
        };
        Some(Finding {
            place: value.place,
            origin: value.origin,
            name: value.name,
            part: found.part,
            shape: value.array.shape,
            digits: value.precision.digits(),
            comparison: found.comparison,
            note,
        })
    }

    fn explain(
        &self,
        found: &Match,
        value: &Value,
        code: &Code,
        locate: &dyn Fn(Place) -> Location,
    ) -> Note {
        if let Some(role) = self.role_that_is_not_the_courses(value) {
            return Note::OtherInputs(role);
        }
        let Some(first) = found.mistakes.first() else { return Note::Unknown };
        let line = guilty(code, first, value.before).filter(|_| value.origin != Origin::Table).map(
            |statement| {
                let first = statement.text.lines().next().unwrap_or_default();
                (locate(statement.place), first.to_owned())
            },
        );
        let names = found.mistakes.iter().map(|mistake| mistake.name).collect();
        Note::Mistake(Diagnosis { mistakes: names, line, right: first.right })
    }

    /// Where the value is what the course's inputs give: the first of the notebook's that is not the course's.
    fn role_that_is_not_the_courses(&self, value: &Value) -> Option<Role> {
        let course = course()?;
        let fits = |known: &&Known| {
            known.part.is_result()
                && known.array.shape == value.array.shape
                && compare(&value.array, value.precision, &known.array).agrees
        };
        course.right.iter().find(fits)?;
        let own = self.answers.first()?;
        Role::ALL.into_iter().find(|role| {
            let input = |answers: &Answers| {
                answers
                    .right
                    .iter()
                    .find(|known| known.part == Part::Input(*role))
                    .map(|known| known.array.values.clone())
            };
            input(own) != input(&course)
        })
    }
}

/// What the course's own inputs lead to.
fn course() -> Option<Rc<Answers>> {
    let inputs = Inputs::course();
    let array = |tensor| Array::of(tensor).ok();
    Answers::of(&array(&inputs.q)?, &array(&inputs.k)?, &array(&inputs.v)?).ok()
}

/// Whether an array is the course's Q, K or V, in whatever dtype.
fn is_the_courses(role: Role, array: &Array) -> bool {
    course().is_some_and(|course| {
        let own = course.right.iter().find(|known| known.part == Part::Input(role));
        own.is_some_and(|own| {
            own.array.shape == array.shape
                && own.array.values == array.to_kind(own.array.kind).values
        })
    })
}

/// An input: what was written is what Rust reads; what there is to say is whether it is the course's.
pub fn input_finding(
    role: Role,
    name: &str,
    array: &Array,
    place: Location,
    origin: Origin,
) -> Finding {
    Finding {
        place,
        origin,
        name: Some(name.to_owned()),
        part: Part::Input(role),
        shape: array.shape.clone(),
        digits: None,
        comparison: compare(array, &Precision::Full, array),
        note: Note::Course(is_the_courses(role, array)),
    }
}

/// A place as it is reported.
pub fn locate(notebook: &Notebook, place: Place) -> Location {
    let id = notebook.cells.get(place.cell).and_then(|cell| cell.id.clone());
    Location { cell: place.cell + 1, id, line: place.line }
}

/// What differs for the reason that was already given says so, and no more.
pub fn mark_followers(findings: &mut [Finding]) {
    let mut told: Vec<&'static str> = Vec::new();
    for finding in findings {
        if let Note::Mistake(diagnosis) = &finding.note {
            if diagnosis.mistakes.iter().any(|mistake| told.contains(mistake)) {
                finding.note = Note::Follows;
            } else {
                told.extend(&diagnosis.mistakes);
            }
        }
    }
}
