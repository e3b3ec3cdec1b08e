//! Rust cells in Jupyter: what the evcxr kernel shows for a tensor and for a [`Trace`].
//!
//! `scripts/jupyter` sets the kernel up, and `notebooks/practica3_rust.ipynb` shows it at work. A cell that ends in a
//! tensor shows what Python's would, with its heatmap below; one that ends in a trace shows the explorer.
//!
//! ```
//! use atencion_cli::jupyter::{EvcxrDisplay, print};
//! let t = atencion::tensor![[0.5, 1.0], [1, 2]];
//! print(&t); // as Python's print(t)
//! let [plain, html] = &t.forms()[..] else { panic!("two forms") };
//! assert_eq!(plain.text, "tensor([[0.5000, 1.0000],\n        [1.0000, 2.0000]])");
//! assert!(html.text.contains("<svg"));
//! ```
//!
//! Source: evcxr's documentation of custom display,
//! <https://github.com/evcxr/evcxr/blob/main/evcxr_jupyter/README.md>.

use std::io::{self, Write};

use tch::{Kind, Tensor};

use crate::i18n::Lang;
use crate::page::{FRAME_HEIGHT, PageData, iframe_html};
use crate::view::picture::Picture;
use crate::view::{Terminal, lesson};
use atencion::tensor::TorchDisplay;
use atencion::{Result, Step, Trace};

/// Columns of the output of a cell before Jupyter breaks lines.
const COLUMNS: usize = 80;
/// A heatmap of more cells than this says nothing that its torch text does not.
const MOST_CELLS: usize = 64 * 64;

/// What a notebook begins with, `atencion_cli::jupyter::start()?;`: from here on, a call that panics says why in one line
/// instead of libtorch's page of C++ frames, and variables live on.
///
/// # Errors
/// None. The `?` is for evcxr, which otherwise shows the first value behind a `?` in Rust's debug form.
pub fn start() -> Result<()> {
    std::panic::set_hook(Box::new(|info| {
        eprintln!("error: {}", atencion::error::line_of_panic(info.payload()));
    }));
    Ok(())
}

/// `print(&t)` is Python's `print(t)`.
pub fn print(tensor: &Tensor) {
    println!("{}", tensor.printed());
}

/// One form of an output; Jupyter shows the richest that it can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// `text/plain` or `text/html`.
    pub mime: &'static str,
    /// The output itself.
    pub text: String,
}

/// What a cell shows that ends in this value. It has to be in scope: `use atencion_cli::jupyter::EvcxrDisplay;`.
pub trait EvcxrDisplay {
    /// The output in each of its forms, the plainest first.
    fn forms(&self) -> Vec<Form>;

    /// Hands the output to the kernel, which looks for this very name.
    fn evcxr_display(&self) {
        // A kernel that is gone has nobody left to tell.
        let _ = send(&self.forms(), &mut io::stdout().lock());
    }
}

fn send(forms: &[Form], out: &mut impl Write) -> io::Result<()> {
    for Form { mime, text } in forms {
        write!(out, "EVCXR_BEGIN_CONTENT {mime}\n{text}\nEVCXR_END_CONTENT\n")?;
    }
    out.flush()
}

/// The text that Python prints, and the same with a heatmap below where the tensor is a table of real numbers.
impl EvcxrDisplay for Tensor {
    fn forms(&self) -> Vec<Form> {
        let text = self.torch_str();
        let html = heatmap(self).map(|svg| with_text(&text, &svg));
        forms(text, html)
    }
}

/// The steps as text, and the explorer, or the picture of the steps where the explorer cannot take them.
impl EvcxrDisplay for Trace {
    fn forms(&self) -> Vec<Form> {
        let terminal = Terminal::plain(COLUMNS);
        let steps = self.steps().iter().map(|step| lesson::step(step, &terminal));
        let text = steps.collect::<Vec<_>>().join("\n\n");
        let page = || iframe_html(&PageData::of_trace(self)?, FRAME_HEIGHT);
        let picture = || Picture::of_trace(self, &[], Lang::from_locale())?.svg();
        let html = page().or_else(|_| picture()).ok();
        forms(text, html)
    }
}

fn forms(text: String, html: Option<String>) -> Vec<Form> {
    let html = html.map(|text| Form { mime: "text/html", text });
    [Form { mime: "text/plain", text }].into_iter().chain(html).collect()
}

fn heatmap(tensor: &Tensor) -> Option<String> {
    let kind = tensor.f_kind().ok()?; // none for an undefined tensor
    let is_real = matches!(kind, Kind::Half | Kind::BFloat16 | Kind::Float | Kind::Double);
    let is_table = tensor.dim() >= 2 && (2..=MOST_CELLS).contains(&tensor.numel());
    if !(is_real && is_table) {
        return None;
    }
    let step = Step {
        name: "tensor".to_owned(),
        formula: String::new(),
        python: String::new(),
        rust: String::new(),
        tensor: tensor.detach(),
    };
    Picture::of_step(&step, &[]).and_then(|picture| picture.svg()).ok()
}

fn with_text(text: &str, svg: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    format!("<pre>{text}</pre>\n{svg}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use atencion::{practice3, tensor};

    #[test]
    fn the_kernel_is_given_every_form_between_its_own_marks() {
        let mut out = Vec::new();
        send(&tensor![[1.5, 2.0]].forms(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let plain =
            "EVCXR_BEGIN_CONTENT text/plain\ntensor([[1.5000, 2.0000]])\nEVCXR_END_CONTENT\n";
        let html = text.strip_prefix(plain).unwrap();
        let begin = "EVCXR_BEGIN_CONTENT text/html\n<pre>tensor([[1.5000, 2.0000]])</pre>\n<svg";
        assert!(html.starts_with(begin), "{html}");
        assert!(html.ends_with("</svg>\n\nEVCXR_END_CONTENT\n"), "{html}");
    }

    #[test]
    fn only_small_tables_of_real_numbers_have_a_heatmap() {
        let count = |tensor: &Tensor| tensor.forms().len();
        assert_eq!(count(&tensor![[0.5, 1.0]]), 2);
        assert_eq!(count(&tensor![[1, 2]]), 1);
        assert_eq!(count(&tensor![0.5, 1.0]), 1);
        assert_eq!(count(&Tensor::zeros([100, 100], tch::kind::FLOAT_CPU)), 1);
        assert_eq!(count(&Tensor::zeros([3, 0], tch::kind::FLOAT_CPU)), 1);
        assert_eq!(count(&Tensor::zeros([2, 2], (Kind::ComplexFloat, tch::Device::Cpu))), 1);
        assert_eq!(count(&Tensor::new()), 1);
    }

    #[test]
    fn a_trace_with_inputs_is_the_explorer_and_another_is_its_picture() {
        let (q, k, v) = practice3::qkv(tch::Device::Cpu);
        let options = atencion::attention::Sdpa::default();
        let steps =
            atencion::attention::scaled_dot_product_attention_steps(&q, &k, &v, &options).unwrap();
        let [plain, html] = &steps.forms()[..] else { panic!("two forms") };
        assert!(plain.text.contains("let output = weights.matmul(&value);"), "{}", plain.text);
        assert!(html.text.starts_with("<iframe"), "{}", &html.text[..80]);
        let [_, html] = &practice3::self_attention(&q, &k, &v).forms()[..] else { panic!("two") };
        assert!(html.text.starts_with("<svg"), "{}", &html.text[..80]);
    }
}
