//! The methods of strings.

use super::machine::Machine;
use super::ops::bind::Call;
use super::problem::{Step, raise, type_error, value_error};
use super::value::Value;

/// The methods that are known here.
pub const METHODS: &[&str] = &[
    "upper",
    "lower",
    "strip",
    "lstrip",
    "rstrip",
    "split",
    "rsplit",
    "splitlines",
    "join",
    "replace",
    "startswith",
    "endswith",
    "find",
    "rfind",
    "index",
    "count",
    "format",
    "title",
    "capitalize",
    "center",
    "ljust",
    "rjust",
    "zfill",
    "isdigit",
    "isalpha",
    "isalnum",
    "isupper",
    "islower",
    "isspace",
    "swapcase",
    "casefold",
    "encode",
    "expandtabs",
    "removeprefix",
    "removesuffix",
    "partition",
];

impl Machine {
    /// `text.name(..)`
    pub fn text_method(&mut self, text: &str, name: &str, call: &Call) -> Step<Value> {
        self.charge(text.len() / 8)?;
        let str_at = |at: usize, name: &str| match call.get(at, name) {
            Some(Value::Str(text)) => Some(text.to_string()),
            _ => None,
        };
        let int_at = |at: usize, name: &str| match call.get(at, name) {
            Some(Value::Int(value)) => Some(*value),
            _ => None,
        };
        let first = str_at(0, "");
        let yes =
            |test: &dyn Fn(char) -> bool| Value::Bool(!text.is_empty() && text.chars().all(test));
        Ok(match name {
            "upper" => Value::str(text.to_uppercase()),
            "lower" | "casefold" => Value::str(text.to_lowercase()),
            "strip" | "lstrip" | "rstrip" => {
                let is = |c: char| first.as_ref().map_or(c.is_whitespace(), |set| set.contains(c));
                let text = if name == "rstrip" { text } else { text.trim_start_matches(is) };
                Value::str(if name == "lstrip" { text } else { text.trim_end_matches(is) })
            }
            "split" | "rsplit" => {
                let most = int_at(1, "maxsplit").and_then(|most| usize::try_from(most).ok());
                let by = str_at(0, "sep");
                let parts: Vec<String> = match (by, most) {
                    (Some(by), _) if by.is_empty() => return value_error("empty separator"),
                    (Some(by), None) => text.split(by.as_str()).map(str::to_owned).collect(),
                    (Some(by), Some(most)) if name == "split" => {
                        text.splitn(most + 1, by.as_str()).map(str::to_owned).collect()
                    }
                    (Some(by), Some(most)) => {
                        let mut parts: Vec<_> =
                            text.rsplitn(most + 1, by.as_str()).map(str::to_owned).collect();
                        parts.reverse();
                        parts
                    }
                    (None, None) => text.split_whitespace().map(str::to_owned).collect(),
                    (None, Some(_)) => return self.not_known("str.split(maxsplit=…)"),
                };
                Value::list(parts.into_iter().map(Value::str).collect())
            }
            "splitlines" => Value::list(text.lines().map(Value::str).collect()),
            "join" => {
                let Some(items) = call.places.first() else {
                    return type_error("join() takes one argument");
                };
                let items = self.items(items)?;
                let mut parts = Vec::new();
                let mut length = 0usize;
                for (at, item) in items.iter().enumerate() {
                    match item {
                        Value::Str(part) => {
                            length += part.len() + text.len();
                            parts.push(part.to_string());
                        }
                        other => {
                            return type_error(format!(
                                "sequence item {at}: expected str instance, {} found",
                                other.type_name()
                            ));
                        }
                    }
                }
                self.charge_text(length)?;
                Value::str(parts.join(text))
            }
            "replace" => match (first, str_at(1, "")) {
                (Some(from), Some(to)) => {
                    let count = text.matches(from.as_str()).count();
                    self.charge_text(text.len() + count.saturating_mul(to.len()))?;
                    match int_at(2, "count").and_then(|most| usize::try_from(most).ok()) {
                        Some(most) => Value::str(text.replacen(from.as_str(), &to, most)),
                        None => Value::str(text.replace(from.as_str(), &to)),
                    }
                }
                _ => return type_error("replace() argument must be str"),
            },
            "startswith" | "endswith" => {
                let parts = match call.places.first() {
                    Some(Value::Tuple(tuple)) => tuple.items.clone(),
                    Some(other) => vec![other.clone()],
                    None => return type_error(format!("{name}() takes at least 1 argument")),
                };
                Value::Bool(parts.iter().any(|part| match part {
                    Value::Str(part) if name == "startswith" => text.starts_with(&**part),
                    Value::Str(part) => text.ends_with(&**part),
                    _ => false,
                }))
            }
            "find" | "rfind" | "index" => {
                let Some(part) = first else { return type_error("must be str") };
                let at = if name == "rfind" {
                    text.rfind(part.as_str())
                } else {
                    text.find(part.as_str())
                };
                match at {
                    Some(at) => Value::Int(text[..at].chars().count() as i64),
                    None if name == "index" => return raise("ValueError", "substring not found"),
                    None => Value::Int(-1),
                }
            }
            "count" => match first {
                Some(part) => Value::Int(text.matches(part.as_str()).count() as i64),
                None => return type_error("must be str"),
            },
            "format" => return self.format_method(text, call),
            "title" => {
                let mut out = String::new();
                let mut inside = false;
                for c in text.chars() {
                    if inside {
                        out.extend(c.to_lowercase())
                    } else {
                        out.extend(c.to_uppercase())
                    }
                    inside = c.is_alphabetic();
                }
                Value::str(out)
            }
            "capitalize" => {
                let mut chars = text.chars();
                let first: String =
                    chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
                Value::str(first + &chars.as_str().to_lowercase())
            }
            "swapcase" => Value::str(
                text.chars()
                    .flat_map(|c| -> Vec<char> {
                        if c.is_uppercase() {
                            c.to_lowercase().collect()
                        } else {
                            c.to_uppercase().collect()
                        }
                    })
                    .collect::<String>(),
            ),
            "center" | "ljust" | "rjust" | "zfill" => {
                let width = int_at(0, "width").unwrap_or(0);
                self.charge_text(usize::try_from(width).unwrap_or(0))?;
                let fill = str_at(1, "fillchar").unwrap_or_else(|| " ".to_owned());
                let spec = match name {
                    "center" => format!("{fill}^{width}"),
                    "ljust" => format!("{fill}<{width}"),
                    "rjust" => format!("{fill}>{width}"),
                    _ => format!("0>{width}"),
                };
                Value::str(self.format(&Value::str(text), &spec)?)
            }
            "isdigit" => yes(&|c| c.is_ascii_digit()),
            "isalpha" => yes(&char::is_alphabetic),
            "isalnum" => yes(&char::is_alphanumeric),
            "isspace" => yes(&char::is_whitespace),
            "isupper" => {
                Value::Bool(text.to_uppercase() == text && text.chars().any(char::is_alphabetic))
            }
            "islower" => {
                Value::Bool(text.to_lowercase() == text && text.chars().any(char::is_alphabetic))
            }
            "expandtabs" => Value::str(text.replace('\t', "        ")),
            "removeprefix" => {
                let part = first.unwrap_or_default();
                Value::str(text.strip_prefix(part.as_str()).unwrap_or(text))
            }
            "removesuffix" => {
                let part = first.unwrap_or_default();
                Value::str(text.strip_suffix(part.as_str()).unwrap_or(text))
            }
            "partition" => {
                let part = first.unwrap_or_default();
                let (a, b, c) = match text.split_once(part.as_str()) {
                    Some((a, c)) => (a, part.as_str(), c),
                    None => (text, "", ""),
                };
                Value::tuple(vec![Value::str(a), Value::str(b), Value::str(c)])
            }
            other => return self.not_known(format!("str.{other}")),
        })
    }

    /// `"{} {name:.2f}".format(..)`
    fn format_method(&mut self, text: &str, call: &Call) -> Step<Value> {
        let mut out = String::new();
        let mut rest = text;
        let mut next = 0;
        while let Some(at) = rest.find(['{', '}']) {
            out.push_str(&rest[..at]);
            let brace = &rest[at..at + 1];
            rest = &rest[at + 1..];
            if rest.starts_with(brace) {
                out.push_str(brace);
                rest = &rest[1..];
                continue;
            }
            let Some(end) = rest.find('}') else {
                return value_error("Single '{' encountered in format string");
            };
            let (field, spec) = rest[..end].split_once(':').unwrap_or((&rest[..end], ""));
            let (field, conversion) = field.split_once('!').unwrap_or((field, ""));
            let value = if field.is_empty() {
                next += 1;
                call.places.get(next - 1).cloned()
            } else if let Ok(at) = field.parse::<usize>() {
                call.places.get(at).cloned()
            } else {
                call.keys.iter().find(|(key, _)| &**key == field).map(|(_, value)| value.clone())
            };
            let Some(value) = value else {
                if field.contains(['.', '[']) {
                    return self.not_known("str.format");
                }
                return raise(
                    "IndexError",
                    "Replacement index out of range for positional args tuple",
                );
            };
            let value = if conversion == "r" { Value::str(self.repr(&value)?) } else { value };
            out.push_str(&self.format(&value, spec)?);
            self.charge_text(out.len())?;
            rest = &rest[end + 1..];
        }
        out.push_str(rest);
        Ok(Value::str(out))
    }
}
