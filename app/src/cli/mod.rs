//! The command line: one file a subcommand. This one parses, dispatches, and turns an outcome into an exit code.
//!
//! Exit codes: 0 fine; 1 the comparison found a difference; 2 bad usage or bad input; 3 nothing to compare.

mod classify;
mod doctor;
mod embed;
mod exercise;
mod explain;
mod explore;
mod fill_mask;
mod generate;
mod given;
mod help;
mod lab;
mod likely;
mod model_folder;
mod notebook;
mod pager;
mod phrasebook;
mod pictures;
mod port;
mod reading;
mod tokenize;
mod train;
mod translate;
mod usage;
mod verify;

use std::io::{self, Write};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::i18n::{Lang, translated};

/// PyTorch's attention in Rust: the same line, the same numbers.
#[derive(Debug, Parser)]
#[command(name = "atencion", version, about, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Language of what is said (default: the locale's)
    #[arg(long, global = true, value_name = "es|en")]
    lang: Option<Lang>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Práctica 3: inputs, each step, the result table (also without any subcommand)
    Notebook(notebook::Args),
    /// Hold a notebook's literals, tables and outputs against Rust
    Verify(verify::Args),
    /// The six steps of attention, with Python line, Rust line, formula and tensor
    Explain(Box<explain::Args>),
    /// Write one offline HTML page to look at attention and play with it
    Explore(explore::Args),
    /// A notebook with holes, and its check
    Exercise(exercise::Args),
    /// A model writes on from a prompt, or answers
    Generate(Box<generate::Args>),
    /// Recurrence, convolution and attention, measured on this machine
    Lab(lab::Args),
    /// A notebook's Rust twin, line for line
    Port(port::Args),
    /// Train a model from a recipe
    Train(train::Args),
    /// A model reads a text and writes it in another language, line by line
    Translate(translate::Args),
    /// A text in the pieces that a model reads
    Tokenize(tokenize::Args),
    /// Which words a model would put where one is missing
    FillMask(fill_mask::Args),
    /// Texts as vectors, and how near to one another they are
    Embed(embed::Args),
    /// What a model takes a text or a picture for, the likeliest first
    Classify(classify::Args),
    /// How do I say this PyTorch line in tch?
    Phrasebook(phrasebook::Args),
    /// Which libtorch, which version, which devices; and how to mend what is wrong
    Doctor(doctor::Args),
}

/// What a command is given besides its own arguments.
pub(crate) struct Ui<'a> {
    /// Standard output. Everything for the user goes through here: `println!` panics on a closed pipe.
    pub out: &'a mut dyn Write,
    /// The language to speak.
    pub lang: Lang,
}

/// How a command ended, when nothing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All is well: exit code 0.
    Fine,
    /// The comparison found a difference: exit code 1.
    Differs,
    /// There was nothing to compare: exit code 3.
    Nothing,
    /// The machine has a problem, and it was told on stdout: exit code 2.
    Unwell,
    /// A signal ended it, and nothing was lost: exit code 128 + its number, as a shell expects.
    Signalled(i32),
}

const FINE: u8 = 0;
const DIFFERS: u8 = 1;
const BAD_USAGE_OR_INPUT: u8 = 2;
const NOTHING: u8 = 3;

/// Runs the `atencion` command on the process's own arguments, and ends the process.
pub fn main() -> ! {
    silence_panics();
    let lang =
        help::language(std::env::args_os().skip(1).map(|it| it.to_string_lossy().into_owned()));
    let code = match parse(lang) {
        Ok(cli) => run(cli, lang),
        Err(error) => help_or_mistake(&error, lang),
    };
    atencion::libtorch::leave(code)
}

/// The exit code of a command.
fn run(cli: Cli, lang: Lang) -> u8 {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut ui = Ui { out: &mut out, lang };
    let ended = dispatch(cli.command.unwrap_or_else(default_command), &mut ui)
        .and_then(|outcome| out.flush().map(|()| outcome).map_err(Into::into));
    match ended {
        Ok(Outcome::Fine) => FINE,
        Ok(Outcome::Differs) => DIFFERS,
        Ok(Outcome::Nothing) => NOTHING,
        Ok(Outcome::Unwell) => BAD_USAGE_OR_INPUT,
        Ok(Outcome::Signalled(signal)) => 128 + signal as u8,
        Err(error) if is_closed_pipe(&error) => FINE,
        Err(error) => {
            report(&error, lang);
            BAD_USAGE_OR_INPUT
        }
    }
}

/// Help and complaints are in the user's language. To prepare them takes a while, and most command lines need neither:
/// only those that clap does not take as they are, are read a second time.
fn parse(lang: Lang) -> Result<Cli, clap::Error> {
    Cli::try_parse().or_else(|_| {
        let mut command = help::localised(Cli::command(), lang);
        let matches = command.try_get_matches_from_mut(std::env::args_os())?;
        Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    })
}

fn default_command() -> Command {
    Command::Notebook(notebook::Args::default())
}

fn dispatch(command: Command, ui: &mut Ui) -> anyhow::Result<Outcome> {
    match command {
        Command::Notebook(args) => notebook::run(&args, ui),
        Command::Verify(args) => verify::run(&args, ui),
        Command::Explain(args) => explain::run(&args, ui),
        Command::Explore(args) => explore::run(&args, ui),
        Command::Exercise(args) => exercise::run(&args, ui),
        Command::Generate(args) => generate::run(&args, ui),
        Command::Lab(args) => lab::run(&args, ui),
        Command::Port(args) => port::run(&args, ui),
        Command::Train(args) => train::run(&args, ui),
        Command::Translate(args) => translate::run(&args, ui),
        Command::Tokenize(args) => tokenize::run(&args, ui),
        Command::FillMask(args) => fill_mask::run(&args, ui),
        Command::Embed(args) => embed::run(&args, ui),
        Command::Classify(args) => classify::run(&args, ui),
        Command::Phrasebook(args) => phrasebook::run(&args, ui),
        Command::Doctor(args) => doctor::run(&args, ui),
    }
}

/// Help and version are asked for and go to stdout; a closed pipe there is nobody's fault.
fn help_or_mistake(error: &clap::Error, lang: Lang) -> u8 {
    if !error.use_stderr() {
        let printed =
            error.print().and_then(|()| io::stdout().flush()).map_err(anyhow::Error::from);
        return match printed {
            Err(error) if !is_closed_pipe(&error) => {
                report(&error, lang);
                BAD_USAGE_OR_INPUT
            }
            _ => FINE,
        };
    }
    report(&usage::explain(error, lang).into(), lang);
    BAD_USAGE_OR_INPUT
}

/// `atencion … | head` closes the pipe early: not an error.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let while_writing = error.downcast_ref::<io::Error>().map(io::Error::kind);
    let while_writing_json =
        error.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
    while_writing.or(while_writing_json) == Some(io::ErrorKind::BrokenPipe)
}

/// One line of what is wrong, one of how to mend it.
fn report(error: &anyhow::Error, lang: Lang) {
    let mut err = io::stderr().lock();
    let what = atencion::printable(&translated(&error.to_string(), lang));
    let _ = writeln!(err, "{}: {what}", lang.text("error"));
    if let Some(mend) =
        error.downcast_ref::<atencion::Error>().and_then(atencion::Error::how_to_mend)
    {
        let _ = writeln!(err, "{}: {}", lang.text("mend"), translated(mend, lang));
    }
}

/// Should a call into libtorch panic all the same (out of memory, say), its first line is all a user sees.
fn silence_panics() {
    std::panic::set_hook(Box::new(|info| {
        // A notebook's line that libtorch refuses is caught where it is run.
        if std::thread::current().name() == Some(crate::notebook::lines::THREAD) {
            return;
        }
        let _ = writeln!(io::stderr(), "error: {}", atencion::error::line_of_panic(info.payload()));
        atencion::libtorch::leave(BAD_USAGE_OR_INPUT);
    }));
}
