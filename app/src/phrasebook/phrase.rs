//! One phrase: its two texts, cut out of the source, and the function that runs it.

use super::Value;
use crate::i18n::Lang;

/// A line or a few of Python, and the Rust that says the same.
#[derive(Debug, Clone, Copy)]
pub struct Phrase {
    /// Its name, unique in the book.
    pub name: &'static str,
    /// The names of its inputs, in both languages.
    pub inputs: &'static [&'static str],
    /// The file that it stands in.
    pub(super) source: &'static str,
    pub(super) run: fn() -> anyhow::Result<Value>,
}

impl Phrase {
    /// The lines of Python.
    pub fn python(&self) -> String {
        let lines: Vec<&str> = self.lines().filter_map(comment).collect();
        lines.join("\n")
    }

    /// The lines of Rust.
    pub fn rust(&self) -> String {
        let lines: Vec<&str> = self.lines().filter(|line| comment(line).is_none()).collect();
        lines.join("\n")
    }

    /// What to beware of, where there is something.
    pub fn note(&self, lang: Lang) -> Option<String> {
        lang.find(&format!("phrasebook-note-{}", self.name.replace('_', "-")), &[])
    }

    /// Runs the Rust lines on fresh inputs.
    ///
    /// # Errors
    /// When libtorch or the file system refuses.
    pub fn run(&self) -> anyhow::Result<Value> {
        (self.run)()
    }

    /// The lines of its block, without the indentation of the block itself.
    fn lines(&self) -> impl Iterator<Item = &'static str> {
        let head = format!("\n    {}({}) {{\n", self.name, self.inputs.join(", "));
        let block = self.source.split_once(&head).map_or("", |(_, rest)| rest);
        let block = block.split_once("\n    }\n").map_or("", |(block, _)| block);
        block.lines().map(|line| line.strip_prefix("        ").unwrap_or(line))
    }
}

fn comment(line: &str) -> Option<&str> {
    if line == "//" { Some("") } else { line.strip_prefix("// ") }
}

/// `phrases! { name(input, ..) { // Python \n Rust } .. }`: `PHRASES`, and a function for each. The file must have
/// `const SOURCE: &str = include_str!("this_file.rs");`.
macro_rules! phrases {
    ($($name:ident($($input:ident),*) $body:block)*) => {
        pub(in $crate::phrasebook) const PHRASES: &[$crate::phrasebook::Phrase] = &[
            $($crate::phrasebook::Phrase {
                name: stringify!($name),
                inputs: &[$(stringify!($input)),*],
                source: SOURCE,
                run: $name,
            }),*
        ];
        $(
            // Some phrases change their inputs, most do not.
            #[allow(unused_mut)]
            fn $name() -> anyhow::Result<$crate::phrasebook::Value> {
                $(let mut $input = $crate::phrasebook::inputs::$input();)*
                Ok($crate::phrasebook::Value::from($body))
            }
        )*
    };
}
pub(super) use phrases;
