//! A step of a lesson in the terminal: its name and formula, the line of Python, the line of Rust, the tensor.

use super::code::folded;
use super::{Rgb, Terminal};
use atencion::Step;
use atencion::tensor::Printed;

/// The blue of Python's logo, light enough for a dark terminal.
const PYTHON: Rgb = (90, 155, 212);
/// Rust's orange.
const RUST: Rgb = (222, 121, 65);

/// A heading with a rule below it.
pub fn heading(text: &str, terminal: &Terminal) -> String {
    let rule = "─".repeat(terminal.columns.min(80));
    format!("{}\n{}", terminal.bold(text), terminal.dim(rule))
}

/// The step, without a newline at the end. Long lines are folded to the terminal's width.
pub fn step(step: &Step, terminal: &Terminal) -> String {
    let size = step.tensor.size();
    let title = terminal.bold(&step.name);
    let formula = match step.formula == step.name {
        true => terminal.dim(format!("{size:?}")),
        false => terminal.dim(format!("= {}   {size:?}", step.formula)),
    };
    let python = code("Python", &step.python, PYTHON, terminal);
    let rust = code("Rust", &step.rust, RUST, terminal);
    let tensor = textwrap::indent(&Printed::new(&step.tensor).to_string(), "  ");
    format!("{title} {formula}\n{python}\n{rust}\n{tensor}")
}

fn code(language: &str, line: &str, colour: Rgb, terminal: &Terminal) -> String {
    let label = format!("  {language:<8}");
    let blank = " ".repeat(label.len());
    folded(line, terminal.columns.max(40) - label.len())
        .into_iter()
        .enumerate()
        .map(|(at, line)| {
            let label = if at == 0 { terminal.foreground(colour, &label) } else { blank.clone() };
            format!("{label}{line}")
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_folded_between_rows() {
        let line =
            "Q = torch.tensor([[0.0, 0.0, 0.0], [1, 1, 1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3]])";
        let folded = code("Python", line, PYTHON, &Terminal::plain(80));
        assert_eq!(
            folded,
            "  Python  Q = torch.tensor([[0.0, 0.0, 0.0], [1, 1, 1], [0.2, 0.2, 0.2],\n              [0.3, 0.3, 0.3]])"
        );
    }
}
