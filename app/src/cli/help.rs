//! Help in the user's language.
//!
//! clap speaks English only. Here its commands are given the texts of `help.ftl` before it parses. A text that is
//! missing leaves clap's own, and a test says so.

use clap::builder::StyledStr;
use clap::{Arg, ArgAction, Command};

use crate::i18n::{Lang, plain};

/// The language asked for by `--lang`, looked for before clap parses: it decides in which language clap's own texts
/// are. What is not a language is left for clap to refuse.
pub(super) fn language(arguments: impl Iterator<Item = String>) -> Lang {
    let mut arguments = arguments.take_while(|argument| argument != "--");
    let mut found = None;
    while let Some(argument) = arguments.next() {
        let value = match argument.strip_prefix("--lang=") {
            Some(value) => Some(value.to_owned()),
            None if argument == "--lang" => arguments.next(),
            None => None,
        };
        found = value.and_then(|value| clap::ValueEnum::from_str(&value, false).ok()).or(found);
    }
    found.unwrap_or_else(Lang::from_locale)
}

/// The command with its help, and that of its subcommands, in that language.
pub(super) fn localised(command: Command, lang: Lang) -> Command {
    let command = described(command, None, lang);
    let names: Vec<String> = command.get_subcommands().map(|it| it.get_name().to_owned()).collect();
    names.into_iter().fold(command, |command, name| {
        command.mut_subcommand(&name, |sub| described(sub, Some(&name), lang))
    })
}

/// The names of the messages for a command's help: first its own, then what it shares with others.
pub(super) fn argument_ids(command: Option<&str>, argument: &str) -> [String; 2] {
    let argument = argument.replace('_', "-");
    [format!("help-{}-{argument}", command.unwrap_or("atencion")), format!("help-arg-{argument}")]
}

fn described(command: Command, name: Option<&str>, lang: Lang) -> Command {
    let about = lang.find(&format!("help-{}", name.unwrap_or("atencion")), &[]);
    let after = lang.find(&format!("help-{}-after", name.unwrap_or("atencion")), &[]);
    let mut command = command
        .disable_help_flag(true)
        .disable_version_flag(true)
        .arg(flag("help", 'h', ArgAction::Help))
        .subcommand_value_name(lang.text("help-command-name"))
        .subcommand_help_heading(lang.text("help-commands"));
    if name.is_none() {
        command = command.arg(flag("version", 'V', ArgAction::Version));
    }
    if let Some(about) = about {
        command = command.about(about);
    }
    if let Some(after) = after {
        command = command.after_help(after);
    }
    command = command.mut_args(|argument| explained(argument, name, lang));
    with_usage(command, name, lang)
}

fn flag(name: &'static str, short: char, action: ArgAction) -> Arg {
    Arg::new(name).short(short).long(name).action(action)
}

fn explained(argument: Arg, command: Option<&str>, lang: Lang) -> Arg {
    let ids = argument_ids(command, argument.get_id().as_str());
    let heading = if argument.is_positional() { "help-arguments" } else { "help-options" };
    let argument = match argument.get_help_heading() {
        Some(_) => argument,
        None => argument.help_heading(lang.text(heading)),
    };
    let Some(mut help) = ids.iter().find_map(|id| lang.find(id, &[])) else {
        return argument;
    };
    if !takes_value(&argument) {
        return argument.help(help);
    }
    let names: Vec<String> = argument
        .get_value_names()
        .unwrap_or_default()
        .iter()
        .map(|name| value_name(name, lang))
        .collect();
    let argument = if names.is_empty() { argument } else { argument.value_names(names) };
    // clap adds these two in English.
    if let Some(default) = argument.get_default_values().first() {
        let value = plain(default.to_string_lossy());
        help += &format!(" [{}]", lang.text_with("help-default", &[("value", value)]));
    }
    let possible = argument.get_possible_values();
    if !possible.is_empty() {
        let names: Vec<&str> = possible.iter().map(|value| value.get_name()).collect();
        let values = plain(names.join(", "));
        help += &format!(" [{}]", lang.text_with("help-possible", &[("values", values)]));
    }
    argument.help(help).hide_default_value(true).hide_possible_values(true)
}

/// `FILE` as that language has it; `es|en` is the same in both.
fn value_name(name: &str, lang: Lang) -> String {
    lang.find(&format!("help-name-{name}"), &[]).unwrap_or_else(|| name.to_owned())
}

fn takes_value(argument: &Arg) -> bool {
    matches!(argument.get_action(), ArgAction::Set | ArgAction::Append)
}

/// clap's usage line with its English words replaced.
fn with_usage(mut command: Command, name: Option<&str>, lang: Lang) -> Command {
    if let Some(name) = name {
        command = command.bin_name(format!("atencion {name}"));
    }
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim();
    let usage = usage.replace("[OPTIONS]", &lang.text("help-options-name"));
    let heading = lang.text("help-usage");
    command.override_usage(usage).help_template(StyledStr::from(format!(
        "{{about-with-newline}}\n{heading} {{usage}}\n\n{{all-args}}{{after-help}}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language_of(arguments: &[&str]) -> Option<Lang> {
        let asked = arguments.iter().any(|argument| argument.starts_with("--lang"));
        asked.then(|| language(arguments.iter().map(|&argument| argument.to_owned())))
    }

    #[test]
    fn language_is_found_wherever_it_stands() {
        assert_eq!(language_of(&["atencion", "--lang", "es", "explain"]), Some(Lang::Es));
        assert_eq!(language_of(&["atencion", "explain", "--lang=en"]), Some(Lang::En));
        assert_eq!(language_of(&["--lang=es", "--lang", "en"]), Some(Lang::En));
    }

    /// Every command and every argument is explained in Fluent, so that no English is left in Spanish help.
    #[test]
    fn all_help_is_translated() {
        let root = <crate::cli::Cli as clap::CommandFactory>::command();
        let mut missing = untranslated(&root, None);
        for command in root.get_subcommands() {
            missing.extend(untranslated(command, Some(command.get_name())));
        }
        assert!(missing.is_empty(), "no message for {missing:#?}");
    }

    fn untranslated(command: &Command, name: Option<&str>) -> Vec<String> {
        let is_there = |id: &str| Lang::Es.find(id, &[]).is_some();
        let about = format!("help-{}", name.unwrap_or("atencion"));
        let mut missing: Vec<String> = Some(about).filter(|id| !is_there(id)).into_iter().collect();
        for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
            let ids = argument_ids(name, argument.get_id().as_str());
            if !ids.iter().any(|id| is_there(id)) {
                missing.push(ids.join(" or "));
            }
        }
        missing
    }
}
