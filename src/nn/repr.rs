//! How Python prints a module: `nn.Module.__repr__`, line for line.

use super::Module;

pub(super) fn of(module: &dyn Module) -> String {
    let extra = module.extra_repr();
    let extra_lines: Vec<&str> =
        if extra.is_empty() { vec![] } else { extra.split('\n').collect() };
    let children = module.named_children();
    let name = module.name();
    if children.is_empty() && extra_lines.len() <= 1 {
        return format!("{name}({extra})");
    }
    let child_lines =
        children.iter().map(|(name, child)| format!("({name}): {}", indented(&child.repr())));
    let lines = extra_lines.into_iter().map(str::to_owned).chain(child_lines);
    bracketed(&name, lines)
}

/// `ModuleList.__repr__`: neighbours that print alike are shown once, `(0-5): 6 x Block(..)`.
pub(super) fn of_list<'a>(name: &str, modules: impl Iterator<Item = &'a dyn Module>) -> String {
    let mut runs: Vec<(usize, usize, String)> = Vec::new();
    for (index, module) in modules.enumerate() {
        let text = module.repr();
        match runs.last_mut() {
            Some((_, last, known)) if *known == text => *last = index,
            _ => runs.push((index, index, text)),
        }
    }
    if runs.is_empty() {
        return format!("{name}()");
    }
    let lines = runs.into_iter().map(|(first, last, text)| {
        indented(&match last - first {
            0 => format!("({first}): {text}"),
            more => format!("({first}-{last}): {} x {text}", more + 1),
        })
    });
    bracketed(name, lines)
}

fn bracketed(name: &str, lines: impl Iterator<Item = String>) -> String {
    let lines: Vec<String> = lines.collect();
    format!("{name}(\n  {}\n)", lines.join("\n  "))
}

/// Every line but the first, two to the right.
fn indented(text: &str) -> String {
    text.replace('\n', "\n  ")
}

/// `True` and `False`.
pub(super) fn python_bool(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

/// `(2, 3)`, and `(2,)` where there is one.
pub(super) fn python_tuple(sizes: &[i64]) -> String {
    match sizes {
        [one] => format!("({one},)"),
        many => {
            let texts: Vec<String> = many.iter().map(i64::to_string).collect();
            format!("({})", texts.join(", "))
        }
    }
}
