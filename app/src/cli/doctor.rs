//! `atencion doctor`: which libtorch, which devices, and how to mend what is wrong.

mod deep;
mod examine;

use crate::i18n::{FluentValue, plain};

use self::examine::{Cuda, Finding, Report};
use super::{Outcome, Ui};
use crate::i18n::Lang;

/// The arguments of `atencion doctor`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// One JSON document with all that was found
    #[arg(long)]
    json: bool,
    /// Read every library of libtorch, and hold it to the SHA-256 of its installation
    #[arg(long)]
    deep: bool,
}

pub(super) fn run(args: &Args, ui: &mut Ui) -> anyhow::Result<Outcome> {
    let report = examine::examine(args.deep)?;
    if args.json {
        serde_json::to_writer_pretty(&mut ui.out, &report.in_words(ui.lang))?;
        writeln!(ui.out)?;
    } else {
        print(&report, ui)?;
    }
    Ok(if report.problems.is_empty() { Outcome::Fine } else { Outcome::Unwell })
}

fn print(report: &Report, ui: &mut Ui) -> std::io::Result<()> {
    let (lang, unknown) = (ui.lang, ui.lang.text("doctor-unknown"));
    let or_unknown = |value: &Option<String>| value.clone().unwrap_or_else(|| unknown.clone());
    let how = lang.text(&format!("doctor-found-{}", report.libtorch.found));
    let rows = [
        ("libtorch", or_unknown(&report.libtorch.version)),
        ("", or_unknown(&report.libtorch.folder)),
        ("", how),
        ("tch", or_unknown(&report.tch)),
        ("C++ ABI", report.cxx_abi.clone()),
        ("CPU", cpu(report, lang)),
        ("CUDA", cuda(&report.cuda, lang)),
        ("MPS", lang.text(if report.mps { "doctor-present" } else { "doctor-mps-none" })),
    ];
    for (label, value) in rows {
        writeln!(ui.out, "{label:<9} {value}")?;
    }
    for (at, model) in report.models.iter().enumerate() {
        let label = if at == 0 { lang.text("doctor-models") } else { String::new() };
        let name = atencion::printable(&model.name);
        let megabytes = [("size", plain(model.bytes.div_ceil(1_000_000)))];
        writeln!(ui.out, "{label:<9} {name} ({})", lang.text_with("doctor-megabytes", &megabytes))?;
    }
    if report.models.is_empty() {
        writeln!(ui.out, "{:<9} {}", lang.text("doctor-models"), lang.text("doctor-models-none"))?;
    }
    if let Some(deep) = &report.deep {
        let names = [("doctor-deep-same", &deep.same), ("doctor-deep-unknown", &deep.unknown)];
        for (said, names) in names.into_iter().filter(|(_, names)| !names.is_empty()) {
            let names = [("names", names.join(", ").into())];
            writeln!(ui.out, "{:<9} {}", "SHA-256", lang.text_with(said, &names))?;
        }
    }
    for finding in &report.problems {
        writeln!(ui.out, "\n{}: {}", lang.text("doctor-problem"), finding.what(lang))?;
        writeln!(ui.out, "{}: {}", lang.text("mend"), finding.mend(lang))?;
    }
    if report.problems.is_empty() {
        writeln!(ui.out, "\n{}", lang.text("doctor-well"))?;
    }
    Ok(())
}

fn cpu(report: &Report, lang: Lang) -> String {
    lang.text_with(
        "doctor-cpu",
        &[
            ("threads", FluentValue::from(report.cpu.threads)),
            ("capability", report.cpu.capability.clone().into()),
        ],
    )
}

fn cuda(cuda: &Cuda, lang: Lang) -> String {
    match cuda.why_not {
        None => {
            lang.text_with("doctor-cuda-devices", &[("count", FluentValue::from(cuda.devices))])
        }
        Some(why) => lang.text(why),
    }
}

impl Report {
    /// The same with message names replaced by what they say, for `--json`.
    fn in_words(&self, lang: Lang) -> serde_json::Value {
        let mut value = serde_json::json!(self);
        value["cuda"]["why_not"] = self.cuda.why_not.map(|why| lang.text(why)).into();
        let words = |finding: &Finding| serde_json::json!({ "what": finding.what(lang), "mend": finding.mend(lang) });
        value["problems"] = self.problems.iter().map(words).collect();
        value
    }
}
