//! The Rust of a row of the table, with a call's own arguments in it.

use super::super::lines::observe::Shape;
use super::super::lines::ops::{Op, Type};
use super::code::{Code, Said};

/// `input.f_softmax(dim, dtype)` with `x`, `-1` and none: `x.softmax(-1, None::<Kind>)`.
pub fn filled(op: &Op, given: &[Option<Code>]) -> Said<String> {
    if op.rust.contains("take::") || (op.rust.contains("copied") && op.name != "clone") {
        return Err(format!("{} in one line of tch", op.name));
    }
    if op.name == "clone" {
        let input = given.first().and_then(Option::as_ref).ok_or("an argument is missing")?;
        return Ok(format!("{}.copy()", input.receiver()));
    }
    let scalars: Vec<bool> = op
        .params
        .iter()
        .zip(given)
        .filter(|(param, _)| param.takes == Type::Scalar)
        .map(|(param, code)| match code {
            Some(code) => code.shape == Shape::Float,
            None => param.default.is_some_and(|default| default.contains('.')),
        })
        .collect();
    let floats = scalars.len() > 1 && scalars.contains(&true);
    let mut out = String::new();
    let mut rest = op.rust;
    while let Some(start) = rest.find(|c: char| c.is_alphabetic() || c == '_') {
        let (before, tail) = rest.split_at(start);
        out.push_str(&before.replace('?', ""));
        let end = tail.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(tail.len());
        let (word, after) = tail.split_at(end);
        let of_something = out.ends_with('.') || out.ends_with("::");
        let is_receiver = after.starts_with('.');
        let at = op.params.iter().position(|param| param.name == word);
        match at {
            Some(at) if !of_something => {
                let text =
                    argument(op, at, given.get(at).and_then(Option::as_ref), is_receiver, floats)?;
                out.push_str(&text);
            }
            _ => out.push_str(&method(word)),
        }
        rest = after;
    }
    out.push_str(&rest.replace('?', ""));
    Ok(out.split_whitespace().collect::<Vec<_>>().join(" ").replace("( ", "(").replace(",)", ")"))
}

/// tch's name without `f_`; what Rust's operators took has a `g_`.
fn method(word: &str) -> String {
    let Some(bare) = word.strip_prefix("f_") else { return word.to_owned() };
    let base = bare
        .trim_end_matches('_')
        .trim_end_matches("_scalar_mode")
        .trim_end_matches("_tensor_mode")
        .trim_end_matches("_scalar");
    if matches!(base, "add" | "sub" | "mul" | "div") || bare == "nll_loss" {
        return format!("g_{bare}");
    }
    bare.to_owned()
}

fn argument(
    op: &Op,
    at: usize,
    code: Option<&Code>,
    is_receiver: bool,
    floats: bool,
) -> Said<String> {
    let param = &op.params[at];
    let is_none = code.is_none_or(|code| code.shape == Shape::None);
    let default = param.default.unwrap_or("None");
    Ok(match (param.takes, code) {
        (Type::Tensor | Type::Mut, Some(code)) if code.shape != Shape::Tensor => {
            return Err(format!("{} of this kind", param.name));
        }
        (Type::Tensor | Type::Mut, Some(code)) if is_receiver => code.receiver(),
        (Type::Tensor | Type::Mut, Some(code)) => code.borrowed(),
        (Type::OptTensor, _) if is_none => "None::<&Tensor>".to_owned(),
        (Type::OptTensor, Some(code)) => match code.shape {
            Shape::Optional(_) if code.form == super::code::Form::Reference => code.text.clone(),
            Shape::Optional(_) => format!("{}.as_ref()", code.receiver()),
            Shape::Tensor => format!("Some({})", code.borrowed()),
            _ => return Err(format!("{} of this kind", param.name)),
        },
        (Type::OptInt, _) if is_none => "None::<i64>".to_owned(),
        (Type::OptFloat, _) if is_none => "None::<f64>".to_owned(),
        (Type::OptKind, _) if is_none => "None::<Kind>".to_owned(),
        (Type::OptInts, _) if is_none => "None::<i64>".to_owned(),
        (Type::FloatKind, _) if is_none => "Kind::Float".to_owned(),
        (Type::LongKind, _) if is_none => "Kind::Int64".to_owned(),
        (Type::Ints | Type::Sizes | Type::Pair, None) if default == "[]" => "[0_i64; 0]".to_owned(),
        (Type::Reduction, code) => {
            let name = code.map_or(default, |code| code.text.as_str()).trim_matches('"').to_owned();
            match name.as_str() {
                "mean" => "tch::Reduction::Mean".to_owned(),
                "sum" => "tch::Reduction::Sum".to_owned(),
                "none" => "tch::Reduction::None".to_owned(),
                _ => return Err("reduction".to_owned()),
            }
        }
        (Type::Float | Type::OptFloat, Some(code)) => code.float()?,
        (Type::Scalar, Some(code)) if floats => code.float()?,
        (Type::OptInts, Some(code)) => match code.shape {
            Shape::Int => code.text.clone(),
            _ if code.text.starts_with('[') => format!("&{}[..]", code.text),
            _ => format!("{}.as_slice()", code.receiver()),
        },
        (Type::Ints | Type::Sizes | Type::Pair, Some(code)) => match code.shape {
            Shape::Size => code.borrowed(),
            Shape::List(_) if !code.text.starts_with('[') => code.borrowed(),
            Shape::Tuple(_) if !code.text.starts_with('[') => {
                return Err("sizes in a variable".to_owned());
            }
            Shape::Int if param.takes == Type::Pair => format!("[{0}, {0}]", code.text),
            Shape::Int => format!("[{}]", code.text),
            _ => code.text.clone(),
        },
        (Type::Tensors, Some(code)) => code.borrowed(),
        (_, Some(code)) => code.text.clone(),
        (Type::Scalar, None) if floats && !default.contains('.') => format!("{default}.0"),
        (_, None) => default.to_owned(),
    })
}
