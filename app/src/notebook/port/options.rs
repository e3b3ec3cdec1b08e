//! The options of layers that differ from torch's defaults.

use super::super::lines::observe::Shape;
use super::code::{Code, Said};
use super::layers::{ByName, custom};

/// A configuration with what differs from its defaults.
pub(super) fn with(name: &str, config: String, given: &ByName, options: &[&str]) -> Said<String> {
    let mut texts = Vec::new();
    for key in options {
        let Some(code) = given.get(key) else { continue };
        let is_optional = matches!(*key, "padding_idx" | "kdim" | "vdim")
            || (*key == "eps" && name.contains("RmsNorm"));
        let text = match (*key, &code.shape) {
            (_, Shape::None) if is_optional => continue,
            ("eps" | "dropout", Shape::Int | Shape::Float) => code.float()?,
            ("padding_idx" | "kdim" | "vdim", Shape::Int) => code.text.clone(),
            ("bias" | "elementwise_affine" | "batch_first", Shape::Bool) => code.text.clone(),
            _ => return Err(format!("{key} of this kind")),
        };
        let text = if is_optional { format!("Some({text})") } else { text };
        texts.push(format!("{key}: {text}"));
    }
    if given.keys().any(|key| matches!(*key, "add_bias_kv" | "add_zero_attn")) {
        return Err(format!("{name} with these arguments"));
    }
    Ok(match texts.is_empty() {
        true => config,
        false => format!("{name} {{ {}, ..{config} }}", texts.join(", ")),
    })
}

pub(super) fn sizes(code: &Code) -> Said<String> {
    Ok(match &code.shape {
        Shape::Int => format!("&[{}]", code.text),
        Shape::List(Some(inner)) if **inner == Shape::Int => code.borrowed(),
        Shape::Size => code.borrowed(),
        _ => return Err("normalized_shape of this kind".to_owned()),
    })
}

pub(super) fn reduction(given: &ByName) -> Said<&'static str> {
    match given.get("reduction").map(|code| code.text.as_str()) {
        None | Some("\"mean\"") => Ok("Mean"),
        Some("\"sum\"") => Ok("Sum"),
        Some("\"none\"") => Ok("None"),
        Some(_) => Err("a reduction of this kind".to_owned()),
    }
}

pub(super) fn cross_entropy(given: &ByName) -> Said<String> {
    let mut texts = Vec::new();
    for (key, code) in given {
        texts.push(match (*key, &code.shape) {
            ("weight", Shape::Tensor) => format!("weight: Some({})", code.owned()),
            ("ignore_index", Shape::Int) => format!("ignore_index: {}", code.text),
            ("label_smoothing", _) => format!("label_smoothing: {}", code.float()?),
            ("reduction", _) => format!("reduction: nn::Reduction::{}", reduction(given)?),
            _ => return Err("nn.CrossEntropyLoss with these arguments".to_owned()),
        });
    }
    texts.sort();
    Ok(match texts.is_empty() {
        true => "nn::CrossEntropyLoss::default()".to_owned(),
        false => format!("nn::CrossEntropyLoss {{ {}, ..Default::default() }}", texts.join(", ")),
    })
}

pub(super) fn custom_activation(name: &str, given: &ByName) -> Said<String> {
    let body = custom(name).ok_or_else(|| format!("nn.{name} with these arguments"))?;
    let int = |key: &str, default: Option<&str>| match given.get(key) {
        Some(code) if code.shape == Shape::Int => Ok(code.text.clone()),
        None => default.map(str::to_owned).ok_or_else(|| format!("nn.{name} without {key}")),
        Some(_) => Err(format!("{key} of this kind")),
    };
    let mut body = body.to_owned();
    if body.contains("DIM") {
        body = body.replace("DIM", &int("dim", None)?);
    }
    if body.contains("START") {
        body = body.replace("START", &int("start_dim", Some("1"))?);
        body = body.replace("END", &int("end_dim", Some("-1"))?);
    }
    Ok(format!("nn::Activation::custom(move |x| Ok({body}))"))
}
