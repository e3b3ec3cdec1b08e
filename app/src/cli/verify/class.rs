//! `verify DIR --csv grades.csv --html report/`: a class, graded.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::{Args, Found, Outcome, Ui};
use crate::i18n::{Lang, plain};
use crate::notebook::class::against::Solution;
use crate::notebook::class::rubric::{EXERCISES, Rubric};
use crate::notebook::class::student::Naming;
use crate::notebook::class::{Graded, Grader, alike, junit, pages, table};
use crate::notebook::inputs::Given;
use crate::notebook::render::Renderer;
use crate::notebook::report::Status;
use crate::view::save;
use atencion::{Error, Result, printable};

/// The arguments for a class.
#[derive(Debug, clap::Args)]
pub(super) struct ClassArgs {
    /// The grades, a row a notebook
    #[arg(long, value_name = "FILE", conflicts_with = "run")]
    csv: Option<PathBuf>,
    /// A page of feedback for each student, in this folder
    #[arg(long, value_name = "DIR", conflicts_with = "run")]
    html: Option<PathBuf>,
    /// The same as JUnit XML, for continuous integration
    #[arg(long, value_name = "FILE", conflicts_with = "run")]
    junit: Option<PathBuf>,
    /// Exercises, points, tolerance and partial credit (TOML)
    #[arg(long, value_name = "FILE", conflicts_with = "run")]
    rubric: Option<PathBuf>,
    /// The teacher's own solution: its variables are what is graded
    #[arg(long, value_name = "FILE", conflicts_with = "run")]
    against: Option<PathBuf>,
    /// Where the student's name stands in a file's name: `p3_{student}.ipynb`
    #[arg(long, value_name = "PATTERN")]
    student: Option<String>,
}

impl ClassArgs {
    /// Whether a class is graded, rather than notebooks reported on.
    pub(super) fn is_given(&self) -> bool {
        let all = [&self.csv, &self.html, &self.junit, &self.rubric, &self.against];
        all.into_iter().any(Option::is_some) || self.student.is_some()
    }
}

pub(super) fn run(args: &Args, found: Vec<Found>, ui: &mut Ui) -> anyhow::Result<Outcome> {
    let grader = grader(args, ui.lang)?;
    let folder = args.paths.iter().find(|path| path.is_dir()).cloned().unwrap_or_default();
    let jobs = args.jobs.map_or_else(processors, usize::from);
    let mut class = in_parallel(&found, jobs, |(file, readable)| match readable {
        Ok(()) => grader.grade(&folder, file),
        Err(error) => grader.unreadable(&folder, file, error.clone()),
    });
    alike::point_out(&mut class);
    write(&args.class, &class, ui.lang)?;
    if args.json {
        serde_json::to_writer_pretty(&mut *ui.out, &json(&class, ui.lang))
            .map_err(std::io::Error::from)?;
        writeln!(ui.out)?;
    } else {
        Summary { class: &class, lang: ui.lang }.print(ui)?;
    }
    Ok(ending(&class, args.require_solution))
}

fn grader(args: &Args, lang: Lang) -> Result<Grader> {
    let class = &args.class;
    let solution = class.against.as_deref().map(|path| Solution::read(path, lang)).transpose()?;
    let rubric = match (&class.rubric, &solution) {
        (Some(path), Some(solution)) => Rubric::read(path, &solution.names(), lang)?,
        (Some(path), None) => Rubric::read(path, &EXERCISES, lang)?,
        (None, Some(solution)) => Rubric::equal(&solution.results()),
        (None, None) => Rubric::default(),
    };
    let naming = class.student.as_deref().map(|pattern| Naming::of_pattern(pattern, lang));
    let given = Given { q: args.q.clone(), k: args.k.clone(), v: args.v.clone() };
    Ok(Grader { rubric, solution, naming: naming.transpose()?.unwrap_or_default(), lang, given })
}

/// How many processors there are.
pub(super) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// So many at a time; results in the order of what was given.
pub(super) fn in_parallel<T: Sync, R: Send>(
    all: &[T],
    jobs: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let threads = jobs.min(all.len()).max(1);
    let (next, done) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                // libtorch counts threads for each thread.
                tch::set_num_threads(1);
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(one) = all.get(at) else { break };
                    let result = work(one);
                    done.lock().unwrap_or_else(PoisonError::into_inner).insert(at, result);
                }
            });
        }
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
}

fn write(args: &ClassArgs, class: &[Graded], lang: Lang) -> Result<()> {
    if let Some(path) = &args.csv {
        save(path, &table::csv(class, lang)?)?;
    }
    if let Some(path) = &args.junit {
        save(path, junit::junit(class, lang)?.as_bytes())?;
    }
    let Some(folder) = &args.html else { return Ok(()) };
    fs::create_dir_all(folder)
        .map_err(|error| Error::file(folder, error).mend(lang.text("class-html-mend")))?;
    let pages = pages::pages(class, lang);
    pages.iter().try_for_each(|page| save(&folder.join(&page.name), page.html.as_bytes()))
}

fn json(class: &[Graded], lang: Lang) -> serde_json::Value {
    let row = |graded: &Graded| {
        let marks = graded.marks.iter().map(|mark| {
            serde_json::json!({ "exercise": mark.exercise, "points": mark.points, "of": mark.of })
        });
        serde_json::json!({
            "student": graded.student,
            "file": graded.file.display().to_string(),
            "status": graded.status.word(),
            "mistake": graded.mistake(),
            "why": table::why(graded, lang),
            "cell": graded.cell,
            "points": graded.points(),
            "of": graded.of(),
            "exercises": marks.collect::<Vec<_>>(),
            "same_as": graded.same_as,
        })
    };
    serde_json::json!({ "class": class.iter().map(row).collect::<Vec<_>>() })
}

/// What is wrong in the class, the most frequent first.
struct Summary<'a> {
    class: &'a [Graded],
    lang: Lang,
}

impl Summary<'_> {
    fn print(&self, ui: &mut Ui) -> std::io::Result<()> {
        let mut render = Renderer { out: ui.out, lang: self.lang };
        let all = self.class.len();
        let count = |status| self.class.iter().filter(|one| one.status == status).count();
        for status in Status::ALL.into_iter().filter(|status| count(*status) > 0) {
            let text = self.lang.text(&format!("verify-sum-{}", status.word()));
            render.paragraph(&format!("{:>5}  ", count(status)), &text)?;
        }
        writeln!(render.out)?;
        let mut mistakes: BTreeMap<&str, usize> = BTreeMap::new();
        for name in self.class.iter().filter_map(Graded::mistake) {
            *mistakes.entry(name).or_default() += 1;
        }
        let mut mistakes: Vec<_> = mistakes.into_iter().collect();
        mistakes.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
        for (name, count) in mistakes {
            let sentence = self.lang.text(&format!("museum-{name}"));
            let values =
                [("count", plain(count)), ("all", plain(all)), ("sentence", plain(sentence))];
            render.paragraph("", &self.lang.text_with("class-count", &values))?;
        }
        self.remarks(&mut render)
    }

    /// What could not be read, names that stand twice, code that was handed in twice.
    fn remarks(&self, render: &mut Renderer) -> std::io::Result<()> {
        for graded in self.class {
            if let Some(error) = &graded.unreadable {
                render.paragraph("! ", &printable(error.what()))?;
            }
        }
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        for graded in self.class {
            *names.entry(&graded.student).or_default() += 1;
        }
        for (name, count) in names.into_iter().filter(|(_, count)| *count > 1) {
            let values = [("student", plain(printable(name))), ("count", plain(count))];
            render.paragraph("! ", &self.lang.text_with("class-twice", &values))?;
        }
        let mut told: Vec<Vec<&str>> = Vec::new();
        for graded in self.class.iter().filter(|graded| !graded.same_as.is_empty()) {
            let others = graded.same_as.iter().map(String::as_str);
            let mut group: Vec<&str> = others.chain([graded.student.as_str()]).collect();
            group.sort_unstable();
            if !told.contains(&group) {
                let names = printable(&group.join(", "));
                let text = self.lang.text_with("class-same", &[("students", plain(names))]);
                render.paragraph("= ", &text)?;
                told.push(group);
            }
        }
        Ok(())
    }
}

/// As for notebooks that are not graded.
fn ending(class: &[Graded], require_solution: bool) -> Outcome {
    let any = |status| class.iter().any(|graded| graded.status == status);
    let differs = any(Status::Differs) || any(Status::Error);
    match () {
        () if any(Status::Unreadable) => Outcome::Unwell,
        () if differs || (require_solution && any(Status::Pending)) => Outcome::Differs,
        () if class.iter().all(|graded| graded.status == Status::Nothing) => Outcome::Nothing,
        () => Outcome::Fine,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_their_order() {
        let all: Vec<usize> = (0..100).collect();
        assert_eq!(in_parallel(&all, 3, |n| n * 2), (0..200).step_by(2).collect::<Vec<_>>());
    }
}
