//! A lesson: a Rust function in which each statement stands under the line of Python that it mirrors.
//!
//! [`lesson!`](lesson) closes such a function. It looks each variable up in the function's own source, so that the
//! lines shown are the lines that ran.

use tch::Tensor;

use crate::Step;

/// `lesson!(function: variable = "formula", ..)`: the [`Trace`](crate::Trace) of those variables of `function`, which
/// is the function that it stands in. The file must have `const SOURCE: &str = include_str!("this_file.rs");`.
macro_rules! lesson {
    ($function:ident: $($variable:ident = $formula:literal),+ $(,)?) => {{
        let body = $crate::lesson::body_of(SOURCE, stringify!($function));
        let mut trace = $crate::Trace::new();
        $(trace.push($crate::lesson::step(body, stringify!($variable), $formula, &$variable));)+
        trace
    }};
}
pub(crate) use lesson;

/// The source of one function, from its `fn` to the next one's.
pub(crate) fn body_of<'a>(source: &'a str, function: &str) -> &'a str {
    let start = source.find(&format!("pub fn {function}(")).map_or("", |at| &source[at..]);
    start[1.min(start.len())..].split("\npub fn ").next().unwrap_or_default()
}

/// The step of that variable: its name is what the Python line calls it.
pub(crate) fn step(body: &str, variable: &str, formula: &str, tensor: &Tensor) -> Step {
    let (python, rust) = pair(body, variable)
        .unwrap_or_else(|| unreachable!("`{variable}` has no line of Python above its `let`"));
    let name = python.split(" = ").next().unwrap_or(variable);
    Step {
        name: name.to_owned(),
        formula: formula.to_owned(),
        python: python.to_owned(),
        rust,
        tensor: tensor.shallow_clone(),
    }
}

/// The Python comment and the Rust statement that define a variable.
fn pair<'a>(body: &'a str, variable: &str) -> Option<(&'a str, String)> {
    let mut lines = body.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        let defines = |next: &&str| next.starts_with(&format!("let {variable} = "));
        if let (Some(python), Some(_)) =
            (line.strip_prefix("// "), lines.peek().filter(|n| defines(n)))
        {
            return Some((python, statement(&mut lines)));
        }
    }
    None
}

/// A statement as one line, however many lines rustfmt gave it.
fn statement<'a>(lines: &mut impl Iterator<Item = &'a str>) -> String {
    let mut statement = String::new();
    for line in lines {
        statement.push_str(line);
        if line.ends_with(';') {
            break;
        }
        statement.push(' ');
    }
    statement
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "\
pub fn one(x: f64) -> f64 {
    // y = x + 1
    let y = x + 1.0;
    y
}

pub fn two() {
    // y = long(
    let y = long(
        1,
    );
}
";

    #[test]
    fn finds_the_pair_in_its_own_function() {
        let found = pair(body_of(SOURCE, "one"), "y");
        assert_eq!(found, Some(("y = x + 1", "let y = x + 1.0;".into())));
    }

    #[test]
    fn joins_a_statement_of_several_lines() {
        let found = pair(body_of(SOURCE, "two"), "y");
        assert_eq!(found, Some(("y = long(", "let y = long( 1, );".into())));
    }

    #[test]
    fn a_variable_without_python_is_not_found() {
        assert_eq!(pair(body_of(SOURCE, "one"), "z"), None);
    }
}
