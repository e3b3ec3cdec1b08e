//! `atencion notebook`: Práctica 3, line beside line.

use serde_json::json;
use tch::{Device, Tensor};

use super::pictures::PictureArgs;
use super::{Outcome, Ui};
use crate::view::picture::Picture;
use crate::view::{Terminal, lesson};
use atencion::device::DeviceChoice;
use atencion::{Trace, practice3};

#[derive(Debug, Default, clap::Args)]
pub(super) struct Args {
    /// Where to compute: auto, cpu, cuda, cuda:N or mps
    #[arg(long, value_name = "DEVICE", default_value_t = DeviceChoice::Auto)]
    device: DeviceChoice,
    /// One JSON document with every step, at full precision
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pictures: PictureArgs,
}

type Exercises = Vec<(&'static str, Trace)>;

pub(super) fn run(args: &Args, ui: &mut Ui) -> anyhow::Result<Outcome> {
    let device = args.device.resolve()?;
    let exercises = tch::no_grad(|| practice3::all(device))?;
    args.pictures.save(|| Picture::of_trace(practice(&exercises), &[], ui.lang))?;
    if args.json {
        print_json(&exercises, device, ui)?;
    } else {
        print(&exercises, ui)?;
    }
    Ok(Outcome::Fine)
}

fn print(exercises: &Exercises, ui: &mut Ui) -> anyhow::Result<()> {
    let terminal = Terminal::of_stdout();
    writeln!(ui.out, "{}", terminal.bold(ui.lang.text("notebook-title")))?;
    for (name, trace) in exercises {
        writeln!(
            ui.out,
            "\n{}",
            lesson::heading(&ui.lang.text(&format!("notebook-{name}")), &terminal)
        )?;
        for step in trace.steps() {
            writeln!(ui.out, "\n{}", lesson::step(step, &terminal))?;
        }
    }
    writeln!(ui.out, "\n{}", lesson::heading(&ui.lang.text("notebook-result"), &terminal))?;
    writeln!(ui.out, "\n{}", result_table(&practice(exercises)["Z"]))?;
    Ok(())
}

/// The practice itself, step by step.
fn practice(exercises: &Exercises) -> &Trace {
    let (_, trace) =
        exercises.iter().find(|(name, _)| *name == "self_attention").expect("the practice");
    trace
}

/// The table as the notebook has it: a row a word, four decimals.
fn result_table(result: &Tensor) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED);
    for row in 0..result.size()[0] {
        let values: Vec<f64> = Vec::try_from(result.get(row)).expect("a row of numbers");
        let cells = values.iter().map(|value| format!("{value:.4}"));
        table.add_row(std::iter::once(format!("Attn {}", row + 1)).chain(cells));
    }
    table
}

fn print_json(exercises: &Exercises, device: Device, ui: &mut Ui) -> anyhow::Result<()> {
    let steps = exercises
        .iter()
        .map(|(name, trace)| Ok(json!({ "name": name, "steps": trace.to_json()? })))
        .collect::<atencion::Result<Vec<_>>>()?;
    let document = json!({
        "practice": 3,
        "device": DeviceChoice::from(device).to_string(),
        "exercises": steps,
        "result": atencion::io::json::to_value(&practice(exercises)["Z"])?,
    });
    serde_json::to_writer_pretty(&mut ui.out, &document)?;
    writeln!(ui.out)?;
    Ok(())
}
