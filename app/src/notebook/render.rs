//! The report in words, for a terminal of 80 columns; one that a teacher can paste into feedback.

use std::io::{self, Write};

use super::compare::Entry;
use super::diagnose::{Inputs, Mistake, museum};
use super::known::Part;
use super::python::parse::Unreadable;
use super::report::{Diagnosis, Finding, Location, Note, Origin, Report, Run, Warning};
use super::uses::{StoredWhy, Use};
use crate::i18n::{FluentValue, Lang, translated};
use atencion::printable;

const WIDTH: usize = 80;
/// More cells that failed are not listed; all of them are in the JSON.
const MOST_RAISED: usize = 5;
/// More attentions than this are not listed; all of them are in the JSON.
const MOST_USES: usize = 20;

/// Writes reports in one language.
pub struct Renderer<'a> {
    /// Where to.
    pub out: &'a mut dyn Write,
    /// The language.
    pub lang: Lang,
}

impl Renderer<'_> {
    fn say(&self, id: &str) -> String {
        self.lang.text(id)
    }

    fn with(&self, id: &str, variables: &[(&'static str, FluentValue)]) -> String {
        self.lang.text_with(id, variables)
    }

    /// The whole report of one notebook.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn report(&mut self, report: &Report) -> io::Result<()> {
        let title = self.with(
            "verify-title",
            &[
                ("file", printable(&report.file).into()),
                ("minor", report.minor.into()),
                ("cells", report.cells.into()),
            ],
        );
        writeln!(self.out, "{title}")?;
        if !report.findings.is_empty() {
            writeln!(self.out, "\n{}", self.heading())?;
        }
        for finding in &report.findings {
            self.finding(finding)?;
        }
        self.uses(report)?;
        writeln!(self.out)?;
        for warning in &report.warnings {
            let text = self.warning(warning);
            self.paragraph("! ", &text)?;
        }
        if let (Some((place, what)), None) = (&report.raised, &report.run) {
            let values = [("place", self.place(place).into()), ("what", printable(what).into())];
            let text = self.with("verify-raised", &values);
            self.paragraph("! ", &text)?;
        }
        if let Some(run) = &report.run {
            for text in self.run(run) {
                self.paragraph(if *run == Run::Whole { "" } else { "! " }, &text)?;
            }
        }
        for fresh in &report.fresh {
            let (there, given) = (printable(&fresh.first.0), printable(&fresh.first.1));
            let values = [
                ("place", self.place(&fresh.place).into()),
                ("there", there.into()),
                ("given", given.into()),
            ];
            let id = if fresh.certain { "verify-fresh" } else { "verify-fresh-drawn" };
            let text = self.with(id, &values);
            self.paragraph(if fresh.certain { "✗ " } else { "· " }, &text)?;
        }
        self.summary(report)
    }

    fn heading(&self) -> String {
        let text = |id| self.say(id);
        row(&[
            " ",
            &text("verify-head-cell"),
            &text("verify-head-id"),
            &text("verify-head-kind"),
            &text("verify-head-part"),
            &text("verify-head-shape"),
            &text("verify-head-difference"),
            &text("verify-head-precision"),
        ])
    }

    /// The line of one value, and under it what is wrong with it.
    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let place = &finding.place;
        let cell = match place.line {
            0 => place.cell.to_string(),
            line => format!("{}:{line}", place.cell),
        };
        let shape = format!("{:?}", finding.shape).replace(", ", "×");
        let id = printable(place.id.as_deref().unwrap_or("-"));
        let line = row(&[
            if finding.comparison.agrees { "✓" } else { "✗" },
            &cell,
            &id,
            &self.where_of(finding),
            &self.part(&finding.part),
            &shape,
            &difference(finding.comparison.largest),
            &self.precision(finding),
        ]);
        writeln!(self.out, "{}", line.trim_end())?;
        if !finding.comparison.agrees {
            self.entries(finding)?;
        }
        self.note(finding)
    }

    fn precision(&self, finding: &Finding) -> String {
        match (finding.comparison.ulps, finding.digits) {
            (Some(0), _) => self.say("verify-bits"),
            (Some(ulps), _) if ulps < 1000 => self.with("verify-ulps", &[("ulps", ulps.into())]),
            (Some(_), _) => "-".into(),
            (None, Some(digits)) => {
                self.with("verify-digits", &[("digits", u64::from(digits).into())])
            }
            (None, None) => String::new(),
        }
    }

    /// The name of a variable, else the kind of place.
    fn where_of(&self, finding: &Finding) -> String {
        match &finding.name {
            Some(name) if finding.origin == Origin::Variable => printable(name),
            _ => self.say(kind_of(finding.origin)),
        }
    }

    /// The name of a part.
    pub fn part(&self, part: &Part) -> String {
        let causal = |causal: &bool| if *causal { "-causal" } else { "" };
        match part {
            Part::Input(role) => role.letter().into(),
            Part::Literal(name) => printable(name),
            Part::Intermediate(formula) => (*formula).into(),
            Part::KeyTransposed => "Kᵀ".into(),
            Part::Mask => self.say("part-mask"),
            Part::Scores => self.say("part-scores"),
            Part::Scaled => self.say("part-scaled"),
            Part::Masked => self.say("part-masked"),
            Part::Weights { causal: c } => self.say(&format!("part-weights{}", causal(c))),
            Part::Output { causal: c } => self.say(&format!("part-output{}", causal(c))),
            Part::LayerNorm(of) => {
                let of = of.as_deref().map_or_else(|| self.say("part-output"), printable);
                self.with("part-layer-norm", &[("of", of.into())])
            }
        }
    }

    fn entries(&mut self, finding: &Finding) -> io::Result<()> {
        for entry in &finding.comparison.entries {
            let (found, right) = shown(entry, finding);
            let index = format!("{:?}", entry.index);
            let text = self.with(
                "verify-entry",
                &[("index", index.into()), ("found", found.into()), ("right", right.into())],
            );
            writeln!(self.out, "      {text}")?;
        }
        let more = finding.comparison.wrong.saturating_sub(finding.comparison.entries.len());
        if more > 0 && !finding.comparison.entries.is_empty() {
            writeln!(self.out, "      {}", self.with("verify-more", &[("more", more.into())]))?;
        }
        Ok(())
    }

    fn note(&mut self, finding: &Finding) -> io::Result<()> {
        let text = match &finding.note {
            Note::Nothing => return Ok(()),
            Note::Course(true) => return Ok(()),
            Note::Course(false) => self.say("verify-not-course"),
            Note::OtherInputs(role) => {
                self.with("verify-other-inputs", &[("input", role.letter().into())])
            }
            Note::Follows => self.say("verify-follows"),
            Note::Unknown => self.say("verify-unknown"),
            Note::Mistake(diagnosis) => return self.diagnosis(diagnosis),
        };
        self.paragraph("      ", &text)
    }

    fn diagnosis(&mut self, diagnosis: &Diagnosis) -> io::Result<()> {
        for (at, name) in diagnosis.mistakes.iter().take(3).enumerate() {
            let sentence = self.say(&format!("museum-{name}"));
            let id = if at == 0 { "verify-mistake" } else { "verify-or" };
            let text = self.with(id, &[("sentence", sentence.into())]);
            self.paragraph("   ▸  ", &text)?;
        }
        if let Some((place, line)) = &diagnosis.line {
            let where_ = self.place(place);
            let id = "verify-line";
            writeln!(self.out, "      {}", self.with(id, &[("place", where_.into())]))?;
            writeln!(self.out, "          {}", printable(line))?;
        }
        writeln!(self.out, "      {}", self.say("verify-right"))?;
        writeln!(self.out, "          {}", diagnosis.right)
    }

    /// The attention that the code computes, and the outputs that it does not give.
    fn uses(&mut self, report: &Report) -> io::Result<()> {
        let uses = &report.uses;
        if uses.found.is_empty() {
            self.written(report)?;
        }
        if uses.found.is_empty() && uses.stored.is_empty() {
            return Ok(());
        }
        writeln!(self.out)?;
        let text = self.say("verify-in-the-code");
        self.paragraph("", &text)?;
        for found in uses.found.iter().take(MOST_USES) {
            self.use_(found)?;
        }
        for stored in &uses.stored {
            let (there, given) = (printable(&stored.first.0), printable(&stored.first.1));
            let values = [
                ("place", self.place(&stored.place).into()),
                ("there", there.into()),
                ("given", given.into()),
            ];
            let id = match stored.why {
                StoredWhy::Stale => "verify-stale",
                StoredWhy::TypedIn => "verify-typed-in",
                StoredWhy::Copied => "verify-copied",
            };
            let text = self.with(id, &values);
            self.paragraph("✗ ", &text)?;
        }
        Ok(())
    }

    /// Attention that could not be computed, and what kept it.
    fn written(&mut self, report: &Report) -> io::Result<()> {
        if report.uses.written.is_empty() {
            return Ok(());
        }
        writeln!(self.out)?;
        for place in report.uses.written.iter().take(3) {
            let text = self.with("verify-written", &[("place", self.place(place).into())]);
            self.paragraph("· ", &text)?;
        }
        for problem in report.uses.problems.iter().take(3) {
            let text = problem.message(self.lang);
            self.paragraph("  ", &text)?;
        }
        Ok(())
    }

    fn use_(&mut self, found: &Use) -> io::Result<()> {
        let id = match (found.agrees, found.causal) {
            (Some(true), true) => "verify-use-agrees-causal",
            (Some(true), false) => "verify-use-agrees",
            (Some(false), _) => "verify-use-differs",
            (None, _) => "verify-use-unknown",
        };
        let shape = format!("{:?}", found.shape).replace(", ", "×");
        let values = [("place", self.place(&found.place).into()), ("shape", shape.into())];
        let mut text = self.with(id, &values);
        if found.tried {
            text = format!("{text} {}", self.say("verify-tried"));
        }
        let mark = match found.agrees {
            Some(true) => "✓ ",
            Some(false) => "✗ ",
            None => "· ",
        };
        self.paragraph(mark, &text)?;
        found.mistakes.iter().try_for_each(|diagnosis| self.diagnosis(diagnosis))
    }

    fn place(&self, place: &Location) -> String {
        let cell = ("cell", FluentValue::from(place.cell));
        match place.line {
            0 => self.with("verify-place-cell", &[cell]),
            line => self.with("verify-place", &[cell, ("line", line.into())]),
        }
    }

    fn warning(&self, warning: &Warning) -> String {
        match warning {
            Warning::DuplicateId(id) => {
                self.with("verify-duplicate-id", &[("id", printable(id).into())])
            }
            Warning::UnknownCell(cell) => {
                self.with("verify-unknown-cell", &[("cell", (*cell).into())])
            }
            Warning::Unreadable(cell, why) => {
                let cell = ("cell", FluentValue::from(*cell));
                match why {
                    Unreadable::Syntax(line) => {
                        self.with("verify-syntax", &[cell, ("line", (*line).into())])
                    }
                    Unreadable::TooDeep(line) => {
                        self.with("verify-too-deep", &[cell, ("line", (*line).into())])
                    }
                    Unreadable::TooLong => self.with("verify-too-long", &[cell]),
                }
            }
            Warning::NotPython(language) => {
                self.with("verify-not-python", &[("language", printable(language).into())])
            }
            Warning::NoInputs(roles) => {
                let names: Vec<&str> = roles.iter().map(|role| role.letter()).collect();
                self.with("verify-no-inputs", &[("names", names.join(", ").into())])
            }
            Warning::Misfit(shapes) => {
                let shapes = translated(shapes, self.lang);
                self.with("verify-misfit", &[("shapes", shapes.into())])
            }
            Warning::Summarised(place) => {
                self.with("verify-summarised", &[("place", self.place(place).into())])
            }
        }
    }

    fn run(&self, run: &Run) -> Vec<String> {
        let text = match run {
            Run::Whole => self.say("verify-run-whole"),
            Run::Impossible(error) => {
                let mend =
                    error.how_to_mend().map(|how| format!(" → {}", translated(how, self.lang)));
                let what =
                    printable(&translated(error.what(), self.lang)) + &mend.unwrap_or_default();
                self.with("verify-run-impossible", &[("what", what.into())])
            }
            Run::Raised(all) => return self.raised(all),
            Run::Endless(place, seconds) => self.with(
                "verify-run-endless",
                &[("place", self.place(place).into()), ("seconds", (*seconds).into())],
            ),
            Run::Died(place) => {
                self.with("verify-run-died", &[("place", self.place(place).into())])
            }
        };
        vec![text]
    }

    /// The cells that failed; of many, the first.
    fn raised(&self, all: &[(Location, String)]) -> Vec<String> {
        let line = |(place, what): &(Location, String)| {
            let id = if what.starts_with("ModuleNotFoundError") {
                "verify-run-no-module"
            } else {
                "verify-run-raised"
            };
            let what = printable(what);
            self.with(id, &[("place", self.place(place).into()), ("what", what.into())])
        };
        let mut texts: Vec<String> = all.iter().take(MOST_RAISED).map(line).collect();
        if all.len() > MOST_RAISED {
            let more = all.len() - MOST_RAISED;
            texts.push(self.with("verify-run-raised-more", &[("more", more.into())]));
        }
        texts.push(self.say("verify-run-went-on"));
        texts
    }

    fn summary(&mut self, report: &Report) -> io::Result<()> {
        let differing = report.differing().count();
        let text = if report.findings.is_empty() && report.uses.found.is_empty() {
            if !report.uses.written.is_empty() {
                return Ok(());
            }
            self.say("verify-nothing")
        } else if report.findings.is_empty() {
            return Ok(());
        } else if differing == 0 {
            self.with("verify-all-agree", &[("count", report.agreeing().into())])
        } else {
            self.with(
                "verify-some-differ",
                &[("differ", differing.into()), ("count", report.findings.len().into())],
            )
        };
        self.paragraph("", &text)?;
        if let Some(first) = report.differing().next() {
            let part = self.part(&first.part);
            let place = self.place(&first.place);
            let text = self.with("verify-first", &[("part", part.into()), ("place", place.into())]);
            self.paragraph("", &text)?;
        }
        if !report.computed() && report.uses.found.is_empty() && !report.findings.is_empty() {
            let text = self.say("verify-not-computed");
            self.paragraph("", &text)?;
        }
        Ok(())
    }

    /// Text broken into lines of the terminal's width, the first behind a mark, the others under it.
    pub fn paragraph(&mut self, mark: &str, text: &str) -> io::Result<()> {
        let indent = " ".repeat(mark.chars().count());
        let options = textwrap::Options::new(WIDTH).initial_indent(mark).subsequent_indent(&indent);
        writeln!(self.out, "{}", textwrap::fill(text, options.break_words(false)))
    }

    /// The museum: each mistake with its sentence, its lines and its numbers on the course's example.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn museum(&mut self) -> io::Result<()> {
        let course = Inputs::course();
        let intro = self.say("museum-intro");
        self.paragraph("", &intro)?;
        for (at, mistake) in museum().iter().enumerate() {
            writeln!(
                self.out,
                "\n{:>2}. {}  ({})",
                at + 1,
                mistake.name,
                self.say(mistake.step.message())
            )?;
            let sentence = self.say(&format!("museum-{}", mistake.name));
            self.paragraph("    ", &sentence)?;
            writeln!(self.out, "    ✗ {}", mistake.wrong)?;
            writeln!(self.out, "    ✓ {}", mistake.right)?;
            self.fingerprint(mistake, &course)?;
        }
        Ok(())
    }

    fn fingerprint(&mut self, mistake: &Mistake, course: &Inputs) -> io::Result<()> {
        if let Some(array) =
            mistake.fingerprint(course).and_then(|t| super::array::Array::of(&t).ok())
        {
            let columns = array.shape.last().copied().unwrap_or(1).max(1);
            for row in array.values.chunks(columns) {
                let numbers: Vec<String> = row.iter().map(|x| format!("{x:>8.4}")).collect();
                writeln!(self.out, "    {}", numbers.join(" "))?;
            }
        }
        if !mistake.same_numbers_as.is_empty() {
            let others = mistake.same_numbers_as.join(", ");
            let text = self.with("museum-same", &[("others", others.into())]);
            self.paragraph("    ", &text)?;
        }
        Ok(())
    }
}

fn kind_of(origin: Origin) -> &'static str {
    match origin {
        Origin::Literal => "verify-literal",
        Origin::Table => "verify-table",
        Origin::Output => "verify-output",
        Origin::Variable => "verify-variable",
    }
}

/// One line of the table: columns of a fixed width, 79 in all.
fn row(cells: &[&str; 8]) -> String {
    const WIDTHS: [usize; 8] = [1, 6, 8, 12, 22, 7, 7, 9];
    let padded = cells.iter().zip(WIDTHS).map(|(text, width)| {
        let length = text.chars().count();
        if length > width {
            format!("{}…", text.chars().take(width - 1).collect::<String>())
        } else {
            format!("{text}{}", " ".repeat(width - length))
        }
    });
    padded.collect::<Vec<_>>().join(" ")
}

fn difference(largest: f64) -> String {
    if largest == 0.0 {
        "0".into()
    } else if largest.is_finite() {
        format!("{largest:.1e}")
    } else {
        "∞".into()
    }
}

/// Both numbers of an entry, with the digits that were printed, or with all of them.
fn shown(entry: &Entry, finding: &Finding) -> (String, String) {
    let show = |value: f64| match finding.digits {
        Some(digits) => format!("{value:.*}", usize::from(digits.max(1))),
        None => format!("{}", value as f32),
    };
    (show(entry.found), show(entry.right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_a_notebook_reaches_the_terminal_raw() {
        assert_eq!(printable("a\u{1b}[31mb\u{202e}c\n"), "a\\u{1b}[31mb\\u{202e}c\\n");
    }

    #[test]
    fn lines_fit_the_terminal() {
        let line =
            row(&["✓", "3:4", "0123456789abcdef", "output", "weights", "[4×4]", "0", "bits"]);
        assert!(line.chars().count() < WIDTH, "{line}");
    }
}
