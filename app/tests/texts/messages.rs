//! What the program says: every message in both languages, with the same variables, and none asked for that is not
//! there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser;

/// A message's variables, and whether it says anything, by its name.
type Messages = BTreeMap<String, BTreeSet<String>>;

fn source(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder)
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            found.extend(files(&entry, ending));
        } else if entry.extension().is_some_and(|it| it == ending) {
            found.push(entry);
        }
    }
    found.sort();
    found
}

fn messages(lang: &str) -> Messages {
    let mut messages = Messages::new();
    for file in files(&source("i18n").join(lang), "ftl") {
        let text = fs::read_to_string(&file).unwrap();
        let resource = parser::parse(text.as_str())
            .unwrap_or_else(|(_, errors)| panic!("{}: {errors:?}", file.display()));
        for entry in resource.body {
            let Entry::Message(message) = entry else { continue };
            let name = message.id.name.to_owned();
            let pattern = message.value.unwrap_or_else(|| panic!("{name} in {lang} says nothing"));
            let mut variables = BTreeSet::new();
            in_pattern(&pattern, &mut variables);
            let twice = messages.insert(name.clone(), variables);
            assert!(twice.is_none(), "{name} stands twice in {lang}");
        }
    }
    messages
}

fn in_pattern(pattern: &Pattern<&str>, variables: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            in_expression(expression, variables);
        }
    }
}

fn in_expression(expression: &Expression<&str>, variables: &mut BTreeSet<String>) {
    match expression {
        Expression::Inline(inline) => in_inline(inline, variables),
        Expression::Select { selector, variants } => {
            in_inline(selector, variables);
            variants.iter().for_each(|variant| in_pattern(&variant.value, variables));
        }
    }
}

fn in_inline(inline: &InlineExpression<&str>, variables: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => {
            variables.insert(id.name.to_owned());
        }
        InlineExpression::FunctionReference { arguments, .. } => {
            arguments.positional.iter().for_each(|argument| in_inline(argument, variables));
        }
        InlineExpression::Placeable { expression } => in_expression(expression, variables),
        _ => {}
    }
}

#[test]
fn both_languages_have_the_same_messages_with_the_same_variables() {
    let (en, es) = (messages("en"), messages("es"));
    assert!(en.len() > 50, "only {} messages were found", en.len());
    let lacks = |these: &Messages, those: &Messages| -> Vec<String> {
        these.keys().filter(|name| !those.contains_key(*name)).cloned().collect()
    };
    assert_eq!(lacks(&en, &es), [""; 0], "in English alone");
    assert_eq!(lacks(&es, &en), [""; 0], "in Spanish alone");
    for (name, variables) in &en {
        assert_eq!(variables, &es[name], "the variables of {name}");
    }
}

#[test]
fn what_the_code_asks_for_is_there() {
    let known: BTreeSet<String> = messages("en").into_keys().collect();
    let mut asked = 0;
    for file in files(&source(""), "rs") {
        let code = fs::read_to_string(&file).unwrap();
        for name in asked_for(without_tests(&code)) {
            asked += 1;
            assert!(is_known(&name, &known), "{}: there is no message {name:?}", file.display());
        }
    }
    assert!(asked > 50, "only {asked} questions were found in the code");
}

fn without_tests(code: &str) -> &str {
    code.split("#[cfg(test)]\nmod tests").next().unwrap_or(code)
}

/// The first argument of `.text(..)`, `.text_with(..)` and their like, where it is written out. A `format!` counts
/// with its braces.
fn asked_for(code: &str) -> Vec<String> {
    const CALLS: [&str; 5] = [".text(", ".text_with(", "lang.find(", "say(", "self.entry("];
    let mut names = Vec::new();
    for call in CALLS {
        for (at, _) in code.match_indices(call) {
            let argument =
                code[at + call.len()..].trim_start().trim_start_matches("&format!(").trim_start();
            if let Some(text) = argument.strip_prefix('"') {
                names.extend(text.split('"').next().filter(|it| is_name(it)).map(str::to_owned));
            }
        }
    }
    names
}

/// As Fluent writes a message's name: other things have a `.text(" ")` too.
fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|it| it.is_ascii_alphanumeric() || "-_{}".contains(it))
}

/// `explain-title-{number}` is known if some message fits the text around its braces.
fn is_known(name: &str, known: &BTreeSet<String>) -> bool {
    let Some((before, rest)) = name.split_once('{') else { return known.contains(name) };
    let after = rest.rsplit_once('}').map_or("", |(_, after)| after);
    known.iter().any(|it| it.starts_with(before) && it.ends_with(after))
}

#[test]
fn the_scanner_sees_what_it_should() {
    let code = r#"lang.text("a"); ui.lang.text_with(
        "b", &[]); lang.text(&format!("c-{n}")); other("d"); lang.text(name); cell.text(" ")"#;
    assert_eq!(asked_for(code), ["a", "c-{n}", "b"]);
    let known = BTreeSet::from(["c-1".to_owned()]);
    assert!(is_known("c-{n}", &known) && !is_known("d-{n}", &known) && !is_known("c", &known));
}
