//! What the program says, in Spanish and English.
//!
//! The texts are Fluent files (`en/*.ftl`, `es/*.ftl`), one for each subcommand, compiled into the binary. A test
//! holds that every message exists in both languages.

use std::borrow::Cow;
use std::collections::HashMap;

use fluent_templates::{Loader, static_loader};
use unic_langid::{LanguageIdentifier, langid};

pub use fluent_templates::fluent_bundle::FluentValue;

static_loader! {
    static LOCALES = {
        locales: "./src/i18n",
        fallback_language: "en",
        // Terminals show the isolation marks as garbage.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// A language the program speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Lang {
    /// Spanish
    Es,
    /// English
    En,
}

impl Lang {
    /// Both languages.
    pub const ALL: [Lang; 2] = [Lang::Es, Lang::En];

    /// Spanish where the user's locale is Spanish, else English.
    pub fn from_locale() -> Self {
        match sys_locale::get_locale() {
            Some(locale) if locale.to_lowercase().starts_with("es") => Lang::Es,
            _ => Lang::En,
        }
    }

    fn identifier(self) -> LanguageIdentifier {
        match self {
            Lang::Es => langid!("es"),
            Lang::En => langid!("en"),
        }
    }

    /// The message of that name.
    pub fn text(self, id: &str) -> String {
        LOCALES.lookup(&self.identifier(), id)
    }

    /// The message of that name, with its variables filled in.
    pub fn text_with<'a>(self, id: &str, variables: &[(&'static str, FluentValue<'a>)]) -> String {
        let variables: HashMap<Cow<'static, str>, FluentValue<'a>> =
            variables.iter().map(|(name, value)| (Cow::Borrowed(*name), value.clone())).collect();
        LOCALES.lookup_with_args(&self.identifier(), id, &variables)
    }
}
