//! `atencion explain`.

use super::{Outcome, Ui};

#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_args: &Args, _ui: &mut Ui) -> anyhow::Result<Outcome> {
    anyhow::bail!("explain is on its way")
}
