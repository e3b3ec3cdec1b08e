//! Configurations: a dict whose keys are names and whose values differ in kind is a struct.

use std::collections::HashSet;

use super::super::lines::observe::Shape;
use super::code::{NOT_COPIED, field_name, is_clone, type_name, type_of};
use super::twin::indented;

/// The types of the notebook's configurations.
#[derive(Debug, Default)]
pub(super) struct Records {
    known: Vec<(Vec<(String, Shape)>, String)>,
    /// How many of them are written.
    written: usize,
    /// The name of the variable that is being declared: the type's name comes of it.
    pub hint: String,
}

impl Records {
    /// The type with these fields; one that cannot be said is a dict.
    pub fn named(&mut self, fields: Vec<(String, Shape)>, taken: &HashSet<String>) -> Shape {
        if let Some((_, name)) = self.known.iter().find(|(known, _)| *known == fields) {
            return Shape::Record(name.clone(), fields);
        }
        let mut names = HashSet::new();
        let fits = |(name, shape): &(String, Shape)| {
            type_of(shape).is_ok_and(|text| !text.contains(NOT_COPIED))
                && *shape != Shape::None
                && names.insert(field_name(name))
        };
        if fields.is_empty() || !fields.iter().all(fits) {
            return Shape::Dict;
        }
        let wanted =
            if self.hint.is_empty() { "Config".to_owned() } else { self.hint.to_lowercase() };
        let wanted = type_name(&wanted);
        let mut name = wanted.clone();
        let mut count = 1;
        while taken.contains(&name) || self.known.iter().any(|(_, known)| *known == name) {
            count += 1;
            name = format!("{wanted}{count}");
        }
        self.known.push((fields.clone(), name.clone()));
        Shape::Record(name, fields)
    }

    /// The structs that are new since the last time.
    pub fn written(&mut self, taken: &mut HashSet<String>) -> String {
        let mut text = String::new();
        for (fields, name) in &self.known[self.written..] {
            taken.insert(name.clone());
            let lines: String = fields
                .iter()
                .filter_map(|(field, shape)| {
                    Some(format!("{}: {},\n", field_name(field), type_of(shape).ok()?))
                })
                .collect();
            let derive = match fields.iter().all(|(_, shape)| is_clone(shape)) {
                true => "#[derive(Debug, Clone)]\n",
                false => "",
            };
            text.push_str(&format!("{derive}struct {name} {{\n{}}}\n\n", indented(&lines)));
        }
        self.written = self.known.len();
        text
    }
}
