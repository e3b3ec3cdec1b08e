//! Nested tensors: each of their tensors in turn.

use tch::{TchError, Tensor};

use super::{Body, PrintOptions, TorchDisplay};

pub(super) fn body(tensor: &Tensor, options: &PrintOptions) -> Result<Body, TchError> {
    let tensors: Vec<String> = tensor
        .f_unbind(0)?
        .iter()
        .map(|part| indented(&part.printed().options(*options).to_string()))
        .collect();
    Ok(Body { contents: format!("[\n{}\n]", tensors.join(",\n")), suffixes: Vec::new() })
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
