//! `atencion phrasebook`: how do I say this PyTorch line in tch?

use serde_json::json;

use super::{Outcome, Ui, pager};
use crate::i18n::{Lang, plain};
use crate::phrasebook::{self, Found, Group, Phrase};
use crate::view::Terminal;
use atencion::Error;

/// The arguments of `atencion phrasebook`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only phrases with these words, in Python, Rust, or the name of a group
    #[arg(value_name = "WORD")]
    words: Vec<String>,
    /// One JSON document on standard output
    #[arg(long)]
    json: bool,
    /// Do not use a pager
    #[arg(long)]
    no_pager: bool,
    /// The whole book as Markdown
    #[arg(long, hide = true, conflicts_with = "words")]
    markdown: bool,
}

/// A group with those of its phrases that were asked for.
type Chosen = (&'static Group, Vec<&'static Phrase>);

pub(super) fn run(args: &Args, ui: &mut Ui) -> anyhow::Result<Outcome> {
    if args.markdown {
        write!(ui.out, "{}", phrasebook::markdown(ui.lang))?;
        return Ok(Outcome::Fine);
    }
    let chosen = match phrasebook::search(&args.words) {
        Found::Phrases(chosen) => chosen,
        Found::Nothing(close) => return Err(unknown(&args.words, &close, ui.lang).into()),
    };
    if args.json {
        serde_json::to_writer_pretty(&mut ui.out, &as_json(&chosen, ui.lang))?;
        writeln!(ui.out)?;
        return Ok(Outcome::Fine);
    }
    let terminal = Terminal::of_stdout();
    let page = Page { terminal: &terminal, lang: ui.lang };
    let text: Vec<String> = chosen.iter().map(|chosen| page.group(chosen)).collect();
    pager::write(&text.join("\n"), !args.no_pager, &terminal, ui.out)?;
    Ok(Outcome::Fine)
}

fn unknown(words: &[String], close: &[String], lang: Lang) -> Error {
    let error =
        Error::value(lang.text_with("phrasebook-unknown", &[("words", plain(words.join(" ")))]));
    if close.is_empty() {
        return error.mend(lang.text("phrasebook-unknown-mend"));
    }
    error.mend(lang.text_with("phrasebook-close", &[("words", plain(close.join(", ")))]))
}

fn as_json(chosen: &[Chosen], lang: Lang) -> serde_json::Value {
    let phrases: Vec<_> = chosen
        .iter()
        .flat_map(|(group, phrases)| phrases.iter().map(move |phrase| (group, phrase)))
        .map(|(group, phrase)| {
            json!({
                "group": group.title(lang),
                "name": phrase.name,
                "inputs": phrase.inputs,
                "python": phrase.python(),
                "rust": phrase.rust(),
                "note": phrase.note(lang),
            })
        })
        .collect();
    json!({ "phrases": phrases })
}

/// How the book looks on a terminal.
struct Page<'a> {
    terminal: &'a Terminal,
    lang: Lang,
}

/// Characters before each line of code.
const LABEL: usize = 9;

impl Page<'_> {
    fn group(&self, (group, phrases): &Chosen) -> String {
        let phrases: Vec<String> = phrases.iter().map(|phrase| self.phrase(phrase)).collect();
        format!("{}\n\n{}", self.terminal.bold(group.title(self.lang)), phrases.join("\n"))
    }

    fn phrase(&self, phrase: &Phrase) -> String {
        let mut text = self.labelled("Python", &phrase.python());
        text += &self.labelled("Rust", &phrase.rust());
        if let Some(note) = phrase.note(self.lang) {
            let width = self.terminal.columns.min(100).saturating_sub(LABEL).max(20);
            text += &self.labelled("", &self.dim_lines(&textwrap::fill(&note, width)));
        }
        text
    }

    fn labelled(&self, label: &str, lines: &str) -> String {
        let mut text = String::new();
        for (at, line) in lines.lines().enumerate() {
            let label = format!("  {:<7}", if at == 0 { label } else { "" });
            text += &format!("{}{line}\n", self.terminal.dim(label));
        }
        text
    }

    fn dim_lines(&self, text: &str) -> String {
        text.lines().map(|line| self.terminal.dim(line)).collect::<Vec<_>>().join("\n")
    }
}
