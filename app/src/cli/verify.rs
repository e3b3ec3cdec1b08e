//! `atencion verify`: hold notebooks against Rust, and say where they first go wrong.

mod class;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::{Outcome, Ui};
use crate::i18n::translated;
use crate::notebook::inputs::Given;
use crate::notebook::ipynb::Notebook;
use crate::notebook::render::Renderer;
use crate::notebook::report::{Note, Report, Status};
use crate::notebook::{check, json as as_json, run};
use atencion::{Error, Result, printable};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Notebooks (.ipynb), or folders that hold some
    #[arg(required_unless_present = "museum", value_name = "FILE|DIR")]
    paths: Vec<PathBuf>,
    /// Execute a copy of the notebook too, and compare every tensor at full precision. This runs the
    /// notebook's code with your rights: only run notebooks that you trust
    #[arg(long)]
    run: bool,
    /// The Python to run with (default: the active environment's, else python3)
    #[arg(long, value_name = "PATH", requires = "run")]
    python: Option<PathBuf>,
    /// How many notebooks at a time (default: one with --run, else one a processor)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// Seconds that a cell may take
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400), requires = "run")]
    timeout: u64,
    /// Shut the run in with bubblewrap: no network, nothing writable but a temporary folder, no other process seen
    #[arg(long, requires = "run")]
    sandbox: bool,
    /// A notebook that computes no result yet is one that differs (exit code 1)
    #[arg(long)]
    require_solution: bool,
    /// The name that stands for Q
    #[arg(long, value_name = "NAME")]
    q: Option<String>,
    /// The name that stands for K
    #[arg(long, value_name = "NAME")]
    k: Option<String>,
    /// The name that stands for V
    #[arg(long, value_name = "NAME")]
    v: Option<String>,
    /// One JSON document in place of the report
    #[arg(long)]
    json: bool,
    /// List the known mistakes, each with its numbers on the course's example
    #[arg(long, conflicts_with_all = ["paths", "run"])]
    museum: bool,
    #[command(flatten)]
    class: class::ClassArgs,
}

/// A notebook's report, or why there is none.
type Verified = (PathBuf, Result<Report>);

pub(super) fn run(args: &Args, ui: &mut Ui) -> anyhow::Result<Outcome> {
    if args.museum {
        return museum(args, ui);
    }
    if !args.run {
        // Tensors of an exercise are small: more threads only wait for each other. A run computes as PyTorch does.
        tch::set_num_threads(1);
    }
    let files = files(&args.paths)?;
    if args.class.is_given() {
        return class::run(args, files, ui);
    }
    let look = |(file, found): &Found| -> Verified {
        (file.clone(), found.clone().and_then(|()| verify(file, args)))
    };
    // Notebooks that are run have the machine to themselves, unless more are asked for.
    let verified: Vec<Verified> = match args.jobs {
        None if args.run => files.iter().map(look).collect(),
        jobs => class::in_parallel(&files, jobs.map_or_else(class::processors, usize::from), look),
    };
    if args.json {
        print_json(&verified, ui)?;
    } else if let [(_, Ok(report))] = verified.as_slice() {
        Renderer { out: ui.out, lang: ui.lang }.report(report)?;
    } else if verified.len() > 1 {
        print_lines(&verified, ui)?;
    }
    ending(verified, args)
}

fn museum(args: &Args, ui: &mut Ui) -> anyhow::Result<Outcome> {
    if args.json {
        writeln!(ui.out, "{:#}", as_json::museum_list())?;
    } else {
        Renderer { out: ui.out, lang: ui.lang }.museum()?;
    }
    Ok(Outcome::Fine)
}

/// A notebook to read, or a folder that could not be looked into, and why.
type Found = (PathBuf, Result<()>);

/// The notebooks named, and those in the folders named.
fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<Found>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = files.len();
            notebooks_in(path, &mut files);
            if files.len() == before {
                return Err(Error::file(path, "no notebook (.ipynb) in this folder")
                    .mend("name a notebook, or a folder that holds some")
                    .into());
            }
        } else {
            files.push((path.clone(), Ok(())));
        }
    }
    Ok(files)
}

/// All notebooks below a folder, in order of their names; Jupyter's own copies and hidden folders are passed over. A
/// folder that cannot be read is one of the unreadable, and does not keep the rest from being read.
fn notebooks_in(folder: &Path, into: &mut Vec<Found>) {
    let read = std::fs::read_dir(folder).and_then(Iterator::collect);
    let mut entries: Vec<std::fs::DirEntry> = match read {
        Ok(entries) => entries,
        Err(error) => {
            into.push((folder.to_owned(), Err(Error::file(folder, error))));
            return;
        }
    };
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        let path = entry.path();
        // A link to a folder may lead back up.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) && !hidden {
            notebooks_in(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "ipynb") && !hidden {
            into.push((path, Ok(())));
        }
    }
}

fn verify(file: &Path, args: &Args) -> Result<Report> {
    let given = Given { q: args.q.clone(), k: args.k.clone(), v: args.v.clone() };
    let notebook = Notebook::read(file)?;
    // A name that no literal has may be a variable's once the notebook runs.
    let literal = if args.run { Given::default() } else { given.clone() };
    let mut checked = check(&notebook, &literal)?;
    if args.run {
        let python = args.python.clone().unwrap_or_else(run::active_python);
        let options = run::Options { python, seconds: args.timeout, sandbox: args.sandbox };
        let ran = run::run(file, &options)?;
        checked.ran(&notebook, &given, args.timeout, ran)?;
    }
    checked.report.file = file.display().to_string();
    Ok(checked.report)
}

fn print_json(verified: &[Verified], ui: &mut Ui) -> anyhow::Result<()> {
    let notebooks: Vec<_> = verified
        .iter()
        .map(|(file, result)| match result {
            Ok(report) => as_json::report(report),
            Err(error) => json!({
                "file": file.display().to_string(),
                "status": Status::Unreadable.word(),
                "error": error.what(),
                "mend": error.how_to_mend(),
            }),
        })
        .collect();
    let [agree, differ, pending, error, nothing, unreadable] = counts(verified);
    let document = json!({
        "notebooks": notebooks,
        "summary": { "agree": agree, "differ": differ, "pending": pending, "error": error,
                     "nothing": nothing, "unreadable": unreadable },
    });
    serde_json::to_writer_pretty(&mut *ui.out, &document).map_err(std::io::Error::from)?;
    writeln!(ui.out)?;
    Ok(())
}

fn status((_, result): &Verified) -> Status {
    result.as_ref().map_or(Status::Unreadable, Report::status)
}

/// How many have each status, in the order of [`Status::ALL`].
fn counts(verified: &[Verified]) -> [usize; 6] {
    Status::ALL.map(|one| verified.iter().filter(|found| status(found) == one).count())
}

/// Many notebooks: a line each, then a table of how many did what.
fn print_lines(verified: &[Verified], ui: &mut Ui) -> anyhow::Result<()> {
    let lang = ui.lang;
    let mut render = Renderer { out: ui.out, lang };
    let mut mistakes: BTreeMap<&str, usize> = BTreeMap::new();
    for found in verified {
        let (file, result) = found;
        let name = printable(&file.display().to_string());
        let mark = match status(found) {
            Status::Agrees => "✓",
            Status::Differs => "✗",
            Status::Pending | Status::Nothing => "·",
            Status::Error | Status::Unreadable => "!",
        };
        let text = match result {
            Err(error) => {
                printable(&translated(error.what(), lang)).replacen(&format!("{name}: "), "", 1)
            }
            Ok(report) => {
                first_mistakes(report).for_each(|name| *mistakes.entry(name).or_default() += 1);
                line_of(report, &render)
            }
        };
        render.paragraph(&format!("{mark} "), &format!("{name}: {text}"))?;
    }
    writeln!(render.out)?;
    for (status, count) in Status::ALL.into_iter().zip(counts(verified)) {
        // The three that were always there are said even where there is none.
        let always = matches!(status, Status::Agrees | Status::Differs | Status::Unreadable);
        if always || count > 0 {
            writeln!(
                render.out,
                "{count:>5}  {}",
                lang.text(&format!("verify-sum-{}", status.word()))
            )?;
        }
    }
    for (name, count) in mistakes {
        writeln!(render.out, "{count:>5}  {}", lang.text(&format!("museum-{name}")))?;
    }
    Ok(())
}

/// The likeliest of each mistake that was named.
fn first_mistakes(report: &Report) -> impl Iterator<Item = &'static str> {
    let told = report.findings.iter().filter_map(|finding| match &finding.note {
        Note::Mistake(diagnosis) => diagnosis.mistakes.first().copied(),
        _ => None,
    });
    let mut seen = std::collections::HashSet::new();
    told.chain(report.uses.mistakes()).filter(move |name| seen.insert(*name))
}

fn line_of(report: &Report, render: &Renderer) -> String {
    let differ = report.differing().count();
    let mut parts = Vec::new();
    if report.findings.is_empty() && report.uses.found.is_empty() {
        let written = !report.uses.written.is_empty();
        let id = if written { "verify-line-written" } else { "verify-nothing" };
        parts.push(render.lang.text(id));
    } else if report.findings.is_empty() {
        // What its code computes is said by its mistakes.
    } else {
        parts.push(
            render.lang.text_with("verify-line-agree", &[("count", report.agreeing().into())]),
        );
    }
    if differ > 0 {
        parts.push(render.lang.text_with("verify-line-differ", &[("count", differ.into())]));
    }
    if !report.uses.stored.is_empty() {
        let count = report.uses.stored.len();
        parts.push(render.lang.text_with("verify-line-stored", &[("count", count.into())]));
    }
    parts.extend(first_mistakes(report).map(|name| render.lang.text(&format!("museum-{name}"))));
    if !report.computed() && report.uses.found.is_empty() && !report.findings.is_empty() {
        parts.push(render.lang.text("verify-line-not-computed"));
    }
    if parts.is_empty() {
        parts.push(render.lang.text("verify-line-code"));
    }
    parts.join(" · ")
}

/// What could not be read or run weighs more than a difference, and a difference more than having nothing to compare.
/// The only notebook's error goes to stderr, as any error; that of one of many, or in JSON, has been told.
fn ending(verified: Vec<Verified>, args: &Args) -> anyhow::Result<Outcome> {
    let [_, differ, pending, error, nothing, unreadable] = counts(&verified);
    let (alone, all) = (verified.len() == 1, verified.len());
    match verified.into_iter().next() {
        Some((_, Err(error))) if alone && !args.json => Err(error.into()),
        _ if unreadable > 0 => Ok(Outcome::Unwell),
        _ if differ + error > 0 || (args.require_solution && pending > 0) => Ok(Outcome::Differs),
        _ if nothing == all => Ok(Outcome::Nothing),
        _ => Ok(Outcome::Fine),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_cannot_be_read_is_one_of_the_unreadable() {
        let folder = tempfile::tempdir().unwrap();
        let mut found = Vec::new();
        notebooks_in(&folder.path().join("gone"), &mut found);
        assert!(matches!(&found[..], [(path, Err(_))] if path.ends_with("gone")));
    }
}
