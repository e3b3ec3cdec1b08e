//! `report.html`: what happened, and all that is needed for it to happen again.

use std::path::Path;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;

use super::metrics;
use super::run::{METRICS, RECIPE};
use super::subject::Metric;
use crate::i18n::{Lang, plain};
use crate::view::curve::{curve, thinned};
use atencion::{Error, Result};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}\
svg{max-width:100%;height:auto}pre{background:#f4f4f4;padding:1rem;overflow-x:auto}\
table{border-collapse:collapse}td,th{padding:.3rem .8rem;border-bottom:1px solid #ddd;text-align:left;vertical-align:top}\
@media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}pre{background:#262626}svg{background:#fff}}";
/// Points of a curve.
const POINTS: usize = 400;

/// Writes `report.html` into the folder of a training.
///
/// # Errors
/// When what the training wrote cannot be read, or the report not be written.
pub fn report(folder: &Path, name: &str, lang: Lang) -> Result<()> {
    let lines = metrics::lines(&folder.join(METRICS))?;
    let path = folder.join(RECIPE);
    let recipe = std::fs::read_to_string(&path).map_err(|error| Error::file(&path, error))?;
    let page = page(&lines, &recipe, name, lang)?;
    crate::view::save(&folder.join("report.html"), page.into_string().as_bytes())
}

fn page(lines: &[Value], recipe: &str, name: &str, lang: Lang) -> Result<Markup> {
    let title = lang.text_with("train-report-title", &[("recipe", plain(name))]);
    let step = lang.text("train-step");
    let loss = of(lines, "loss");
    let measured = |metric: &Metric| lines.iter().any(|line| line.get(metric.key()).is_some());
    let metric = Metric::ALL.into_iter().find(measured).unwrap_or(Metric::Loss);
    let (metric, key) = (lang.text(metric.id()), metric.key());
    let found = of(lines, key);
    let curves = [
        (loss, lang.text("train-report-curve")),
        (found, lang.text_with("train-report-metric", &[("metric", plain(metric))])),
    ];
    let curves = curves.iter().filter(|(points, _)| !points.is_empty());
    let curves = curves.map(|(points, title)| curve(&thinned(points, POINTS), title, &step));
    let curves = curves.collect::<Result<Vec<String>>>()?;
    let samples = lines.iter().filter(|line| line.get("sample").is_some());
    let lang_name = if lang == Lang::Es { "es" } else { "en" };
    Ok(html! {
        (DOCTYPE)
        html lang=(lang_name) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (title) }
                @for curve in &curves { (PreEscaped(curve)) }
                (scores(lines, lang))
                h2 { (lang.text("train-report-samples")) }
                table {
                    @for line in samples {
                        tr {
                            td { (step) " " (line["step"]) }
                            td { (number(&line[key])) }
                            td { (line["sample"].as_str().unwrap_or_default()) }
                        }
                    }
                }
                h2 { (lang.text("train-report-settings")) }
                p { (lang.text("train-report-repeat")) }
                pre { (recipe) }
                h2 { (lang.text("train-report-versions")) }
                ul {
                    li { "atencion " (env!("CARGO_PKG_VERSION")) }
                    li { "tch " (option_env!("ATENCION_TCH_VERSION").unwrap_or("?")) }
                    li { "libtorch " (atencion::libtorch::version().unwrap_or_default()) }
                    li { (std::env::consts::OS) " " (std::env::consts::ARCH) }
                }
            }
        }
    })
}

/// What was measured once, when all was learned.
fn scores(lines: &[Value], lang: Lang) -> Markup {
    let found = lines.iter().rev().find_map(|line| line.get("scores")?.as_object());
    html! {
        @if let Some(found) = found {
            h2 { (lang.text("train-report-scores")) }
            table {
                @for (name, value) in found {
                    tr { td { (name) } td { (value.as_f64().map(|value| format!("{value:.2}")).unwrap_or_default()) } }
                }
            }
        }
    }
}

fn number(value: &Value) -> String {
    value.as_f64().map(|value| format!("{value:.4}")).unwrap_or_default()
}

/// `(step, value)` of the lines that have it.
fn of(lines: &[Value], key: &str) -> Vec<(f64, f64)> {
    let point = |line: &Value| Some((line["step"].as_f64()?, line.get(key)?.as_f64()?));
    lines.iter().filter_map(point).collect()
}
