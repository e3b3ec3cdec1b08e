//! The rubric: which exercises count, for how many points, how near is near enough, and what a named mistake is worth.
//!
//! ```toml
//! [[exercise]]
//! name = "self_attention"
//! points = 7
//! tolerance = 1e-3
//! partial = { no-scaling = 4, softmax-wrong-dim = 3 }
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use toml::{Table, Value};

use super::super::diagnose::museum;
use super::super::known::Part;
use crate::i18n::{Lang, plain};
use atencion::{Error, Result};

/// What a notebook is graded by.
#[derive(Debug, Clone, PartialEq)]
pub struct Rubric {
    /// The exercises, as the file has them.
    pub exercises: Vec<Exercise>,
}

/// One exercise.
#[derive(Debug, Clone, PartialEq)]
pub struct Exercise {
    /// One of [`EXERCISES`], or a variable of the teacher's solution.
    pub name: String,
    /// The points of a right answer.
    pub points: f64,
    /// How far a number may be off, besides what its printed digits allow.
    pub tolerance: f64,
    /// The points of an answer with this mistake of the museum.
    pub partial: BTreeMap<String, f64>,
}

/// What is graded where there is no rubric and no solution.
pub const WHOLE: &str = "notebook";
/// The points of a whole notebook where there is no rubric.
pub const ALL_POINTS: f64 = 10.0;
/// What can be graded without a solution of the teacher's.
pub const EXERCISES: [&str; 8] =
    [WHOLE, "scores", "scaled", "masked", "weights", "self_attention", "causal", "layer_norm"];

/// Whether a value taken for this part answers that exercise.
pub fn answers(exercise: &str, part: &Part) -> bool {
    match part {
        Part::Scores => exercise == "scores",
        Part::Scaled => exercise == "scaled",
        Part::Masked => exercise == "masked",
        Part::Weights { .. } => exercise == "weights",
        Part::Output { causal: false } => exercise == "self_attention",
        Part::Output { causal: true } => exercise == "causal",
        Part::LayerNorm(_) => exercise == "layer_norm",
        _ => false,
    }
}

impl Exercise {
    /// One without partial credit.
    pub fn new(name: impl Into<String>, points: f64) -> Self {
        Self { name: name.into(), points, tolerance: 0.0, partial: BTreeMap::new() }
    }
}

impl Default for Rubric {
    fn default() -> Self {
        Self { exercises: vec![Exercise::new(WHOLE, ALL_POINTS)] }
    }
}

impl Rubric {
    /// These exercises, each of the same weight.
    pub fn equal(names: &[&str]) -> Self {
        let points = ALL_POINTS / names.len().max(1) as f64;
        Self { exercises: names.iter().map(|name| Exercise::new(*name, points)).collect() }
    }

    /// Reads the file; `known` are the exercises that there are.
    ///
    /// # Errors
    /// When it cannot be read, is no TOML, or names a key, exercise or mistake that there is not (with the nearest).
    pub fn read(path: &Path, known: &[&str], lang: Lang) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|why| Error::file(path, why))?;
        Self::parse(&text, known, lang).map_err(|why| {
            let error = Error::file(path, why.what());
            match why.how_to_mend() {
                Some(how) => error.mend(how),
                None => error,
            }
        })
    }

    fn parse(text: &str, known: &[&str], lang: Lang) -> Result<Self> {
        let reader = Reader { lang };
        let table: Table = text.parse().map_err(|error: toml::de::Error| {
            let line = error.span().map_or(1, |span| text[..span.start].lines().count().max(1));
            let variables = [("line", plain(line)), ("why", plain(error.message()))];
            Error::value(lang.text_with("rubric-no-toml", &variables))
        })?;
        reader.keys(&table, &["exercise"])?;
        let list = match table.get("exercise") {
            Some(Value::Array(list)) if !list.is_empty() => list,
            _ => return Err(reader.empty()),
        };
        let mut exercises: Vec<Exercise> = Vec::new();
        for item in list {
            let exercise =
                reader.exercise(item.as_table().ok_or_else(|| reader.empty())?, known)?;
            if exercises.iter().any(|other| other.name == exercise.name) {
                return Err(reader.error("rubric-twice", &exercise.name));
            }
            exercises.push(exercise);
        }
        Ok(Self { exercises })
    }

    /// The points of a notebook in which all is right.
    pub fn points(&self) -> f64 {
        self.exercises.iter().map(|exercise| exercise.points).sum()
    }
}

struct Reader {
    lang: Lang,
}

impl Reader {
    fn exercise(&self, table: &Table, known: &[&str]) -> Result<Exercise> {
        self.keys(table, &["name", "points", "tolerance", "partial"])?;
        let name = table.get("name").and_then(Value::as_str).unwrap_or_default();
        self.one_of("rubric-no-exercise", name, known)?;
        let points =
            self.number(table, "points")?.ok_or_else(|| self.error("rubric-no-points", name))?;
        let tolerance = self.number(table, "tolerance")?.unwrap_or(0.0);
        let mut partial = BTreeMap::new();
        match table.get("partial") {
            None => {}
            Some(Value::Table(credits)) => {
                let mistakes: Vec<&str> = museum().iter().map(|mistake| mistake.name).collect();
                for mistake in credits.keys() {
                    self.one_of("rubric-no-mistake", mistake, &mistakes)?;
                    let credit = self.number(credits, mistake)?.unwrap_or(0.0);
                    partial.insert(mistake.clone(), credit.min(points));
                }
            }
            Some(_) => return Err(self.error("rubric-no-number", "partial")),
        }
        Ok(Exercise { name: name.to_owned(), points, tolerance, partial })
    }

    fn keys(&self, table: &Table, known: &[&str]) -> Result<()> {
        table.keys().try_for_each(|key| self.one_of("rubric-no-key", key, known))
    }

    /// Refuses what is not one of those that there are, and names the nearest.
    fn one_of(&self, message: &str, name: &str, known: &[&str]) -> Result<()> {
        if known.contains(&name) {
            return Ok(());
        }
        let nearest = known
            .iter()
            .max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
        let nearest = nearest.copied().unwrap_or_default();
        let all = known.iter().take(12).copied().collect::<Vec<_>>().join(", ");
        let mend = [("nearest", plain(nearest)), ("all", plain(all))];
        Err(self.error(message, name).mend(self.lang.text_with("rubric-nearest", &mend)))
    }

    fn number(&self, table: &Table, key: &str) -> Result<Option<f64>> {
        let Some(value) = table.get(key) else { return Ok(None) };
        let number = value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64));
        match number.filter(|number| number.is_finite() && *number >= 0.0) {
            Some(number) => Ok(Some(number)),
            None => Err(self.error("rubric-no-number", key)),
        }
    }

    fn empty(&self) -> Error {
        Error::value(self.lang.text("rubric-empty")).mend(self.lang.text("rubric-empty-mend"))
    }

    fn error(&self, message: &str, name: &str) -> Error {
        let name = plain(atencion::printable(name));
        Error::value(self.lang.text_with(message, &[("name", name)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Rubric> {
        Rubric::parse(text, &EXERCISES, Lang::En)
    }

    #[test]
    fn a_rubric_has_points_tolerance_and_partial_credit() {
        let rubric = parse(
            "[[exercise]]\nname = \"self_attention\"\npoints = 7\ntolerance = 1e-3\npartial = { no-scaling = 4 }\n\
             [[exercise]]\nname = \"causal\"\npoints = 3.5",
        )
        .unwrap();
        assert_eq!((rubric.points(), rubric.exercises[0].tolerance), (10.5, 1e-3));
        assert_eq!(rubric.exercises[0].partial["no-scaling"], 4.0);
        assert_eq!(rubric.exercises[1], Exercise::new("causal", 3.5));
    }

    #[test]
    fn what_there_is_not_is_refused_with_the_nearest() {
        let refused = |text: &str| {
            let error = parse(text).unwrap_err();
            (error.what().to_owned(), error.how_to_mend().unwrap_or_default().to_owned())
        };
        let (what, how) = refused("[[exercise]]\nname = \"self_atention\"\npoints = 7");
        assert!(what.contains("self_atention") && how.contains("self_attention"), "{what} {how}");
        let (what, how) = refused("[[exercise]]\nname = \"causal\"\npionts = 7");
        assert!(what.contains("pionts") && how.contains("points"), "{what} {how}");
        let text = "[[exercise]]\nname = \"causal\"\npoints = 7\npartial = { no-scalling = 1 }";
        let (what, how) = refused(text);
        assert!(what.contains("no-scalling") && how.contains("no-scaling"), "{what} {how}");
        assert!(refused("[[exercise]]\nname = \"causal\"\npoints = -1").0.contains("points"));
        assert!(refused("[[exercise]]\nname = \"causal\"\npoints = nan").0.contains("points"));
        assert!(refused("a = [").0.contains("line 1"));
        assert!(refused("").0.contains("[[exercise]]"));
        let twice = "[[exercise]]\nname = \"causal\"\npoints = 1\n";
        assert!(refused(&twice.repeat(2)).0.contains("causal"));
    }
}
