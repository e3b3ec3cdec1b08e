//! The offline page: one HTML file to look at attention and play with it.
//!
//! [`html`] puts three things into one file: the front end (`js/`, `style.css`, `template.html`, joined by
//! `bundle.rs`), the data (tensors as base64), and a Content-Security-Policy that allows exactly this script and this
//! style and nothing from any network. [`iframe_html`] wraps the same page for a notebook cell: each in its own
//! frame, so that several on one page cannot disturb each other.

mod bundle;
mod checks;
mod embed;
mod inputs;
mod weights;

use serde_json::json;

pub use inputs::Inputs;
pub use weights::{Notice, WeightSet};

use crate::i18n::Lang;
use atencion::{Error, Result, Trace};

/// A frame of that many pixels shows the first view of the page without a scroll bar of its own.
pub const FRAME_HEIGHT: u32 = 760;

/// What a page shows: Q, K and V to play with, and any sets of attention weights to look at.
#[derive(Debug)]
pub struct PageData {
    /// The language the page opens in; it can be changed there.
    pub lang: Lang,
    /// Q, K and V of *Play*, *Read* and *Parts*.
    pub inputs: Inputs,
    /// Weights for *Look*; with none, *Look* shows those that come out of *Play*.
    pub sets: Vec<WeightSet>,
}

impl PageData {
    /// A page about these inputs, in the language of the locale.
    pub fn new(inputs: Inputs) -> Self {
        Self { lang: Lang::from_locale(), inputs, sets: Vec::new() }
    }

    /// A page about a trace that begins with query, key and value (or `Q`, `K`, `V`).
    ///
    /// # Errors
    /// When one of the three is missing, or is nothing that [`Inputs::new`] takes.
    pub fn of_trace(trace: &Trace) -> Result<Self> {
        let find = |name: &str, letter: &str| {
            let step = trace.get(name).or_else(|| trace.get(letter));
            step.map(|step| &step.tensor).ok_or_else(|| {
                Error::value(format!("the trace has no step {name:?} to draw a page from"))
                    .mend("pass the trace of scaled_dot_product_attention_steps, or Q, K and V")
            })
        };
        Ok(Self::new(Inputs::new(find("query", "Q")?, find("key", "K")?, find("value", "V")?)?))
    }
}

/// The whole page as one HTML file.
///
/// # Errors
/// When the attention of the inputs cannot be computed.
pub fn html(data: &PageData) -> Result<String> {
    let document = json!({
        "lang": lang_code(data.lang),
        "play": data.inputs.to_json()?,
        "steps": data.inputs.steps_to_json()?,
        "sets": data.sets.iter().map(WeightSet::to_json).collect::<Result<Vec<_>>>()?,
    });
    Ok(bundle::page(lang_code(data.lang), &data.lang.text("page-noscript"), &document))
}

/// The page in a frame of its own, `height` pixels tall, for a notebook cell or any other page.
///
/// # Errors
/// As [`html`].
pub fn iframe_html(data: &PageData, height: u32) -> Result<String> {
    let page = html(data)?.replace('&', "&amp;").replace('"', "&quot;");
    Ok(format!(
        "<iframe title=\"atencion\" width=\"100%\" height=\"{height}\" frameborder=\"0\" \
         sandbox=\"allow-scripts allow-downloads\" allow=\"clipboard-write\" srcdoc=\"{page}\"></iframe>"
    ))
}

fn lang_code(lang: Lang) -> &'static str {
    match lang {
        Lang::Es => "es",
        Lang::En => "en",
    }
}
