//! What the program says, in Spanish and English.
//!
//! The texts are Fluent files (`en/*.ftl`, `es/*.ftl`), one for each part of the program, compiled into the binary.
//! A test holds that every message exists in both languages, and that every message the code asks for exists.

mod faults;

use std::borrow::Cow;
use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::{LanguageIdentifier, langid};

pub use self::faults::translated;
pub use fluent_bundle::FluentValue;

/// A language the program speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "program", derive(clap::ValueEnum))]
pub enum Lang {
    /// Spanish
    Es,
    /// English
    En,
}

impl Lang {
    /// Both languages.
    pub const ALL: [Lang; 2] = [Lang::Es, Lang::En];

    /// The first of the user's languages that is Spanish or English (`LANGUAGE`, `LC_ALL`, `LC_MESSAGES`, `LANG`);
    /// English where there is none.
    pub fn from_locale() -> Self {
        sys_locale::get_locales().find_map(|locale| Self::of_locale(&locale)).unwrap_or(Lang::En)
    }

    fn of_locale(locale: &str) -> Option<Self> {
        let language = locale.split(['-', '_', '.', '@']).next().unwrap_or_default();
        match language.to_lowercase().as_str() {
            "es" => Some(Lang::Es),
            // `C` and `POSIX` are no language, but they are a choice: the untranslated texts.
            "en" | "c" | "posix" => Some(Lang::En),
            _ => None,
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
        self.text_with(id, &[])
    }

    /// The message of that name, with its variables filled in.
    pub fn text_with(self, id: &str, variables: &[(&'static str, FluentValue<'_>)]) -> String {
        self.find(id, variables).unwrap_or_else(|| id.to_owned())
    }

    /// The message of that name, if there is one.
    pub(crate) fn find(
        self,
        id: &str,
        variables: &[(&'static str, FluentValue<'_>)],
    ) -> Option<String> {
        let mut values = FluentArgs::new();
        for (name, value) in variables {
            values.set(*name, value.clone());
        }
        let bundle = PARTS.iter().find(|part| part.has(id))?.bundle(self);
        let pattern = bundle.get_message(id)?.value()?;
        Some(bundle.format_pattern(pattern, Some(&values), &mut vec![]).into_owned())
    }
}

/// The texts of one part of the program. A part is parsed when it is first asked for something, and in one language
/// alone: parsing every file of both, as static loaders do, costs milliseconds at each start.
struct Part {
    es: &'static str,
    en: &'static str,
    parsed: [OnceLock<FluentBundle<FluentResource>>; 2],
}

impl Part {
    const fn new(es: &'static str, en: &'static str) -> Self {
        Self { es, en, parsed: [OnceLock::new(), OnceLock::new()] }
    }

    fn source(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Es => self.es,
            Lang::En => self.en,
        }
    }

    /// Whether the message is in this part: in Fluent a message's name begins its line and ` =` follows.
    fn has(&self, id: &str) -> bool {
        self.en.lines().any(|line| {
            line.strip_prefix(id).is_some_and(|rest| rest.trim_start().starts_with('='))
        })
    }

    fn bundle(&self, lang: Lang) -> &FluentBundle<FluentResource> {
        self.parsed[lang as usize].get_or_init(|| {
            let mut bundle = FluentBundle::new_concurrent(vec![lang.identifier()]);
            // Terminals show the isolation marks as garbage.
            bundle.set_use_isolating(false);
            // What can be read of a broken file is used; a test holds that none is broken.
            let texts = FluentResource::try_new(self.source(lang).to_owned());
            bundle.add_resource_overriding(texts.unwrap_or_else(|(texts, _)| texts));
            bundle
        })
    }
}

// `static PARTS: [Part; N]`, written by build.rs from the files in the two folders.
include!(concat!(env!("OUT_DIR"), "/texts.rs"));

/// A variable's value from something that is written as it stands, digits ungrouped.
pub fn plain(value: impl std::fmt::Display) -> FluentValue<'static> {
    FluentValue::String(Cow::Owned(value.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_of_a_locale() {
        let of = Lang::of_locale;
        assert_eq!(
            (of("es-AR"), of("es_ES.UTF-8"), of("es")),
            (Some(Lang::Es), Some(Lang::Es), Some(Lang::Es))
        );
        assert_eq!((of("en-GB"), of("C"), of("de-DE")), (Some(Lang::En), Some(Lang::En), None));
        // Estonian begins with `e` and `et`, not with `es`.
        assert_eq!((of("et-EE"), of("est")), (None, None));
    }

    #[test]
    fn every_file_is_whole_fluent() {
        for part in &PARTS {
            for lang in Lang::ALL {
                let broken = FluentResource::try_new(part.source(lang).to_owned()).err();
                assert!(broken.is_none(), "{:?}", broken.map(|(_, errors)| errors));
            }
        }
    }

    #[test]
    fn messages_speak_both_languages() {
        assert_eq!(
            (Lang::Es.text("mend"), Lang::En.text("mend")),
            ("arreglo".into(), "mend it".into())
        );
        assert_eq!(Lang::En.find("no such message", &[]), None);
    }

    #[test]
    fn numbers_choose_their_plural() {
        let count =
            |count: i64| Lang::Es.text_with("heatmap-more-slices", &[("count", count.into())]);
        assert_eq!((count(1), count(2)), ("… y 1 más".into(), "… y 2 más".into()));
    }
}
