//! The feedback, ready to hand back: a page for each student, and one for the teacher that leads to them.

use std::collections::HashSet;

use maud::{DOCTYPE, Markup, html};

use super::super::report::{Diagnosis, Location, Status};
use super::table::{points, why};
use super::{Graded, Mark, Reason};
use crate::i18n::{Lang, plain};
use atencion::printable;

/// A file of the report.
#[derive(Debug)]
pub struct Page {
    /// Its name, of letters, digits, `-` and `_`, with `.html`.
    pub name: String,
    /// The whole document.
    pub html: String,
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;\
    color:#1d2127;background:#fbfaf8}table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ddd;\
    padding:.3rem .6rem;text-align:left}pre{background:#fff;border:1px solid #ddd;padding:.5rem .8rem;overflow-x:auto}\
    .right{border-color:#2a7d4f}.wrong{border-color:#b3261e}";
/// Longer names are cut: some file systems take no more than 255 bytes.
const LONGEST_NAME: usize = 60;

/// `index.html` in the teacher's language, and the students' pages, each in the student's.
pub fn pages(class: &[Graded], lang: Lang) -> Vec<Page> {
    let names = names(class);
    let rows = class.iter().zip(&names);
    let index = document(
        lang,
        &lang.text("class-title"),
        html! {
            table {
                tr {
                    @for head in ["student", "status", "points", "why"] { th { (lang.text(&format!("class-head-{head}"))) } }
                }
                @for (graded, name) in rows {
                    tr {
                        td { a href=(name) { (printable(&graded.student)) } }
                        td { (status(graded.status, lang)) }
                        td { (points(graded.points())) " / " (points(graded.of())) }
                        td { (why(graded, lang)) }
                    }
                }
            }
        },
    );
    let index = Page { name: "index.html".to_owned(), html: index };
    let each = class.iter().zip(&names);
    let each = each.map(|(graded, name)| Page { name: name.clone(), html: feedback(graded) });
    std::iter::once(index).chain(each).collect()
}

/// A name that no file system refuses, and that differs in more than its capitals from all others.
fn names(class: &[Graded]) -> Vec<String> {
    let mut taken = HashSet::from(["index".to_owned()]);
    let mut name = |graded: &Graded| {
        let kept = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' };
        let bare: String = graded.student.chars().take(LONGEST_NAME).map(kept).collect();
        let with =
            |number: usize| if number == 1 { bare.clone() } else { format!("{bare}-{number}") };
        let free = (1..).map(with).find(|name| taken.insert(name.to_lowercase()));
        format!("{}.html", free.unwrap_or_default())
    };
    class.iter().map(&mut name).collect()
}

fn document(lang: Lang, title: &str, body: Markup) -> String {
    let code = if lang == Lang::Es { "es" } else { "en" };
    let page = html! {
        (DOCTYPE)
        html lang=(code) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (maud::PreEscaped(STYLE)) }
            }
            body { h1 { (title) } (body) }
        }
    };
    page.into_string()
}

/// How a notebook is, in words.
pub fn status(status: Status, lang: Lang) -> String {
    lang.text(&format!("class-{}", status.word()))
}

fn feedback(graded: &Graded) -> String {
    let lang = graded.lang;
    let title = lang.text_with("class-page", &[("student", plain(printable(&graded.student)))]);
    let sum = [("points", plain(points(graded.points()))), ("of", plain(points(graded.of())))];
    let body = html! {
        p { strong { (status(graded.status, lang)) ". " } (lang.text_with("class-sum", &sum)) }
        @if let Some(error) = &graded.unreadable { p { (printable(error.what())) } }
        @if let Some((at, what)) = &graded.raised {
            p { (lang.text_with("verify-raised", &[("place", plain(place(at, lang))), ("what", plain(printable(what)))])) }
        }
        @for diagnosis in &graded.mistakes { (mistake(diagnosis, lang)) }
        @if let (Some((at, _, found, right)), true) = (&graded.unknown, graded.mistakes.is_empty()) {
            p { (unknown(at, *found, *right, lang)) }
        }
        @if graded.status == Status::Pending { p { (lang.text("verify-not-computed")) } }
        @if graded.marks.len() > 1 || graded.status != Status::Agrees { (marks(&graded.marks, lang)) }
    };
    document(lang, &title, body)
}

/// What went wrong, the line, and how it should be.
fn mistake(diagnosis: &Diagnosis, lang: Lang) -> Markup {
    let sentences = diagnosis.mistakes.iter().map(|name| lang.text(&format!("museum-{name}")));
    html! {
        h2 { (lang.text("class-what-went-wrong")) }
        @for (at, sentence) in sentences.enumerate() {
            p { (lang.text_with(if at == 0 { "verify-mistake" } else { "verify-or" }, &[("sentence", plain(sentence))])) }
        }
        @if let Some((at, line)) = &diagnosis.line {
            p { (lang.text_with("verify-line", &[("place", plain(place(at, lang)))])) }
            pre.wrong { (printable(line)) }
        }
        p { (lang.text("verify-right")) }
        pre.right { (diagnosis.right) }
    }
}

fn unknown(at: &Location, found: f64, right: f64, lang: Lang) -> String {
    let values = [
        ("place", plain(place(at, lang))),
        ("found", plain(found as f32)),
        ("right", plain(right as f32)),
    ];
    format!("{} {}", lang.text_with("class-first-number", &values), lang.text("verify-unknown"))
}

fn marks(marks: &[Mark], lang: Lang) -> Markup {
    html! {
        table {
            tr { @for head in ["exercise", "points", "why"] { th { (lang.text(&format!("class-head-{head}"))) } } }
            @for mark in marks {
                tr {
                    td { (printable(&mark.exercise)) }
                    td { (points(mark.points)) " / " (points(mark.of)) }
                    td { (reason(&mark.reason, lang)) }
                }
            }
        }
    }
}

fn reason(reason: &Reason, lang: Lang) -> String {
    let shape = |shape: &[usize]| plain(format!("{shape:?}").replace(", ", "×"));
    match reason {
        Reason::Right => lang.text("class-right"),
        Reason::RightAs(name) => {
            lang.text_with("class-right-as", &[("name", plain(printable(name)))])
        }
        Reason::Mistake(name) => lang.text(&format!("museum-{name}")),
        Reason::Differs(by) => {
            lang.text_with("class-differs-by", &[("by", plain(format!("{by:.1e}")))])
        }
        Reason::Shape(found, right) => {
            lang.text_with("class-shape", &[("found", shape(found)), ("right", shape(right))])
        }
        Reason::Missing => lang.text("class-missing"),
    }
}

fn place(place: &Location, lang: Lang) -> String {
    let cell = ("cell", place.cell.into());
    match place.line {
        0 => lang.text_with("verify-place-cell", &[cell]),
        line => lang.text_with("verify-place", &[cell, ("line", line.into())]),
    }
}
