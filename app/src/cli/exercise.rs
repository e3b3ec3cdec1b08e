//! `atencion exercise`: hands out a notebook with holes.

use std::path::PathBuf;

use serde_json::json;

use super::{Outcome, Ui};
use crate::exercise::{Language, all, find, notebook};
use crate::view::save;

/// The arguments of `atencion exercise`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The exercise; without it, all are listed
    name: Option<String>,
    /// A notebook in Python (the default)
    #[arg(long, conflicts_with = "rust")]
    python: bool,
    /// A notebook in Rust
    #[arg(long)]
    rust: bool,
    /// Where to (default: NAME.ipynb, which must not be there yet)
    #[arg(short, long, value_name = "FILE", requires = "name")]
    output: Option<PathBuf>,
    /// One JSON document in place of the list
    #[arg(long, conflicts_with = "name")]
    json: bool,
}

pub(super) fn run(args: &Args, ui: &mut Ui) -> anyhow::Result<Outcome> {
    let Some(name) = &args.name else { return list(args, ui) };
    let exercise = find(name, ui.lang)?;
    let language = if args.rust { Language::Rust } else { Language::Python };
    let text = format!("{:#}\n", notebook(&exercise, language, ui.lang));
    let file = match &args.output {
        Some(file) => file.clone(),
        None => PathBuf::from(format!("{}.ipynb", exercise.name)),
    };
    // What a student has begun is not written over by a slip.
    if args.output.is_none() && file.exists() {
        let error = atencion::Error::file(&file, ui.lang.text("exercise-there"));
        return Err(error.mend(ui.lang.text("exercise-there-mend")).into());
    }
    save(&file, text.as_bytes())?;
    let shown = crate::i18n::plain(atencion::printable(&file.display().to_string()));
    writeln!(ui.out, "{}", ui.lang.text_with("exercise-written", &[("file", shown)]))?;
    Ok(Outcome::Fine)
}

fn list(args: &Args, ui: &mut Ui) -> anyhow::Result<Outcome> {
    let title = |name: &str| ui.lang.text(&format!("exercise-{name}"));
    if args.json {
        let all =
            all().into_iter().map(|one| json!({ "name": one.name, "title": title(one.name) }));
        let document = json!({ "exercises": all.collect::<Vec<_>>() });
        writeln!(ui.out, "{document:#}")?;
        return Ok(Outcome::Fine);
    }
    for exercise in all() {
        writeln!(ui.out, "{:<22}{}", exercise.name, title(exercise.name))?;
    }
    Ok(Outcome::Fine)
}
