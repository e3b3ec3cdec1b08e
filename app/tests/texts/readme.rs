//! The READMEs show the code that runs, name the commands that exist, and say the same in both languages.

use std::process::Command;

fn read(name: &str) -> String {
    std::fs::read_to_string(support::repository(name)).expect(name)
}

/// The code blocks of that language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let opening = format!("```{language}\n");
    text.split(opening.as_str()).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

/// A section, up to the next heading.
fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let rest = text.split(&format!("\n## {heading}\n")).nth(1).expect("the section");
    rest.split("\n## ").next().unwrap_or(rest)
}

#[test]
fn the_notebook_is_the_one_in_the_source() {
    let source = read("src/practice3.rs");
    let statements: Vec<&str> = source.lines().map(str::trim).collect();
    let readme = read("README.md");
    let notebook = section(&readme, "The notebook, in both languages");
    for (language, comment) in [("python", "// "), ("rust", "")] {
        let lines: Vec<&str> = blocks(notebook, language)
            .into_iter()
            .flat_map(str::lines)
            .filter(|line| !line.is_empty())
            .collect();
        assert!(lines.len() >= 8, "{language}: {lines:?}");
        for line in lines {
            let line = format!("{comment}{line}");
            assert!(statements.contains(&line.as_str()), "not in practice3.rs: {line}");
        }
    }
}

#[test]
fn both_languages_show_the_same_code() {
    let (english, spanish) = (read("README.md"), read("README.es.md"));
    for language in ["python", "rust"] {
        assert_eq!(blocks(&english, language), blocks(&spanish, language));
    }
    let headings = |text: &str| text.lines().filter(|line| line.starts_with('#')).count();
    // Comments in shell blocks start with # as well, and are as many in both.
    assert_eq!(headings(&english), headings(&spanish));
}

#[test]
fn every_command_is_listed() {
    let help = Command::new(env!("CARGO_BIN_EXE_atencion"))
        .args(["--lang", "en", "--help"])
        .output()
        .expect("atencion starts");
    let help = String::from_utf8(help.stdout).expect("UTF-8");
    let names: Vec<&str> = help
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| line.starts_with(' '))
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(names.contains(&"notebook"), "{help}");
    for readme in ["README.md", "README.es.md"] {
        let text = read(readme);
        for name in &names {
            assert!(text.contains(&format!("| `{name}")), "{readme} lacks {name}");
        }
    }
}

#[test]
fn what_is_linked_exists() {
    for readme in ["README.md", "README.es.md"] {
        for target in read(readme).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if !target.contains("://") {
                let path = support::repository(target);
                assert!(path.exists(), "{readme} links to {target}");
            }
        }
    }
}
