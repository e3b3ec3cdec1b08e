//! The six steps, and which tensors belong to each.

use tch::Tensor;

use super::inputs::Inputs;
use crate::i18n::Lang;
use crate::runnable;
use crate::view::picture::Picture;
use atencion::attention::{Sdpa, scaled_dot_product_attention_steps};
use atencion::{Result, Step, Trace};

/// How many steps attention has.
pub(super) const STEPS: u8 = 6;

/// One of the six steps.
pub(super) struct Chapter {
    /// 1 to 6.
    pub number: u8,
    /// What is computed in it; nothing where there is no mask.
    pub steps: Vec<Step>,
}

/// Attention, computed, in six chapters.
pub(super) struct Explained {
    chapters: Vec<Chapter>,
    /// Numbers per query and key, `d_k` of the formula.
    pub d_k: i64,
    /// The user's own words, if given.
    pub words: Vec<String>,
}

impl Explained {
    pub fn of(inputs: Inputs) -> Result<Self> {
        let options = Sdpa {
            attn_mask: inputs.mask.as_ref(),
            is_causal: inputs.causal,
            scale: inputs.scale,
            ..Sdpa::default()
        };
        let Inputs { query, key, value, .. } = &inputs;
        let mut trace = scaled_dot_product_attention_steps(query, key, value, &options)?;
        if inputs.heads > 1 {
            trace.push(joined(&trace)?);
        }
        let d_k = query.size().last().copied().unwrap_or(1);
        let mut chapters = in_chapters(inputs.given, trace);
        let steps = chapters.iter_mut().flat_map(|chapter| &mut chapter.steps);
        runnable::complete(&mut steps.collect::<Vec<_>>(), inputs.mask_line);
        Ok(Self { chapters, d_k, words: inputs.words })
    }

    /// All of them, or that one.
    pub fn chapters(&self, number: Option<u8>) -> impl Iterator<Item = &Chapter> {
        self.chapters.iter().filter(move |chapter| number.is_none_or(|it| it == chapter.number))
    }

    /// The tensor of that step of the trace.
    pub fn tensor(&self, name: &str) -> Option<&Tensor> {
        let mut steps = self.chapters.iter().flat_map(|chapter| &chapter.steps);
        steps.find(|step| step.name == name).map(|step| &step.tensor)
    }

    /// Query words.
    pub fn queries(&self) -> usize {
        let size = self.tensor("scores").map(Tensor::size).unwrap_or_default();
        size.iter().rev().nth(1).map_or(1, |words| *words as usize)
    }

    /// Heatmaps of all steps, or of that one; of that query word's row alone, counted from 0, where there is one.
    pub fn picture(&self, number: Option<u8>, row: Option<usize>, lang: Lang) -> Result<Picture> {
        let steps: Vec<&Step> = self.chapters(number).flat_map(|chapter| &chapter.steps).collect();
        match row {
            Some(row) => Picture::of_row(&steps, &self.words, row, lang),
            None => Picture::of_steps(&steps, &self.words, lang),
        }
    }
}

/// The heads side by side again: `[.., H, L, Ev]` as `[.., L, H·Ev]`.
fn joined(trace: &Trace) -> Result<Step> {
    let tensor = trace["output"].f_transpose(-3, -2)?.f_flatten(-2, -1)?;
    Ok(Step {
        name: "concat".into(),
        formula: "Concat(head₁, …)".into(),
        python: "concat = output.transpose(-3, -2).flatten(-2)".into(),
        rust: "let concat = output.transpose(-3, -2).flatten(-2, -1);".into(),
        tensor,
    })
}

fn in_chapters(given: Vec<Step>, trace: Trace) -> Vec<Chapter> {
    let mut chapters: Vec<Chapter> =
        (1..=STEPS).map(|number| Chapter { number, steps: vec![] }).collect();
    chapters[0].steps = given;
    for mut step in trace {
        if step.name == "masked" {
            step.formula = masked_formula(&step).into();
        }
        if let Some(number) = chapter_of(&step.name) {
            chapters[usize::from(number) - 1].steps.push(step);
        }
    }
    chapters
}

/// The same in both languages, and in the letters of the steps before.
fn masked_formula(step: &Step) -> &'static str {
    match step.python.contains("masked_fill") {
        true => "QKᵀ / √d_k + M,  Mᵢⱼ ∈ {0, −∞}",
        false => "QKᵀ / √d_k + M",
    }
}

/// The chapter of a step of the trace. Query, key and value come from the inputs, whose lines say where from.
fn chapter_of(name: &str) -> Option<u8> {
    match name {
        "query" | "key" | "value" => None,
        "scores" => Some(2),
        "scaled" => Some(3),
        "masked" => Some(4),
        "weights" | "dropped" => Some(5),
        _ => Some(STEPS),
    }
}
