//! What the lab found, as one page.

use maud::{DOCTYPE, PreEscaped, html};

use super::{Report, Table, axes};
use crate::i18n::Lang;
use crate::view::chart;
use atencion::Result;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}\
svg{max-width:100%;height:auto}div{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}\
td,th{padding:.3rem .8rem;border-bottom:1px solid #ddd;text-align:right}td:first-child,th:first-child{text-align:left}\
@media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}svg{background:#fff}td,th{border-color:#444}}";

/// # Errors
/// When a chart cannot be drawn.
pub(super) fn page(report: &Report, lang: Lang) -> Result<String> {
    let charts = report.charts.iter();
    let charts =
        charts.map(|(series, scale, title)| chart::svg(series, &axes(*scale, title, lang)));
    let charts = charts.collect::<Result<Vec<_>>>()?;
    let name = if lang == Lang::Es { "es" } else { "en" };
    let markup = html! {
        (DOCTYPE)
        html lang=(name) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (report.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (report.title) }
                p { (report.setup) }
                @for sentence in &report.sentences { p { (sentence) } }
                @for chart in &charts { (PreEscaped(chart)) }
                @for table in &report.tables { (shown(table)) }
            }
        }
    };
    Ok(markup.into_string())
}

fn shown(table: &Table) -> maud::Markup {
    html! {
        h2 { (table.title) }
        div {
            table {
                thead { tr { @for cell in &table.head { th { (cell) } } } }
                tbody {
                    @for row in &table.rows { tr { @for cell in row { td { (cell) } } } }
                }
            }
        }
    }
}
