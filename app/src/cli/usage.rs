//! A command line that cannot be understood: one line of what, one of how to mend it, as for every other error.

use std::error::Error as _;

use clap::error::{ContextKind, ErrorKind};

use crate::i18n::Lang;

/// What is wrong with the command line and how to mend it, in clap's terms turned into ours.
pub(super) fn explain(error: &clap::Error, lang: Lang) -> atencion::Error {
    let given = |kind| error.get(kind).map(ToString::to_string);
    let say = |id, variables: &[(&'static str, String)]| {
        let variables: Vec<_> =
            variables.iter().map(|(name, value)| (*name, value.as_str().into())).collect();
        lang.text_with(id, &variables)
    };
    let help = lang.text("usage-help");
    let argument = given(ContextKind::InvalidArg).unwrap_or_default();
    let value = given(ContextKind::InvalidValue).unwrap_or_default();
    let instead = |kind| given(kind).map(|name| say("usage-instead", &[("name", name)]));
    let (what, mend) = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let name = given(ContextKind::InvalidSubcommand).unwrap_or_default();
            (
                say("usage-unknown-command", &[("name", name)]),
                instead(ContextKind::SuggestedSubcommand),
            )
        }
        ErrorKind::UnknownArgument => (
            say("usage-unknown-argument", &[("argument", argument)]),
            instead(ContextKind::SuggestedArg),
        ),
        ErrorKind::InvalidValue if value.is_empty() => {
            (say("usage-no-value", &[("argument", argument)]), None)
        }
        ErrorKind::InvalidValue => {
            let valid = given(ContextKind::ValidValue)
                .map(|names| say("usage-one-of", &[("names", names)]));
            (say("usage-bad-value", &[("argument", argument), ("value", value)]), valid)
        }
        ErrorKind::ValueValidation => {
            // Our own types say it more exactly than clap; clap's own words are English.
            match error.source().and_then(|source| source.downcast_ref::<atencion::Error>()) {
                Some(own) => (own.to_string(), own.how_to_mend().map(str::to_owned)),
                None => (say("usage-bad-value", &[("argument", argument), ("value", value)]), None),
            }
        }
        ErrorKind::MissingRequiredArgument => {
            (say("usage-missing", &[("argument", argument)]), None)
        }
        ErrorKind::ArgumentConflict => {
            let other = given(ContextKind::PriorArg).unwrap_or_default();
            (say("usage-conflict", &[("argument", argument), ("other", other)]), None)
        }
        _ => (first_sentence(error), None),
    };
    atencion::Error::value(what).mend(mend.unwrap_or(help))
}

fn first_sentence(error: &clap::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}
