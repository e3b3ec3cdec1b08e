//! `, dtype=torch.float64)`: what follows the numbers, on a line of its own where it does not fit.

use super::PrintOptions;

/// torch's `_add_suffixes`.
pub(super) fn with_suffixes(
    prefix: &str,
    contents: &str,
    suffixes: &[String],
    mut on_new_line: bool,
    options: &PrintOptions,
) -> String {
    let indent = prefix.len();
    let mut text = format!("{prefix}{contents}");
    let mut line = last_line(&text);
    for suffix in suffixes {
        if on_new_line || line + suffix.len() + 2 > options.linewidth {
            text.push_str(&format!(",\n{}{suffix}", " ".repeat(indent)));
            line = indent + suffix.len();
            on_new_line = false;
        } else {
            text.push_str(&format!(", {suffix}"));
            line += suffix.len() + 2;
        }
    }
    text + ")"
}

/// The length of the last line as torch counts it: one more than it is, and two more where it is the only one.
fn last_line(text: &str) -> usize {
    match text.rfind('\n') {
        Some(at) => text.len() - at + 1,
        None => text.len() + 2,
    }
}
