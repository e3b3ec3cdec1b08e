//! The report as JSON: the same values, without words.

use serde_json::{Value, json};

use super::array::name_of_kind;
use super::compare::Entry;
use super::diagnose::{Inputs, museum};
use super::known::Part;
use super::python::parse::Unreadable;
use super::report::{Diagnosis, Finding, Note, Report, Run, Warning};
use super::uses::{Stored, StoredWhy, Use};
use crate::i18n::Lang;

/// One notebook's report.
pub fn report(report: &Report) -> Value {
    json!({
        "file": report.file,
        "status": report.status().word(),
        "agrees": report.agrees(),
        "computed": report.computed(),
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
        "attentions": report.uses.found.iter().map(attention).collect::<Vec<_>>(),
        "stored": report.uses.stored.iter().map(stored).collect::<Vec<_>>(),
        "written": report.uses.written,
        "not_computed": report.uses.problems.iter().take(20).map(|problem| problem.message(Lang::En)).collect::<Vec<_>>(),
        "unmatched": report.unmatched,
        "warnings": report.warnings.iter().map(warning).collect::<Vec<_>>(),
        "run": report.run.as_ref().map(run),
        "fresh": report.fresh.iter().map(|fresh| json!({
            "cell": fresh.place.cell, "line": fresh.place.line, "there": fresh.first.0,
            "given": fresh.first.1, "certain": fresh.certain,
        })).collect::<Vec<_>>(),
        "raised": report.raised.as_ref().map(|(place, what)| json!({ "cell": place.cell, "name": what })),
    })
}

fn finding(finding: &Finding) -> Value {
    let comparison = &finding.comparison;
    json!({
        "cell": finding.place.cell,
        "id": finding.place.id,
        "line": finding.place.line,
        "origin": finding.origin,
        "name": finding.name,
        "taken_for": part(&finding.part),
        "shape": finding.shape,
        "agrees": comparison.agrees,
        "largest_difference": number(comparison.largest),
        "ulps": comparison.ulps,
        "digits": finding.digits,
        "differing": comparison.wrong,
        "entries": comparison.entries.iter().map(entry).collect::<Vec<_>>(),
        "note": note(&finding.note),
    })
}

/// An attention of the code.
fn attention(found: &Use) -> Value {
    json!({
        "cell": found.place.cell,
        "id": found.place.id,
        "line": found.place.line,
        "queries": found.shape,
        "causal": found.causal,
        "agrees": found.agrees,
        "largest_difference": number(found.largest),
        "tried": found.tried,
        "mistakes": found.mistakes.iter().map(mistake_made).collect::<Vec<_>>(),
    })
}

/// An output that its code does not give.
fn stored(found: &Stored) -> Value {
    let why = match found.why {
        StoredWhy::Stale => "stale",
        StoredWhy::TypedIn => "typed_in",
        StoredWhy::Copied => "copied",
    };
    json!({
        "cell": found.place.cell,
        "id": found.place.id,
        "line": found.place.line,
        "why": why,
        "there": found.first.0,
        "given": found.first.1,
    })
}

fn mistake_made(diagnosis: &Diagnosis) -> Value {
    json!({
        "mistakes": diagnosis.mistakes,
        "line": diagnosis.line.as_ref().map(|(place, text)| json!({
            "cell": place.cell, "id": place.id, "line": place.line, "text": text,
        })),
        "right": diagnosis.right,
    })
}

/// JSON has no infinity and no NaN: they are strings.
fn number(value: f64) -> Value {
    if value.is_finite() { json!(value) } else { json!(value.to_string()) }
}

fn entry(entry: &Entry) -> Value {
    json!({ "index": entry.index, "found": number(entry.found), "right": number(entry.right) })
}

fn part(part: &Part) -> String {
    let causal = |causal: &bool| if *causal { "_causal" } else { "" };
    match part {
        Part::Input(role) => role.letter().to_lowercase(),
        Part::Literal(name) => format!("literal {name}"),
        Part::Intermediate(formula) => format!("intermediate {formula}"),
        Part::KeyTransposed => "k_transposed".into(),
        Part::Mask => "mask".into(),
        Part::Scores => "scores".into(),
        Part::Scaled => "scaled".into(),
        Part::Masked => "masked".into(),
        Part::Weights { causal: c } => format!("weights{}", causal(c)),
        Part::Output { causal: c } => format!("output{}", causal(c)),
        Part::LayerNorm(of) => format!("layer_norm {}", of.as_deref().unwrap_or("output")),
    }
}

fn note(note: &Note) -> Value {
    match note {
        Note::Nothing => Value::Null,
        Note::Course(own) => json!({ "course_input": own }),
        Note::Mistake(diagnosis) => mistake_made(diagnosis),
        Note::OtherInputs(role) => json!({ "result_of_the_courses": role.letter() }),
        Note::Follows => json!("follows from a step before"),
        Note::Unknown => json!("unknown"),
    }
}

fn warning(warning: &Warning) -> Value {
    match warning {
        Warning::DuplicateId(id) => json!({ "duplicate_id": id }),
        Warning::UnknownCell(cell) => json!({ "unknown_cell": cell }),
        Warning::Unreadable(cell, Unreadable::Syntax(line)) => {
            json!({ "syntax_error": { "cell": cell, "line": line } })
        }
        Warning::Unreadable(cell, Unreadable::TooDeep(line)) => {
            json!({ "nested_too_deep": { "cell": cell, "line": line } })
        }
        Warning::Unreadable(cell, Unreadable::TooLong) => json!({ "too_much_code": cell }),
        Warning::NotPython(language) => json!({ "language": language }),
        Warning::NoInputs(roles) => {
            json!({ "no_literal_inputs": roles.iter().map(|role| role.letter()).collect::<Vec<_>>() })
        }
        Warning::Misfit(shapes) => json!({ "shapes_do_not_fit": shapes }),
        Warning::Summarised(place) => json!({ "summarised": place }),
    }
}

fn run(run: &Run) -> Value {
    match run {
        Run::Whole => json!({ "whole": true }),
        Run::Impossible(error) => {
            json!({ "impossible": error.what(), "mend": error.how_to_mend() })
        }
        Run::Raised(all) => {
            let first = all.first();
            json!({
                "raised": first.map(|(_, what)| what),
                "at": first.map(|(place, _)| place),
                "all": all.iter().map(|(place, what)| json!({ "cell": place.cell, "what": what })).collect::<Vec<_>>(),
            })
        }
        Run::Endless(place, seconds) => json!({ "endless_after": seconds, "at": place }),
        Run::Died(place) => json!({ "died": true, "at": place }),
    }
}

/// The museum: each mistake with its numbers on the course's example.
pub fn museum_list() -> Value {
    let course = Inputs::course();
    let list = museum().into_iter().map(|mistake| {
        let array = mistake.fingerprint(&course).and_then(|t| super::array::Array::of(&t).ok());
        json!({
            "name": mistake.name,
            "step": mistake.step.message(),
            "wrong": mistake.wrong,
            "right": mistake.right,
            "fingerprint": array.map(|array| json!({
                "shape": array.shape,
                "dtype": name_of_kind(array.kind),
                "values": array.values.iter().map(|&x| number(x)).collect::<Vec<_>>(),
            })),
            "same_numbers_as": mistake.same_numbers_as,
        })
    });
    json!({ "museum": list.collect::<Vec<_>>() })
}
