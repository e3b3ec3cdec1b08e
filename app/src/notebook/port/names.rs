//! Names: none that Rust keeps for itself, none twice.

use std::collections::HashMap;

/// Python's names in Rust: lower case, and none that Rust keeps for itself.
#[derive(Debug, Default)]
pub struct Names {
    known: HashMap<String, String>,
}

impl Names {
    /// The Rust name of a Python name; two that would meet are kept apart.
    pub fn of(&mut self, python: &str) -> String {
        if let Some(known) = self.known.get(python) {
            return known.clone();
        }
        let mut name = kept_apart(snake(python));
        while self.known.values().any(|taken| *taken == name) {
            name.push_str("_2");
        }
        self.known.insert(python.to_owned(), name.clone());
        name
    }
}

/// The name of a field.
pub fn field_name(python: &str) -> String {
    kept_apart(snake(python))
}

/// A name that is none of Rust's own, and none that the twin uses.
fn kept_apart(mut name: String) -> String {
    if matches!(
        name.as_str(),
        "as" | "type"
            | "match"
            | "in"
            | "let"
            | "mut"
            | "fn"
            | "ref"
            | "move"
            | "box"
            | "self"
            | "super"
            | "use"
            | "loop"
            | "mod"
            | "impl"
            | "where"
            | "struct"
            | "enum"
            | "pub"
            | "dyn"
            | "crate"
            | "const"
            | "static"
            | "trait"
            | "unsafe"
            | "async"
            | "await"
            | "gen"
            | "main"
            | "nn"
            | "tch"
            | "atencion"
            | "std"
            | "do"
            | "final_"
            | "box_"
            | "virtual"
            | "abstract"
            | "macro"
            | "priv"
            | "yield"
            | "training"
            | "try"
            | "final"
            | "true"
            | "false"
            | "tensor"
            | "scalar"
            | "run"
            | "usize"
            | "extern"
    ) {
        name.push('_');
    }
    name
}

/// The name of a type; those that the twin uses are kept apart.
pub fn type_name(python: &str) -> String {
    let mut name = String::new();
    for part in python.split('_').filter(|part| !part.is_empty()) {
        let mut letters = part.chars();
        name.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        name.extend(letters);
    }
    if matches!(
        name.as_str(),
        "Tensor"
            | "Kind"
            | "Device"
            | "Forward"
            | "Module"
            | "Vec"
            | "Option"
            | "Some"
            | "Box"
            | "Result"
            | "String"
            | "Ok"
            | "Err"
            | "Default"
            | "Clone"
            | "Self"
            | "TorchDisplay"
            | "From"
            | "Into"
            | "Iterator"
            | "Fn"
            | "Send"
            | "Sync"
            | "Copy"
            | "Drop"
            | ""
    ) || !name.starts_with(|letter: char| letter.is_ascii_alphabetic())
    {
        name.insert_str(0, "My");
    }
    name
}

fn snake(name: &str) -> String {
    if name == "_" {
        return "_unused".to_owned();
    }
    let mut out = String::new();
    let mut before_is_lower = false;
    for c in name.chars() {
        if c.is_uppercase() && before_is_lower {
            out.push('_');
        }
        before_is_lower = c.is_lowercase();
        out.extend(c.to_lowercase());
    }
    out
}
