//! `atencion train`: a recipe from its data to a saved model.

mod profile;

use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Outcome, Ui};
use crate::i18n::{Lang, plain};
use crate::train::launch::Processes;
use crate::train::recipe::{FINETUNE, Learn, NAMED};
use crate::train::{
    Ended, Evaluation, Observer, Plan, Ranks, Recipe, default_out, listen, report, train_as,
};
use atencion::device::DeviceChoice;
use atencion::train::Step;
use atencion::{Error, Result};

/// The arguments of `atencion train`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A recipe's name, or a file that ends in .toml
    #[arg(required_unless_present = "list", value_name = "RECIPE")]
    recipe: Option<String>,
    /// For the recipe finetune: the model's folder, or owner/name
    #[arg(value_name = "DIR")]
    base: Option<PathBuf>,
    /// For the recipe finetune: what the model learns from
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// For the recipe finetune: what of the model learns
    #[arg(long, value_name = "whole|head|lora")]
    learn: Option<Learn>,
    /// For LoRA: put what was learned into the weights at the end
    #[arg(long)]
    merge: bool,
    /// Explain the recipes that come with the program
    #[arg(long)]
    list: bool,
    /// Another value for a key of the recipe; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
    /// Where everything goes (default: runs/RECIPE)
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Go on with a training that was stopped or killed
    #[arg(long)]
    resume: bool,
    /// Show what the model says at each evaluation
    #[arg(long)]
    samples: bool,
    /// Show where the time went, operator by operator
    #[arg(long)]
    profile: bool,
    /// Where to compute
    #[arg(long, default_value = "auto", value_name = "auto|cpu|cuda[:N]|mps")]
    device: DeviceChoice,
    /// Start that many processes on this machine, which share each batch
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    nproc: Option<u16>,
    /// With --nproc: start them again from the last checkpoint when one has failed, so often
    #[arg(long, value_name = "N", default_value_t = 0)]
    max_restarts: u64,
    /// Compare the weights of all processes every so many steps; 0 never does
    #[arg(long, value_name = "STEPS", default_value_t = 100)]
    check_ranks: u64,
}

pub(super) fn run(args: &Args, ui: &mut Ui) -> anyhow::Result<Outcome> {
    let (Some(name), false) = (&args.recipe, args.list) else {
        return list(ui);
    };
    let lang = ui.lang;
    let recipe = Recipe::find(name, &settings(args, lang)?, lang)?;
    if let Some(count) = args.nproc {
        return start(usize::from(count), args.max_restarts, ui);
    }
    let ranks = Ranks::from_env(args.check_ranks)?;
    if !ranks.is_first() {
        return Ok(follow(args, recipe, name, ranks, lang));
    }
    let mut live = Live::new(ui, name, recipe.train.steps, args.samples);
    let began = Instant::now();
    let trained = plan(args, recipe, name, &ranks, lang).and_then(|plan| {
        let mut train = || train_as(&plan, &ranks, &mut live);
        let (ended, table) = match args.profile {
            true => atencion::libtorch::profile(&mut train)
                .map(|(ended, table)| (ended, Some(table)))?,
            false => (train(), None),
        };
        Ok((ended?, table, plan))
    });
    let (ended, table, plan) = match trained {
        Ok(trained) => trained,
        Err(error) => return Err(ranks.give_up(error).into()),
    };
    let took = began.elapsed();
    live.bar.finish_and_clear();
    if let Some(table) = table {
        profile::print(&table, took, ended.steps, ui)?;
    }
    let folder = plan.out.display();
    if ended.early {
        let patience = [("patience", plain(plan.recipe.train.patience))];
        writeln!(ui.out, "{}", lang.text_with("train-stopped-early", &patience))?;
    }
    if let Some(signal) = ended.signal {
        let variables =
            [("step", plain(ended.step)), ("folder", plain(folder)), ("recipe", plain(name))];
        writeln!(ui.out, "{}", lang.text_with("train-stopped", &variables))?;
        writeln!(ui.out, "{}", lang.text_with("train-stopped-mend", &variables))?;
        return Ok(Outcome::Signalled(signal));
    }
    report(&plan.out, name, lang)?;
    done(&plan, &ended, ui)
}

fn plan(args: &Args, recipe: Recipe, name: &str, ranks: &Ranks, lang: Lang) -> Result<Plan> {
    Ok(Plan {
        recipe,
        out: args.out.clone().unwrap_or_else(|| default_out(name)),
        resume: args.resume,
        device: ranks.device(args.device.resolve()?, lang)?,
        lang,
    })
}

/// Trains as one of the others: the first of them speaks for all.
fn follow(args: &Args, recipe: Recipe, name: &str, ranks: Ranks, lang: Lang) -> Outcome {
    let trained = plan(args, recipe, name, &ranks, lang)
        .and_then(|plan| train_as(&plan, &ranks, &mut Silent));
    match trained {
        Ok(Ended { signal: Some(signal), .. }) => Outcome::Signalled(signal),
        Ok(_) => Outcome::Fine,
        Err(error) => {
            ranks.give_up(error);
            Outcome::Unwell
        }
    }
}

/// Starts the processes that `--nproc` asks for.
fn start(count: usize, max_restarts: u64, ui: &mut Ui) -> anyhow::Result<Outcome> {
    let lang = ui.lang;
    if atencion::dist::Launch::is_set() {
        return Err(Error::value(lang.text("train-nproc-within"))
            .mend(lang.text("train-nproc-within-mend"))
            .into());
    }
    let signal = listen()?;
    let say = |line: &str| {
        let _ = writeln!(std::io::stderr(), "{line}");
    };
    match (Processes { count, max_restarts, lang }).run(&signal, say)? {
        0 => Ok(Outcome::Fine),
        code if code > 128 => Ok(Outcome::Signalled(code - 128)),
        _ => Ok(Outcome::Unwell),
    }
}

/// Who hears of a training and keeps it to itself.
struct Silent;

impl Observer for Silent {
    fn begins(&mut self, _: i64, _: usize, _: u64) -> Result<()> {
        Ok(())
    }

    fn step(&mut self, _: &Step, _: f64) -> Result<()> {
        Ok(())
    }

    fn evaluated(&mut self, _: u64, _: &Evaluation) -> Result<()> {
        Ok(())
    }

    fn remark(&mut self, _: &str) {}

    fn damaged(&mut self, _: &Error) {}
}

/// What the command line says shortly, as settings: before those that are written out, which count more.
fn settings(args: &Args, lang: Lang) -> Result<Vec<String>> {
    let mut all = Vec::new();
    let mut set = |key: &str, value: toml::Value| all.push(format!("{key}={value}"));
    let path = |path: &PathBuf| toml::Value::from(path.to_string_lossy().into_owned());
    if let Some(base) = &args.base {
        set("data.base", path(base));
    }
    if let Some(file) = &args.data {
        set("data.file", path(file));
    }
    if let Some(learn) = args.learn {
        set("data.learn", toml::Value::try_from(learn).map_err(|e| Error::value(e.to_string()))?);
        if learn != Learn::Whole {
            // Few numbers learn, and each may go further.
            set("train.lr", 5e-4.into());
        }
    }
    if args.merge {
        set("data.merge", true.into());
    }
    if !all.is_empty() && args.recipe.as_deref().is_some_and(|name| name != FINETUNE) {
        return Err(Error::value(lang.text("train-not-finetune"))
            .mend(lang.text("train-not-finetune-mend")));
    }
    all.extend(args.settings.iter().cloned());
    Ok(all)
}

fn done(plan: &Plan, ended: &Ended, ui: &mut Ui) -> anyhow::Result<Outcome> {
    let variables = [
        ("seconds", plain(format!("{:.0}", ended.seconds))),
        ("tokens", plain(format!("{:.0}", ended.tokens_per_second))),
        ("memory", plain(peak_memory())),
        ("folder", plain(plan.out.join("model").display())),
    ];
    for score in &ended.scores {
        writeln!(ui.out, "{}: {:.2}", score.name, score.value)?;
    }
    writeln!(ui.out, "{}", ui.lang.text_with("train-done", &variables))?;
    Ok(Outcome::Fine)
}

fn list(ui: &mut Ui) -> anyhow::Result<Outcome> {
    writeln!(ui.out, "{}", ui.lang.text("train-list-head"))?;
    for (name, _) in NAMED {
        let what = ui.lang.text(&format!("train-list-{name}"));
        let filled =
            textwrap::Options::new(80).initial_indent("").subsequent_indent("               ");
        writeln!(ui.out, "{}", textwrap::fill(&format!("  {name:<13}{what}"), filled))?;
    }
    let after = ui.lang.text("train-list-after");
    writeln!(ui.out, "{}", textwrap::fill(&after, 80))?;
    Ok(Outcome::Fine)
}

/// Two lines that move while it trains: where there is no terminal, a line an evaluation.
struct Live<'a, 'b> {
    ui: &'a mut Ui<'b>,
    name: String,
    steps: u64,
    samples: bool,
    bar: ProgressBar,
    losses: Vec<f64>,
    /// When the line below the bar was last drawn.
    drawn: Option<Instant>,
}

/// Letters of the small chart.
const CHART: usize = 24;
/// Nobody reads faster, and the chart looks at every step there was.
const DRAWN_EVERY: Duration = Duration::from_millis(100);

impl<'a, 'b> Live<'a, 'b> {
    fn new(ui: &'a mut Ui<'b>, name: &str, steps: u64, samples: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{bar:28} {pos}/{len} {elapsed}<{eta}\n{msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { ui, name: name.to_owned(), steps, samples, bar, losses: Vec::new(), drawn: None }
    }

    fn say(&mut self, line: &str) -> Result<()> {
        let ui = &mut self.ui;
        let said = self.bar.suspend(|| writeln!(ui.out, "{line}").and_then(|()| ui.out.flush()));
        match said {
            // Whoever read it has gone away; the training is to go on.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            said => said.map_err(|error| Error::value(error.to_string())),
        }
    }

    fn lang(&self) -> Lang {
        self.ui.lang
    }
}

impl Observer for Live<'_, '_> {
    fn begins(&mut self, parameters: i64, items: usize, after: u64) -> Result<()> {
        let variables = [
            ("recipe", plain(&self.name)),
            ("parameters", plain(parameters)),
            ("items", plain(items)),
            ("steps", plain(self.steps)),
        ];
        self.say(&self.lang().text_with("train-begins", &variables))?;
        if after > 0 {
            self.bar.set_position(after);
            self.bar.reset_eta();
            self.say(&self.lang().text_with("train-resumes", &[("step", plain(after))]))?;
        }
        Ok(())
    }

    fn step(&mut self, step: &Step, tokens_per_second: f64) -> Result<()> {
        self.losses.push(step.loss);
        self.bar.set_position(step.step);
        let is_due = self.drawn.is_none_or(|drawn| drawn.elapsed() >= DRAWN_EVERY);
        if is_due && !self.bar.is_hidden() {
            self.drawn = Some(Instant::now());
            let lang = self.lang();
            let [loss, tokens, memory] =
                ["train-loss", "train-tokens", "train-memory"].map(|id| lang.text(id));
            self.bar.set_message(format!(
                "{loss} {:.4} {}  {tokens} {tokens_per_second:.0}  {memory} {} MiB",
                step.loss,
                chart(&self.losses),
                peak_memory(),
            ));
        }
        Ok(())
    }

    fn evaluated(&mut self, step: u64, evaluation: &Evaluation) -> Result<()> {
        let lang = self.lang();
        let value = match evaluation.metric.is_share() {
            true => format!("{:.1} %", 100.0 * evaluation.value),
            false => format!("{:.4}", evaluation.value),
        };
        let variables = [
            ("step", plain(step)),
            ("metric", plain(lang.text(evaluation.metric.id()))),
            ("value", plain(value)),
        ];
        self.say(&lang.text_with("train-evaluated", &variables))?;
        if self.samples {
            let sample = atencion::printable(&evaluation.sample);
            self.say(&textwrap::indent(&textwrap::fill(&sample, 76), "    "))?;
        }
        Ok(())
    }

    fn remark(&mut self, what: &str) {
        let what = atencion::printable(what).to_string();
        let _ = self.say(&what);
    }

    fn damaged(&mut self, what: &Error) {
        let what = atencion::printable(&what.to_string()).to_string();
        let _ = self.say(&self.lang().text_with("train-damaged", &[("what", plain(what))]));
    }
}

/// The losses so far as a line of little bars.
fn chart(losses: &[f64]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let points: Vec<(f64, f64)> = losses.iter().map(|loss| (0.0, *loss)).collect();
    let means: Vec<f64> =
        crate::view::curve::thinned(&points, CHART).into_iter().map(|(_, y)| y).collect();
    let low = means.iter().copied().fold(f64::INFINITY, f64::min);
    let high = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let height = |value: &f64| ((value - low) / (high - low).max(1e-12) * 7.0).round() as usize;
    means.iter().map(|value| BARS[height(value).min(7)]).collect()
}

/// The most memory that the process ever had, in MiB.
fn peak_memory() -> i64 {
    use nix::sys::resource::{UsageWho, getrusage};
    let kilobytes = getrusage(UsageWho::RUSAGE_SELF).map_or(0, |usage| usage.max_rss());
    // macOS counts in bytes.
    if cfg!(target_os = "macos") { kilobytes >> 20 } else { kilobytes >> 10 }
}
