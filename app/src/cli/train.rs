//! `atencion train`: a recipe from its data to a saved model.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Outcome, Ui};
use crate::i18n::{Lang, plain};
use crate::train::recipe::NAMED;
use crate::train::{Ended, Evaluation, Observer, Plan, Recipe, default_out, report, train};
use atencion::device::DeviceChoice;
use atencion::train::Step;
use atencion::{Error, Result};

/// The arguments of `atencion train`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A recipe's name, or a file that ends in .toml
    #[arg(required_unless_present = "list", value_name = "RECIPE")]
    recipe: Option<String>,
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
    /// Where to compute
    #[arg(long, default_value = "auto", value_name = "auto|cpu|cuda[:N]|mps")]
    device: DeviceChoice,
}

pub(super) fn run(args: &Args, ui: &mut Ui) -> anyhow::Result<Outcome> {
    let (Some(name), false) = (&args.recipe, args.list) else {
        return list(ui);
    };
    let lang = ui.lang;
    let plan = Plan {
        recipe: Recipe::find(name, &args.settings, lang)?,
        out: args.out.clone().unwrap_or_else(|| default_out(name)),
        resume: args.resume,
        device: args.device.resolve()?,
        lang,
    };
    let mut live = Live::new(ui, name, plan.recipe.train.steps, args.samples);
    let ended = train(&plan, &mut live)?;
    live.bar.finish_and_clear();
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
