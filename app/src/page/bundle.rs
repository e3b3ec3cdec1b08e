//! Joins the front end's files into one page.
//!
//! The JavaScript files are modules that import each other by name. In the page they stand one after the other in a
//! single module, so the `import` lines go and `export` is taken off; every top-level name is used once only.

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::Value;
use sha2::{Digest, Sha256};

const TEMPLATE: &str = include_str!("template.html");
const STYLE: &str = include_str!("style.css");

macro_rules! modules {
    ($($name:literal),+ $(,)?) => { &[$(include_str!(concat!("js/", $name))),+] };
}

// A module stands after those whose constants it uses while it is loaded.
const MODULES: &[&str] = modules![
    "strings_en.js",
    "strings_es.js",
    "i18n.js",
    "math.js",
    "numbers.js",
    "colour.js",
    "theme.js",
    "dom.js",
    "scene.js",
    "paint.js",
    "svg.js",
    "capture.js",
    "save.js",
    "data.js",
    "state.js",
    "model.js",
    "lights.js",
    "arithmetic.js",
    "heat.js",
    "matrix.js",
    "play.js",
    "agreement.js",
    "read.js",
    "look_lines.js",
    "look_matrix.js",
    "look_neuron.js",
    "look_all.js",
    "look.js",
    "part_positional.js",
    "part_causal.js",
    "part_multihead.js",
    "part_seq2seq.js",
    "who_looks.js",
    "stack_pieces.js",
    "part_stack.js",
    "parts.js",
    "main.js",
];

/// The page with this data in it.
pub(super) fn page(lang: &str, noscript: &str, data: &Value) -> String {
    let script = script();
    // One pass over the template, so that nothing in the data is ever taken for a placeholder.
    let mut page = String::new();
    let mut rest = TEMPLATE;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        page.push_str(before);
        match name {
            "lang" => page.push_str(lang),
            "policy" => page.push_str(&policy(&script)),
            "style" => page.push_str(STYLE),
            "noscript" => page.push_str(noscript),
            "data" => page.push_str(&script_safe(data)),
            _ => page.push_str(&script),
        }
        rest = after;
    }
    page + rest
}

/// Only this script and this style, told by their hashes; pictures only from the page itself; nothing from a network.
fn policy(script: &str) -> String {
    format!(
        "default-src 'none'; script-src {}; style-src {}; img-src data: blob:; base-uri 'none'; form-action 'none'",
        hash_source(script),
        hash_source(STYLE)
    )
}

fn hash_source(text: &str) -> String {
    format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)))
}

/// JSON that cannot end the script element it stands in, whatever a token may hold.
fn script_safe(data: &Value) -> String {
    data.to_string().replace('<', "\\u003c")
}

/// All modules as one.
fn script() -> String {
    MODULES.iter().map(|module| joined(module)).collect()
}

/// A module without its `import`s, which may run over several lines, and its `export`s.
fn joined(module: &str) -> String {
    let mut text = String::with_capacity(module.len());
    let mut importing = false;
    for line in module.lines() {
        importing |= line.starts_with("import ");
        if !importing {
            text.push_str(line.strip_prefix("export ").unwrap_or(line));
            text.push('\n');
        }
        importing &= !line.ends_with(';');
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_module_is_in_the_bundle_once() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/page/js");
        let files: Vec<_> = std::fs::read_dir(folder).unwrap().collect();
        assert_eq!(files.len(), MODULES.len());
        let distinct: HashSet<_> = MODULES.iter().collect();
        assert_eq!(distinct.len(), MODULES.len());
    }

    #[test]
    fn imports_go_and_exports_lose_their_word() {
        let module = "import {\n  a,\n} from \"./a.js\";\nimport { b } from \"./b.js\";\nexport const c = 1;\n";
        assert_eq!(joined(module), "const c = 1;\n");
        let script = script();
        assert!(
            !script.lines().any(|line| line.starts_with("import ") || line.starts_with("export "))
        );
    }

    #[test]
    fn nothing_ends_the_elements_early() {
        let script = script().to_lowercase();
        for end in ["</script", "<!--", "\r"] {
            assert!(!script.contains(end), "{end:?}");
        }
        assert!(!STYLE.to_lowercase().contains("</style"));
        let hostile = serde_json::json!({ "tokens": ["</script><script>alert(1)</script>", "<!--", "{{script}}"] });
        let page = page("en", "", &hostile);
        assert_eq!(page.matches("</script").count(), 2);
        assert_eq!(page.matches("{{script}}").count(), 1);
    }

    #[test]
    fn both_languages_have_the_same_texts() {
        let names = |text: &str| -> Vec<String> {
            let keys = text.lines().filter_map(|line| line.strip_prefix("  ")?.split_once(':'));
            keys.map(|(key, _)| key.to_owned())
                .filter(|key| key.chars().all(|c| c.is_alphanumeric() || c == '_'))
                .collect()
        };
        let (en, es) = (names(MODULES[0]), names(MODULES[1]));
        assert!(en.len() > 150);
        assert_eq!(en, es);
    }
}
