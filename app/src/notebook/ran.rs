//! Holds what a notebook computed as it ran against Rust: every tensor variable, in the order of the code.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use tch::Kind;

use super::array::Array;
use super::check::Checked;
use super::inputs::{Given, Names, Role, find, may_be_input};
use super::ipynb::Notebook;
use super::known::{Answers, Part};
use super::matching::hinted;
use super::precision::Precision;
use super::python::code::Place;
use super::report::{Finding, Location, Note, Origin, Run, Warning};
use super::run::{End, Ran, Recorded};
use super::truth::{Truth, Value, input_finding, locate, mark_followers};
use super::uses;
use atencion::Result;

impl Checked {
    /// Adds what running the notebook gave.
    ///
    /// # Errors
    /// When a name that the user gave for Q, K or V is no tensor of the notebook.
    pub fn ran(
        &mut self,
        notebook: &Notebook,
        given: &Given,
        seconds: u64,
        ran: Ran,
    ) -> Result<()> {
        let Ran { end, recorded, fresh } = ran;
        let top = recorded.iter().filter(|found| found.function.is_empty());
        let names = top.map(|found| found.name.as_str());
        let names = if recorded.is_empty() { Vec::new() } else { find(names, given)? };
        let mut follower = Follower {
            checked: self,
            notebook,
            given,
            names,
            now: HashMap::new(),
            found: Vec::new(),
            last_resort: None,
            told: HashSet::new(),
        };
        recorded.iter().for_each(|found| follower.variable(found));
        let findings = follower.finish();
        self.report.findings.extend(findings);
        // The inputs were found after all.
        if self.report.findings.iter().any(|finding| finding.origin == Origin::Variable) {
            self.report.warnings.retain(|warning| !matches!(warning, Warning::NoInputs(_)));
        }
        self.report.fresh = uses::fresh(notebook, &fresh, self.report.uses.repeatable);
        let at = |cell| locate(notebook, Place { cell, line: 0 });
        self.report.run = Some(match end {
            End::Whole => Run::Whole,
            End::Impossible(error) => Run::Impossible(error),
            End::Raised(all) => {
                Run::Raised(all.into_iter().map(|(cell, what)| (at(cell), what)).collect())
            }
            End::Endless(cell) => Run::Endless(at(cell), seconds),
            End::Died(cell) => Run::Died(at(cell)),
        });
        Ok(())
    }
}

struct Follower<'a> {
    checked: &'a mut Checked,
    notebook: &'a Notebook,
    given: &'a Given,
    names: Vec<Names>,
    /// What the inputs' names stand for, as of now.
    now: HashMap<String, Rc<Array>>,
    found: Vec<Finding>,
    /// The last value of the result's shape that nothing explains.
    last_resort: Option<Finding>,
    told: HashSet<String>,
}

impl Follower<'_> {
    fn variable(&mut self, found: &Recorded) {
        let place = locate(self.notebook, Place { cell: found.cell, line: found.line });
        let top = found.function.is_empty();
        if top && may_be_input(&found.name, self.given) && !self.only_lost_digits(found) {
            self.now.insert(found.name.clone(), Rc::new(found.array.clone()));
        }
        match self.role(found) {
            Some(role) if top => {
                let origin = Origin::Variable;
                let finding = input_finding(role, &found.name, &found.array, place, origin);
                self.found.push(finding);
            }
            _ => self.result(found, place),
        }
    }

    /// `Q = Q.half()`: what is right stays what it was before the digits were lost.
    fn only_lost_digits(&self, found: &Recorded) -> bool {
        let half = matches!(found.array.kind, Kind::Half | Kind::BFloat16);
        let before = self.now.get(&found.name).filter(|before| before.kind != found.array.kind);
        half && before.is_some_and(|before| before.to_kind(found.array.kind) == found.array)
    }

    fn role(&self, found: &Recorded) -> Option<Role> {
        self.names.iter().find_map(|names| {
            let at = names.of.iter().position(|name| name.as_deref() == Some(&found.name))?;
            Some(Role::ALL[at])
        })
    }

    fn result(&mut self, found: &Recorded, place: Location) {
        let Some(truth) = self.truth() else { return };
        // A function that is called twice gives the same lines twice.
        let line = format!("{} {place:?} {:?}", found.name, found.array.values);
        if !self.told.insert(line) {
            return;
        }
        let value = Value {
            array: found.array.clone(),
            precision: &Precision::Full,
            hint: found.name.clone(),
            place,
            origin: Origin::Variable,
            name: Some(found.name.clone()),
            before: Place {
                cell: found.cell,
                line: if found.line == 0 { usize::MAX } else { found.line },
            },
        };
        let notebook = self.notebook;
        let finding = truth.judge(value, &self.checked.code, &|place| locate(notebook, place));
        match finding {
            Some(finding) => self.weigh(finding, &found.name),
            None => self.checked.report.unmatched += 1,
        }
    }

    /// A value on the way may be anything: it only differs if its name says what it should be, or if a known mistake
    /// makes it.
    fn weigh(&mut self, finding: Finding, name: &str) {
        let explained = finding.comparison.agrees
            || finding.note != Note::Unknown
            || hinted(name, &finding.part);
        if explained {
            self.found.push(finding);
            return;
        }
        self.checked.report.unmatched += 1;
        if matches!(finding.part, Part::Output { .. }) {
            self.last_resort = Some(finding);
        }
    }

    /// What is true for the inputs as they are now; of several sets, for all.
    fn truth(&self) -> Option<Truth> {
        let whole = |names: &Names| {
            let [q, k, v] = names.of.each_ref().map(|name| self.now.get(name.as_deref()?).cloned());
            Some([q?, k?, v?])
        };
        let sets: Vec<[Rc<Array>; 3]> = self.names.iter().filter_map(whole).collect();
        let answers: Vec<Rc<Answers>> =
            sets.iter().filter_map(|[q, k, v]| Answers::of(q, k, v).ok()).collect();
        (!answers.is_empty()).then(|| Truth::new(answers, self.checked.others.clone()))
    }

    fn finish(mut self) -> Vec<Finding> {
        let shows_result =
            self.found.iter().any(|finding| matches!(finding.part, Part::Output { .. }));
        if !shows_result {
            self.found.extend(self.last_resort);
        }
        mark_followers(&mut self.found);
        self.found
    }
}
